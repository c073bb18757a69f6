"""Episodes of ventricular flutter and fibrillation, on annotated recordings and on virtual patients.

The comparison is EC57's, episode by episode: one that overlaps at all is found, and durations are compared. Of the
MIT-BIH Arrhythmia Database one record (207) has flutter after the learning period, and the others show what is taken
for it; the databases that EC57 names for this (AHA, CU) are not read here. So virtual patients of twinbed fibrillate
too, coarse and fine, after and before tachycardia and asystole, and some never do.

*Known limits*: fibrillation of virtual patients is driven by resonators; see `physiology/waveforms/ecg`.

**References:**

- ANSI/AAMI EC57:2012/(R)2020; IEC 60601-2-47:2012, 201.12.1.101
- Kerber et al. (1997), Automatic external defibrillators for public access defibrillation, Circulation 95:1677 (goals
  of performance for detection of ventricular fibrillation)
"""

import functools
import pathlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from twinbed.bench.charts import Area, Chart, Curve, Figure, Listing, Points
from twinbed.bench.ec57 import compare_episodes
from twinbed.bench.ec57.standard import START_S
from twinbed.bench.limits import read_limits
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Protocol, Row, Table
from twinbed.bench.protocols.ecg import _arrests, _devices
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
from twinbed.bench.statistics import Interval
from twinbed.core.annotations import Annotations
from twinbed.core.errors import StatisticsError, StudyError

_LIMITED = (
    "vf_episode_sensitivity", "vf_episode_positive_predictivity", "vf_duration_sensitivity",
    "vf_duration_positive_predictivity",
)  # fmt: skip
_AROUND_S = 20.0


def ventricular_fibrillation(
    *,
    limits: pathlib.Path | None = None,
    records: Sequence[str] = MITDB,
    patients: int = 12,
    learning_s: float = START_S,
    seed: int = 5,
) -> Protocol:
    """Ventricular flutter and fibrillation, episode by episode.

    Args:
        limits: a laboratory's own limits.
        records: of the MIT-BIH Arrhythmia Database; all 48 if left out, none for virtual patients alone.
        patients: virtual ones; six scripts of rhythms recur.
        learning_s: how long the maker says that the device learns; five minutes where it says nothing.
        seed: of the virtual patients.

    Raises:
        StudyError: nobody to test on, or a learning period below zero.
    """
    if not records and not patients:
        raise StudyError("neither records nor patients: give some of either")
    checked_learning(learning_s)
    checked_records(records, least=0)
    table = read_limits(pathlib.Path(__file__).with_name("limits.toml"), limits)
    return Protocol(
        id="ecg/ventricular_fibrillation",
        title="Episode by episode: ventricular flutter and fibrillation",
        standard="ANSI/AAMI EC57, IEC 60601-2-47",
        edition="EC57:2012/(R)2020, 60601-2-47:2012",
        subjects="MIT-BIH Arrhythmia Database: 47 people, 48 records of 30 minutes; and virtual patients",
        stimulus="the ECG in mV, its first lead and where there is one its second",
        reference="flutter and fibrillation annotated by cardiologists; of virtual patients, their rhythm",
        cases=functools.partial(_cases, records, patients, learning_s, seed),
        count=len(records) + patients,
        given=GIVEN,
        recordings=("mitdb",) if records else (),
        answers=[
            Answer("starts", "1", "first sample of each episode", "series", bounds=(0.0, float("inf"))),
            Answer("ends", "1", "last sample of each episode", "series", "starts", bounds=(0.0, float("inf"))),
        ],
        measure=functools.partial(_measure, learning_s),
        criteria=_criteria(),
        limits={name: table[name] for name in _LIMITED},
        figures=_figures,
        badness="wrong_s",
        picture=functools.partial(_picture, learning_s),
        devices=_devices.VENTRICULAR,
    )


def _cases(records: Sequence[str], patients: int, learning_s: float, seed: int) -> Iterator[Case]:
    for case in record_cases(records, learning_s=learning_s):
        yield Case(case.id, case.subject, case.stimulus, case.reference, {**case.groups, "source": "recorded"})
    yield from _arrests.cases(patients, seed, learning_s)


def _measure(learning_s: float, case: Case, answers: Answers) -> list[Row]:
    reference, test = truth(case), _answered(case, answers)
    found = compare_episodes(reference, test, "VF", start_s=learning_s)
    tested = reference.length or 0
    row = {
        "found": found.found, "episodes": found.found + found.missed, "true": found.true, "false": found.false,
        "reported": found.true + found.false, "overlap_s": found.overlap_s, "reference_s": found.reference_s,
        "test_s": found.test_s, "wrong_s": found.reference_s + found.test_s - 2.0 * found.overlap_s,
        "free_h": (tested / reference.sampling_frequency_hz - learning_s - found.reference_s) / 3600.0,
    }  # fmt: skip
    return [row | _edges(case, answers, learning_s)]


def _answered(case: Case, answers: Answers) -> Annotations:
    """The device's episodes as annotations.

    Raises:
        StatisticsError: they overlap or end before they start.
    """
    spans = np.stack([answers["starts"], answers["ends"]], axis=1)
    if len(spans) and ((spans[:, 1] < spans[:, 0]).any() or (spans[1:, 0] <= spans[:-1, 1]).any()):
        raise StatisticsError("episodes must end after they start and before the next")
    rows = [r for a, b in spans for r in ((int(a), "["), (int(b), "]"))]
    return Annotations.of(rows, case.reference["frequency_hz"], case.reference["length"] or None)


def _edges(case: Case, answers: Answers, learning_s: float) -> dict[str, float]:
    """How late the beginnings and ends of episodes that were found are reported: sums of sizes, and counts."""
    frequency = case.reference["frequency_hz"]
    out = {"onsets": 0.0, "onset_s": 0.0, "offset_s": 0.0}
    for start, end in spans_of(case):
        over = (answers["starts"] <= end) & (answers["ends"] >= start)
        if start >= learning_s * frequency and over.any():
            out["onsets"] += 1.0
            out["onset_s"] += abs(float(answers["starts"][over][0]) - start) / frequency
            out["offset_s"] += abs(float(answers["ends"][over][-1]) - end) / frequency
    return out


def spans_of(case: Case) -> np.ndarray:
    """First and last sample of each episode of the reference, a row each."""
    reference = truth(case)
    starts, ends = (reference.sample[reference.symbol == symbol] for symbol in "[]")
    if len(ends) < len(starts):  # it still fibrillates at the end
        ends = np.append(ends, len(case.stimulus["ecg"]) - 1)
    return np.stack([starts, ends], axis=1)


def _of(source: str, statistic: Callable[[Table], Interval]) -> Callable[[Table], Interval]:
    return lambda table: statistic(table.where(table.groups["source"] == source))


def _criteria() -> list[Criterion]:
    clause = "EC57 episode by episode"
    shares = {
        "episode_sensitivity": ("episodes found", "found", "episodes"),
        "episode_positive_predictivity": ("true episodes", "true", "reported"),
        "duration_sensitivity": ("time in fibrillation that was found", "overlap_s", "reference_s"),
        "duration_positive_predictivity": ("true time, of the time said to be fibrillation", "overlap_s", "test_s"),
    }
    out = [
        Criterion(name, clause, means, "%", gross(*columns), "at least", f"vf_{name}")
        for name, (means, *columns) in shares.items()
    ]
    for source, said in (("recorded", "recordings"), ("virtual", "virtual patients")):
        out += [
            Criterion(f"{name}_{source}", clause, f"{means}, {said} alone", "%", _of(source, gross(*columns)))
            for name, (means, *columns) in shares.items()
        ]
    mean = lambda name: gross(name, "onsets", scale=1.0)
    return [
        *out,
        Criterion("false_alarms", clause, "false episodes in an hour without fibrillation", "/h",
                  gross("false", "free_h", scale=1.0)),
        Criterion("onset", clause, "mean distance of the reported beginning from the true one", "s", mean("onset_s")),
        Criterion("offset", clause, "mean distance of the reported end from the true one", "s", mean("offset_s")),
    ]  # fmt: skip


def _figures(table: Table) -> list[Figure]:
    columns = [percent("overlap_s", "reference_s"), percent("overlap_s", "test_s")]
    names = ("episodes", "found", "false", "reference_s", "test_s", "wrong_s")
    columns += [lambda t, name=name: float(t[name].sum()) for name in names]
    rows = [row for row in listed(table, columns) if row[6] or row[7]]
    most = max([float(v or 0.0) for row in rows for v in row[6:8]], default=1.0)
    return [
        Chart(
            "Time in fibrillation", "every dot is a record or a patient; on the line the device says what is true",
            "reference, s", "device, s",
            [
                Curve([0.0, most], [0.0, most], "soft"),
                Points([row[6] for row in rows], [row[7] for row in rows], "accent", "record"),  # pyright: ignore[reportArgumentType]
            ],
        ),
        Listing(
            "Records", "records and patients with fibrillation, or said to have some, the worst first",
            ("record", "duration Se, %", "duration +P, %", "episodes", "found", "false", "reference, s", "device, s",
             "wrong, s"),
            sorted(rows, key=lambda row: -float(row[8] or 0.0)),
        ),
    ]  # fmt: skip


def _picture(learning_s: float, case: Case, answers: Answers) -> Chart:
    """The ECG around the longest stretch on which the two do not agree."""
    frequency, n = case.reference["frequency_hz"], len(case.stimulus["ecg"])
    answered = np.stack([answers["starts"], answers["ends"]], axis=1)
    ours, theirs = (_within(spans, n) for spans in (spans_of(case), answered))
    wrong = np.append(ours != theirs, False)
    wrong[: round(learning_s * frequency)] = False
    edges = np.flatnonzero(np.diff(wrong, prepend=False)).reshape(-1, 2)
    middle = edges[np.argmax(edges[:, 1] - edges[:, 0])].mean() if len(edges) else n / 2
    first = int(np.clip(middle - _AROUND_S * frequency, 0, max(0, n - 2 * _AROUND_S * frequency)))
    last = min(n, first + round(2 * _AROUND_S * frequency))
    ecg = np.asarray(case.stimulus["ecg"])[first:last]
    top, room = float(np.nanmax(ecg)), 0.06 * max(float(np.ptp(ecg[np.isfinite(ecg)])), 0.1)
    bar = lambda inside, level, tone, label: [
        Area(
            [(first + a) / frequency, (first + b) / frequency],
            [top + level * room] * 2,
            [top + (level + 1.0) * room] * 2,
            tone,
            label,
        )
        for a, b in np.flatnonzero(np.diff(inside[first:last], prepend=False, append=False)).reshape(-1, 2)
    ]
    return Chart(
        "Where reference and device disagree longest",
        "bars above are fibrillation: the upper by the reference, the lower by the device",
        "time, s", "ECG, mV",
        [
            *bar(ours, 3.0, "good", "reference"), *bar(theirs, 1.0, "accent", "device"),
            Curve(np.arange(first, last) / frequency, ecg, "plain", "ECG"),
        ],
        x_range=(first / frequency, first / frequency + 2.0 * _AROUND_S),
    )  # fmt: skip


def _within(spans: np.ndarray, n: int) -> np.ndarray:
    inside = np.zeros(n, bool)
    for start, end in spans.astype(np.int64):
        inside[start : end + 1] = True
    return inside
