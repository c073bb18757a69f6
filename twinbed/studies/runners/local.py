"""Runs a study on the processors of this machine, and takes it up where it stopped.

Each worker is a process of its own with one thread, so that workers do not fight for cores.
A worker that has compiled an arm is given the shards of that arm first. A finished task is
files with checksums and a row in the manifest; stopping the run, by any means and at any
moment, loses only what was being computed. Started again, it finishes with the same bits.

Scripts that call `run_study` need `if __name__ == "__main__":`, since workers are started
afresh and import the script.
"""

import contextlib
import dataclasses
import datetime
import errno
import hashlib
import multiprocessing
import multiprocessing.connection
import os
import pathlib
import platform
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

from twinbed.connect.files import plain, write_json
from twinbed.core.errors import StudyError, TwinbedError
from twinbed.engine.batch import check_backend
from twinbed.studies.design import Study
from twinbed.studies.evidence import make_evidence
from twinbed.studies.execute import check_wiring, run_task
from twinbed.studies.runners.manifest import Manifest
from twinbed.studies.shards import Task, tasks

_MOST_ATTEMPTS = 3
_XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a run has come. `kept` of the `done` tasks were there before."""

    done: int
    total: int
    kept: int
    patient_days: float
    elapsed_s: float
    message: str
    workers: tuple[int, ...]
    """Process ids."""


OnProgress = Callable[[Progress], None]


def run_study(
    study: Study,
    out: pathlib.Path | str,
    *,
    workers: int | None = None,
    on_progress: OnProgress | None = None,
) -> dict[str, Any]:
    """Runs a study, or what is missing of it, and returns its evidence.

    Args:
        study: a checked study.
        out: the folder of this run: `manifest.json`, `cohort`, `parts`, `samples` and, at the
            end, `evidence.json`.
        workers: processes; as many as there are processors if not given; 0 for this process.
        on_progress: called whenever something has happened.

    Raises:
        ResumeError: the folder holds results of another study, or of other code.
        StudyError: an arm cannot be wired, a task failed, or its worker died again and again.
        NoDevice: the backend is `cuda` and there is no GPU.
    """
    out = pathlib.Path(out)
    check_backend(study.backend)
    check_wiring(study)
    out.mkdir(parents=True, exist_ok=True)
    run = _Run(study, out, on_progress)
    run.report("starting")
    many = _processors() if workers is None else workers
    if run.waiting:
        run.manifest.save()
        _run_here(run) if many == 0 else _run_in_processes(run, min(many, len(run.waiting)))
    run.report("analysing")
    evidence = plain(make_evidence(study, out, run.manifest.parts, run.summary(many)))
    write_json(out / "evidence.json", evidence)
    run.report("finished")
    return evidence


def _processors() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux tells
        return os.cpu_count() or 1


class _Run:
    """What is done, what waits, and who is told."""

    def __init__(self, study: Study, out: pathlib.Path, on_progress: OnProgress | None):
        self.study, self.out, self.on_progress = study, out, on_progress
        self.manifest = Manifest(study, out)
        self.every = tasks(study)
        self.waiting = [t for t in self.every if t.id not in self.manifest.parts]
        self.kept = len(self.every) - len(self.waiting)
        self.started = datetime.datetime.now(datetime.UTC)
        self.clock = time.perf_counter()
        self.patient_days = 0.0
        self.lost_workers = 0
        self.pids: tuple[int, ...] = ()

    def ready(self) -> list[Task]:
        """What can be done now."""
        return [t for t in self.waiting if t.needs is None or t.needs in self.manifest.parts]

    def finish(self, task: Task, row: dict[str, Any]) -> None:
        """Notes that a task is done."""
        self.manifest.add(task.id, row)
        self.patient_days += row["patients"] * self.study.days if task.arm else 0.0
        self.report(task.id)

    def notes(self) -> list[str]:
        """What the arms said while they ran, and which arms."""
        said: dict[str, set[str]] = {}
        for task in self.every:
            for note in self.manifest.parts[task.id].get("notes", ()):
                said.setdefault(note, set()).add(str(task.arm))
        return [f"{note} (arms: {', '.join(sorted(arms))})" for note, arms in sorted(said.items())]

    def report(self, message: str) -> None:
        """Tells whoever listens."""
        if self.on_progress:
            done, elapsed = len(self.manifest.parts), time.perf_counter() - self.clock
            self.on_progress(Progress(done, len(self.every), self.kept, self.patient_days, elapsed, message, self.pids))

    def summary(self, workers: int) -> dict[str, Any]:
        """When and how it ran, for the evidence."""
        elapsed = time.perf_counter() - self.clock
        busy = sum(self.manifest.parts[t.id]["wall_s"] for t in self.every)
        return {
            "started": self.started.isoformat(timespec="seconds"),
            "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "wall_s": elapsed,
            "worker_s": busy,
            "workers": workers,
            "tasks": len(self.every),
            "tasks_kept": self.kept,
            "tasks_repaired": self.manifest.repaired,
            "workers_lost": self.lost_workers,
            "patient_days": self.patient_days,
            "patient_days_per_s": self.patient_days / elapsed if elapsed > 0 else None,
            "processors": os.cpu_count(),
            "backends": sorted({b for t in self.every if (b := self.manifest.parts[t.id].get("backend"))}),
            "notes": self.notes(),
        }


def _run_here(run: _Run) -> None:
    while run.waiting:
        task = run.ready()[0]
        run.waiting.remove(task)
        _take(run, task, *_done(run.study, task, run.out))


@dataclasses.dataclass(eq=False)
class _Worker:
    """A process, the line to it, and what it is doing."""

    process: Any
    line: Connection
    task: Task | None = None
    compiled: set[tuple[str, str]] = dataclasses.field(default_factory=set)


def _run_in_processes(run: _Run, n: int) -> None:
    pool: list[_Worker] = []
    attempts: dict[str, int] = {}
    try:
        while run.waiting or any(w.task for w in pool):
            while len(pool) < min(n, len(run.waiting) + sum(w.task is not None for w in pool)):
                pool.append(_start(run.study, run.out))
            run.pids = tuple(w.process.pid for w in pool)
            _hand_out(run, pool)
            busy = [w for w in pool if w.task]
            heard = multiprocessing.connection.wait([w.line for w in busy])
            for worker in [w for w in busy if w.line in heard]:
                _hear(run, pool, worker, attempts)
    finally:
        for worker in pool:
            _stop(worker)
        run.pids = ()


def _hand_out(run: _Run, pool: list[_Worker]) -> None:
    for worker in [w for w in pool if w.task is None]:
        task = _choose(run.ready(), worker, pool)
        if task is None:
            continue
        try:
            worker.line.send(task)
        except OSError:  # it died idle; another is started in the next round
            pool.remove(worker)
            _stop(worker)
            run.lost_workers += 1
            continue
        run.waiting.remove(task)
        worker.task = task
        worker.compiled.add(task.kind)


def _choose(ready: list[Task], worker: _Worker, pool: list[_Worker]) -> Task | None:
    """A task of a kind the worker has compiled, else of one that nobody has, else a share of the longest."""
    for task in ready:
        if task.kind in worker.compiled:
            return task
    waiting: dict[tuple[str, str], list[Task]] = {}
    for task in ready:
        waiting.setdefault(task.kind, []).append(task)
    taken = {kind for other in pool if other is not worker for kind in other.compiled}
    free = [kind for kind in waiting if kind not in taken]
    shared = [kind for kind in waiting if kind in taken and len(waiting[kind]) > 1]
    for kinds in (free, shared):
        if kinds:
            return waiting[max(kinds, key=lambda kind: len(waiting[kind]))][-1 if kinds is shared else 0]
    return None


def _hear(run: _Run, pool: list[_Worker], worker: _Worker, attempts: dict[str, int]) -> None:
    """Takes what a worker sends, or notices that it died."""
    task = worker.task
    assert task is not None
    try:
        kind, content = worker.line.recv()
    except (EOFError, OSError):
        pool.remove(worker)
        _stop(worker)
        run.lost_workers += 1
        attempts[task.id] = attempts.get(task.id, 0) + 1
        if attempts[task.id] >= _MOST_ATTEMPTS:
            raise StudyError(
                f"the worker of {task.id} died {_MOST_ATTEMPTS} times (exit code {worker.process.exitcode}); "
                "is there enough memory? What is finished is kept: start again with fewer workers"
            ) from None
        run.waiting.insert(0, task)
        run.report(f"lost the worker of {task.id}; trying again")
        return
    worker.task = None
    _take(run, task, kind, content)


def _take(run: _Run, task: Task, kind: str, content: Any) -> None:
    if kind != "done":
        raise StudyError(f"{task.id}: {content}")
    run.finish(task, content)


def _start(study: Study, out: pathlib.Path) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, study, out), daemon=True)
    with _environment():
        process.start()
    theirs.close()
    return _Worker(process, ours)


@contextlib.contextmanager
def _environment() -> Iterator[None]:
    """What a new process inherits: the CPU, one thread, and a place to share compiled code."""
    wanted = {
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} {_XLA}".strip(),
        "JAX_COMPILATION_CACHE_DIR": os.environ.get("JAX_COMPILATION_CACHE_DIR") or str(_compiled()),
        **_ONE_THREAD,
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _compiled() -> pathlib.Path:
    """Where compiled code is kept from run to run, apart for each kind of processor."""
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        flags = {line for line in lines if line.startswith(("flags", "Features"))}
    except OSError:  # only Linux tells
        flags = {platform.processor()}
    kind = hashlib.sha256("".join(sorted(flags)).encode()).hexdigest()[:12]
    return pathlib.Path(home) / "twinbed" / "xla" / f"{platform.machine()}-{kind}"


def _stop(worker: _Worker) -> None:
    worker.line.close()
    worker.process.kill()
    worker.process.join()


def _work(line: Connection, study: Study, out: pathlib.Path) -> None:
    """The life of a worker: it ends when the line to the run is cut."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run decides what an interruption means
    with contextlib.suppress(EOFError, OSError):
        while True:
            line.send(_done(study, line.recv(), out))


def _done(study: Study, task: Task, out: pathlib.Path) -> tuple[str, Any]:
    try:
        return "done", run_task(study, task, out)
    except TwinbedError as error:
        return "failed", str(error)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return "failed", f"no space left in {out}: make room and start again; what is finished is kept"
        return "failed", traceback.format_exc()
    except Exception:
        return "failed", f"it failed in a way that is not the study's fault\n{traceback.format_exc()}"
