"""How well a glucose sensor or meter agrees with blood: error grids, agreement rates, rates of change, alarms.

Arrays of pairs in mg/dL, the reference first:

    parkes_zone(reference, shown)                          # "A" to "E" of every pair
    share(near(reference, shown, 15.0, 15.0, 100.0), who)  # ISO 15197, clustered by person
    concurrence(true_rate, shown_rate)                     # rates of change, sensor by truth

The surveillance error grid is not among them: it is a table of risks that was not at hand. Nor is the continuous
glucose error grid: of its grid of rates only one public implementation was found, which is adapted to forecasts.
"""

from twinbed.bench.glucose.accuracy import mard as mard
from twinbed.bench.glucose.accuracy import mean_of as mean_of
from twinbed.bench.glucose.accuracy import near as near
from twinbed.bench.glucose.accuracy import share as share
from twinbed.bench.glucose.alarms import Alarms as Alarms
from twinbed.bench.glucose.alarms import alarms as alarms
from twinbed.bench.glucose.grids import ZONES as ZONES
from twinbed.bench.glucose.grids import clarke_zone as clarke_zone
from twinbed.bench.glucose.grids import dts_zone as dts_zone
from twinbed.bench.glucose.grids import grid_chart as grid_chart
from twinbed.bench.glucose.grids import parkes_zone as parkes_zone
from twinbed.bench.glucose.rates import RATE_BINS as RATE_BINS
from twinbed.bench.glucose.rates import concurrence as concurrence
from twinbed.bench.glucose.rates import rates as rates
