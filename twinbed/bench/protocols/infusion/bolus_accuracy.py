"""Accuracy of boluses: many in succession at the smallest and at the largest dose.

The pump is told the dose, how many, and the time from one to the next; it answers what the balance showed for each.
"""

import math
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from twinbed.bench import Answer, Case, Criterion, Protocol
from twinbed.bench.charts import Chart, Curve, Figure, Level, Listing, Points
from twinbed.bench.infusion.boluses import errors
from twinbed.bench.infusion.pumps import UNITS_PER_ML, Pump
from twinbed.bench.limits import read_limits
from twinbed.bench.play import made
from twinbed.bench.protocol import Answers, Given, Row, Table, Values
from twinbed.bench.protocols import _columns
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.extremes import largest, smallest
from twinbed.devices.delivery.insulin_pump import InsulinPump

_CLAUSE = "201.12.1.105"
_WITHIN_PERCENT = 15.0
_SECONDS_PER_HOUR = 3600.0
_FILL = 0.8
"""Share of a container that is used before it is replaced."""

_GIVEN = (
    Given("pump", "1", "number of the pump, from 1"),
    Given("dose_ml", "mL", "volume of a bolus that is set"),
    Given("interval_s", "s", "time from a bolus to the next"),
    Given("number", "1", "numbers of the boluses, from 1", "series"),
)


def bolus_accuracy(
    *,
    limits: pathlib.Path | None = None,
    doses_ml: Sequence[float] = (0.001, 0.1),
    boluses: int = 25,
    interval_s: float = 900.0,
    pumps: int = 3,
) -> Protocol:
    """IEC 60601-2-24, accuracy of boluses.

    Args:
        limits: the accuracy that the maker claims, as a file of limits.
        doses_ml: smallest and largest dose; 0.001 mL is 0.1 unit of insulin.
        boluses: in succession at each dose.
        interval_s: from the start of one bolus to that of the next.
        pumps: how many are tested.
    """
    names = ("bolus_accuracy", "bolus_within", "bolus_count")
    own = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    return Protocol(
        id="infusion/bolus_accuracy",
        title="Accuracy of boluses",
        standard="IEC 60601-2-24",
        edition="2012",
        subjects="pumps of one type",
        stimulus="a dose, how often it is given, and the time from one to the next",
        reference="the volume of every bolus that leaves the line, weighed",
        cases=lambda: _cases(doses_ml, boluses, interval_s, pumps),
        given=_GIVEN,
        answers=[Answer("volume", "mL", "delivered by each bolus", "series", of="number")],
        measure=_rows,
        study=("count",),
        criteria=_CRITERIA,
        limits={name: own[name] for name in names},
        count=pumps * len(doses_ml),
        figures=_figures,
        badness="error",
        picture=_picture,
        recorded_by_tester=True,
        devices=_DEVICES,
        attach=lambda device: _attached(Pump(device)),
    )


def _cases(doses: Sequence[float], boluses: int, interval_s: float, pumps: int):
    for pump in range(1, pumps + 1):
        for dose in doses:
            told = {"pump": pump, "dose_ml": dose, "interval_s": interval_s, "number": np.arange(1, boluses + 1)}
            yield Case(f"pump{pump}_{dose:g}mL", f"pump{pump}", told, {"dose_ml": dose}, {"dose": f"{dose:g} mL"})


def _rows(case: Case, answers: Answers) -> list[Row]:
    dose = case.reference["dose_ml"]
    found = errors(answers["volume"], dose)
    return [{"dose": dose, "number": k + 1, "error": float(error)} for k, error in enumerate(found)]


def _mean(table: Table) -> Interval:
    """The largest mean error of a dose of a pump."""
    runs = np.unique(table.case)
    means = np.array([abs(table["error"][table.case == run].mean()) for run in runs])
    subjects = np.array([table.subject[table.case == run][0] for run in runs])
    return largest(means, subjects, case=runs, what="largest of all pumps and doses")


def _within(table: Table) -> Interval:
    return _columns.clustered(table, np.abs(table["error"]) <= _WITHIN_PERCENT)


def _count(table: Table) -> Interval:
    runs, counts = np.unique(table.case, return_counts=True)
    return smallest(counts, runs, what="fewest of all pumps and doses")


_CRITERIA = [
    Criterion("mean_error", _CLAUSE, "largest mean error of a dose of a pump", "%", _mean, "at most", "bolus_accuracy"),
    Criterion("within", _CLAUSE, "share of boluses within 15 % of the dose", "1", _within, "at least", "bolus_within"),
    Criterion("count", _CLAUSE, "fewest boluses of a pump at a dose", "1", _count, "at least", "bolus_count"),
    Criterion("largest", _CLAUSE, "largest excess of a single bolus", "%",
              lambda table: largest(table["error"], table.subject, case=table.case)),
    Criterion("smallest", _CLAUSE, "largest shortfall of a single bolus", "%",
              lambda table: smallest(table["error"], table.subject, case=table.case)),
]  # fmt: skip


def _figures(table: Table) -> list[Figure]:
    says = "single boluses scatter about the mean error; the smallest doses scatter most"
    marks = [Points(table["dose"], table["error"]), Level(0.0, "no error")]
    marks += [Level(sign * _WITHIN_PERCENT, "15 %", "soft") for sign in (-1.0, 1.0)]
    rows = []
    for run in np.unique(table.case):
        own = table["error"][table.case == run]
        spread = float(own.std(ddof=1)) if len(own) > 1 else None
        rows.append([str(run), float(own.mean()), spread, float(own.min()), float(own.max())])
    columns = ["pump and dose", "mean error, %", "standard deviation, %", "smallest, %", "largest, %"]
    return [
        Chart("Error by dose", says, "dose, mL", "error, %", marks, logarithmic=True),
        Listing("Doses", "mean and spread of every pump at every dose", columns, rows),
    ]


def _picture(case: Case, answers: Answers) -> Chart:
    dose = case.reference["dose_ml"]
    marks = [
        Curve(case.stimulus["number"], answers["volume"], "accent", "delivered"),
        Level(dose, "dose that is set"),
    ]
    return Chart("Boluses in succession", "whether the doses drift or alternate", "bolus", "volume, mL", marks)


def _attached(pump: Pump) -> Callable[[Values], Any]:
    """Boluses are given in turns, each with a container that lasts."""

    def deliver(stimulus: Values) -> Any:
        dose, boluses = float(stimulus["dose_ml"]), len(stimulus["number"])
        container = pump.inner.reservoir_size / UNITS_PER_ML if pump.is_insulin else pump.inner.container  # pyright: ignore[reportAttributeAccessIssue]
        ticks = pump.ticks(float(stimulus["interval_s"]))
        turn = min(boluses, max(1, math.floor(_FILL * float(container) / dose)))
        volumes = []
        for done in range(0, boluses, turn):
            volumes.append(_turn(pump, dose, turn, ticks, int(stimulus["pump"]), done * ticks))
        return {"volume": np.concatenate(volumes)[:boluses]}

    return deliver


def _turn(pump: Pump, dose: float, turn: int, ticks: int, seed: int, first: int) -> np.ndarray:
    """Volumes of a turn of boluses; an infusion pump gives one as a short infusion at its largest flow."""
    if pump.is_insulin:
        number = np.repeat(np.arange(1.0, turn + 1.0), ticks)
        told = {"bolus_command": dose * UNITS_PER_ML, "bolus_command_number": number}
        measured = pump.run(0.0, turn * ticks, seed=seed, first=first, **told)
    else:
        most = dose / (pump.period_s / _SECONDS_PER_HOUR)
        flow = min(float(pump.inner.flow_max), most)  # pyright: ignore[reportAttributeAccessIssue]
        left = np.clip(dose / (flow * pump.period_s / _SECONDS_PER_HOUR) - np.arange(ticks), 0.0, 1.0)
        measured = pump.run(np.tile(flow * left, turn), turn * ticks, seed=seed, first=first, venous_pressure=0.0)
    ends = np.arange(turn + 1) * ticks * measured.period_s
    return np.diff(measured.volume(ends))


def _skipping(deliver: Callable[[Values], Any]) -> Callable[[Values], Any]:
    """Every tenth bolus is not given, and nobody notices."""

    def skips(stimulus: Values) -> Any:
        volume = np.array(deliver(stimulus)["volume"])
        volume[9::10] = 0.0
        return {"volume": volume}

    return skips


_DEVICES = {
    "good": lambda stimulus: _attached(Pump(InsulinPump()))(stimulus),
    "bad": lambda stimulus: _attached(Pump(made(InsulinPump, bolus_gain_mean=0.92)))(stimulus),
    "bad_uneven": lambda stimulus: _attached(Pump(made(InsulinPump, bolus_gain_sd=0.12)))(stimulus),
    "bad_missed_boluses": lambda stimulus: _skipping(_attached(Pump(InsulinPump())))(stimulus),
}
