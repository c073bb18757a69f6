"""How much corruption of an electrocardiogram software that tells atrial fibrillation stands.

Every recording is played without corruption and on each rung of nine ladders. On a rung, performance is the smaller
of sensitivity and specificity, and a strip without a result counts as wrong: a ladder holds up to the last level
where performance is at least the floor there and on all milder levels. That level is held against what the
manufacturer declares. A device may refuse what it cannot read, but it must not be wrong without a warning: the share
of wrong results among all strips is limited on every rung.

What is judged are the ends of exact two-sided 95 % intervals of all these shares and not the shares themselves, so that
a device that is just at the floor on a rung passes it at most once in forty times. Patients are planned for that
(`statistics.sample_size.size_for_proportion`): a device that is right in 94 % of strips of either kind shows a floor of
0.85 on a rung with a probability of 0.99 where there are 217 patients of each kind; 240 are played. With fewer, sound
devices fail by chance. A device in Python that is as quick as `good` takes a minute and a half of one processor.

**References:**

- FDA (2025), Predetermined Change Control Plan for AI-Enabled Device Software Functions, Appendix A 3.b.5
  (challenging cases)
"""

import dataclasses
import functools
import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from twinbed.bench.charts import Chart, Curve, Figure, Level, Listing, Mark, Tone
from twinbed.bench.limits import Limit, read_limits
from twinbed.bench.protocol import Answers, Case, Criterion, Given, Protocol, Row, Table
from twinbed.bench.protocols.software_as_device import _ecg
from twinbed.bench.protocols.software_as_device.diagnostic_accuracy import ANSWERS, measure
from twinbed.bench.robustness import corruptions
from twinbed.bench.robustness.ladder import KEY, RUNG, Ladder, rung_values, tolerated, uncorrupted
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.proportions import clopper_pearson
from twinbed.core.errors import StatisticsError

_CLAUSE = "FDA PCCP 2025, Appendix A 3.b.5"
_NARROW_MV = (-2.5, 2.5)
_GAP_S, _PACKET_S = 0.5, 0.1
PLANNED = 480
"""Patients; why so many stands above, and a test plans again."""


def _of_leads(change: Callable[[np.ndarray, float, int, float], np.ndarray]):
    def corrupt(stimulus: Mapping[str, Any], level: float, seed: int) -> Mapping[str, Any]:
        fs = float(stimulus["sampling_hz"])
        return {**stimulus, "ecg_mv": change(np.asarray(stimulus["ecg_mv"], float), level, seed, fs)}

    return corrupt


def _noise(kind: corruptions.Kind):
    return _of_leads(
        lambda x, snr, seed, fs: corruptions.add_noise(x, corruptions.noise_of(kind, x.shape[1], fs, seed), snr)
    )


def _swapped(x: np.ndarray, level: float, seed: int, fs: float) -> np.ndarray:
    """Level 1: leads I and II change places; level 2: arm electrodes do, so that I turns and II becomes III."""
    if level < 2.0:
        return corruptions.swap_leads(x, (1, 0))
    return np.stack([-x[0], x[1] - x[0]])


def _resampled(stimulus: Mapping[str, Any], to_hz: float, seed: int) -> Mapping[str, Any]:
    given = np.asarray(stimulus["ecg_mv"], float)
    out = corruptions.resampled(given, float(stimulus["sampling_hz"]), to_hz)
    return {**stimulus, "ecg_mv": out, "sampling_hz": to_hz}


LADDERS = (
    Ladder(
        "white noise",
        "dB",
        60.0,
        (18.0, 12.0, 6.0, 0.0),
        _noise("white"),
        "least signal-to-noise ratio that is stood, white noise",
    ),
    Ladder(
        "baseline wander",
        "dB",
        60.0,
        (0.0, -6.0, -12.0),
        _noise("baseline wander"),
        "least signal-to-noise ratio that is stood, baseline wander",
    ),
    Ladder(
        "powerline",
        "dB",
        60.0,
        (6.0, 0.0, -6.0),
        _noise("powerline"),
        "least signal-to-noise ratio that is stood, powerline",
    ),
    Ladder(
        "dropout",
        "1",
        0.0,
        (0.05, 0.1, 0.2),
        _of_leads(lambda x, share, seed, fs: corruptions.drop_out(x, share, int(_GAP_S * fs), seed)),
        "largest share lost in gaps that is stood",
    ),
    Ladder(
        "lost packets",
        "1",
        0.0,
        (0.02, 0.05, 0.1),
        _of_leads(lambda x, share, seed, fs: corruptions.lose_packets(x, share, int(_PACKET_S * fs), seed)),
        "largest share of lost packets that is stood",
    ),
    Ladder(
        "swapped leads",
        "1",
        0.0,
        (1.0, 2.0),
        _of_leads(_swapped),
        "swaps of leads that are stood: 1 of I and II, 2 of the arms too",
    ),
    Ladder(
        "resampling",
        "Hz",
        _ecg.SAMPLING_HZ,
        (100.0, 50.0, 25.0),
        _resampled,
        "least sampling frequency that is stood",
    ),
    Ladder(
        "clock drift",
        "1",
        0.0,
        (1e-3, 1e-2),
        _of_leads(lambda x, share, seed, fs: corruptions.clock_drift(x, 1e6 * share)),
        "largest drift of the clock that is stood, as a share",
    ),
    Ladder(
        "quantisation",
        "1",
        16.0,
        (8.0, 6.0, 4.0),
        _of_leads(lambda x, bits, seed, fs: corruptions.quantised(x, int(bits), *_NARROW_MV)),
        "fewest bits over 5 mV that are stood",
    ),
)
_CHARTS = ("Noise, rung by rung", "Lost and swapped signals, rung by rung", "Clock and converter, rung by rung")
"""Three ladders each."""
_TONES: tuple[Tone, ...] = ("accent", "second", "plain")
_FALLING = ("white noise", "baseline wander", "powerline", "resampling", "quantisation")

_GIVEN = (
    Given(
        "ecg_mv",
        "mV",
        "electrocardiogram, a row for each lead; NaN where it is lost",
        "table",
        rows="lead",
        columns="sample",
    ),
    Given("sampling_hz", "Hz", "samples a second"),
)


def robustness(*, limits: pathlib.Path | None = None, patients: int = PLANNED, seed: int = 3) -> Protocol:
    """The protocol.

    Args:
        limits: the manufacturer's own numbers.
        patients: virtual ones, half of them in fibrillation; with fewer, sound devices fail by chance.
        seed: of patients and corruptions.
    """
    table = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    return Protocol(
        id="software_as_device/robustness",
        title="Robustness of software that tells atrial fibrillation",
        standard="FDA Predetermined Change Control Plan for AI-Enabled Device Software Functions",
        edition="2025",
        subjects="virtual patients with and without atrial fibrillation",
        stimulus="electrocardiograms of two leads, each also with nine corruptions in steps",
        reference="the rhythm that the recording was made with",
        cases=functools.partial(_cases, patients, seed),
        given=_GIVEN,
        answers=ANSWERS,
        measure=measured,
        criteria=_criteria(table),
        limits=table,
        count=patients * (1 + sum(len(ladder.rungs) for ladder in LADDERS)),
        figures=functools.partial(_figures, table),
        badness="error",
        picture=_picture,
        devices={
            "good": _ecg.good,
            "bad": _ecg.bad_unfiltered,
            "bad_closes_gaps": _ecg.bad_closes_gaps,
        },
    )


def _cases(patients: int, seed: int) -> Iterator[Case]:
    clean = list(_ecg.cases(patients, seed))
    yield from uncorrupted(clean)
    for number, ladder in enumerate(LADDERS):
        yield from ladder.cases(clean, seed + 100_003 * number, clean_too=False)


def measured(case: Case, answers: Answers) -> list[Row]:
    """Truth and result, and whether it is wrong without a warning."""
    (row,) = measure(case, answers)
    return [{**row, "wrong": float(row["result"] == 1.0 - row["truth"])}]


def performance(table: Table) -> Interval:
    """The smaller of sensitivity and specificity, strips without a result counting as wrong.

    Each end of the interval is the smaller one of both exact intervals: where it is above a floor, both are.
    """
    right = table["result"] == table["truth"]
    kinds = [right[table["truth"] == truth] for truth in (0.0, 1.0)]
    if not all(len(kind) for kind in kinds):
        raise StatisticsError("a rung lacks strips with or without the condition: include more patients")
    both = [clopper_pearson(int(kind.sum()), len(kind)) for kind in kinds]
    value, low, high = (min(getattr(one, end) for one in both) for end in ("value", "low", "high"))
    return Interval(value, low, high, both[0].level, both[0].method, len(table))


def _criteria(limits: Mapping[str, Limit]) -> list[Criterion]:
    floor = limits["robust_floor"].value
    clean = "smaller of sensitivity and specificity without corruption"
    wrong, refused = (
        "largest share of wrong results on any rung",
        "largest share of strips without a result on any rung",
    )
    return [
        *(_stands(ladder, floor) for ladder in LADDERS),
        Criterion("without corruption", _CLAUSE, clean, "1", _clean, "at least", "robust_floor", "bound"),
        Criterion("wrong without warning", _CLAUSE, wrong, "1", _wrong, "at most", "wrong_without_warning", "bound"),
        Criterion("refused", _CLAUSE, refused, "1", _refused),
    ]


def _stands(ladder: Ladder, floor: float) -> Criterion:
    sense = "at most" if ladder.name in _FALLING else "at least"
    level = lambda t: tolerated(t, ladder, performance, floor)
    return Criterion(ladder.name, _CLAUSE, ladder.means, ladder.unit, level, sense, _limit_of(ladder), "bound")


def _named(ladder: Ladder, level: float) -> str:
    return f"{level:g}" if ladder.unit == "1" else f"{level:g} {ladder.unit}"


def _limit_of(ladder: Ladder) -> str:
    return f"stands_{ladder.name.replace(' ', '_')}"


def _clean(table: Table) -> Interval:
    return performance(table.where(table.groups[RUNG] == "0"))


def _share(of: Callable[[Table], np.ndarray]) -> Callable[[Table], Interval]:
    return lambda table: clopper_pearson(int(of(table).sum()), len(table))


_wrongly = _share(lambda table: table["wrong"] == 1.0)
_openly = _share(lambda table: table["result"] == 0.5)


def _largest(table: Table, of: Callable[[Table], Interval]) -> Interval:
    """The largest share of any rung with its interval, and which rung that is."""
    shares = [
        (share, f"{ladder.name}, {_named(ladder, level)}")
        for ladder in LADDERS
        for level, share in zip(ladder.levels, rung_values(table, ladder, of), strict=True)
    ]
    worst, where = max(shares, key=lambda pair: pair[0].high)
    return dataclasses.replace(worst, method=f"{worst.method}, {where}", found_in=where)


def _wrong(table: Table) -> Interval:
    return _largest(table, _wrongly)


def _refused(table: Table) -> Interval:
    return _largest(table, _openly)


def _figures(limits: Mapping[str, Limit], table: Table) -> list[Figure]:
    says = "lower ends of 95 % intervals; a ladder holds up to the last rung before its line falls below the floor"
    named = "smaller of sensitivity and specificity"
    out: list[Figure] = []
    for k, title in enumerate(_CHARTS):
        marks: list[Mark] = [Level(limits["robust_floor"].value, "floor", "bad")]
        for ladder, tone in zip(LADDERS[3 * k : 3 * k + 3], _TONES, strict=True):
            lower = [rung.low for rung in rung_values(table, ladder, performance)]
            marks.append(Curve(np.arange(len(lower)), lower, tone, ladder.name))
        out.append(Chart(title, says, "rung", named, marks, (0.0, 4.0), (0.0, 1.0)))
    columns = ("corruption", "level", "declared", "smaller of both", "lower end", "wrong", "no result")
    said = "a rung holds where the lower end is at least the floor; declared is the level that the device must stand"
    return [*out, Listing("Every rung", said, columns, _rungs(limits, table))]


def _rungs(limits: Mapping[str, Limit], table: Table) -> list[list[str | float | None]]:
    """A row for each rung, the one without corruption first."""
    rows: list[list[str | float | None]] = []
    for number, ladder in enumerate(LADDERS):
        columns = [rung_values(table, ladder, of) for of in (performance, _wrongly, _openly)]
        declared = limits[_limit_of(ladder)].value
        for rung, (level, found, wrong, none) in enumerate(zip(ladder.levels, *columns, strict=True)):
            if rung == 0 and number:
                continue
            said = [ladder.name, _named(ladder, level), "declared" if level == declared else ""]
            first = said if rung else ["without corruption", "", ""]
            rows.append([*first, *(round(v, 3) for v in (found.value, found.low, wrong.value, none.value))])
    return rows


def _picture(case: Case, answers: Mapping[str, np.ndarray]) -> Chart:
    """The first ten seconds of lead II as the device got it."""
    fs = float(case.stimulus["sampling_hz"])
    lead = np.asarray(case.stimulus["ecg_mv"], float)[1][: int(10 * fs)]
    of = f"{case.groups[KEY]}, rung {case.groups[RUNG]}; {case.groups['rhythm']}"
    says = f"{of}; the device gave {float(answers['probability']):.3f}"
    return Chart("Lead II as given", says, "time, s", "lead II, mV", [Curve(np.arange(len(lead)) / fs, lead)])
