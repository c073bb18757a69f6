"""ANSI/AAMI EC57: how well an algorithm finds beats, runs and episodes that experts found, and measures
heart rate.

    reference = read_annotations("mitdb/100.atr")   # twinbed.connect.wfdb
    table = compare_beats(reference, test)          # one record
    table.qrs_sensitivity.percent
    totals(tables).gross, totals(tables).average    # a data base

Gives what the reference comparators of the standard give; `report` prints their lines. EC57
asks for the records one by one and for gross and average, without those of paced beats.
References: ANSI/AAMI EC57:2012/(R)2020; IEC 60601-2-47:2012.
"""

from twinbed.bench.ec57._side import classes as classes
from twinbed.bench.ec57._side import fibrillating as fibrillating
from twinbed.bench.ec57.beats import compare_beats as compare_beats
from twinbed.bench.ec57.episodes import compare_episodes as compare_episodes
from twinbed.bench.ec57.measurements import compare_measurements as compare_measurements
from twinbed.bench.ec57.measurements import compare_series as compare_series
from twinbed.bench.ec57.measurements import heart_rates as heart_rates
from twinbed.bench.ec57.runs import compare_runs as compare_runs
from twinbed.bench.ec57.tables import BeatTable as BeatTable
from twinbed.bench.ec57.tables import EpisodeTable as EpisodeTable
from twinbed.bench.ec57.tables import MeasurementTable as MeasurementTable
from twinbed.bench.ec57.tables import Ratio as Ratio
from twinbed.bench.ec57.tables import RunTable as RunTable
from twinbed.bench.ec57.tables import Totals as Totals
from twinbed.bench.ec57.tables import totals as totals
