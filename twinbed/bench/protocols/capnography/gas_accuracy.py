"""The accuracy of a capnograph with test gases: at levels, at the end of its warm-up, and for hours.

Zero gas, a test gas, and zero gas again, each for the same time; the capnogram in the last seconds of the test gas is
held against it. Every level is measured in the middle of the day of work; one level is measured at the end of the
stated warm-up time and then every hour.

The device is told how long it has been on (`on_for_s`). A real device is simply left on; a model in which time does
nothing shows the same at all times, and its report says no more than that.

*Known limits*: by default the gas is air with carbon dioxide. A model without the physics of an infrared bench cannot
show what nitrous oxide, oxygen and vapours do to it, so they are only in the stimulus where `balances` names them. The
gases and vapours that the standard has tried as interference are not part of it: no checked list of their levels, nor
of the errors that they may add, was at hand. Neither are water, cycling pressure and a blocked tube.

**References:**

- ISO 80601-2-55:2018, clauses 201.12.1.101 and 201.12.1.102
"""

import math
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from twinbed.bench.charts import Area, Chart, Curve, Figure, Level, Points
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.protocol import Answers, Case, Criterion, Given, Protocol, Row, Table, Values, out_of_scope
from twinbed.bench.protocols import _columns
from twinbed.bench.protocols.capnography._bench import (
    EVERY_S,
    WAVE,
    attached,
    beyond,
    partial_pressure,
    percent_of,
)
from twinbed.bench.statistics import Interval
from twinbed.core import discover
from twinbed.core.errors import NotFound

_LIMITS = pathlib.Path(__file__).with_name("limits.toml")
_USED = ("carbon_dioxide_absolute", "carbon_dioxide_relative", "readings", "drift_time")
_ZERO_S, _GAS_S, _JUDGED_S = 10.0, 30.0, 10.0
_BALANCES: Mapping[str, tuple[float, float]] = {
    "air": (0.0, 21.0), "oxygen": (0.0, 95.0), "nitrous_oxide": (60.0, 35.0),
}  # fmt: skip
"""Nitrous oxide and oxygen in the rest of the test gas, vol%."""

_GIVEN = (
    Given("carbon_dioxide", "mm[Hg]", "partial pressure of carbon dioxide at the sampling port", "series"),
    Given("every_s", "s", "time from sample to sample"),
    Given("on_for_s", "s", "how long the device has been on at the start"),
    Given("nitrous_oxide_percent", "%", "share of nitrous oxide in the gas"),
    Given("oxygen_percent", "%", "share of oxygen in the gas"),
)


def gas_accuracy(
    *,
    limits: pathlib.Path | None = None,
    levels: tuple[float, ...] = (0.0, 2.5, 5.0, 7.5, 10.0),
    warm_up_s: float = 120.0,
    hours: int = 6,
    balances: tuple[str, ...] = ("air",),
) -> Protocol:
    """Accuracy of carbon dioxide over its range, after the warm-up, over hours and in other gases.

    Args:
        limits: the laboratory's own numbers.
        levels: carbon dioxide over the rated range, vol%.
        warm_up_s: stated time from switching on to full accuracy.
        hours: of the test of drift, at the third level or the last of fewer.
        balances: gases that carbon dioxide is in: `air`, `oxygen` (95 %), `nitrous_oxide` (60 %).

    Raises:
        NotFound: another balance.
    """
    for name in set(balances) - set(_BALANCES):
        raise NotFound(f"no balance {name!r}; choose of {', '.join(_BALANCES)}")
    known = {name: limit for name, limit in read_limits(_LIMITS, limits).items() if name in _USED}
    return Protocol(
        id="capnography/gas_accuracy",
        title="Capnograph: accuracy with test gases",
        standard="ISO 80601-2-55",
        edition="2018",
        subjects="one capnograph",
        stimulus="steps from zero gas to test gases and back, dry, at the sampling port",
        reference="the certified content of the test gas",
        cases=lambda: _cases(levels, warm_up_s, hours, balances),
        count=len(levels) * len(balances) + hours + 1,
        given=_GIVEN,
        answers=[WAVE],
        measure=lambda case, answers: _measure(case, answers, known),
        study=("drift_time",),
        criteria=_criteria(balances),
        limits=known,
        seconds_a_case=120.0,
        figures=lambda table: _figures(table, known),
        badness="error",
        picture=_picture,
        devices=_devices(balances),
        attach=attached,
    )


def _cases(levels: Sequence[float], warm_up_s: float, hours: int, balances: Sequence[str]) -> Iterable[Case]:
    for balance in balances:
        for level in levels:
            yield _case("level", level, 0.5 * hours * 3600.0 + warm_up_s, balance)
    held = levels[min(2, len(levels) - 1)]
    yield _case("warm_up", held, warm_up_s, balances[0])
    for hour in range(1, hours + 1):
        yield _case("drift", held, warm_up_s + 3600.0 * hour, balances[0])


def _case(part: str, level: float, on_for_s: float, balance: str) -> Case:
    zero, gas = np.zeros(round(_ZERO_S / EVERY_S)), np.full(round(_GAS_S / EVERY_S), level)
    percent = np.concatenate([zero, gas, zero])
    judged = np.zeros(len(percent), bool)
    judged[len(zero) + len(gas) - round(_JUDGED_S / EVERY_S) : len(zero) + len(gas)] = True
    nitrous, oxygen = _BALANCES[balance]
    stimulus = {
        "carbon_dioxide": partial_pressure(percent), "every_s": EVERY_S, "on_for_s": on_for_s,
        "nitrous_oxide_percent": nitrous, "oxygen_percent": oxygen,
    }  # fmt: skip
    name = f"{part}_{level:g}_{balance}_{on_for_s:.0f}s"
    return Case(name, "capnograph", stimulus, {"percent": level, "judged": judged}, {"part": part, "balance": balance})


def _measure(case: Case, answers: Answers, limits: Mapping[str, Limit]) -> Sequence[Row]:
    level = case.reference["percent"]
    wave = percent_of(answers["co2_wave"])[case.reference["judged"]]
    shown = wave[np.isfinite(wave)]
    part = case.groups["part"]
    error = float(shown.mean()) - level if shown.size else math.nan
    return [{
        "level": level, "error": error, "beyond": beyond(error, level, limits),
        "noise": float(shown.std()) if shown.size else math.nan, "given": shown.size / wave.size,
        "hours": case.stimulus["on_for_s"] / 3600.0 if part != "level" else math.nan,
    }]  # fmt: skip


def _criteria(balances: Sequence[str]) -> list[Criterion]:
    clause, means = "201.12.1.101", "largest error beyond the allowed share of the level, vol%"
    part = lambda *names: lambda t: _columns.largest(_columns.in_group(_in_air(t), "part", *names), "beyond")
    others = lambda t: _columns.largest(t.where(t.groups["balance"] != "air"), "beyond")
    only_air = out_of_scope("the settings ask for no gas but air: see balances")
    return [
        Criterion("level", clause, f"at levels of carbon dioxide: {means}", "%", part("level"), "at most",
                  "carbon_dioxide_absolute"),
        Criterion("warm_up", clause, f"at the end of the warm-up: {means}", "%", part("warm_up"), "at most",
                  "carbon_dioxide_absolute"),
        Criterion("drift", "201.12.1.102", f"over hours: {means}", "%", part("drift"), "at most",
                  "carbon_dioxide_absolute"),
        Criterion("drift_time", "201.12.1.102", "time over which the accuracy was tested", "h", _tested_h, "at least",
                  "drift_time"),
        Criterion("change", "201.12.1.102", "largest change over the hours, vol%", "%", _change),
        Criterion("interference", clause, f"in oxygen and nitrous oxide: {means}", "%",
                  others if {*balances} - {"air"} else only_air, "at most", "carbon_dioxide_absolute"),
        Criterion("noise", clause, "largest standard deviation of the capnogram in a test gas, vol%", "%",
                  lambda t: _columns.largest(t, "noise")),
        Criterion("readings", clause, "least share of readings that were shown", "1",
                  lambda t: _columns.smallest(t, "given"), "at least", "readings"),
    ]  # fmt: skip


def _in_air(table: Table) -> Table:
    """Without the other gases, unless all is in them."""
    other = table.where(table.groups["balance"] == "air")
    return other if len(other) else table


def _over_hours(table: Table) -> Table:
    return _columns.rows(table, "hours", "error")


def _tested_h(table: Table) -> Interval:
    hours = _over_hours(table)["hours"]
    return _columns.plain(float(np.ptp(hours)) if len(hours) else math.nan, len(hours), "last less first")


def _change(table: Table) -> Interval:
    error = _over_hours(table)["error"]
    return _columns.plain(float(np.ptp(error)) if len(error) else math.nan, len(error), "range")


def _figures(table: Table, limits: Mapping[str, Limit]) -> Sequence[Figure]:
    levels = _columns.rows(_columns.in_group(table, "part", "level"), "error")
    x = np.linspace(0.0, max(1.0, float(levels["level"].max())), 50)
    allowed = limits["carbon_dioxide_absolute"].value + limits["carbon_dioxide_relative"].value / 100.0 * x
    tones = ("accent", "second", "bad")
    points = [
        Points(levels["level"][own], levels["error"][own], tone, name)
        for name, tone in zip(_BALANCES, tones, strict=True)
        if (own := levels.groups["balance"] == name).any()
    ]
    later = _over_hours(table)
    return [
        Chart("Error against the level", "Points outside the band are further off than allowed.",
              "carbon dioxide, vol%", "error, vol%", [Area(x, -allowed, allowed), *points, Level(0.0, "no error")]),
        Chart("Error over the hours", "The first point is the end of the warm-up; the curve should stay flat.",
              "time since switching on, h", "error, vol%",
              [Curve(later["hours"], later["error"]), Level(0.0, "no error")]),
    ]  # fmt: skip


def _picture(case: Case, answers: Answers) -> Chart:
    t = np.arange(len(answers["co2_wave"])) * EVERY_S
    return Chart(
        case.id, "The capnogram must reach the test gas and stay there.", "time, s", "carbon dioxide, vol%",
        [Curve(t, percent_of(case.stimulus["carbon_dioxide"]), "plain", "gas"),
         Curve(t, percent_of(answers["co2_wave"]), "accent", "capnogram")],
    )  # fmt: skip


def _devices(balances: Sequence[str]) -> dict[str, Callable[[Values], Values]]:
    good = attached(discover.load("devices/monitoring/capnograph")())
    hours = lambda s: s["on_for_s"] / 3600.0
    devices = {
        "good": good,
        "bad": _scaled(good, lambda s: 1.2),
        "bad_drift": _scaled(good, lambda s: 1.0 + 0.04 * hours(s)),
        "bad_warm_up": _scaled(good, lambda s: 1.0 - 0.5 * math.exp(-s["on_for_s"] / 240.0)),
    }
    if "nitrous_oxide" in balances:
        devices["bad_interference"] = _scaled(good, lambda s: 1.0 + 0.2 * s["nitrous_oxide_percent"] / 60.0)
    return devices


def _scaled(device: Callable[[Values], Values], factor: Callable[[Values], float]) -> Callable[[Values], Values]:
    """A capnograph whose gain is wrong: badly calibrated, with an ageing source, cold, or with broadened lines."""
    return lambda stimulus: {"co2_wave": factor(stimulus) * np.asarray(device(stimulus)["co2_wave"])}
