"""The record of a run on the bench: all that is needed to judge it again without the device."""

import dataclasses
import hashlib
import io
import json
import pathlib
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from twinbed.bench.charts import Figure, from_data
from twinbed.bench.interrupted import interrupted
from twinbed.bench.verdict import Verdict
from twinbed.connect.files import write_bytes, write_json
from twinbed.core.errors import ReadError

FORMAT = "twinbed-bench-log/1"
_LOG, _BEFORE = "log.json", "log.before.json"


@dataclasses.dataclass(frozen=True)
class Played:
    """One case: what it was, how it went, and what was measured."""

    id: str
    subject: str
    groups: Mapping[str, str]
    sha256: str
    """Of what the device was given and what is true."""
    seconds: float
    failure: str
    output: str
    rows: Sequence[Mapping[str, float | None]]
    stimulus_sha256: str = ""
    """Of what the device was given alone."""
    answer_sha256: str = ""
    """Of the file of its answer; empty where there is none that could be used."""
    withheld: Sequence[str] = ()
    """Names of answers that were due and not given, though a criterion judges them."""
    gaps: Sequence[str] = ()
    """Where numbers are missing from lists of its answer, such as "temperature is NaN at value 2 of 3"."""
    known: Sequence[Mapping[str, float | None]] = ()
    """Of a case without a usable answer: rows of what is known without one, with gaps for the rest."""
    rounded_sha256: str = ""
    """Of what the device was given and what is true, rounded: processors that round differently agree on it."""
    stimulus_rounded_sha256: str = ""
    """The same of what the device was given alone."""
    refused: str = ""
    """The file in the folder of the run that holds what came in place of a usable answer; empty where there is none."""
    refused_sha256: str = ""
    """Of that file."""

    @property
    def named(self) -> str:
        """Its name, and its subject where that is called otherwise."""
        return self.id if self.subject == self.id else f"{self.id} ({self.subject})"


@dataclasses.dataclass(frozen=True)
class Judged:
    """That the verdicts of a log are not those of its run, which were judged again from the answers that it kept."""

    at: str
    """When (UTC)."""
    software: Mapping[str, str]
    """What the run itself was judged with."""
    log_sha256: str
    """Of the file of the run's log, as it was judged first."""
    outcomes: Mapping[str, Sequence[str | None]]
    """Outcome before and after, of the criteria whose verdict changed."""
    values: Sequence[str]
    """Criteria whose value changed."""
    limits: Sequence[str]
    """Limits that changed."""
    settings: Sequence[str]
    """Settings that changed."""


@dataclasses.dataclass(frozen=True)
class Log:
    """A run: protocol, device, software, limits with their marks, every case, and the verdicts."""

    protocol: Mapping[str, Any]
    device: Mapping[str, Any]
    software: Mapping[str, str]
    started: str
    limits: Mapping[str, Mapping[str, Any]]
    cases: Sequence[Played]
    verdicts: Sequence[Verdict]
    notes: Sequence[str] = ()
    """What somebody who reads the verdicts should know of how they came about."""
    judged: Judged | None = None
    """How it was judged again; none where the verdicts are those of the run itself."""

    def write(self, folder: pathlib.Path) -> None:
        """Writes `log.json`; answers were written as they came."""
        _write(self, folder / _LOG)

    def kind_of(self, name: str) -> Literal["case", "subject", "other"]:
        """What a name stands for, such as where an extreme was found; `other` for groups and what is no name here."""
        kinds = {"case": {case.id for case in self.cases}, "subject": {case.subject for case in self.cases}}
        return "case" if name in kinds["case"] else "subject" if name in kinds["subject"] else "other"

    def failed_in(self) -> dict[str, list[Verdict]]:
        """Cases in which the value of a failed criterion was found, with those verdicts; the most of them first."""
        cases, found = {case.id for case in self.cases}, {}
        for verdict in self.verdicts:
            if verdict.outcome == "fail" and verdict.found_in in cases:
                found.setdefault(verdict.found_in, []).append(verdict)
        return dict(sorted(found.items(), key=lambda one: -len(one[1])))

    @staticmethod
    def read(folder: pathlib.Path) -> "Log":
        """The log in a folder.

        Raises:
            ReadError: there is none, or it is of another format.
        """
        return _read(folder / _LOG)


def _write(log: Log, path: pathlib.Path) -> None:
    content = dataclasses.asdict(dataclasses.replace(log, cases=())) | {"cases": [vars(c) for c in log.cases]}
    write_json(path, {"format": FORMAT, **content})


def _read(path: pathlib.Path) -> Log:
    if not path.is_file():
        left = interrupted(path.parent)
        raise ReadError(
            path,
            f"there is none yet; {left}"
            if left
            else "there is none; `twinbed bench run` writes it into the folder of a run",
        )
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found.pop("format") != FORMAT:
            raise ReadError(path, f"it is no {FORMAT}; run the protocol again")
        cases = tuple(Played(**c) for c in found.pop("cases"))
        verdicts = tuple(Verdict(**v) for v in found.pop("verdicts"))
        judged = found.pop("judged", None)
        return Log(**found, cases=cases, verdicts=verdicts, judged=Judged(**judged) if judged else None)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReadError(path, f"no log of the bench ({type(error).__name__}: {error})") from None


def log_sha256(folder: pathlib.Path, *, before: bool = False) -> str:
    """The SHA-256 of the file of a folder's log, or of that of the run before; empty where there is none."""
    return sha256_of(folder / (_BEFORE if before else _LOG))


def set_aside(folder: pathlib.Path) -> None:
    """Keeps the log of a folder as that of the run before, beside the log that is to come, so that it can be compared.

    Args:
        folder: of a run; nothing happens where it holds no log.
    """
    path = folder / _LOG
    if path.is_file():
        write_bytes(folder / _BEFORE, path.read_bytes())


def write_before(log: Log, folder: pathlib.Path) -> None:
    """Keeps a log as that of the run before, beside the log that is to come in a folder, which is made if need be."""
    _write(log, folder / _BEFORE)


def read_before(folder: pathlib.Path) -> Log | None:
    """The log of the run before, where one was set aside and can be read."""
    try:
        return _read(folder / _BEFORE)
    except ReadError:
        return None


def answer_path(folder: pathlib.Path, case_id: str) -> pathlib.Path:
    """Where the answer to a case is kept."""
    return folder / "answers" / f"{case_id}.npz"


def refused_path(case_id: str) -> pathlib.Path:
    """Where in the folder of a run a refused answer to a case is kept."""
    return pathlib.Path("refused") / f"{case_id}.json"


def write_answer(folder: pathlib.Path, case_id: str, answer: Mapping[str, np.ndarray]) -> str:
    """Keeps the answer to one case; the SHA-256 of its file."""
    content = io.BytesIO()
    np.savez_compressed(content, **answer)  # pyright: ignore[reportArgumentType]
    write_bytes(answer_path(folder, case_id), content.getvalue(), lasting=False)
    return hashlib.sha256(content.getvalue()).hexdigest()


def read_arrays(path: pathlib.Path) -> dict[str, np.ndarray]:
    """The arrays of an answer, by name.

    Raises:
        ReadError: it is no file of arrays.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ReadError(path, f"no file of arrays: {error}") from None


def sha256_of(path: pathlib.Path) -> str:
    """The SHA-256 of a file; empty where there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_figures(
    folder: pathlib.Path, figures: Sequence[Mapping[str, Any]], worst: Sequence[Mapping[str, Any]]
) -> None:
    """Keeps what is to be seen: figures of all cases, and pictures of the worst with their case and badness."""
    write_json(folder / "figures.json", {"figures": figures, "worst": worst})


def read_figures(folder: pathlib.Path) -> tuple[list[Figure], list[tuple[str, Figure]]]:
    """The figures of a run, and the pictures of its worst cases by case, worst first.

    Raises:
        ReadError: there are none.
    """
    path = folder / "figures.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return [from_data(f) for f in found["figures"]], [(w["case"], from_data(w["chart"])) for w in found["worst"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReadError(path, f"no figures of the bench ({type(error).__name__}: {error})") from None
