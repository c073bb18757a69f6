"""The queue of runs: each in a process of its own, a few at a time, watched, and taken up again after a restart."""

import asyncio
import contextlib
import logging
import os
import pathlib
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence

import twinbed
from twinbed.server.errors import Refused
from twinbed.server.registry.twins import twin_files
from twinbed.server.runs import asked, kept, reasons
from twinbed.server.runs.limits import RunLimits
from twinbed.server.runs.progress import last_words
from twinbed.server.store import Store
from twinbed.server.store.beds import new_id
from twinbed.server.store.people import Person
from twinbed.server.store.runs import CANCELLED, DONE, FAILED, Asked, Run

_LOG = logging.getLogger("twinbed.server")
_CHILD = pathlib.Path(__file__).with_name("child.py")
_SECRETS = ("TWINBED_DATABASE",)
_ENVIRONMENT = {"PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1", "TWINBED_PROGRESS": "fine"}
"""Nothing is imported from the folder of the run; what is said is seen at once."""
_JUDGED = {"study": (0,), "bench": (0, 1)}
"""Exit codes with which a command has done what was asked; a device that failed is such a one."""
_AGAIN_S = 5.0


class Queue:
    """Starts, watches and ends runs. All of it happens in the event loop and the threads it waits for."""

    def __init__(self, store: Store, folder: pathlib.Path, limits: RunLimits):
        """The folder holds `runs`, and perhaps `studies` and `twins`."""
        self.store, self.limits = store, limits
        folder = folder.resolve()  # a run stands in its own
        self.folder, self.studies, self.twins = folder / "runs", folder / "studies", folder / "twins"
        self._wake = asyncio.Event()
        self._going: dict[str, asyncio.Event] = {}
        """Of each run that runs, what is set for it to end by request."""
        self._ending: set[str] = set()
        self._asking = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Queue"]:
        """Works while the block runs; what runs in the end goes on when it is opened again."""
        await asyncio.to_thread(self._tidy)
        workers = [asyncio.create_task(self._work()) for _ in range(self.limits.at_once)]
        try:
            yield self
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    def place(self, run: str) -> pathlib.Path:
        """The folder of a run."""
        return self.folder / run

    async def add_study(self, wanted: asked.WantedStudy, person: Person) -> Run:
        """Puts a study in the queue. Raises as `asked.study`, and `Refused` where there is no room."""
        return await self._add(
            lambda place: asked.study(wanted, place, self.studies, twin_files(self.twins), self.limits), person
        )

    async def add_bench(self, wanted: asked.WantedBench, person: Person) -> Run:
        """Puts a run on the bench in the queue. Raises as `asked.bench`, and `Refused` where there is no room."""
        return await self._add(lambda place: asked.bench(wanted), person)

    async def _add(self, make: Callable[[pathlib.Path], Asked], person: Person) -> Run:
        async with self._asking:
            run = await asyncio.to_thread(self._added, make, person)
        self._wake.set()
        return run

    def _added(self, make: Callable[[pathlib.Path], Asked], person: Person) -> Run:
        self._check_room(person)
        id = new_id()
        place = self.place(id)
        try:
            place.mkdir(parents=True, mode=0o700)
            return self.store.runs.add(
                make(place), id=id, version=twinbed.__version__, person=person.id, by=person.name
            )
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise

    def _check_room(self, person: Person) -> None:
        """Refuses what there is no room for, in the queue or on the disk."""
        limits, runs = self.limits, self.store.runs.all()
        waiting = [run for run in runs if run.goes_on]
        own = sum(run.person == person.id for run in waiting)
        if len(waiting) >= limits.waiting or own >= limits.waiting_each:
            many = limits.waiting_each if own >= limits.waiting_each else limits.waiting
            raise Refused(
                409,
                "queue_full",
                f"{many} runs are waiting already.",
                "Wait, or cancel one.",
                korean=(f"실행 {many}개가 이미 기다리고 있습니다.", "기다리거나 하나를 취소해 주십시오."),
            )
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        full = len(runs) >= limits.kept or kept.size(self.folder) >= limits.all_bytes
        if full or shutil.disk_usage(self.folder).free < limits.free_bytes:
            raise Refused(
                409,
                "no_room",
                "There is no room for another run.",
                "Remove runs that are done.",
                korean=("더 실행할 자리가 없습니다.", "끝난 실행을 지워 주십시오."),
            )

    async def cancel(self, id: str, by: str) -> Run:
        """Ends a run, or takes it out of the queue. Raises as `store.runs.cancel`."""
        run = await asyncio.to_thread(self.store.runs.cancel, id, by=by)
        if run.goes_on:
            self._ending.add(id)
            if id in self._going:
                self._going[id].set()
        return run

    async def again(self, id: str, by: str) -> Run:
        """Lets a run that was stopped go on. Raises as `store.runs.again`."""
        run = await asyncio.to_thread(self.store.runs.again, id, by=by)
        self._wake.set()
        return run

    async def remove(self, id: str, by: str) -> None:
        """Removes a run with its folder. Raises as `store.runs.remove`."""
        await asyncio.to_thread(self.store.runs.remove, id, by=by)
        await asyncio.to_thread(shutil.rmtree, self.place(id), ignore_errors=True)

    def _tidy(self) -> None:
        """Takes up what was running, and throws away folders of no run: a server ended between two steps."""
        self.store.runs.take_up()
        known = {run.id for run in self.store.runs.all()}
        for place in self.folder.glob("*/"):
            if place.name not in known:
                shutil.rmtree(place, ignore_errors=True)

    async def _work(self) -> None:
        while True:
            try:
                run = await asyncio.to_thread(self.store.runs.next)
                if run is None:
                    await self._wake.wait()
                    self._wake.clear()
                else:
                    await self._one(run)
            except Exception:  # whatever is wrong with one, others wait
                _LOG.exception("a run could not be run")
                await asyncio.sleep(_AGAIN_S)

    async def _one(self, run: Run) -> None:
        stop = self._going[run.id] = asyncio.Event()
        if run.id in self._ending:
            stop.set()
        try:
            code, why = await self._run(run, stop)
        except asyncio.CancelledError:  # the server ends; the run goes on with the next one
            self.store.runs.give_back(run.id)
            raise
        finally:
            self._going.pop(run.id)
            self._ending.discard(run.id)
        await asyncio.to_thread(self._end, run, code, why)

    async def _run(self, run: Run, stop: asyncio.Event) -> tuple[int, str]:
        """The exit code, and why it was ended, where it was."""
        place = self.place(run.id)
        if not place.is_dir():
            return 1, "Its folder is gone."
        command = [sys.executable, "-m", "twinbed", *asked.command(run.asked)]
        with open(place / kept.LOG, "ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(_CHILD), str(os.getpid()), str(place), str(self.limits.file_bytes), *command,
                cwd=place, env=_environment(), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        try:
            return await self._watched(process, place, stop)
        finally:
            if process.returncode is None:
                _signal_all(process, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
                await process.wait()

    async def _watched(
        self, process: asyncio.subprocess.Process, place: pathlib.Path, stop: asyncio.Event
    ) -> tuple[int, str]:
        began, ended, stopped = (
            time.monotonic(),
            asyncio.ensure_future(process.wait()),
            asyncio.ensure_future(stop.wait()),
        )
        why = ""
        try:
            while not (ended.done() or stopped.done() or why):
                await asyncio.wait({ended, stopped}, timeout=self.limits.look_every_s, return_when="FIRST_COMPLETED")
                if not ended.done():
                    why = await asyncio.to_thread(self._too_much, process.pid, place, time.monotonic() - began)
            if not ended.done():
                _signal_all(process, signal.SIGTERM)
                await asyncio.wait({ended}, timeout=self.limits.patience_s)
                why = why or CANCELLED
            if not ended.done():
                _signal_all(process, signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
            return await ended, why
        finally:
            stopped.cancel()
            ended.cancel()

    def _too_much(self, pid: int, place: pathlib.Path, lasted_s: float) -> str:
        """Which limit a run does not keep to, in words; nothing where it keeps to all."""
        limits = self.limits
        if lasted_s > limits.longest_s:
            return reasons.TOO_LONG.format(f"{limits.longest_s / 3600.0:.3g}")
        if kept.size(place) > limits.run_bytes or _size_of(place / kept.LOG) > limits.log_bytes:
            return reasons.TOO_MUCH_WRITTEN.format(f"{limits.run_bytes / 1024**2:.0f}")
        if shutil.disk_usage(place).free < limits.free_bytes:
            return reasons.DISK_FULL
        memory = _memory_of_group(pid)
        most = limits.memory_share * _memory()
        if memory > most > 0.0:
            return reasons.TOO_MUCH_MEMORY.format(f"{most / 1024**3:.1f}")
        return ""

    def _end(self, run: Run, code: int, why: str) -> None:
        """Keeps how a run ended."""
        place = self.place(run.id)
        if why == CANCELLED:
            self.store.runs.end(run.id, CANCELLED)
        elif why or code not in _JUDGED[run.kind]:
            self.store.runs.end(run.id, FAILED, reason=why or _reason(place / kept.LOG, code))
        else:
            try:
                if run.kind == asked.STUDY:
                    kept.write_korean(place)
                found = kept.found(place, run.kind)
            except (OSError, ValueError, KeyError) as error:
                said = last_words(place / kept.LOG) or reasons.NO_RECORD.format(error)
                self.store.runs.end(run.id, FAILED, reason=said)
                return
            self.store.runs.end(run.id, DONE, found=found)


def _reason(log: pathlib.Path, code: int) -> str:
    if code < 0:
        return reasons.FROM_OUTSIDE.format(signal.Signals(-code).name)
    return last_words(log) or reasons.EXIT_CODE.format(code)


def _environment() -> dict[str, str]:
    """What a run inherits: no secret of the server."""
    return {k: v for k, v in os.environ.items() if k not in _SECRETS} | _ENVIRONMENT


def _size_of(path: pathlib.Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _signal_all(process: asyncio.subprocess.Process, sign: int) -> None:
    """Tells a run and all processes that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.terminate()
        else:
            os.killpg(process.pid, sign)


def _memory() -> float:
    """Of the machine, in bytes; 0 where it does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return 0.0


def _memory_of_group(leader: int) -> float:
    """Of a run and all processes that it started, in bytes; 0 where the system does not tell."""
    page = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
    total = 0.0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields: Sequence[str] = stat.read_text().rpartition(")")[2].split()
            if int(fields[2]) == leader:
                total += float(stat.with_name("statm").read_text().split()[1]) * page
        except (OSError, IndexError, ValueError):  # it ended meanwhile
            continue
    return total
