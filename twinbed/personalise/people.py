"""Fits many people at once, in processes; each person's log is kept, so that a run resumes.

A person's log (`people/ID.json`) holds every day's samples, fits and predictions and the twin.
It is read instead of fitted when the recording and the program are the same as when it was
written. Logs are written whole or not at all.
"""

import concurrent.futures
import dataclasses
import hashlib
import json
import multiprocessing
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import twinbed
from twinbed.connect.files import write_json
from twinbed.core.recording import Recording
from twinbed.personalise.evaluate import DayLog, Forecast, fit_person
from twinbed.personalise.twin_file import twin_content

FORMAT = "twinbed-person/1"
DRAWS = 64
_ONE_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
_READ = ("vocab", "core", "physiology/glucose", "connect", "personalise")
_PROGRAM = b"".join(
    file.read_bytes() for part in _READ for file in sorted((pathlib.Path(__file__).parents[1] / part).rglob("*.py"))
)
"""The program as it was when it was loaded: all that a fit reaches."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """How people are fitted.

    `seed` is that of the draws in the twin files; `next_day` whether to predict each day from
    the days before; `last_days` limits a person to the last so many usable days.
    """

    seed: int = 1
    next_day: bool = True
    last_days: int | None = None


@dataclasses.dataclass(frozen=True)
class PersonLog:
    """What is kept of one person."""

    subject: str
    source: str
    days: tuple[DayLog, ...]
    cpu_s: float
    notes: tuple[str, ...]
    twin: Mapping[str, Any]


def fit_people(
    recordings: Sequence[Recording],
    out: pathlib.Path,
    *,
    settings: Settings = Settings(),
    workers: int | None = None,
    on_progress: Callable[[float, str], None] = lambda share, what: None,
) -> dict[str, PersonLog]:
    """Fits people, most days first, and writes a log and a twin file for each.

    Args:
        recordings: one for each person.
        out: folder for `people/ID.json` and `twins/ID.json`.
        settings: how to fit.
        workers: processes; the number of processors if not given.
        on_progress: called with the share done and what is happening.

    People without a usable day are left out of the result.
    """
    ordered = sorted(recordings, key=lambda r: -r.duration_s)
    done: dict[str, PersonLog] = {}
    waiting = []
    for recording in ordered:
        kept = _kept(out, recording, settings)
        if kept is not None:
            done[recording.subject] = kept
        else:
            waiting.append(recording)
    total = max(1, len(ordered))
    on_progress(len(done) / total, f"{len(done)} people kept from before" if done else "starting")
    for number, recording in enumerate(_in_processes(waiting, out, settings, workers)):
        kept = _kept(out, recording, settings)
        if kept is not None:
            done[recording.subject] = kept
        on_progress((total - len(waiting) + number + 1) / total, f"fitted {recording.subject}")
    return {r.subject: done[r.subject] for r in recordings if r.subject in done}


def _in_processes(waiting: Sequence[Recording], out: pathlib.Path, settings: Settings, workers: int | None) -> Any:
    if not waiting:
        return
    count = min(workers or os.cpu_count() or 1, len(waiting))
    flags = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = f"{flags} {_ONE_THREAD}".strip()
    pool = concurrent.futures.ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))
    try:
        jobs = {pool.submit(_fit_and_write, r, out, settings, _key(r, settings)): r for r in waiting}
        for job in concurrent.futures.as_completed(jobs):
            job.result()
            yield jobs[job]
    finally:
        os.environ["XLA_FLAGS"] = flags
        pool.shutdown(wait=True, cancel_futures=True)


def _fit_and_write(recording: Recording, out: pathlib.Path, settings: Settings, key: str) -> None:
    fit = fit_person(recording, next_day=settings.next_day, last_days=settings.last_days)
    content: dict[str, Any] = {
        "format": FORMAT, "key": key, "subject": recording.subject,
        "source": str(recording.attributes.get("source", "")), "notes": list(recording.notes),
        "cpu_s": 0.0, "days": [], "twin": {},
    }  # fmt: skip
    if fit is not None:
        content["cpu_s"] = fit.cpu_s
        content["days"] = [dataclasses.asdict(d) for d in fit.days]
        content["twin"] = twin_content(recording, fit, draws=DRAWS, seed=settings.seed)
        write_json(out / "twins" / f"{_safe(recording.subject)}.json", content["twin"])
    write_json(_place(out, recording.subject), content)


def _safe(subject: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in subject)


def _place(out: pathlib.Path, subject: str) -> pathlib.Path:
    return out / "people" / f"{_safe(subject)}.json"


def _key(recording: Recording, settings: Settings) -> str:
    """A hash of all that the log depends on."""
    digest = hashlib.sha256(f"{twinbed.__version__} {settings} {recording.digest()}".encode())
    digest.update(_PROGRAM)
    return digest.hexdigest()


def _kept(out: pathlib.Path, recording: Recording, settings: Settings) -> PersonLog | None:
    """The person's log if it is whole and of the same recording and program, and has days."""
    try:
        content = json.loads(_place(out, recording.subject).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if content.get("format") != FORMAT or content.get("key") != _key(recording, settings):
        return None
    if not content["days"]:
        return None
    return PersonLog(
        subject=content["subject"],
        source=content["source"],
        days=tuple(_day(d) for d in content["days"]),
        cpu_s=content["cpu_s"],
        notes=tuple(content["notes"]),
        twin=content["twin"],
    )


def _day(row: dict[str, Any]) -> DayLog:
    told = {k: Forecast(**row[k]) if row[k] else None for k in ("prediction", "strict")}
    pairs = {k: [(t, v) for t, v in row[k]] for k in ("meals", "boluses")}
    return DayLog(**{**row, **told, **pairs})
