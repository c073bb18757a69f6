"""Annotated records as cases, and what several protocols do with them."""

import contextlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from twinbed.bench.charts import Chart, Curve, Moments, Points
from twinbed.bench.ec57 import BeatTable, classes
from twinbed.bench.ec57.standard import PACED, START_S, UNREADABLE, WINDOW_S
from twinbed.bench.protocol import Answer, Answers, Case, Criterion, Given, NotApplicable, Table
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.clustered import cluster_bootstrap
from twinbed.connect.data import recordings
from twinbed.connect.wfdb import read_annotations, read_waves
from twinbed.core.annotations import Annotations
from twinbed.core.errors import StatisticsError, StudyError

MITDB = tuple(
    "100 101 102 103 104 105 106 107 108 109 111 112 113 114 115 116 117 118 119 121 122 123 124 200 201 202 203 205 "
    "207 208 209 210 212 213 214 215 217 219 220 221 222 223 228 230 231 232 233 234".split()
)
GIVEN = (
    Given("ecg", "mV", "electrocardiogram, first lead", "series"),
    Given("lead", "1", "name of the first lead", "text"),
    Given("sampling_frequency_hz", "Hz", "samples a second"),
    Given("ecg_2", "mV", "electrocardiogram, second lead, as long as the first", "series", optional=True),
    Given("lead_2", "1", "name of the second lead", "text", optional=True),
)  # fmt: skip
SHUTDOWN = (
    Answer(
        "shutdown_starts", "1", "where it stopped to read the ECG and said so, samples from 0", "samples", "ecg",
        optional=True,
    ),
    Answer(
        "shutdown_ends", "1", "where it began to read again, samples from 0", "series", "shutdown_starts",
        bounds=(0.0, float("inf")), optional=True,
    ),
)  # fmt: skip
"""Of a device that shuts down while signals cannot be read. EC57 counts beats missed then as missed, and wants to know
how many they are and how long it was."""

_SAME_PERSON = {"202": "201"}
"""Records 201 and 202 are of one man (the database's introduction)."""
_SEED = 57
_SHOWN_S = 10.0


def folder(name: str) -> str:
    """The folder of a database of recordings.

    Raises:
        NotFound: it is not on this machine.
    """
    return str(recordings(name))


def record_cases(
    records: Sequence[str], database: str = "mitdb", annotator: str = "atr", *, learning_s: float = 0.0
) -> Iterator[Case]:
    """The records of a database: both leads as stimulus, the annotations as reference.

    Raises:
        NotFound: the database is not on this machine.
        StudyError: the learning period leaves nothing of a record to test.
    """
    place = folder(database)
    for name in records:
        waves = read_waves(f"{place}/{name}")
        lasts_s = len(waves.samples) / waves.sampling_frequency_hz
        if learning_s >= lasts_s:
            raise StudyError(f"learning_s={learning_s:g} leaves nothing of record {name} to test: it has {lasts_s:g} s")
        yield Case(
            id=name,
            subject=_SAME_PERSON.get(name, name),
            stimulus=stimulus_of(waves.samples, waves.names, waves.sampling_frequency_hz),
            reference=as_values(read_annotations(f"{place}/{name}.{annotator}")),
            groups={"paced": "yes" if name in PACED and database == "mitdb" else "no"},
        )


def stimulus_of(samples: np.ndarray, names: Sequence[str], frequency_hz: float) -> dict[str, object]:
    """What a device is given of a record: up to two leads, mV."""
    out: dict[str, object] = {"ecg": samples[:, 0], "lead": names[0], "sampling_frequency_hz": frequency_hz}
    if samples.shape[1] > 1:
        out |= {"ecg_2": samples[:, 1], "lead_2": names[1]}
    return out


def as_values(annotations: Annotations) -> dict[str, object]:
    """Annotations as arrays of a case."""
    return {
        "sample": annotations.sample, "symbol": annotations.symbol, "subtype": annotations.subtype,
        "text": np.array(annotations.text, dtype=str), "frequency_hz": annotations.sampling_frequency_hz,
        "length": annotations.length or 0,
    }  # fmt: skip


def truth(case: Case) -> Annotations:
    """The reference of a case as annotations."""
    r = case.reference
    return Annotations(
        r["sample"], r["symbol"], r["subtype"], tuple(str(t) for t in r["text"]), r["frequency_hz"], r["length"] or None
    )


def checked_records(records: Sequence[str], *, least: int = 1) -> None:
    """Does nothing where the records are some of the MIT-BIH Arrhythmia Database.

    Raises:
        StudyError: they are not, or there are too few; the message says what to write.
    """
    strange = [str(name) for name in records if name not in MITDB]
    if strange:
        raise StudyError(
            f"no records {', '.join(strange[:6])} in the MIT-BIH Arrhythmia Database; write names such as 100,119"
        )
    if len(records) < least:
        raise StudyError("records is empty, so that nothing is tested; write names such as 100,119")


def checked_learning(learning_s: float) -> float:
    """A learning period that a maker may have said.

    Raises:
        StudyError: it is none.
    """
    if not 0.0 <= learning_s < float("inf"):
        raise StudyError(f"learning_s={learning_s:g}: a learning period is 0 s or longer")
    return learning_s


def found(
    case: Case,
    beats: np.ndarray,
    symbols: Sequence[str] | np.ndarray | str = "N",
    shutdowns: Sequence[tuple[int, int]] = (),
) -> Annotations:
    """What a device answered as annotations."""
    kinds = [symbols] * len(beats) if isinstance(symbols, str) else list(symbols)
    rows = [(int(k), str(s), 0) for k, s in zip(beats, kinds, strict=True)]
    for start, end in shutdowns:
        rows += [(start, "~", UNREADABLE), (end, "~", 0)]
    rows.sort(key=lambda row: row[0])
    return Annotations.of(rows, case.reference["frequency_hz"], case.reference["length"] or None)


def shutdowns_of(answers: Answers) -> list[tuple[int, int]]:
    """Where a device that shuts down did so, and where each time ended.

    Raises:
        StatisticsError: starts without ends, or times that overlap or end before they start.
    """
    starts, ends = (answers.get(answer.name, np.zeros(0)) for answer in SHUTDOWN)
    if len(starts) != len(ends):
        raise StatisticsError(
            f"shutdown_starts has {len(starts)} values and shutdown_ends {len(ends)}; one each is asked"
        )
    if (ends <= starts).any() or (starts[1:] < ends[:-1]).any():
        raise StatisticsError("a shutdown must end after it starts and before the next")
    return [(int(start), int(end)) for start, end in zip(starts, ends, strict=True)]


def shutdown_columns(table: BeatTable) -> dict[str, float]:
    """What a row has of shutdowns, for `shutdown_criteria`."""
    missed = table.missed_in_shutdown()
    return {
        "shut_missed": missed.part, "shut_beats": missed.whole, "shutdown_s": table.shutdown_s,
        "reading_beats": missed.whole - missed.part, "reading_found": table.qrs_sensitivity.part,
    }  # fmt: skip


def shutdown_criteria() -> list[Criterion]:
    """What EC57 wants to know of shutdowns, and how many beats were found while the device read."""
    clause = "EC57 shutdown"
    return [
        Criterion("missed_in_shutdown", clause, "beats missed while the device was shut down, of all beats", "%",
                  of_shutdowns(gross("shut_missed", "shut_beats"))),
        Criterion("shutdown_time", clause, "how long the device was shut down, all records together", "s",
                  of_shutdowns(total("shutdown_s"))),
        Criterion("sensitivity_outside_shutdown", clause, "beats found, of those not missed in a shutdown", "%",
                  of_shutdowns(gross("reading_found", "reading_beats"))),
    ]  # fmt: skip


def of_shutdowns(statistic: Callable[[Table], Interval]) -> Callable[[Table], Interval]:
    """The same of a device that shuts down; of any other there is nothing to say of it."""

    def of(table: Table) -> Interval:
        if not table["shutdown_s"].any():
            raise NotApplicable("the device reported no shutdown")
        return statistic(table)

    return of


def total(column: str) -> Callable[[Table], Interval]:
    """A sum over all rows."""
    return lambda table: Interval(float(table[column].sum()), float("nan"), float("nan"), 0.95, "none", len(table))


def gross(part: str, whole: str, *, scale: float = 100.0) -> Callable[[Table], Interval]:
    """A share of sums over all rows, in per cent, with an interval that resamples people."""
    return lambda table: resampled(table, (part, whole), lambda c: _share(c[:, 0].sum(), c[:, 1].sum(), scale))


def average(part: str, whole: str) -> Callable[[Table], Interval]:
    """The mean over people of a share of their sums, in per cent: every record alike where each has its own person."""

    def mean(c: np.ndarray) -> float:
        some = c[:, 1] > 0
        return float(np.mean(100.0 * c[some, 0] / c[some, 1])) if some.any() else float("nan")

    return lambda table: resampled(table, (part, whole), mean)


def root_mean(squares: str, count: str, scale: float) -> Callable[[Table], Interval]:
    """A root mean square over all rows from sums of squares and their counts."""
    value = lambda c: scale * float(np.sqrt(_share(c[:, 0].sum(), c[:, 1].sum(), 1.0)))
    return lambda table: resampled(table, (squares, count), value)


def unpaced(statistic: Callable[[Table], Interval]) -> Callable[[Table], Interval]:
    """The same without the records of paced beats, as EC57 reports it."""
    return lambda table: statistic(table.where(table.groups["paced"] == "no"))


def worst_share(part: str, whole: str) -> Callable[[Table], Interval]:
    """The smallest share of any record, in per cent."""

    def worst(table: Table) -> Interval:
        some = table.where(table[whole] > 0)
        if not len(some):
            return Interval(float("nan"), float("nan"), float("nan"), 0.95, "none", len(table))
        shares = 100.0 * some[part] / some[whole]
        least, record = float(shares.min()), str(some.case[shares.argmin()])
        return Interval(least, float("nan"), float("nan"), 0.95, "none", len(table), record)

    return worst


def _share(part: float, whole: float, scale: float) -> float:
    return scale * float(part) / float(whole) if whole else float("nan")


def resampled(table: Table, columns: Sequence[str], statistic: Callable[[np.ndarray], float]) -> Interval:
    """A statistic of sums of columns, one row for each person, with an interval that resamples people."""
    people, who = np.unique(table.subject, return_inverse=True)
    sums = np.stack([np.bincount(who, table[c], minlength=len(people)) for c in columns], axis=1)
    value = statistic(sums)
    if len(people) >= 2 and not np.isnan(value):
        with contextlib.suppress(StatisticsError):  # too few people have any of what is counted
            return cluster_bootstrap(sums, statistic, seed=_SEED)
    return Interval(value, float("nan"), float("nan"), 0.95, "", len(people))


def unmatched(beats: np.ndarray, others: np.ndarray, window: float) -> np.ndarray:
    """The beats with no other within a window; for pictures, EC57's pairing is in `bench.ec57`."""
    if not len(others):
        return beats
    place = (
        np.clip(np.searchsorted(others, beats), 1, len(others) - 1) if len(others) > 1 else np.zeros(len(beats), int)
    )
    nearest = np.minimum(np.abs(others[place] - beats), np.abs(others[place - 1] - beats))
    return beats[nearest > window]


def beats_of(case: Case) -> np.ndarray:
    """Positions of the beats of the reference."""
    reference = truth(case)
    return reference.sample[classes(reference) >= 0]


def picture(
    case: Case, beats: np.ndarray, device: np.ndarray, title: str, says: str, *, from_s: float = START_S,
    kind: str = "beat",
) -> Chart:  # fmt: skip
    """The ten seconds with the most errors: the ECG, the beats of the reference and those of the device."""
    frequency = case.reference["frequency_hz"]
    missed = unmatched(beats, device, WINDOW_S * frequency)
    extra = unmatched(device, beats, WINDOW_S * frequency)
    errors = np.concatenate([missed, extra])
    first, last = _stretch(errors, len(case.stimulus["ecg"]), frequency, round(from_s * frequency))
    ecg = np.asarray(case.stimulus["ecg"])[first:last]
    at = lambda samples: samples[(samples >= first) & (samples < last)] / frequency
    top, bottom = float(np.nanmax(ecg)), float(np.nanmin(ecg))
    room = 0.12 * max(top - bottom, 0.1)
    shown, answered = at(beats), at(device)
    return Chart(
        title, says, "time, s", "ECG, mV",
        [
            Moments(at(missed), "bad", f"missed {kind}"),
            Moments(at(extra), "second", f"false {kind}"),
            Curve(np.arange(first, last) / frequency, ecg, "plain", "ECG"),
            Points(shown, np.full(len(shown), top + 2 * room), "good", "reference"),
            Points(answered, np.full(len(answered), top + room), "accent", "device"),
        ],
        x_range=(first / frequency, max(last / frequency, first / frequency + _SHOWN_S)),
    )  # fmt: skip


def _stretch(errors: np.ndarray, length: int, frequency: float, start: int) -> tuple[int, int]:
    """The stretch after the learning period that holds most errors."""
    errors, width = np.sort(errors[errors >= start]), round(_SHOWN_S * frequency)
    counts = np.searchsorted(errors, errors + width) - np.arange(len(errors))
    first = float(errors[counts.argmax()]) - 0.1 * width if len(errors) else start
    first = int(np.clip(first, 0, max(0, length - width)))
    return first, min(first + width, length)


def listed(table: Table, columns: Sequence[Callable[[Table], float]]) -> list[list[str | float | None]]:
    """A row for every case: its name, and the number that each function makes of its rows."""
    rows: list[list[str | float | None]] = []
    for case in dict.fromkeys(table.case.tolist()):
        values = [make(table.where(table.case == case)) for make in columns]
        rows.append([case, *(None if np.isnan(v) else float(v) for v in values)])
    return rows


def percent(part: str, whole: str) -> Callable[[Table], float]:
    """A share of sums over rows, in per cent."""
    return lambda table: _share(table[part].sum(), table[whole].sum(), 100.0)
