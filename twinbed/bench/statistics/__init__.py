"""The statistics that evidence for a medical device is asked for.

`proportions`, `clustered` (several observations of a patient), `agreement` (Bland-Altman, Arms), `roc`, `calibration`,
`raters`, `subgroups` and `sample_size`. Every estimate comes as an `Interval` that says how it was made.
"""

from twinbed.bench.statistics.interval import Interval as Interval
