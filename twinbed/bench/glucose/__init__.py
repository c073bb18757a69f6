"""How well a glucose sensor or meter agrees with blood: error grids, agreement rates, rates of change, alarms.

Arrays of pairs in mg/dL, the reference first:

    parkes_zone(reference, shown)                          # "A" to "E" of every pair
    share(near(reference, shown, 15.0, 15.0, 100.0), who)  # ISO 15197, clustered by person
    concurrence(true_rate, shown_rate)                     # rates of change, sensor by truth

The surveillance and the DTS error grid are not among them: the first is a table of risks, of the second no
coordinates were at hand.
"""

from twinbed.bench.glucose.accuracy import mard as mard
from twinbed.bench.glucose.accuracy import mean_of as mean_of
from twinbed.bench.glucose.accuracy import near as near
from twinbed.bench.glucose.accuracy import share as share
from twinbed.bench.glucose.alarms import Alarms as Alarms
from twinbed.bench.glucose.alarms import alarms as alarms
from twinbed.bench.glucose.grids import ZONES as ZONES
from twinbed.bench.glucose.grids import clarke_zone as clarke_zone
from twinbed.bench.glucose.grids import grid_chart as grid_chart
from twinbed.bench.glucose.grids import parkes_zone as parkes_zone
from twinbed.bench.glucose.rates import RATE_BINS as RATE_BINS
from twinbed.bench.glucose.rates import concurrence as concurrence
from twinbed.bench.glucose.rates import rates as rates
