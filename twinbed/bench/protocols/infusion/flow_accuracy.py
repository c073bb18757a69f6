"""Flow accuracy of infusion pumps: start-up curve, trumpet curve, mean errors, back pressure.

The bench weighs what leaves the line at the end of every sample. The pump is told its number, the rate, and the
pressure against which it pumps; it answers what the balance showed.
"""

import dataclasses
import pathlib
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import numpy as np

from twinbed.bench import Answer, Case, Criterion, Protocol
from twinbed.bench.charts import Chart, Curve, Figure, Level, Listing
from twinbed.bench.infusion.curves import AMBULATORY, BEDSIDE, Timing, flows, mean_error, start_up, trumpet
from twinbed.bench.infusion.pumps import Pump
from twinbed.bench.limits import read_limits
from twinbed.bench.play import made
from twinbed.bench.protocol import Answers, Given, Row, Table, Values, out_of_scope
from twinbed.bench.settings import Stands
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.extremes import largest
from twinbed.core.device import AbstractDevice
from twinbed.core.errors import StudyError
from twinbed.devices.delivery.insulin_pump import InsulinPump
from twinbed.devices.faults.over_delivery import OverDelivery
from twinbed.devices.infusion.syringe_pump import SyringePump
from twinbed.devices.infusion.volumetric_pump import VolumetricPump

_FLOW, _TRUMPET = "201.12.1.102", "201.12.1.102, trumpet curve"
_SECONDS_PER_MINUTE = 60.0
_NEAR = 0.1
"""Share of the rate within which the flow counts as started."""


@dataclasses.dataclass(frozen=True)
class _Kind:
    """How a kind of pump is tested.

    Attributes:
        timing: sampling.
        rates: minimum and intermediate rate, mL/h; back pressure is tested at the last one.
        hours: how long the infusion lasts; what goes beyond the first analysis period stands for the interval of the
            administration set.
        pressures: back pressures, mmHg.
        device: of twinbed.
        shown: the signal in which a fault of delivery shows.
        stuck: the same device, whose mechanism moves in large steps.
    """

    timing: Timing
    rates: tuple[float, ...]
    hours: float
    pressures: tuple[float, ...]
    device: Callable[[], AbstractDevice]
    shown: str
    stuck: Callable[[], AbstractDevice]


_KINDS = {
    "syringe": _Kind(BEDSIDE, (1.0, 5.0), 4.0, (-100.0, 100.0), SyringePump, "pump_flow",
                     lambda: made(SyringePump, slip=0.2)),
    "volumetric": _Kind(BEDSIDE, (1.0, 25.0), 4.0, (-100.0, 100.0), VolumetricPump, "pump_flow",
                        lambda: made(VolumetricPump, cycle=1.5, unevenness=1.0)),
    "ambulatory": _Kind(AMBULATORY, (0.001, 0.01), 72.0, (), InsulinPump, "insulin_rate",
                        lambda: made(InsulinPump, stroke=5.0)),
}  # fmt: skip

_GIVEN = (
    Given("pump", "1", "number of the pump, from 1"),
    Given("rate_ml_h", "mL/h", "rate that is set"),
    Given("back_pressure_mmhg", "mm[Hg]", "pressure against which it delivers"),
    Given("time_s", "s", "times at which the volume is asked for, from the start", "series"),
)


def flow_accuracy(
    *,
    limits: pathlib.Path | None = None,
    kind: str = "syringe",
    rates_ml_h: Annotated[Sequence[float], Stands((), "those of the kind")] = (),
    back_pressures_mmhg: Annotated[Sequence[float] | None, Stands(None, "those of the kind")] = None,
    hours: Annotated[float, Stands(0.0, "that of the kind")] = 0.0,
    pumps: int = 3,
) -> Protocol:
    """IEC 60601-2-24, accuracy of flow.

    Args:
        limits: the accuracy that the maker claims, as a file of limits.
        kind: syringe, volumetric or ambulatory; it sets how is sampled, and the defaults of what follows.
        rates_ml_h: minimum and intermediate rate; back pressure is tested at the last one.
        back_pressures_mmhg: beside none.
        hours: length of the infusion; error B is that of the last analysis period, if there is a second one.
        pumps: how many are tested.

    Raises:
        StudyError: no such kind, or an infusion that is too short.
    """
    if kind not in _KINDS:
        raise StudyError(f"no kind of pump {kind!r}: give one of {', '.join(_KINDS)}")
    of = _KINDS[kind]
    given = back_pressures_mmhg if back_pressures_mmhg is not None else of.pressures
    of = dataclasses.replace(
        of, rates=tuple(rates_ml_h) or of.rates, hours=hours or of.hours, pressures=tuple(given)
    )  # fmt: skip
    if of.hours * 60.0 < of.timing.start_up:
        raise StudyError(f"{of.hours:g} h are too short: start-up and analysis take {of.timing.start_up / 60.0:g} h")
    start = "start_up_ambulatory" if kind == "ambulatory" else "start_up"
    names = ("flow_accuracy", "longest_window", start)
    own = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    return Protocol(
        id="infusion/flow_accuracy",
        title="Flow accuracy of infusion pumps",
        standard="IEC 60601-2-24",
        edition="2012",
        subjects="pumps of one type",
        stimulus="a rate that is set, and the pressure against which the pump delivers",
        reference="the volume that leaves the line, weighed at the end of every sample",
        cases=lambda: _cases(of, pumps),
        given=_GIVEN,
        answers=[Answer("volume", "mL", "delivered since the start, at each of the times", "series", of="time_s")],
        measure=lambda case, answers: [_row(of, case, answers)],
        criteria=_criteria(of, start),
        limits={name: own[name] for name in names},
        count=pumps * (len(of.rates) + len(of.pressures)),
        figures=lambda table: _figures(of, table),
        badness="mean_error",
        picture=lambda case, answers: _picture(of, case, answers),
        recorded_by_tester=True,
        devices=_devices(of),
        attach=lambda device: _attached(Pump(device)),
    )


def _cases(of: _Kind, pumps: int):
    time_s = np.arange(round(of.hours * 60.0 / of.timing.sample) + 1) * of.timing.sample * _SECONDS_PER_MINUTE
    runs = [(rate, 0.0) for rate in of.rates] + [(of.rates[-1], pressure) for pressure in of.pressures]
    for pump in range(1, pumps + 1):
        for rate, pressure in runs:
            told = {"pump": pump, "rate_ml_h": rate, "back_pressure_mmhg": pressure, "time_s": time_s}
            groups = {"rate": f"{rate:g} mL/h", "back pressure": f"{pressure:g} mmHg"}
            yield Case(f"pump{pump}_{rate:g}mL_h_{pressure:g}mmHg", f"pump{pump}", told, {"rate_ml_h": rate}, groups)


def _row(of: _Kind, case: Case, answers: Answers) -> Row:
    rate, timing = case.reference["rate_ml_h"], of.timing
    flow = flows(answers["volume"], timing.sample)
    end, length = round(timing.start_up / timing.sample), round(timing.analysed / timing.sample)
    first = flow[end - length : end]
    row = {"rate": rate, "pressure": case.stimulus["back_pressure_mmhg"], "mean_error": mean_error(first, rate)}
    window = round(timing.windows[1] / timing.sample)
    row["start_up"] = start_up(flow[:end], rate, window, _NEAR) * timing.sample
    if len(flow) >= end + length:
        row["last_error"] = mean_error(flow[-length:], rate)
    for minutes in timing.windows:
        row[f"high_{minutes:g}"], row[f"low_{minutes:g}"] = trumpet(first, rate, round(minutes / timing.sample))
    return row


def _worst(names: Sequence[str], loaded: bool) -> Callable[[Table], Interval]:
    """The largest error of the runs against pressure, or of those against none."""

    def statistic(table: Table) -> Interval:
        of = table.where((table["pressure"] != 0.0) == loaded)
        columns = [of.columns[name] for name in names if name in of.columns]
        errors = np.max(np.abs(columns), axis=0) if columns else np.full(len(of), np.nan)
        return largest(errors, of.subject, case=of.case, what="largest of all pumps and rates")

    return statistic


def _criteria(of: _Kind, start: str) -> list[Criterion]:
    longest = of.timing.windows[-1]
    means = {
        "mean_error": "largest mean percentage error of the first analysis period (A)",
        "last_error": "largest mean percentage error before the set is changed (B)",
        "back_pressure": "largest mean percentage error against a back pressure",
    }
    none = out_of_scope("the settings ask for no back pressure: see back_pressures_mmhg")
    loaded = _worst(["mean_error"], True) if any(of.pressures) else none
    judged = [
        Criterion("mean_error", _FLOW, means["mean_error"], "%", _worst(["mean_error"], False), "at most",
                  "flow_accuracy"),
        Criterion("last_error", _FLOW, means["last_error"], "%", _worst(["last_error"], False), "at most",
                  "flow_accuracy"),
        Criterion("back_pressure", _FLOW, means["back_pressure"], "%", loaded, "at most", "flow_accuracy"),
        Criterion("longest_window", _TRUMPET, "largest error over the longest observation window", "%",
                  _worst([f"high_{longest:g}", f"low_{longest:g}"], False), "at most", "longest_window"),
        Criterion("start_up", "201.12.1.102, start-up curve",
                  "longest time until the flow over the second window is within 10 % of the rate", "min",
                  _worst(["start_up"], False), "at most", start),
    ]  # fmt: skip
    disclosed = [
        Criterion(f"window_{minutes:g}", _TRUMPET, f"largest error over an observation window of {minutes:g} min", "%",
                  _worst([f"high_{minutes:g}", f"low_{minutes:g}"], False))
        for minutes in of.timing.windows[:-1]
    ]  # fmt: skip
    return judged + disclosed


_TONES = ("accent", "second", "soft")


def _figures(of: _Kind, table: Table) -> list[Figure]:
    free = table.where(table["pressure"] == 0.0)
    marks: list[Any] = [Level(0.0, "no error")]
    for rate, tone in zip(of.rates, _TONES, strict=False):
        own = free.where(free["rate"] == rate)
        high = [float(own[f"high_{w:g}"].max()) for w in of.timing.windows]
        low = [float(own[f"low_{w:g}"].min()) for w in of.timing.windows]
        marks += [Curve(of.timing.windows, high, tone, f"{rate:g} mL/h"), Curve(of.timing.windows, low, tone)]
        marks.append(Level(float(own["mean_error"].mean()), f"A, {rate:g} mL/h", tone))
    says = "the largest and the smallest error of all pumps narrow as the window grows, towards the mean error"
    shown = Chart("Trumpet curve", says, "observation window, min", "error, %", marks)
    last = table.columns.get("last_error", np.full(len(table), np.nan))
    number = lambda v: None if np.isnan(v) else round(float(v), 3)
    rows = [
        [str(table.case[i]), number(table["mean_error"][i]), number(last[i]), number(table["start_up"][i])]
        for i in range(len(table))
    ]
    columns = ["infusion", "A, %", "B, %", "start-up, min"]
    return [shown, Listing("Infusions", "mean errors and start-up of every infusion", columns, rows)]


def _picture(of: _Kind, case: Case, answers: Answers) -> Chart:
    end = round(of.timing.start_up / of.timing.sample)
    minutes, rate = np.asarray(case.stimulus["time_s"])[1 : end + 1] / _SECONDS_PER_MINUTE, case.reference["rate_ml_h"]
    marks = [
        Curve(minutes, flows(answers["volume"], of.timing.sample)[:end], "accent", "flow"),
        Level(rate, "rate that is set"),
    ]
    return Chart(
        "Start-up curve", "how soon and how evenly the flow reaches the rate", "time, min", "flow, mL/h", marks
    )


def _attached(pump: Pump) -> Callable[[Values], Any]:
    def deliver(stimulus: Values) -> Any:
        times = np.asarray(stimulus["time_s"], float)
        seed, pressure = int(stimulus["pump"]), float(stimulus["back_pressure_mmhg"])
        rate = float(stimulus["rate_ml_h"])
        measured = pump.run(rate, pump.ticks(times[-1]), seed=seed, venous_pressure=pressure)
        return {"volume": measured.volume(times)}

    return deliver


def _missing_steps(deliver: Callable[[Values], Any]) -> Callable[[Values], Any]:
    """The motor stalls in every eighth sample, and nobody notices."""

    def stalls(stimulus: Values) -> Any:
        given = np.diff(deliver(stimulus)["volume"], prepend=0.0)
        given[8::8] = 0.0
        return {"volume": np.cumsum(given)}

    return stalls


def _devices(of: _Kind) -> dict[str, Callable[[Values], Any]]:
    good = _attached(Pump(of.device()))
    return {
        "good": good,
        "bad": _attached(Pump(made(OverDelivery, device=of.device(), excess=0.08, signal=of.shown))),
        "bad_stick_slip": _attached(Pump(of.stuck())),
        "bad_missed_steps": _missing_steps(good),
    }
