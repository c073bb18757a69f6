"""The laboratory accuracy of a clinical thermometer: its probe in baths, step by step, and for hours.

*Baths* over the rated output range and at both ends of the rated extended range, at the lowest, the middle and the
highest ambient temperature: what is shown in the last minute of the soak is held against the bath. *Transients*: from
one bath into another, up and down; the response time ends when what is shown stays within the laboratory error of the
new bath. *Hold*: hours in one bath, for what drifts.

The device is given what the sensor in its probe feels: it follows the bath with a lag of first order, from the
temperature of the room, or of the bath before. A soak lasts until little of that lag is left, so that what is judged
in its last minute is no transient. A device of twinbed brings a probe of its own and lies in the bath itself.

*Known limits*: immersion, probe covers, self-heating, supply and humidity are not part of it, and a probe has more
than one time constant. A device of twinbed does not know its ambient temperature.

**References:**

- ISO 80601-2-56:2017, clause 201.101
"""

import dataclasses
import math
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from twinbed.bench.charts import Area, Chart, Curve, Figure, Level, Listing, Moment, Points
from twinbed.bench.draws import normals
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.play import play
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table, Values
from twinbed.bench.protocols import _columns
from twinbed.bench.statistics import Interval
from twinbed.core import discover
from twinbed.core.device import AbstractDevice
from twinbed.core.errors import StudyError

_USED = ("error", "error_extended", "reference_uncertainty", "bath_step", "readings", "transient")
_ROOM_CEL, _MIDDLE_CEL = 23.0, 37.0
_WAIT_S, _LAST_S, _HOLD_EVERY_S = 30.0, 60.0, 10.0
"""In the room before the plunge; of the soak, what is judged; between readings of the hold."""
_SETTLED_CEL = 0.01
"""Of the lag, what may be left when judging begins: a thirtieth of the laboratory error."""

_GIVEN = (
    Given("probe_temperature", "Cel", "what the sensor in the probe feels", "series"),
    Given("bath_temperature", "Cel", "temperature around the probe", "series", inside=True),
    Given("every_s", "s", "time from sample to sample"),
    Given("ambient_temperature", "Cel", "temperature around the device"),
    Given("unit", "1", "number of the device, from 0"),
)


def laboratory_accuracy(  # noqa: PLR0913 (every setting of the bench by name)
    *,
    limits: pathlib.Path | None = None,
    rated: tuple[float, float] = (34.0, 43.0),
    extended: tuple[float, float] = (32.0, 45.0),
    baths: int = 6,
    ambients: tuple[float, ...] = (16.0, 23.0, 40.0),
    units: int = 3,
    soak_s: float = 300.0,
    hold_h: float = 6.0,
    probe_lag_s: float = 10.0,
) -> Protocol:
    """Laboratory accuracy, transient response and drift of a clinical thermometer.

    Args:
        limits: the laboratory's own numbers.
        rated: lowest and highest temperature of the rated output range, Cel.
        extended: of the rated extended output range, Cel; the same as `rated` where there is none.
        baths: temperatures in the rated range, evenly spread with both ends.
        ambients: temperatures of the room, Cel.
        units: thermometers of the make.
        soak_s: time in a bath; the maker's shortest measuring time if that is longer. A slow probe is given more.
        hold_h: time in one bath for the drift, h.
        probe_lag_s: time constant of the sensor in its probe in a stirred bath; the default is this project's
            assumption for a reusable probe, a maker gives that of its own.

    Raises:
        StudyError: the lag is not above zero.
    """
    if not probe_lag_s > 0.0:
        raise StudyError(f"probe_lag_s is {probe_lag_s}: give the time constant of the probe in s, above 0")
    known = {name: limit for name, limit in read_limits(_LIMITS, limits).items() if name in _USED}
    levels = [*np.linspace(*rated, baths), *(end for end, near in zip(extended, rated, strict=True) if end != near)]
    soak_s = max(soak_s, _settling_s(levels, ambients, probe_lag_s) + _LAST_S)
    bench = _Bench(units, soak_s, hold_h, probe_lag_s)
    return Protocol(
        id="temperature/laboratory_accuracy",
        title="Clinical thermometer: laboratory accuracy",
        standard="ISO 80601-2-56",
        edition="2017",
        subjects="thermometers of one make",
        stimulus=_STIMULUS,
        reference="the bath's temperature by a reference thermometer of known uncertainty",
        cases=lambda: _cases(levels, ambients, bench),
        count=units * (len(levels) * len(ambients) + 3),
        given=_GIVEN,
        answers=[Answer("shown", "Cel", "what is shown at the time of each sample", "series", "probe_temperature",
                        bounds=(0.0, 60.0))],
        measure=lambda case, answers: _measure(case, answers, rated, known["error"].value),
        study=("bath_step", "reference"),
        facts=("bath_step", "reference"),
        criteria=_criteria(rated),
        limits=known,
        seconds_a_case=60.0,
        figures=lambda table: _figures(table, known),
        badness="error",
        picture=_picture,
        devices=_devices(),
        attach=attached,
    )  # fmt: skip


_LIMITS = pathlib.Path(__file__).with_name("limits.toml")
_STIMULUS = (
    "what the sensor in the probe feels in water baths after a wait in the room, from bath to bath, and for hours in "
    "one bath"
)


def attached(device: AbstractDevice, **faults: float) -> Callable[[Values], Values]:
    """A thermometer of twinbed with its own probe in the bath; `faults` are held at the inputs of its wrappers."""

    def answer(stimulus: Values) -> Values:
        bath = stimulus["bath_temperature"]
        signals = {"core_temperature": bath, **{name: np.full(len(bath), v) for name, v in faults.items()}}
        return {"shown": play(device, signals, stimulus["every_s"], unit=stimulus["unit"])["body_temperature"]}

    return answer


@dataclasses.dataclass(frozen=True)
class _Bench:
    """How many thermometers, how long they soak and are held, and the lag of their probes."""

    units: int
    soak_s: float
    hold_h: float
    lag_s: float


def _settling_s(levels: Sequence[float], ambients: Sequence[float], lag_s: float) -> float:
    """Time until the lag leaves `_SETTLED_CEL` of the largest step."""
    temperatures = [*levels, *ambients, _ROOM_CEL, _MIDDLE_CEL]
    return lag_s * math.log(max(max(temperatures) - min(temperatures), _SETTLED_CEL) / _SETTLED_CEL)


def lagged(bath: np.ndarray, lag_s: float, every_s: float) -> np.ndarray:
    """What the sensor in a probe feels, from the temperature of the first sample on: exact for a bath that steps."""
    stays = math.exp(-every_s / lag_s)
    felt = np.empty_like(bath)
    felt[0] = bath[0]
    for k in range(1, len(bath)):
        felt[k] = bath[k - 1] + (felt[k - 1] - bath[k - 1]) * stays
    return felt


def _cases(levels: Sequence[float], ambients: Sequence[float], bench: _Bench):
    soak_s = bench.soak_s
    for unit in range(bench.units):
        error = iter(normals(unit, "reference thermometer", len(levels) * len(ambients) + 3))
        for ambient in ambients:
            for level in levels:
                probe = _steps(((ambient, _WAIT_S), (level, soak_s)), 1.0)
                yield _case("bath", unit, next(error), probe, ambient, bench)
        for name, start in (("heating", _ROOM_CEL), ("cooling", max(levels))):
            probe = _steps(((start, soak_s), (_MIDDLE_CEL, soak_s)), 1.0)
            yield _case(name, unit, next(error), probe, _ROOM_CEL, bench)
        probe = _steps(((_MIDDLE_CEL, soak_s + 3600.0 * bench.hold_h),), _HOLD_EVERY_S)
        yield _case("hold", unit, next(error), probe, _ROOM_CEL, bench)


_UNCERTAINTY_CEL = 0.03
"""Of the bath's temperature, k = 2: a good calibration bath with a platinum thermometer (assumption)."""


def _case(part: str, unit: int, draw: float, bath: np.ndarray, ambient: float, bench: _Bench) -> Case:
    """`draw` is the error of the reference thermometer in its standard uncertainties."""
    level, every_s = float(bath[-1]), _HOLD_EVERY_S if part == "hold" else 1.0
    stimulus = {
        "probe_temperature": lagged(bath, bench.lag_s, every_s), "bath_temperature": bath, "every_s": every_s,
        "ambient_temperature": ambient, "unit": unit,
    }  # fmt: skip
    judged = np.arange(len(bath)) * every_s >= bench.soak_s if part == "hold" else _last(len(bath), every_s)
    reference = {
        "bath": level + 0.5 * _UNCERTAINTY_CEL * float(draw), "uncertainty": _UNCERTAINTY_CEL, "judged": judged,
        "plunge": int(np.argmax(bath == level)),
    }  # fmt: skip
    name = f"unit{unit}_{part}_{level:.1f}_at_{ambient:g}"
    return Case(name, f"thermometer {unit + 1}", stimulus, reference, {"part": part, "ambient": f"{ambient:g}"})


def _steps(parts: Iterable[tuple[float, float]], every_s: float) -> np.ndarray:
    """Temperatures, each for its time."""
    return np.concatenate([np.full(round(lasts / every_s), level) for level, lasts in parts])


def _last(samples: int, every_s: float) -> np.ndarray:
    return np.arange(samples) >= samples - round(_LAST_S / every_s)


def _measure(case: Case, answers: Answers, rated: tuple[float, float], allowed: float) -> Sequence[Row]:
    bath, judged, every_s = case.reference["bath"], case.reference["judged"], case.stimulus["every_s"]
    error = answers["shown"] - bath
    row = {"given": float(np.isfinite(error[judged]).mean())}
    part = case.groups["part"]
    if part in ("heating", "cooling"):
        return [{**row, f"{part}_s": response_s(error, case.reference["plunge"], allowed, every_s)}]
    level = float(case.stimulus["bath_temperature"][-1])
    row |= {
        "level": level, "error": _worst(error[judged]), "uncertainty": case.reference["uncertainty"],
        "extended": float(not rated[0] <= level <= rated[1]), "ambient": case.stimulus["ambient_temperature"],
    }  # fmt: skip
    if part == "hold":
        row["drift"] = slope(np.arange(len(error))[judged] * every_s / 3600.0, answers["shown"][judged])
    return [row]


def response_s(error: np.ndarray, plunge: int, allowed: float, every_s: float) -> float:
    """Time from the plunge until the error stays within what is allowed; all of the time if it never does."""
    outside = np.flatnonzero(~(np.abs(error[plunge:]) <= allowed + 1e-9))  # a gap is outside
    return float(outside[-1] + 1) * every_s if outside.size else 0.0


def _worst(error: np.ndarray) -> float:
    found = error[np.isfinite(error)]
    return float(found[np.argmax(np.abs(found))]) if found.size else math.nan


def slope(hours: np.ndarray, shown: np.ndarray) -> float:
    """Least-squares slope of readings, in their unit an hour; NaN with fewer than two.

    It is 0 where readings that are each off by a unit in their last binary place could have it: it is rounding then.
    """
    there = np.isfinite(shown)
    if there.sum() < 2:
        return math.nan
    hours, shown = hours[there] - hours[there].mean(), shown[there]
    weights = hours / (hours @ hours)
    found = float(weights @ (shown - shown[0]))
    rounding = np.abs(weights).sum() * np.spacing(np.abs(shown).max())
    return found if abs(found) > rounding else 0.0


def _criteria(rated: tuple[float, float]) -> list[Criterion]:
    clause = "201.101.2"
    part = lambda table, extended: table.where(_columns.column(table, "extended") == extended)
    return [
        Criterion("error", clause, "largest error in the rated output range", "Cel",
                  lambda t: _columns.largest(part(t, 0.0), "error"), "at most", "error"),
        Criterion("error_extended", clause, "largest error in the rated extended output range", "Cel",
                  lambda t: _columns.largest(part(t, 1.0), "error"), "at most", "error_extended"),
        Criterion("bias", clause, "mean error", "Cel", lambda t: _columns.mean(t, "error")),
        Criterion("heating", "201.101.3", "longest heating transient response time", "s",
                  lambda t: _columns.largest(t, "heating_s"), "at most", "transient"),
        Criterion("cooling", "201.101.3", "longest cooling transient response time", "s",
                  lambda t: _columns.largest(t, "cooling_s"), "at most", "transient"),
        Criterion("drift", clause, "largest drift in one bath", "Cel/h", lambda t: _columns.largest(t, "drift")),
        Criterion("readings", clause, "least share of readings that were shown", "1",
                  lambda t: _columns.smallest(t, "given"), "at least", "readings"),
        Criterion("bath_step", clause, "largest distance between neighbouring baths", "Cel",
                  lambda t: _bath_step(t, rated), "at most", "bath_step"),
        Criterion("reference", "201.101.1", "largest uncertainty (k = 2) of the bath's temperature", "Cel",
                  lambda t: _columns.largest(t, "uncertainty"), "at most", "reference_uncertainty"),
    ]  # fmt: skip


def _bath_step(table: Table, rated: tuple[float, float]) -> Interval:
    """Between neighbouring baths, and from the first and the last to the ends of the rated range."""
    level = _columns.column(table, "level")
    own = np.unique(level[(level >= rated[0]) & (level <= rated[1])])
    return _columns.plain(float(np.diff([rated[0], *own, rated[1]]).max()), len(own), "largest of all")


def _figures(table: Table, limits: Mapping[str, Limit]) -> Sequence[Figure]:
    baths = _columns.rows(table, "error")
    level, error = baths["level"], baths["error"]
    ends = np.array([level.min(), level.max()])
    allowed = limits["error"].value
    ambient = baths["ambient"]
    points = [
        Points(level[ambient == at], error[ambient == at], tone, f"{at:g} °C")
        for at, tone in zip(np.unique(ambient), ("second", "accent", "bad", "plain", "good"), strict=False)
    ]
    return [
        Chart("Error against the bath", "Every point is the worst reading in a bath; outside the band it is too large.",
              "bath, °C", "error, °C", [Area(ends, [-allowed] * 2, [allowed] * 2), *points, Level(0.0, "no error")]),
        Listing("Transients and drift", "Response times and drift of each thermometer.",
                ["thermometer", "heating, s", "cooling, s", "drift, °C/h"],
                [[unit, *(_of(table, unit, name) for name in ("heating_s", "cooling_s", "drift"))]
                 for unit in map(str, np.unique(table.subject))]),
    ]  # fmt: skip


def _of(table: Table, unit: str, name: str) -> float | None:
    value = _columns.largest(table.where(table.subject == unit), name).value
    return None if math.isnan(value) else value


def _picture(case: Case, answers: Answers) -> Chart:
    t = np.arange(len(answers["shown"])) * case.stimulus["every_s"]
    return Chart(
        case.id, "The reading follows the probe and must stay at the bath.", "time, s", "temperature, °C",
        [Curve(t, case.stimulus["bath_temperature"], "plain", "bath"),
         Curve(t, case.stimulus["probe_temperature"], "second", "sensor in the probe"),
         Curve(t, answers["shown"], "accent", "shown"), Moment(float(t[case.reference["plunge"]]), "plunge")],
    )  # fmt: skip


def _devices() -> dict[str, Callable[[Values], Values]]:
    make, load = discover.load("devices/monitoring/thermometer"), discover.load
    wrong = {"device": make(), "relative": 0.0, "signal": "body_temperature"}
    return {
        "good": attached(make()),
        "bad": attached(load("devices/faults/bias")(offset=0.45, **wrong), fault_bias=1.0),
        "bad_slow": attached(make(lag=90.0)),
        "bad_drift": attached(load("devices/faults/drift")(offset=0.12, **wrong), fault_drift=1.0),
        "bad_ambient": _cold_junction(attached(make())),
    }


def _cold_junction(device: Callable[[Values], Values]) -> Callable[[Values], Values]:
    """A thermocouple whose reference junction is not compensated: 3 % of the room's deviation is added."""
    off = lambda stimulus: 0.03 * (stimulus["ambient_temperature"] - _ROOM_CEL)
    return lambda stimulus: {"shown": np.asarray(device(stimulus)["shown"]) + off(stimulus)}
