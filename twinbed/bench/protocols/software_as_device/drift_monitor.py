"""A monitor of deployed software: it must notice what changed, and keep quiet where nothing did.

Each case is a stream of windows of what a deployed detector of atrial fibrillation saw and said: mean heart rate,
its probability, and whether the clinician who reviewed the strip agreed. Quiet streams stay as the reference; in the
others something changes at a window: the heart rate (another population), the share of fibrillation (another
clinic), the spread of the probability (another sensor), or only the agreement (the device itself is worse). The
window is drawn anew for every stream, so that a monitor that knows the calendar finds nothing.

The streams are drawn from distributions assumed by this project: heart rate 75 (SD 12) a minute and 92 (SD 20) in
fibrillation, 10 % fibrillation, agreement in 95 %.

**References:**

- FDA (2025), Predetermined Change Control Plan for AI-Enabled Device Software Functions, Appendix A 2.b.1, 3.a.1
"""

import functools
import math
import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.special import expit

from twinbed.bench.charts import Chart, Curve, Figure, Listing, Matrix, Moment, Tone
from twinbed.bench.draws import placed_normals, placed_uniforms
from twinbed.bench.drift.measures import population_stability_index
from twinbed.bench.drift.monitor import DriftMonitor
from twinbed.bench.limits import read_limits
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, Protocol, Row, Table
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.proportions import clopper_pearson
from twinbed.core.errors import StatisticsError

QUANTITIES = ("heart_rate_per_min", "probability", "agreed")
SHIFTS = ("heart rate", "prevalence", "sensor", "performance")
_REFERENCE, _WINDOW, _WINDOWS = 2000, 100, 20
_EARLIEST, _LATEST = 5, 15
"""Windows at which something may change: after some quiet ones, and with as many left as finding it may take."""
_CLAUSE = "FDA PCCP 2025, Appendix A 2.b.1"

_GIVEN = (
    Given("reference_heart_rate_per_min", "/min", "mean heart rate of each strip, of the reference", "series"),
    Given(
        "reference_probability",
        "1",
        "probability of fibrillation that the device gave each strip, of the reference",
        "series",
    ),
    Given("reference_agreed", "1", "1 where the clinician agreed with the device, else 0, of the reference", "series"),
    Given("heart_rate_per_min", "/min", "mean heart rate of each strip, of the stream", "series"),
    Given(
        "probability",
        "1",
        "probability of fibrillation that the device gave each strip, of the stream",
        "series",
    ),
    Given("agreed", "1", "1 where the clinician agreed with the device, else 0, of the stream", "series"),
    Given("starts", "1", "first strip of each window of the stream, from 0", "series"),
    Given("false_alarm", "1", "probability of any alarm in a quiet stream that is allowed"),
)


def drift_monitor(
    *,
    limits: pathlib.Path | None = None,
    quiet: int = 120,
    shifted: int = 20,
    false_alarm: float = 0.01,
    seed: int = 4,
) -> Protocol:
    """The protocol.

    Args:
        limits: the manufacturer's own numbers.
        quiet: streams without a change.
        shifted: streams with a change, of each kind.
        false_alarm: what the monitor states, as probability of any alarm in a quiet stream of 20 windows.
        seed: of the streams.
    """
    table = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    return Protocol(
        id="software_as_device/drift_monitor",
        title="Monitor of drift of deployed software",
        standard="FDA Predetermined Change Control Plan for AI-Enabled Device Software Functions",
        edition="2025",
        subjects="virtual clinics that use a detector of atrial fibrillation",
        stimulus="windows of what the detector saw and said, after a reference",
        reference="the window from which something changes, if it does",
        cases=functools.partial(_cases, quiet, shifted, false_alarm, seed),
        given=_GIVEN,
        answers=[Answer("alarm", "1", "1 for each window at which the monitor says that something changed", "series",
                        "starts", (0.0, 1.0))],
        measure=measure,
        criteria=_criteria(),
        limits=table,
        count=quiet + shifted * len(SHIFTS),
        figures=_figures,
        badness="badness",
        picture=_picture,
        devices={"good": good, "bad": bad_rule_of_thumb, "bad_output_only": bad_output_only, "bad_silent": bad_silent},
    )  # fmt: skip


def _cases(quiet: int, shifted: int, false_alarm: float, seed: int) -> Iterator[Case]:
    plan = [("none", k) for k in range(quiet)] + [(kind, k) for kind in SHIFTS for k in range(shifted)]
    for number, (kind, k) in enumerate(plan):
        before = _drawn(_REFERENCE, "none", seed, number, 0)
        at = _EARLIEST + int((_LATEST - _EARLIEST + 1) * placed_uniforms(1, seed, "changes at", number)[0])
        first = _drawn(_WINDOW * at, "none", seed, number, 1)
        then = _drawn(_WINDOW * (_WINDOWS - at), kind, seed, number, 2)
        stimulus: dict[str, Any] = {f"reference_{name}": before[name] for name in QUANTITIES}
        stimulus |= {name: np.concatenate([first[name], then[name]]) for name in QUANTITIES}
        stimulus |= {"starts": np.arange(_WINDOWS) * _WINDOW, "false_alarm": false_alarm}
        at = -1 if kind == "none" else at
        name = f"{kind.replace(' ', '_')}-{k:03d}"
        yield Case(name, name, stimulus, {"changes_at": at}, {"change": kind})


def _drawn(n: int, kind: str, seed: int, *place: int) -> dict[str, np.ndarray]:
    """What n strips looked like, under a change."""
    u = [placed_uniforms(n, seed, name, *place) for name in ("fibrillation", "agreed")]
    z = [placed_normals(n, seed, name, *place) for name in ("rate", "logit")]
    has = u[0] < (0.3 if kind == "prevalence" else 0.1)
    rate = np.where(has, 92.0 + 20.0 * z[0], 75.0 + 12.0 * z[0]) + (10.0 if kind == "heart rate" else 0.0)
    logit = np.where(has, 3.0, -4.0) + (3.5 if kind == "sensor" else 1.5) * z[1]
    agreed = (u[1] < (0.85 if kind == "performance" else 0.95)).astype(float)
    return {"heart_rate_per_min": rate, "probability": expit(logit), "agreed": agreed}


def _windows(stimulus: Mapping[str, Any]) -> tuple[dict[str, np.ndarray], list[dict[str, np.ndarray]]]:
    reference = {name: np.asarray(stimulus[f"reference_{name}"], float) for name in QUANTITIES}
    starts = [int(s) for s in stimulus["starts"]]
    ends = [*starts[1:], len(stimulus["agreed"])]
    cut = [{n: np.asarray(stimulus[n], float)[a:b] for n in QUANTITIES} for a, b in zip(starts, ends, strict=True)]
    return reference, cut


def good(stimulus: Mapping[str, Any]) -> Mapping[str, Any]:
    """The monitor of `bench.drift`."""
    reference, windows = _windows(stimulus)
    rate = float(stimulus["false_alarm"])
    monitor = DriftMonitor(reference, proxy="agreed", windows=len(windows), false_alarm=rate)
    return {"alarm": [float(finding.alarm) for finding in monitor.see_all(windows)]}


def bad_rule_of_thumb(stimulus: Mapping[str, Any]) -> Mapping[str, Any]:
    """Alarms where a stability index passes 0.1, as habit has it, however few strips a window holds."""
    reference, windows = _windows(stimulus)
    watched = QUANTITIES[:2]
    index = [max(population_stability_index(reference[n], w[n]) for n in watched) for w in windows]
    return {"alarm": np.maximum.accumulate(np.array(index) > 0.1).astype(float)}


def bad_output_only(stimulus: Mapping[str, Any]) -> Mapping[str, Any]:
    """Watches nothing but the mean of the probability, by four standard errors."""
    reference, windows = _windows(stimulus)
    before = reference["probability"]
    error = before.std() / math.sqrt(len(windows[0]["probability"]))
    away = [abs(w["probability"].mean() - before.mean()) > 4.0 * error for w in windows]
    return {"alarm": np.maximum.accumulate(np.array(away, float))}


def bad_silent(stimulus: Mapping[str, Any]) -> Mapping[str, Any]:
    """Never says anything."""
    return {"alarm": np.zeros(len(stimulus["starts"]))}


def measure(case: Case, answers: Answers) -> list[Row]:
    """When the monitor first alarmed, against when something changed."""
    raised = np.flatnonzero(answers["alarm"] >= 0.5)
    first = int(raised[0]) if len(raised) else -1
    at = int(case.reference["changes_at"])
    false = float(first >= 0 and (at < 0 or first < at))
    delay = float(first - at + 1) if at >= 0 and first >= at else math.nan
    found = float(not math.isnan(delay)) if at >= 0 else math.nan
    badness = false if at < 0 or false else (_WINDOWS if math.isnan(delay) else delay)
    stated = float(case.stimulus["false_alarm"])
    row = {"changes": float(at >= 0), "stated": stated, "false": false, "delay": delay, "badness": badness}
    return [row | {"found": found}]


def false_alarms(table: Table) -> Interval:
    """Share of streams without a change in which there is an alarm."""
    own = table["false"][table["changes"] == 0.0]
    if not len(own):
        raise StatisticsError("no stream without a change: include some")
    return clopper_pearson(int(own.sum()), len(own))


def beyond_stated(table: Table) -> Interval:
    """By how much the share of quiet streams with an alarm is above what the monitor states."""
    found, stated = false_alarms(table), float(table["stated"].max())
    method = f"{found.method}, less the stated {stated:g}"
    return Interval(found.value - stated, found.low - stated, found.high - stated, found.level, method, found.n)


def found(table: Table, kind: str, within: float) -> Interval:
    """Share of streams with a change that are found in time; an alarm before the change is none."""
    own = table["delay"][table.groups["change"] == kind]
    if not len(own):
        raise StatisticsError(f"no stream with a change of {kind}: include some")
    return clopper_pearson(int((own <= within).sum()), len(own))


def _delay(table: Table) -> Interval:
    own = np.where(np.isnan(table["delay"]), math.inf, table["delay"])[table["changes"] == 1.0]
    if not len(own):
        raise StatisticsError("no stream with a change: include some")
    value = float(np.median(own))
    return Interval(value if math.isfinite(value) else math.nan, math.nan, math.nan, 0.95, "median", len(own))


_WITHIN, _FEWEST = 5.0, 20


def _criteria() -> list[Criterion]:
    quiet, delay = "share of quiet streams with an alarm", "median delay of alarms, windows"
    stated = "share of quiet streams with an alarm, less the rate that the monitor states"
    return [
        Criterion("false alarms", _CLAUSE, quiet, "1", false_alarms),
        Criterion("false alarms as stated", _CLAUSE, stated, "1", beyond_stated, "at most", "false_alarm_margin",
                  "bound"),
        *(
            Criterion(f"change of {kind}", _CLAUSE, f"share of changes of {kind} found within five windows", "1",
                      lambda t, kind=kind: found(t, kind, _WITHIN), "at least", "drift_found", least=_FEWEST)
            for kind in SHIFTS
        ),
        Criterion("delay", _CLAUSE, delay, "1", _delay),
    ]  # fmt: skip


def _figures(table: Table) -> list[Figure]:
    kinds = ("none", *SHIFTS)
    early, late = table["false"] == 1.0, table["delay"] >= 1.0
    counts = []
    for kind in kinds:
        own = table.groups["change"] == kind
        counts.append([int((own & early).sum()), int((own & late).sum()), int((own & ~early & ~late).sum())])
    says = "false alarms stand in the first column, missed changes in the last"
    names = ("no change", *SHIFTS)
    out: list[Figure] = [Matrix("Alarms by change", says, names, ("false", "after the change", "none"), counts)]
    rows: list[list[str | float | None]] = []
    for kind in SHIFTS:
        own = table["delay"][table.groups["change"] == kind]
        own = own[np.isfinite(own)]
        rows.append([kind, *([None] * 2 if not len(own) else [float(np.median(own)), float(own.max())])])
    out.append(Listing("Delay by change", "windows until the alarm", ("change", "median", "longest"), rows))
    return out


def _picture(case: Case, answers: Mapping[str, np.ndarray]) -> Chart:
    """Means of the windows, in standard deviations of the reference."""
    reference, windows = _windows(case.stimulus)
    tones: dict[str, Tone] = {"heart_rate_per_min": "plain", "probability": "accent", "agreed": "second"}
    marks: list[Any] = []
    for name in QUANTITIES:
        mean, spread = reference[name].mean(), reference[name].std()
        marks.append(
            Curve(np.arange(len(windows)), [(w[name].mean() - mean) / spread for w in windows], tones[name], name)
        )
    raised = np.flatnonzero(answers["alarm"] >= 0.5)
    marks += [Moment(float(raised[0]), "alarm", "bad")] if len(raised) else []
    at = int(case.reference["changes_at"])
    marks += [Moment(float(at), "change", "plain")] if at >= 0 else []
    says = f"change: {case.groups['change']}"
    return Chart("Stream of windows", says, "window", "mean, standard deviations", marks)
