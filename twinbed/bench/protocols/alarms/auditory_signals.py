"""Auditory alarm signals: whether a recorded sound has the pulses, bursts and harmonics of its priority.

The bench asks for an alarm of a priority and records it. What is measured is heard, not read from a data sheet.
"""

import dataclasses
import functools
import math
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from twinbed.bench import Answer, Case, Criterion, Protocol
from twinbed.bench.alarms.hearing import Pulse, bursts, pulses
from twinbed.bench.alarms.noise import white
from twinbed.bench.alarms.sound import SOUNDS, Sound, high, low, medium
from twinbed.bench.charts import Chart, Curve, Figure, Listing, Moments
from twinbed.bench.limits import read_limits
from twinbed.bench.protocol import Answers, Given, NotApplicable, Row, Table, Values, out_of_scope
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.extremes import largest, smallest
from twinbed.core.errors import StudyError

_BURST, _PULSE = "6.3.3.1, table 3", "6.3.3.1, table 4"
_PRIORITIES = ("high", "medium", "low")
_RECORDED_S = {"high": 24.0, "medium": 36.0, "low": 42.0}
"""Two bursts of the longest interval that is allowed, and their own length."""
_LONG = (2, 7)
"""The spacings of a burst of high priority that are twice the short one and a pulse; between the fives is a gap."""
_GAP, _TEN = 4, 10
_BETWEEN_PULSES = ("spacing_least", "spacing_most", "pattern")
_MS = 1000.0
_RATE_HZ = 8000.0
_HISS = 0.003
"""Noise of the room, of the largest amplitude: 50 dB below."""

_GIVEN = (
    Given("priority", "1", "priority of the alarm condition: high, medium or low", "text"),
    Given("recording", "1", "number of the recording, from 1"),
    Given("duration_s", "s", "how long is recorded, from the begin of the alarm"),
)


def auditory_signals(
    *,
    limits: pathlib.Path | None = None,
    priorities: Sequence[str] = _PRIORITIES,
    recordings: int = 1,
    seed: int = 1,
) -> Protocol:
    """IEC 60601-1-8, auditory alarm signals.

    Args:
        limits: the laboratory's numbers of the standard, as a file of limits.
        priorities: that the alarm system has: high, medium, low.
        recordings: of each priority, each of an alarm that begins anew.
        seed: of the noise of the room in the recordings of the devices that are known by name.

    Raises:
        StudyError: no such priority.
    """
    strange = [p for p in priorities if p not in _PRIORITIES]
    if strange or not priorities:
        raise StudyError(f"priorities {strange}: give some of {', '.join(_PRIORITIES)}")
    own = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    used = {c.limit for c in _CRITERIA if c.limit}
    return Protocol(
        id="alarms/auditory_signals",
        title="Auditory alarm signals",
        standard="IEC 60601-1-8",
        edition="2006+A1:2012+A2:2020",
        subjects="recordings of alarms of each priority",
        stimulus="the priority of an alarm condition, and how long is recorded",
        reference="the characteristics that the standard gives each priority",
        cases=lambda: _cases(priorities, recordings),
        given=_GIVEN,
        answers=[
            Answer("sound", "1", "recorded sound, from the begin of the alarm", "series"),
            Answer("sample_rate", "Hz", "samples a second", bounds=(8000.0, 200000.0)),
        ],
        measure=_rows,
        criteria=_criteria(priorities),
        limits={name: limit for name, limit in own.items() if name in used},
        count=len(priorities) * recordings,
        figures=_figures,
        badness="pattern",
        picture=_picture,
        recorded_by_tester=True,
        devices=_devices(seed),
    )


def _cases(priorities: Sequence[str], recordings: int):
    for priority in priorities:
        for number in range(1, recordings + 1):
            told = {"priority": priority, "recording": number, "duration_s": _RECORDED_S[priority]}
            yield Case(
                f"{priority}_{number}", f"recording{number}", told, {"priority": priority}, {"priority": priority}
            )


def _rows(case: Case, answers: Answers) -> list[Row]:
    """One row a burst; the last one may be cut by the end of the recording and then only counts as an interval.

    Of an alarm that was recorded as long as was asked and does not sound again, the interval is at least the silence.
    """
    sound, rate = answers["sound"], answers["sample_rate"].item()
    every = pulses(sound, rate)
    heard = bursts(every)
    levels = [20.0 * math.log10(p.amplitude) for p in every]
    ends = len(sound) / rate
    nexts = [burst[0].start_s for burst in heard[1:]]
    priority = float(_PRIORITIES.index(case.reference["priority"]))
    once = len(heard) == 1 and ends >= 0.99 * case.stimulus["duration_s"]
    rows = []
    for burst, following in zip(heard, [*nexts, math.nan], strict=True):
        last = math.isnan(following)
        silence = (ends if last else following) - burst[-1].end_s
        if last and len(rows) and silence < 2.5:
            break  # the recording may end within this burst
        row = {"priority": priority, "level": max(levels) - min(levels), **_burst(burst, high=priority == 0.0)}
        row |= {"silence": silence, "interval": math.nan if last and not once else silence}
        rows.append(row)
    return rows


def _burst(burst: list[Pulse], *, high: bool) -> Row:
    spacing = np.array([after.start_s - before.end_s for before, after in zip(burst[:-1], burst[1:], strict=True)])
    duration = np.array([p.duration_s for p in burst])
    rise = np.array([p.rise_s for p in burst]) / duration
    row = {
        "pulses": float(len(burst)), "duration_least": _MS * duration.min(), "duration_most": _MS * duration.max(),
        "rise_least": 100.0 * rise.min(), "rise_most": 100.0 * rise.max(),
        "components": float(min(len(p.components_hz) for p in burst)),
        "fundamental_least": min(p.fundamental_hz for p in burst),
        "fundamental_most": max(p.fundamental_hz for p in burst),
    }  # fmt: skip
    return {**row, **_spacings(spacing, float(duration.mean()), high and len(burst) == _TEN)}


def _spacings(spacing: np.ndarray, duration: float, is_ten: bool) -> Row:
    """Short spacings, the gap between the fives, and how far spacings are from the pattern, percent."""
    if not len(spacing):
        return {}
    if not is_ten:
        mean = spacing.mean()
        off = np.abs(spacing / mean - 1.0).max()
        return {"spacing_least": _MS * spacing.min(), "spacing_most": _MS * spacing.max(), "pattern": 100.0 * off,
                "beat": _MS * (duration + mean)}  # fmt: skip
    long = spacing[list(_LONG)]
    short = np.delete(spacing, [*_LONG, _GAP])
    x = short.mean()
    off = max(np.abs(short / x - 1.0).max(), np.abs(long / (2.0 * x + duration) - 1.0).max())
    return {"spacing_least": _MS * short.min(), "spacing_most": _MS * short.max(), "pattern": 100.0 * off,
            "beat": _MS * (duration + x), "gap": _MS * spacing[_GAP]}  # fmt: skip


def _of(column: str, which: Callable[..., Interval], priority: str = "") -> Callable[[Table], Interval]:
    """The smallest or largest of a column, of one priority or of all."""

    def statistic(table: Table) -> Interval:
        own = table.where(table["priority"] == _PRIORITIES.index(priority)) if priority else table
        if column in _BETWEEN_PULSES and len(own) and (own["pulses"] == 1.0).all():
            raise NotApplicable("bursts of one pulse have no spacing")
        return which(own.columns.get(column, np.full(len(own), np.nan)), own.case, what="worst of all bursts")

    return statistic


def _urgency(table: Table) -> Interval:
    """The shortest beat (pulse and spacing) of medium priority less the longest of high priority."""
    beat = table.columns.get("beat", np.full(len(table), np.nan))
    of = lambda name: beat[(table["priority"] == _PRIORITIES.index(name)) & np.isfinite(beat)]
    slow, fast = of("medium"), of("high")
    value = float(slow.min() - fast.max()) if len(slow) and len(fast) else math.nan
    return Interval(value, math.nan, math.nan, 0.95, "worst of all bursts", len(slow) + len(fast))


def _ends(
    columns: tuple[str, str], name: str, unit: str, means: tuple[str, str], clause: str, priority: str = ""
) -> list[Criterion]:
    """Two criteria: the one column not below a limit, the other not above one."""
    least, most = _of(columns[0], smallest, priority), _of(columns[1], largest, priority)
    return [
        Criterion(f"{name}_least", clause, means[0], unit, least, "at least", f"{name}_least"),
        Criterion(f"{name}_most", clause, means[1], unit, most, "at most", f"{name}_most"),
    ]


def _both(column: str) -> tuple[str, str]:
    return f"{column}_least", f"{column}_most"


def _of_priority(p: str) -> list[Criterion]:
    spacing = "x" if p == "high" else "y"
    both = lambda least, most, of: (f"{least} {of} of {p} priority", f"{most} {of} of {p} priority")
    ranges = [
        *_ends(("pulses", "pulses"), f"{p}_pulses", "1", both("fewest pulses", "most pulses", "of a burst"), _BURST, p),
        *_ends(_both("duration"), f"{p}_duration", "ms", both("shortest", "longest", "pulse"), _PULSE, p),
        *_ends(_both("spacing"), f"{p}_spacing", "ms", both("shortest", "longest", f"spacing {spacing}"), _BURST, p),
    ]
    means = both("shortest", "longest", "interval between bursts")
    name = f"{p}_interval"
    ranges.append(Criterion(f"{name}_least", _BURST, means[0], "s", _of("interval", smallest, p), "at least",
                            f"{name}_least"))  # fmt: skip
    if p != "low":
        ranges.append(Criterion(f"{name}_most", _BURST, means[1], "s", _of("silence", largest, p), "at most",
                                f"{name}_most"))  # fmt: skip
    return ranges


_CRITERIA = [
    *(criterion for priority in _PRIORITIES for criterion in _of_priority(priority)),
    *_ends(("gap", "gap"), "gap", "ms", (
        "shortest spacing between the fifth and the sixth pulse of high priority",
        "longest spacing between the fifth and the sixth pulse of high priority"), _BURST, "high"),
    Criterion("pattern", _BURST, "largest deviation of a spacing from the pattern of its burst", "%",
              _of("pattern", largest), "at most", "pattern"),
    Criterion("urgency", _BURST, "pulse and spacing of medium priority less those of high priority", "ms", _urgency,
              "at least", "urgency"),
    *_ends(_both("rise"), "rise", "%", (
        "shortest rise, of the duration of the pulse", "longest rise, of the duration of the pulse"), _PULSE),
    Criterion("level", _PULSE, "largest difference of level between pulses of a recording", "dB", _of("level", largest),
              "at most", "level"),
    *_ends(_both("fundamental"), "fundamental", "Hz", (
        "lowest frequency of the four strongest components, smallest of all pulses",
        "lowest frequency of the four strongest components, largest of all pulses"), _PULSE),
    Criterion("components", _PULSE, "fewest components within 15 dB of the strongest", "1", _of("components", smallest),
              "at least", "components"),
]  # fmt: skip


def _criteria(priorities: Sequence[str]) -> list[Criterion]:
    """All of them; those about a priority that the alarm system does not have ask nothing of it."""
    about = {f"{p}_": {p} for p in _PRIORITIES} | {"gap_": {"high"}, "urgency": {"high", "medium"}}

    def spared(name: str) -> bool:
        return any(name.startswith(begins) and not of <= {*priorities} for begins, of in about.items())

    none = out_of_scope("the settings ask for no such priority: see priorities")
    return [dataclasses.replace(c, statistic=none) if spared(c.name) else c for c in _CRITERIA]


def _figures(table: Table) -> list[Figure]:
    names = ("pulses", "duration_least", "duration_most", "spacing_least", "spacing_most", "rise_least", "interval",
             "components", "fundamental_most")  # fmt: skip
    columns = ["recording", "pulses", "shortest pulse, ms", "longest pulse, ms", "shortest spacing, ms",
               "longest spacing, ms", "shortest rise, %", "interval, s", "components",
               "lowest of four components, Hz"]  # fmt: skip
    number = lambda name, i: round(float(v), 2) if np.isfinite(v := table.columns.get(name, _NONE(table))[i]) else None
    rows = [[str(table.case[i]), *(number(name, i) for name in names)] for i in range(len(table))]
    return [Listing("Bursts", "what was heard of every burst", columns, rows)]


_NONE = lambda table: np.full(len(table), np.nan)


def _picture(case: Case, answers: Answers) -> Chart:
    """The first five seconds: amplitude in steps of 5 ms, and where pulses were heard."""
    sound, rate = answers["sound"], answers["sample_rate"].item()
    step = round(0.005 * rate)
    n = min(len(sound), round(5.0 * rate)) // step
    amplitude = np.sqrt(np.mean(sound[: n * step].reshape(n, step) ** 2, axis=1))
    marks: list[Any] = [Curve((np.arange(n) + 0.5) * 0.005, amplitude, "accent", "amplitude")]
    starts = [p.start_s for p in pulses(sound, rate) if p.start_s < 5.0]
    marks.append(Moments(starts, "plain", "begin of a pulse"))
    says = "the pulses of the first burst, each with a line where it passes 90 %"
    return Chart("The first burst", says, "time, s", "amplitude", marks)


def _player(sounds: dict[str, Sound], seed: int) -> Callable[[Values], Any]:
    """Plays a sound in a room and records it with 16 bits."""

    def play(stimulus: Values) -> Any:
        sound = sounds[stimulus["priority"]].samples(float(stimulus["duration_s"]), _RATE_HZ)
        place = (seed << 8) + 8 * int(stimulus["recording"]) + _PRIORITIES.index(stimulus["priority"])
        heard = 0.9 * sound + _HISS * white(place, len(sound))
        return {"sound": np.round(heard * 2.0**15) / 2.0**15, "sample_rate": _RATE_HZ}

    return play


def _devices(seed: int) -> dict[str, Callable[[Values], Any]]:
    player = functools.partial(_player, seed=seed)
    every = lambda **settings: {"high": high(**settings), "medium": medium(**settings), "low": low(**settings)}
    return {
        "good": player(SOUNDS),
        "bad": player({**SOUNDS, "high": high(x=0.18)}),
        "bad_rare": player({**SOUNDS, "high": high(interval=25.0)}),
        "bad_pure_tone": player({p: dataclasses.replace(s, levels_db=(0.0,)) for p, s in SOUNDS.items()}),
        "bad_click": player(every(rise_s=0.005)),
        "bad_deep": player(every(fundamental_hz=100.0)),
        "bad_often": player({**SOUNDS, "high": high(interval=1.5)}),
    }
