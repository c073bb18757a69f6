"""Episodes of atrial fibrillation on annotated recordings.

The test begins when the device has learned: after five minutes, or what its maker says. What the device calls
fibrillation while the atria flutter is false, as newer editions count it; with `exclude_flutter` it is neither true nor
false, as in EC38:1998.

**References:**

- ANSI/AAMI EC57:2012/(R)2020; IEC 60601-2-47:2012, 201.12.1.101
"""

import functools
import pathlib
from collections.abc import Sequence

import numpy as np

from twinbed.bench.charts import Area, Chart, Curve, Figure, Listing
from twinbed.bench.ec57 import compare_episodes
from twinbed.bench.ec57.standard import START_S
from twinbed.bench.limits import read_limits
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Protocol, Row, Table
from twinbed.bench.protocols.ecg import _devices
from twinbed.bench.protocols.ecg._records import (
    GIVEN,
    MITDB,
    checked_learning,
    checked_records,
    gross,
    listed,
    percent,
    record_cases,
    truth,
)
from twinbed.core.annotations import Annotations
from twinbed.core.errors import StatisticsError


def atrial_fibrillation(
    *,
    limits: pathlib.Path | None = None,
    records: Sequence[str] = MITDB,
    learning_s: float = START_S,
    exclude_flutter: bool = False,
) -> Protocol:
    """Atrial fibrillation on the MIT-BIH Arrhythmia Database, after the learning period.

    Args:
        limits: a laboratory's own limits.
        records: names of records; all 48 if left out.
        learning_s: how long the maker says that the device learns; five minutes where it says nothing.
        exclude_flutter: whether fibrillation that is reported during atrial flutter is left out of what is counted, as
            in EC38:1998; else it is false.

    Raises:
        StudyError: a learning period below zero.
    """
    checked_learning(learning_s)
    checked_records(records)
    table = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    return Protocol(
        id="ecg/atrial_fibrillation",
        title="Episode by episode: atrial fibrillation",
        standard="ANSI/AAMI EC57, IEC 60601-2-47",
        edition="EC57:2012/(R)2020, 60601-2-47:2012",
        subjects="MIT-BIH Arrhythmia Database: 47 people, 48 records of 30 minutes, two leads",
        stimulus="the recorded ECG in mV, its first lead and where there is one its second",
        reference="rhythms annotated by cardiologists; atrial flutter is another rhythm",
        cases=functools.partial(record_cases, records, learning_s=learning_s),
        count=len(records),
        given=GIVEN,
        recordings=("mitdb",),
        answers=[
            Answer("starts", "1", "first sample of each episode", "series", bounds=(0.0, float("inf"))),
            Answer("ends", "1", "last sample of each episode", "series", "starts", bounds=(0.0, float("inf"))),
        ],
        measure=functools.partial(_measure, learning_s, exclude_flutter),
        criteria=_criteria(),
        limits={name: table[name] for name in ("af_duration_sensitivity", "af_duration_positive_predictivity")},
        figures=_figures,
        badness="wrong_s",
        picture=_picture,
        devices=_devices.FIBRILLATION,
    )


def _measure(learning_s: float, exclude_flutter: bool, case: Case, answers: Answers) -> list[Row]:
    reference = truth(case)
    ends = np.stack([answers["starts"], answers["ends"]], axis=1)
    if len(ends) and ((ends[:, 1] < ends[:, 0]).any() or (ends[1:, 0] <= ends[:-1, 1]).any()):
        raise StatisticsError("episodes must end after they start and before the next")
    rows = [r for a, b in ends for r in ((int(a), "+", 0, "(AFIB"), (int(b), "+", 0, "(N"))]
    test = Annotations.of(rows, reference.sampling_frequency_hz, reference.length)
    found = compare_episodes(
        reference, test, "AF", start_s=learning_s, exclude_flutter=exclude_flutter, as_reference=False
    )
    return [{
        "found": found.found, "episodes": found.found + found.missed, "true": found.true,
        "reported": found.true + found.false, "overlap_s": found.overlap_s, "reference_s": found.reference_s,
        "test_s": found.test_s, "wrong_s": found.reference_s + found.test_s - 2.0 * found.overlap_s,
    }]  # fmt: skip


def _criteria() -> list[Criterion]:
    clause = "EC57 episode by episode"
    return [
        Criterion(
            "duration_sensitivity", clause, "time in fibrillation that was found", "%",
            gross("overlap_s", "reference_s"), "at least", "af_duration_sensitivity",
        ),
        Criterion(
            "duration_positive_predictivity", clause, "true time, of the time said to be fibrillation", "%",
            gross("overlap_s", "test_s"), "at least", "af_duration_positive_predictivity",
        ),
        Criterion("episode_sensitivity", clause, "episodes found", "%", gross("found", "episodes")),
        Criterion("episode_positive_predictivity", clause, "true episodes", "%", gross("true", "reported")),
    ]  # fmt: skip


def _figures(table: Table) -> list[Figure]:
    columns = [percent("overlap_s", "reference_s"), percent("overlap_s", "test_s")]
    columns += [lambda t, name=name: t[name].sum() for name in ("reference_s", "test_s", "wrong_s")]
    rows = [row for row in listed(table, columns) if row[3] or row[4]]
    return [
        Listing(
            "Records", "records with fibrillation, or said to have some, the worst first",
            ("record", "duration Se, %", "duration +P, %", "reference, s", "device, s", "wrong, s"),
            sorted(rows, key=lambda row: -float(row[5] or 0.0)),
        )
    ]  # fmt: skip


def _picture(case: Case, answers: Answers) -> Chart:
    reference, frequency = truth(case), case.reference["frequency_hz"]
    minutes = lambda samples: np.asarray(samples, float) / frequency / 60.0
    beats = reference.sample[np.isin(reference.symbol, list("NLRBaAJSVrFejnE/fQ"))]
    rr = np.diff(beats) / frequency
    areas = [_area(a, b, (1.55, 1.65), "good", "reference") for a, b in minutes(_spans(reference))]
    areas += [_area(a, b, (1.40, 1.50), "accent", "device") for a, b in minutes(_answered(answers))]
    seconds = np.arange(0.0, float(len(case.stimulus["ecg"])) / frequency)
    true, said = (_within(seconds * frequency, spans) for spans in (_spans(reference), _answered(answers)))
    areas += [_area(a / 60.0, b / 60.0, (0.2, 1.35), "bad", "missed fibrillation") for a, b in _runs(true & ~said)]
    areas += [_area(a / 60.0, b / 60.0, (0.2, 1.35), "second", "false fibrillation") for a, b in _runs(said & ~true)]
    return Chart(
        "Intervals between beats", "bars above are fibrillation: the upper by the reference, the lower by the device",
        "time, min", "RR interval, s", [*areas, Curve(minutes(beats[1:]), np.clip(rr, 0.0, 1.35), "plain", "RR")],
        y_range=(0.2, 1.7),
    )  # fmt: skip


def _answered(answers: Answers) -> np.ndarray:
    """Start and end of each episode of the device."""
    return np.stack([answers["starts"], answers["ends"]], axis=1)


def _within(samples: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """Which samples lie in one of the spans."""
    inside = (samples[:, None] >= spans[None, :, 0]) & (samples[:, None] <= spans[None, :, 1])
    return np.any(inside, axis=1)


def _runs(which: np.ndarray) -> np.ndarray:
    """First and one past the last place of each stretch of true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], which, [False]]).astype(int)))
    return edges.reshape(-1, 2).astype(float)


def _area(start: float, end: float, ends: tuple[float, float], tone, label: str) -> Area:
    return Area([start, end], [ends[0]] * 2, [ends[1]] * 2, tone, label)


def _spans(reference: Annotations) -> np.ndarray:
    """Start and end of each stretch that is annotated as fibrillation."""
    changes = [
        (int(s), t == "(AFIB")
        for s, k, t in zip(reference.sample, reference.symbol, reference.text, strict=True)
        if k == "+"
    ]
    last = reference.length or int(reference.sample[-1])
    ends = [*(s for s, _ in changes[1:]), last]
    return np.array([(s, e) for (s, on), e in zip(changes, ends, strict=True) if on], float).reshape(-1, 2)
