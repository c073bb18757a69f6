"""A test of a device against clauses of a standard, as a short declaration.

A protocol has cases (what the device is given, and what is true), the answers it expects of the device, a measure
that makes rows of numbers of one case, and criteria that judge all rows. The file `protocols/<standard>/<name>.py`
holds a function `<name>` that returns it.
"""

import dataclasses
import fnmatch
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from twinbed.bench import fingerprints
from twinbed.bench.charts import Chart, Figure
from twinbed.bench.limits import Limit
from twinbed.bench.numbers import number, with_unit, written
from twinbed.bench.statistics import Interval

RATE = "sampling_frequency_hz"
"""What protocols call the samples a second of what they give."""
Values = Mapping[str, Any]
"""Arrays, numbers and texts by name."""
Answers = Mapping[str, np.ndarray]
Row = Mapping[str, float]
Sense = Literal["at least", "more than", "at most", "disclosed"]


class Nonsense(Exception):
    """An answer that cannot be what was asked for."""


class NotApplicable(Exception):
    """A statistic of a criterion raises it where its limit asks nothing of this device; the message says why.

    Its answers leave nothing to limit, or the settings say that it has no such range. Nothing is then held against the
    device, unlike where cases only happen to hold nothing that a criterion is about.
    """


@dataclasses.dataclass(frozen=True)
class Given:
    """What a device is given with every case, beside others of its protocol.

    A `number` is one; a `text` a word; a `series` a list of numbers; a `table` a list of lists, which are equally
    long, with one for each of `rows`, such as a placement, and in it a number for each of `columns`. One that is
    `optional` is in some cases only. One that is `inside` is for devices of twinbed, which meet the same subject
    themselves, and is kept from any other device.
    """

    name: str
    unit: str
    means: str
    kind: Literal["number", "text", "series", "table"] = "number"
    optional: bool = False
    inside: bool = False
    rows: str = ""
    columns: str = ""


@dataclasses.dataclass(frozen=True)
class Answer:
    """What a device must answer.

    A `number` is one; a `series` has one for each value (of a table, each row) of what `of` names, where given;
    `samples` are ascending positions in it; `texts` are words, as many as `of`. One that is `optional` may be missing
    and is empty then. Where a criterion judges it, it is a claim of the device: `claim` names that criterion, which is
    not tested, and so not passed, if the answer is withheld in a case in which it is `due`.
    """

    name: str
    unit: str
    means: str
    kind: Literal["number", "series", "samples", "texts"] = "number"
    of: str = ""
    bounds: tuple[float, float] = (-math.inf, math.inf)
    optional: bool = False
    claim: str = ""
    due: "Callable[[Case], bool]" = lambda case: True

    def withheld(self, case: "Case", given: np.ndarray) -> bool:
        """Whether it is a claim that is due in a case and not made."""
        empty = not given.size or (given.dtype.kind == "f" and bool(np.isnan(given).all()))
        return bool(self.claim) and empty and self.due(case)

    def checked(self, given: Values, stimulus: Values) -> np.ndarray:
        """The answer as an array of floats, whole numbers or texts.

        Raises:
            Nonsense: it is missing, or cannot be what was asked for; the message says why.
        """
        if given.get(self.name) is None or (self.optional and np.size(given[self.name]) == 0):
            if self.optional:
                return np.array([], dtype=str if self.kind == "texts" else float)
            has = ", ".join(sorted(map(str, given))) or "nothing"
            why = "its value is none" if self.name in given else f"the answer has {has}"
            raise Nonsense(f"no {self.name!r} in the answer: {why}")
        value = self._array(given[self.name])
        if self.kind == "number":
            return self._within(self._one(value, given[self.name]))
        length = _length(self.of, given, stimulus) if self.of else None
        if value.ndim != 1 or (self.kind != "samples" and length not in (None, value.size)):
            raise Nonsense(f"{self.name} is {_shape(given[self.name])}; return {self._wanted(length)}")
        if self.kind == "samples":
            return self._positions(value, value.size if length is None else length, stimulus)
        return value if self.kind == "texts" else self._within(value)

    def blank(self, stimulus: Values) -> np.ndarray:
        """What stands for an answer that did not come: a gap in every place."""
        of = stimulus.get(self.of, ())
        length = len(of) if np.ndim(of) else 0
        match self.kind:
            case "number":
                return np.array(math.nan)
            case "texts":
                return np.full(length, "", dtype=str)
            case "samples":
                return np.zeros(0, np.int64)
            case "series":
                return np.full(length, math.nan)

    def gaps(self, answer: np.ndarray) -> str:
        """Where a list of numbers has none, such as "temperature is NaN at value 2 of 3"; empty where all are there."""
        missing = np.flatnonzero(np.isnan(answer)) if self.kind == "series" and answer.dtype.kind == "f" else ()
        if len(missing) < 2:
            return f"{self.name} is NaN at value {missing[0] + 1} of {answer.size}" if len(missing) else ""
        return f"{self.name} is NaN at {len(missing)} of {answer.size} values, the first is value {missing[0] + 1}"

    def _wanted(self, length: int | None) -> str:
        """What to return, in words."""
        what = {"texts": "texts", "samples": f"positions in {self.of}, counted from 0"}.get(self.kind, "numbers")
        if self.kind == "samples" or length is None:
            return f"a list of {what}"
        return f"a list of {length} {what}, one for each of {self.of}"

    def _array(self, given: Any) -> np.ndarray:
        if self.kind == "texts":
            if (
                isinstance(given, str)
                or not isinstance(given, Iterable)
                or not all(isinstance(text, str) for text in given)
            ):
                raise Nonsense(f"{self.name} is no list of texts")
            return np.array(list(given), dtype=str)
        try:
            return np.asarray(given, float)
        except (TypeError, ValueError, OverflowError):
            raise Nonsense(f"{self.name} holds what is no number") from None

    def _one(self, value: np.ndarray, given: Any) -> np.ndarray:
        if value.size != 1:
            raise Nonsense(f"{self.name} is {_shape(given)}; return one number")
        if np.isnan(value).any():
            raise Nonsense(f"{self.name} is NaN; return one number")
        return value.reshape(())

    def _within(self, value: np.ndarray) -> np.ndarray:
        """Gaps in a series are allowed: the measure counts them."""
        low, high = self.bounds
        beyond = np.flatnonzero(np.isinf(value) | (value < low) | (value > high))
        if beyond.size:
            unit = self.unit
            where = f" at value {beyond[0] + 1} of {value.size}" if value.ndim else ""
            more = f" (and {beyond.size - 1} more)" if beyond.size > 1 else ""
            first = np.ravel(value)[beyond[0]]
            shown, ends = with_unit(number(float(first)), unit), with_unit(f"{written(low)} to {written(high)}", unit)
            raise Nonsense(f"{self.name} is {shown}{where}{more}, which leaves {ends}")
        return value

    def _positions(self, value: np.ndarray, length: int, stimulus: Values) -> np.ndarray:
        strange = np.flatnonzero(~np.isfinite(value) | (value != np.round(value)))
        if strange.size:
            first, where = value[strange[0]], f"value {strange[0] + 1} of {value.size}"
            counts = f"it counts whole samples of {self.of} from 0"
            hint = ", not seconds" if are_seconds(value, length, stimulus.get(RATE)) else ""
            shown = "NaN" if np.isnan(first) else number(float(first))
            raise Nonsense(f"{self.name} is {shown} at {where}, which is no position: {counts}{hint}")
        back = np.flatnonzero(np.diff(value) <= 0)
        if back.size:
            raise Nonsense(f"{self.name} does not ascend at value {back[0] + 2} of {value.size}")
        if value.size and (value[0] < 0 or value[-1] >= length):
            beyond = value[0] if value[0] < 0 else value[-1]
            raise Nonsense(f"{self.name} holds {beyond:.0f}; {self.of} has samples 0 to {length - 1}")
        return value.astype(np.int64)


def are_seconds(value: np.ndarray, length: float, rate_hz: Any) -> bool:
    """Whether numbers in place of positions look like times: all are there, ascend, and lie within the record's."""
    if rate_hz is None or not np.isfinite(value).all() or np.any(np.diff(value) <= 0.0):
        return False
    return bool(value[0] >= 0.0 and value[-1] * float(rate_hz) < length)


def _shape(given: Any) -> str:
    """What was given in place of a number or a list, in words."""
    value = np.asarray(given)
    what = "text" if value.dtype.kind in "SU" else "number"
    if value.ndim == 0:
        return f"one {what}"
    if value.ndim == 1:
        return f"a list of {value.size} {what}{'' if value.size == 1 else 's'}"
    return f"a table of {' by '.join(str(n) for n in value.shape)} {what}s"


def _length(of: str, given: Values, stimulus: Values) -> int:
    found = stimulus[of] if of in stimulus else given.get(of)
    if found is None or np.ndim(found) == 0:
        raise Nonsense(f"no list {of!r} in the answer")
    return len(found)


@dataclasses.dataclass(frozen=True)
class Case:
    """One thing to ask: what the device is given, what is true, and whose it is."""

    id: str
    subject: str
    stimulus: Values
    reference: Values
    groups: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """A fingerprint of what is given and what is true; equal recordings have equal ones."""
        return self._of(fingerprints.exact, self.stimulus, self.reference)

    @property
    def stimulus_sha256(self) -> str:
        """A fingerprint of what is given alone."""
        return self._of(fingerprints.exact, self.stimulus)

    @property
    def rounded_sha256(self) -> str:
        """A fingerprint of what is given and what is true that processors which round differently agree on."""
        return self._of(fingerprints.rounded, self.stimulus, self.reference)

    @property
    def stimulus_rounded_sha256(self) -> str:
        """Such a fingerprint of what is given alone."""
        return self._of(fingerprints.rounded, self.stimulus)

    def _of(self, made: Callable[..., str], *parts: Values) -> str:
        try:
            return made(*parts)
        except TypeError as error:
            raise TypeError(f"{self.id}: {error}") from None


@dataclasses.dataclass(frozen=True)
class Table:
    """The rows of all cases as columns; of each row its case, its subject, and the groups that these belong to."""

    subject: np.ndarray
    columns: Mapping[str, np.ndarray]
    case: np.ndarray
    groups: Mapping[str, np.ndarray]
    """Texts by the name of a grouping, such as sex; empty where a case has none."""

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.subject)

    def where(self, chosen: np.ndarray) -> "Table":
        """The rows that are chosen."""
        pick = lambda columns: {name: column[chosen] for name, column in columns.items()}
        return Table(self.subject[chosen], pick(self.columns), self.case[chosen], pick(self.groups))


@dataclasses.dataclass(frozen=True)
class Criterion:
    """A statistic that a clause limits or wants disclosed.

    `judged` says what is held against the limit: the estimate, or the end of its interval that is worse.
    """

    name: str
    clause: str
    means: str
    unit: str
    statistic: Callable[[Table], Interval]
    sense: Sense = "disclosed"
    limit: str = ""
    judged: Literal["estimate", "bound"] = "estimate"
    least: int = 1
    """Fewest subjects or pairs (what `n` counts) that the clause accepts."""


def out_of_scope(why: str) -> Callable[[Table], Interval]:
    """The statistic of a criterion that the settings leave out."""

    def statistic(_: Table) -> Interval:
        raise NotApplicable(why)

    return statistic


@dataclasses.dataclass(frozen=True)
class Loop:
    """A case as a conversation: the bench plays the subject, and a device from outside is asked step by step.

    What such a device answers acts on the subject, so that the answers of the case are the bench's and not the
    device's. Devices of the protocol and of twinbed meet the subject themselves.
    """

    given: Sequence[Given]
    """What the device is given at a step."""
    answers: Sequence[Answer]
    """What it must answer to a step."""
    play: Callable[[Values, Callable[[Values], Answers]], Values]
    """Plays a case, by its stimulus and what asks the device; the answers of the case. What asking raises ends it."""


@dataclasses.dataclass(frozen=True)
class Protocol:
    """What is done to a device, and how it is judged."""

    id: str
    title: str
    standard: str
    edition: str
    subjects: str
    """Who or what the cases come from, in words of the report."""
    stimulus: str
    reference: str
    cases: Callable[[], Iterable[Case]]
    answers: Sequence[Answer]
    measure: Callable[[Case, Answers], Sequence[Row]]
    criteria: Sequence[Criterion]
    limits: Mapping[str, Limit] = dataclasses.field(default_factory=dict)
    study: Sequence[str] = ()
    """Names of criteria that judge the study itself and not the device, such as its subjects; `*` stands for any."""
    facts: Sequence[str] = ()
    """Names of those of them that no answer changes, such as how many subjects there are and their ages; not how many
    pairs with an answer. They are judged also where cases have no usable answer."""
    given: Sequence[Given] = ()
    """What is in the stimulus of its cases; nothing else may be."""
    recordings: Sequence[str] = ()
    """Folders of recordings that it needs (see `connect.data`)."""
    seconds_a_case: float = 600.0
    """Longest time that a device may take for a case."""
    count: int = 0
    """How many cases there are, for whoever waits; 0 where it is not known."""
    one_process: bool = False
    """Whether its cases may be made by one process only, since every making of them is counted."""
    figures: Callable[[Table], Sequence[Figure]] = lambda table: ()
    """What is to be seen of all rows."""
    badness: str = ""
    """The column whose largest absolute value marks the worst case."""
    picture: Callable[[Case, Answers], Chart] | None = None
    """One case to look at: what was given, what is true, what was answered."""
    devices: Mapping[str, Callable[[Values], Any]] = dataclasses.field(default_factory=dict)
    """Devices that the protocol knows by name; `good` passes and `bad` does not, so that the bench can show itself."""
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """What was chosen when it was made; `find.protocol` notes it."""
    usual: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """What those settings are where they are left out; `find.protocol` notes it too."""
    stand: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    """What values of those settings stand for (see `settings.Stands`); `find.protocol` notes it too."""
    recorded_by_tester: bool = False
    """Whether answers are what sensors recorded of the device, such as a delivered volume, and not what it says: the
    bench did not measure it, and takes the tester's word."""
    attach: Callable[[Any], Callable[[Values], Any]] | None = None
    """Puts a device of twinbed (`devices/...`) in the place of the device under test."""
    loop: Loop | None = None
    """How a device from outside is asked step by step, where a case is a conversation."""


def judges_study(protocol: Protocol, criterion: Criterion) -> bool:
    """Whether a criterion is about the study itself, such as its number of subjects."""
    return _named(protocol.study, criterion)


def no_answer_changes(protocol: Protocol, criterion: Criterion) -> bool:
    """Whether a criterion is about facts of the study that are what they are whatever a device answers."""
    return _named(protocol.facts, criterion)


def _named(patterns: Sequence[str], criterion: Criterion) -> bool:
    return any(fnmatch.fnmatchcase(criterion.name, pattern) for pattern in patterns)


def outside(protocol: Protocol, case: Case) -> Case:
    """The case as a device from outside is given it: without what only devices of twinbed need."""
    kept = {given.name for given in protocol.given if given.inside}
    return dataclasses.replace(case, stimulus={n: v for n, v in case.stimulus.items() if n not in kept})
