"""Visual alarm signals: whether a sampled light has the flash rate, duty cycle and colour of its priority."""

import dataclasses
import math
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np

from twinbed.bench import Answer, Case, Criterion, Protocol
from twinbed.bench.alarms.light import COLOURS, LIGHTS, Light, seen
from twinbed.bench.alarms.noise import white
from twinbed.bench.charts import Chart, Curve, Figure, Listing
from twinbed.bench.limits import read_limits
from twinbed.bench.protocol import Answers, Given, Row, Table, Values
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.extremes import largest, smallest
from twinbed.bench.statistics.proportions import wilson

_CLAUSE = "6.3.2.2, table 2"
_PRIORITIES = ("high", "medium", "low")
_CHANNELS = ("red", "green", "blue")
_NOISE = 0.01

_GIVEN = (
    Given("priority", "1", "priority of the alarm condition: high, medium or low", "text"),
    Given("time_s", "s", "times at which the light is sampled, from the begin of the alarm", "series"),
)


def visual_signals(
    *, limits: pathlib.Path | None = None, seconds: float = 20.0, sample_rate_hz: float = 200.0, seed: int = 1
) -> Protocol:
    """IEC 60601-1-8, visual alarm signals (indicator lights).

    Args:
        limits: the laboratory's numbers of the standard, as a file of limits.
        seconds: how long each light is recorded.
        sample_rate_hz: of the colour sensor.
        seed: of the sensor's noise for the devices that are known by name.
    """
    own = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    used = {c.limit for c in _CRITERIA if c.limit}
    return Protocol(
        id="alarms/visual_signals",
        title="Visual alarm signals",
        standard="IEC 60601-1-8",
        edition="2006+A1:2012+A2:2020",
        subjects="indicator lights of each priority",
        stimulus="the priority of an alarm condition, and times at which the light is sampled",
        reference="the characteristics that the standard gives each priority",
        cases=lambda: _cases(seconds, sample_rate_hz),
        given=_GIVEN,
        answers=[
            Answer("red", "1", "intensity of the red channel, at each of the times", "series", of="time_s"),
            Answer("green", "1", "intensity of the green channel, at each of the times", "series", of="time_s"),
            Answer("blue", "1", "intensity of the blue channel, at each of the times", "series", of="time_s"),
        ],
        measure=_rows,
        criteria=_CRITERIA,
        limits={name: limit for name, limit in own.items() if name in used},
        count=len(_PRIORITIES),
        figures=_figures,
        badness="off",
        picture=_picture,
        recorded_by_tester=True,
        devices=_devices(seed),
    )


def _cases(seconds: float, rate: float):
    for priority in _PRIORITIES:
        told = {"priority": priority, "time_s": np.arange(round(seconds * rate)) / rate}
        yield Case(priority, priority, told, {"priority": priority}, {"priority": priority})


def _rows(case: Case, answers: Answers) -> list[Row]:
    time_s, priority = np.asarray(case.stimulus["time_s"], float), case.reference["priority"]
    light = np.array([answers[name] for name in _CHANNELS], float)
    found = seen(light, (len(time_s) - 1) / (time_s[-1] - time_s[0]))
    ends = lambda v, none: (float(v.min()), float(v.max())) if len(v) else (none, none)
    slowest, fastest = ends(found.flash_hz, 0.0)
    shortest, longest = ends(100.0 * found.duty, math.nan)
    return [{
        "priority": float(_PRIORITIES.index(priority)), "slowest": slowest, "fastest": fastest, "shortest": shortest,
        "longest": longest, "colour": float(found.colour in COLOURS[priority]), "flashes": float(len(found.flash_hz)),
        "off": float(found.colour not in COLOURS[priority]) + fastest,
    }]  # fmt: skip


def _of(column: str, which: Callable[..., Interval], *priorities: str) -> Callable[[Table], Interval]:
    def statistic(table: Table) -> Interval:
        own = table.where(np.isin(table["priority"], [_PRIORITIES.index(p) for p in priorities]))
        return which(own[column], own.case, what="worst of all flashes")

    return statistic


def _colours(table: Table) -> Interval:
    return wilson(int(table["colour"].sum()), len(table))


_CRITERIA = [
    Criterion("high_flash_least", _CLAUSE, "slowest flash of high priority", "Hz", _of("slowest", smallest, "high"),
              "at least", "high_flash_least"),
    Criterion("high_flash_most", _CLAUSE, "fastest flash of high priority", "Hz", _of("fastest", largest, "high"),
              "at most", "high_flash_most"),
    Criterion("medium_flash_least", _CLAUSE, "slowest flash of medium priority", "Hz",
              _of("slowest", smallest, "medium"), "at least", "medium_flash_least"),
    Criterion("medium_flash_most", _CLAUSE, "fastest flash of medium priority", "Hz",
              _of("fastest", largest, "medium"), "at most", "medium_flash_most"),
    Criterion("duty_least", _CLAUSE, "shortest share of a flash that is lit", "%",
              _of("shortest", smallest, "high", "medium"), "at least", "duty_least"),
    Criterion("duty_most", _CLAUSE, "longest share of a flash that is lit", "%",
              _of("longest", largest, "high", "medium"), "at most", "duty_most"),
    Criterion("steady", _CLAUSE, "fastest flash of low priority, which is to be steady", "Hz",
              _of("fastest", largest, "low"), "at most", "steady"),
    Criterion("colour", _CLAUSE, "share of lights with the colour of their priority", "1", _colours, "at least",
              "colour"),
]  # fmt: skip


def _figures(table: Table) -> list[Figure]:
    names = ("slowest", "fastest", "shortest", "longest", "flashes", "colour")
    number = lambda v: None if math.isnan(v) else round(float(v), 3)
    rows = [[str(table.case[i]), *(number(table[name][i]) for name in names)] for i in range(len(table))]
    columns = ["priority", "slowest flash, Hz", "fastest flash, Hz", "shortest lit, %", "longest lit, %", "flashes",
               "colour is right"]  # fmt: skip
    return [Listing("Lights", "what was seen of every light", columns, rows)]


def _picture(case: Case, answers: Answers) -> Chart:
    time_s = np.asarray(case.stimulus["time_s"], float)
    first = time_s < 5.0
    tones = dict(zip(_CHANNELS, ("bad", "good", "accent"), strict=True))
    marks: list[Any] = [Curve(time_s[first], answers[name][first], tones[name], name) for name in _CHANNELS]
    says = "flashes and colour of the light"
    return Chart("The first five seconds", says, "time, s", "intensity, share of the brightest", marks)


def _shining(lights: dict[str, Light], seed: int) -> Callable[[Values], Any]:
    def shine(stimulus: Values) -> Any:
        time_s = np.asarray(stimulus["time_s"], float)
        rate = (len(time_s) - 1) / (time_s[-1] - time_s[0])
        light = lights[stimulus["priority"]].samples(len(time_s) / rate, rate)
        noise = _NOISE * white(seed + _PRIORITIES.index(stimulus["priority"]), light.size).reshape(light.shape)
        return dict(zip(_CHANNELS, np.clip(light + noise, 0.0, None), strict=True))

    return shine


def _devices(seed: int) -> dict[str, Callable[[Values], Any]]:
    changed = lambda priority, **what: {**LIGHTS, priority: dataclasses.replace(LIGHTS[priority], **what)}
    return {
        "good": _shining(LIGHTS, seed),
        "bad": _shining(changed("medium", flash_hz=2.0), seed),
        "bad_colour": _shining(changed("medium", colour=LIGHTS["high"].colour), seed),
        "bad_duty": _shining(changed("high", duty=0.8), seed),
        "bad_flashing_low": _shining(changed("low", flash_hz=0.5), seed),
        "bad_blinking_low": _shining(changed("low", flash_hz=1.0, duty=0.96), seed),
    }
