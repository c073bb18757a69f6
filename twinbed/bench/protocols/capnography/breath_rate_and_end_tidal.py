"""Respiratory rate, end-tidal value and response of a capnograph, with gas that a chopper switches.

*Chopper*: test gas and zero gas take turns at the sampling port, at respiratory rates over the rated range and ratios
of inspiration to expiration of 1:1 and 1:2. A sampling system that smooths reaches the end-tidal value no more where
expirations are short; the rates up to which the value keeps its accuracy are disclosed. *Step*: one step to the test
gas, for delay, rise time (10 to 90 %) and their sum, the total system response time. *No breaths*: the test gas with
the small oscillations that a heart makes, in which no breath may be counted.

*Known limits*: the chopper switches at once; there is no dead space, no water and no leak.

**References:**

- ISO 80601-2-55:2018, clauses 201.12.1.103 and 201.12.1.104, figure 201.101 (the chopper)
- Breen, Mazumdar & Skinner (1994), Anesth Analg 78(3):584 (transport delays of 0.6 to 5 s)
"""

import math
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from twinbed.bench.charts import Area, Chart, Curve, Figure, Level, Points, Tone
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table, Values, out_of_scope
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

_LIMITS = pathlib.Path(__file__).with_name("limits.toml")
_USED = (
    "carbon_dioxide_absolute", "carbon_dioxide_relative", "rate_error_slow", "rate_error_middle", "rate_error_fast",
    "no_breath", "response",
)  # fmt: skip
_BANDS = {"slow": (0.0, 70.0), "middle": (70.0, 120.0), "fast": (120.0, math.inf)}
"""Respiratory rates (/min) of the limits for the rate, above the first and up to the second."""
_STEP_AT_S = 10.0
_HEART_PER_MIN, _HEART_PERCENT = 75.0, 0.25
"""Cardiogenic oscillations, vol% to each side: some 4 mmHg from peak to peak (assumption)."""

_GIVEN = (
    Given("carbon_dioxide", "mm[Hg]", "partial pressure of carbon dioxide at the sampling port", "series"),
    Given("every_s", "s", "time from sample to sample"),
)


def breath_rate_and_end_tidal(
    *,
    limits: pathlib.Path | None = None,
    rates: tuple[float, ...] = (8.0, 12.0, 20.0, 30.0, 40.0, 60.0),
    expirations: tuple[float, ...] = (1.0, 2.0),
    level: float = 5.0,
    lasts_s: float = 90.0,
) -> Protocol:
    """Respiratory rate, end-tidal carbon dioxide and response of a capnograph.

    Args:
        limits: the laboratory's own numbers.
        rates: over the rated range of the respiratory rate for which the end-tidal accuracy is stated, /min.
        expirations: times of expiration to one of inspiration.
        level: carbon dioxide of the test gas, vol%.
        lasts_s: time at each rate.
    """
    known = {name: limit for name, limit in read_limits(_LIMITS, limits).items() if name in _USED}
    return Protocol(
        id="capnography/breath_rate_and_end_tidal",
        title="Capnograph: respiratory rate, end-tidal value and response",
        standard="ISO 80601-2-55",
        edition="2018",
        subjects="one capnograph",
        stimulus="test gas and zero gas in turn by a chopper at rates and I:E ratios, a step, and no breaths",
        reference="the chopper's frequency and the certified content of the test gas",
        cases=lambda: _cases(rates, expirations, level, lasts_s),
        count=len(rates) * len(expirations) + 2,
        given=_GIVEN,
        answers=[
            WAVE,
            Answer("etco2", "mm[Hg]", "end-tidal value that is shown at the end", bounds=(0.0, 250.0)),
            Answer("breath_rate", "/min", "respiratory rate that is shown at the end", bounds=(0.0, 300.0)),
        ],
        measure=lambda case, answers: _measure(case, answers, known),
        criteria=_criteria(known, rates),
        limits=known,
        seconds_a_case=120.0,
        figures=lambda table: _figures(table, known),
        badness="end_tidal_error",
        picture=_picture,
        devices=_devices(),
        attach=attached,
    )


def _cases(rates: Sequence[float], expirations: Sequence[float], level: float, lasts_s: float) -> Iterable[Case]:
    t = np.arange(round(lasts_s / EVERY_S)) * EVERY_S
    for expiration in expirations:
        for rate in rates:
            share = 1.0 / (1.0 + expiration)
            gas = np.where(t * rate / 60.0 % 1.0 < share, 0.0, level)
            yield _case(f"chopper_{rate:g}_per_min_1_to_{expiration:g}", "chopper", gas, rate, level, expiration)
    yield _case("step", "step", np.where(t < _STEP_AT_S, 0.0, level), 0.0, level)
    heart = _HEART_PERCENT * np.sin(2.0 * math.pi * _HEART_PER_MIN / 60.0 * t)
    yield _case("no_breaths", "no breaths", level + heart, 0.0, level)


def _case(name: str, part: str, percent: np.ndarray, rate: float, level: float, expiration: float = 0.0) -> Case:
    stimulus = {"carbon_dioxide": partial_pressure(percent), "every_s": EVERY_S}
    reference = {"rate": rate, "percent": level, "expiration": expiration}
    return Case(name, "capnograph", stimulus, reference, {"part": part, "ratio": f"1:{expiration:g}"})


def _measure(case: Case, answers: Answers, limits: Mapping[str, Limit]) -> Sequence[Row]:
    shown = float(answers["breath_rate"])
    if case.groups["part"] == "no breaths":
        return [{"false_rate": shown}]
    level = case.reference["percent"]
    if case.groups["part"] == "step":
        delay, rise = delay_and_rise(percent_of(answers["co2_wave"]), level, _STEP_AT_S, EVERY_S)
        return [{"delay": delay, "rise": rise, "response": delay + rise}]
    error = float(percent_of(answers["etco2"])) - level
    return [{
        "rate": case.reference["rate"], "rate_error": shown - case.reference["rate"], "end_tidal_error": error,
        "beyond": beyond(error, level, limits), "level": level, "expiration": case.reference["expiration"],
    }]  # fmt: skip


def delay_and_rise(wave: np.ndarray, level: float, step_at_s: float, every_s: float) -> tuple[float, float]:
    """Time from a step to 10 % of it, and on to 90 %, s; the rest of the recording where that is never reached."""

    def reached(share: float) -> float:
        above = wave >= share * level
        return float(np.argmax(above) if above.any() else len(wave)) * every_s

    return reached(0.1) - step_at_s, reached(0.9) - reached(0.1)


def _criteria(limits: Mapping[str, Limit], rates: Sequence[float]) -> list[Criterion]:
    rate, end = "201.12.1.103", "201.12.1.101"

    def within(low: float, high: float) -> Callable[[Table], Interval]:
        chosen = lambda rate: (rate > low) & (rate <= high)
        if not chosen(np.array(rates)).any():
            return out_of_scope("the settings ask for no such rate: see rates")
        return lambda t: _columns.largest(t.where(chosen(_columns.column(t, "rate"))), "rate_error")

    said = {"slow": "up to 70 /min", "middle": "above 70 up to 120 /min", "fast": "above 120 /min"}
    one = lambda name: lambda t: _columns.largest(t, name)
    return [
        *(Criterion(f"rate_{band}", rate, f"largest error of the respiratory rate, {said[band]}", "/min",
                    within(*ends), "at most", f"rate_error_{band}") for band, ends in _BANDS.items()),
        Criterion("end_tidal", end, "largest end-tidal error beyond the allowed share of the level, vol%", "%",
                  one("beyond"), "at most", "carbon_dioxide_absolute"),
        *(Criterion(f"end_tidal_to_{e:.0f}", rate, f"highest respiratory rate with end-tidal accuracy at I:E 1:{e:.0f}",
                    "/min", lambda t, e=e: _highest_rate(t, e, limits)) for e in (1.0, 2.0)),
        Criterion("no_breath", rate, "respiratory rate shown where nobody breathes", "/min", one("false_rate"),
                  "at most", "no_breath"),
        Criterion("delay", "201.12.1.104", "delay to 10 % of a step", "s", one("delay")),
        Criterion("rise", "201.12.1.104", "rise time from 10 to 90 % of a step", "s", one("rise")),
        Criterion("response", "201.12.1.104", "total system response time", "s", one("response"), "at most",
                  "response"),
    ]  # fmt: skip


def _highest_rate(table: Table, expiration: float, limits: Mapping[str, Limit]) -> Interval:
    """The highest tested rate up to which every end-tidal value was accurate; 0 where the first was not."""
    own = table.where(_columns.column(table, "expiration") == expiration)
    order = np.argsort(own["rate"])
    accurate = own["beyond"][order] <= limits["carbon_dioxide_absolute"].value
    if not len(own):
        return _columns.plain(math.nan, 0, "highest tested")
    kept = int(np.argmin(accurate)) if not accurate.all() else len(own)
    value = float(own["rate"][order][kept - 1]) if kept else 0.0
    return _columns.plain(value, len(own), "highest tested")


def _figures(table: Table, limits: Mapping[str, Limit]) -> Sequence[Figure]:
    own = _columns.rows(table, "rate")
    own = own.where(np.argsort(own["rate"], kind="stable"))
    absolute, relative = limits["carbon_dioxide_absolute"].value, limits["carbon_dioxide_relative"].value / 100.0
    allowed = absolute + relative * own["level"]
    return [
        Chart("End-tidal error against the respiratory rate", "A curve leaves the band where expirations are short.",
              "respiratory rate, /min", "end-tidal error, vol%",
              [Area(own["rate"], -allowed, allowed), Level(0.0, "no error"),
               *_by_ratio(own, Curve, "end_tidal_error")]),
        Chart("Error of the respiratory rate", "A point far off counts breaths twice or misses them.",
              "respiratory rate, /min", "error of the rate, /min",
              [Level(0.0, "no error"), *_by_ratio(own, Points, "rate_error")]),
    ]  # fmt: skip


def _by_ratio(table: Table, mark: type[Curve] | type[Points], name: str) -> list[Curve | Points]:
    """A column over the rate, a mark for each ratio of inspiration to expiration."""
    tones: Sequence[Tone] = ("accent", "second", "good")
    own = {e: table.where(table["expiration"] == e) for e in np.unique(table["expiration"])}
    return [mark(t["rate"], t[name], tone, f"I:E 1:{e:g}") for (e, t), tone in zip(own.items(), tones, strict=False)]


def _picture(case: Case, answers: Answers) -> Chart:
    wave = percent_of(answers["co2_wave"])
    last = slice(-round(20.0 / EVERY_S), None)
    t = (np.arange(len(wave)) * EVERY_S)[last]
    return Chart(
        case.id, "The plateaus of the capnogram must reach the test gas.", "time, s", "carbon dioxide, vol%",
        [Curve(t, percent_of(case.stimulus["carbon_dioxide"])[last], "plain", "gas"),
         Curve(t, wave[last], "accent", "capnogram"),
         Level(float(percent_of(answers["etco2"])), "end-tidal value", "accent")],
    )  # fmt: skip


def _devices() -> dict[str, Callable[[Values], Values]]:
    make = discover.load("devices/monitoring/capnograph")
    good = attached(make())
    return {
        "good": good,
        "bad": attached(make(rise_time=1.5)),
        "bad_heart": attached(make(breath_min=2.0)),
        "bad_double": _double(good),
        "bad_mean": _mean(good),
    }


def _double(device: Callable[[Values], Values]) -> Callable[[Values], Values]:
    """It counts both edges of a breath."""
    return lambda stimulus: (shown := dict(device(stimulus))) | {"breath_rate": 2.0 * shown["breath_rate"]}


def _mean(device: Callable[[Values], Values]) -> Callable[[Values], Values]:
    """Its end-tidal value is the mean of the upper half of the capnogram and not its end."""

    def answer(stimulus: Values) -> Values:
        shown = dict(device(stimulus))
        wave = np.asarray(shown["co2_wave"])[-round(20.0 / stimulus["every_s"]) :]
        return shown | {"etco2": float(wave[wave >= 0.5 * wave.max()].mean())}

    return answer
