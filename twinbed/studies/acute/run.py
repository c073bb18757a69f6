"""Runs an acute study on this machine, and takes it up where it stopped.

Patients are drawn and run in shards, one after another; native code uses every processor for a shard. A finished task
is files with checksums and a row in `manifest.json`. Stopping the run loses only what was being computed; started
again, it ends with the same bits. What every command took is there too, up to its last finished task.

`cohort/*.npz` and `cohort/*.parquet` hold the patients, `parts/*.parquet` the outcomes, flags and alarms of an arm,
`trends/*.parquet` its signals (means over a few seconds of every patient), `samples/*.parquet` every second of the
first patients, `waves/*.parquet` their fast signals.

Trends are means and no samples further apart: a sample every 5 s of what swings with 12 breaths a minute would show
slow waves that are not there. A code, a switch or a count (a pure number that only takes whole values) keeps the value
that it has most often.

*Known limits*: what beats with the heart, such as the arterial pressure itself, is too fast for the samples of every
second that means are made of; its trend may swing slowly.
"""

import dataclasses
import datetime
import hashlib
import io
import json
import os
import pathlib
import time
import warnings
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from twinbed.cohorts.acute_adults import AcuteCohort
from twinbed.connect.files import is_whole, plain, read_table, write_bytes, write_json, write_table
from twinbed.core.errors import ResumeError
from twinbed.engine.batch import Result, check_backend, simulate
from twinbed.studies.acute.beds import Ready, check_beds, draw_patients, make_ready, pack, unpack
from twinbed.studies.acute.outcomes import outcome
from twinbed.studies.acute.study import AcuteStudy, ArmSpec
from twinbed.studies.components import component
from twinbed.studies.provenance import versions_of
from twinbed.studies.runners.manifest import differences
from twinbed.vocab.signals import signal as signal_of

FORMAT = "twinbed-acute-manifest/1"
PERIOD_S = 1.0
_SHARD = 128
_POINTS = 360
"""Times at which trends of every patient are kept, about."""
FLAGS = ("not_finite_s", "implausible_s")


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a run has come."""

    done: int
    total: int
    message: str


@dataclasses.dataclass(frozen=True)
class Shard:
    """Some patients, in order."""

    index: int
    first: int
    count: int

    @property
    def name(self) -> str:
        """Names the files of the shard."""
        return f"{self.index:05d}"


def shards(study: AcuteStudy) -> list[Shard]:
    """The patients of a study in parts, whatever the machine."""
    n = max(study.cohort.n, 1)
    return [Shard(i, i * _SHARD, min(_SHARD, n - i * _SHARD)) for i in range(-(-n // _SHARD))]


def modules(study: AcuteStudy) -> list[str]:
    """Every module that the results of a study come from."""
    layers = [layer for arm in study.arms for d in study.of(arm).devices for layer in (d, *d.wrap)]
    devices = sorted({component(layer.device).__module__ for layer in layers})
    return ["twinbed.studies.acute.run", "twinbed.studies.statistics", *devices]


class _Folder:
    """The folder of a run: what is finished, and files that are whole or not there."""

    def __init__(self, study: AcuteStudy, out: pathlib.Path):
        self.out = out
        code = {k: v for k, v in versions_of(modules(study)).items() if k not in ("git", "python_full")}
        identity = {"format": FORMAT, "study": study.resolved(), "study_hash": study.hash(), "code": code}
        self.identity = plain(identity)
        self.rows: dict[str, dict[str, Any]] = {}
        self.commands: list[dict[str, Any]] = []
        self.clock = _Clock()
        if (out / "manifest.json").exists():
            self._take_up()

    def _take_up(self) -> None:
        try:
            old = json.loads((self.out / "manifest.json").read_text(encoding="utf-8"))
            rows, self.commands = old.pop("parts"), old.pop("commands", [])
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise ResumeError(f"{self.out}/manifest.json cannot be read ({error}): choose another folder") from None
        changed = [d for d in differences(old, self.identity) if not d.startswith("study_hash")]
        if changed:
            raise ResumeError(
                f"{self.out} holds the results of another run, which differs in: {'; '.join(changed[:6])}. "
                "Choose another folder, or delete this one"
            )
        whole = lambda row: all(is_whole(self.out / name, known) for name, known in row["files"].items())
        self.rows = {task: row for task, row in rows.items() if whole(row)}

    def finish(self, task: str, row: dict[str, Any]) -> None:
        """Notes a finished task."""
        self.rows[task] = row
        self.save()

    def save(self) -> list[dict[str, Any]]:
        """Writes what is finished, and what every command took until its last task was; returns the latter."""
        commands = [*self.commands, self.clock.read()]
        write_json(self.out / "manifest.json", {**self.identity, "parts": self.rows, "commands": commands})
        return commands


class _Clock:
    """What a command takes: time of the wall and of processors, that of compilers too."""

    def __init__(self):
        self.started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self._wall_s, self._processor_s = time.perf_counter(), _processor_s()

    def read(self) -> dict[str, Any]:
        """Since when, and how long until now."""
        wall_s, processor_s = time.perf_counter() - self._wall_s, _processor_s() - self._processor_s
        return {"started": self.started, "wall_s": wall_s, "processor_s": processor_s}


def _processor_s() -> float:
    return sum(os.times()[:4])  # of this process and of those that it started and that have ended


def run_acute_study(
    study: AcuteStudy, out: pathlib.Path | str, *, on_progress: Callable[[Progress], None] | None = None
) -> dict[str, Any]:
    """Runs a study, or what is missing of it, and returns its evidence.

    Args:
        study: a checked study.
        out: the folder of this run; `evidence.json` is written there at the end.
        on_progress: called whenever something has happened.

    Raises:
        ResumeError: the folder holds results of another study, or of other code.
        StudyError: an arm cannot be wired, or no plausible patient was found.
        NoDevice: the backend is `cuda` and there is no GPU.
    """
    from twinbed.studies.acute.evidence import make_evidence

    out = pathlib.Path(out)
    check_backend(study.backend)
    folder = _Folder(study, out)
    beds = [ready.bed for ready in check_beds(study).values()]
    tell = _teller(study, folder, on_progress)
    tell("starting")
    kept_before = len(folder.rows)
    for shard in shards(study):
        _run_shard(study, shard, folder, tell)
    if study.waves.at:
        for arm in study.arms:
            _once(folder, f"waves/{arm.name}", lambda arm=arm: _waves(study, arm, folder), tell)
    tell("analysing")
    said = sorted({note for row in folder.rows.values() for note in row.get("notes", ())})
    commands = folder.save()
    run = {
        "started": commands[0]["started"],
        "finished": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "wall_s": sum(one["wall_s"] for one in commands),
        "processor_s": sum(one["processor_s"] for one in commands),
        "commands": commands,
        "computed_s": sum(row["wall_s"] for row in folder.rows.values()),
        "tasks": len(folder.rows),
        "tasks_kept": kept_before,
        "processors": os.cpu_count(),
        "backends": sorted({row["backend"] for row in folder.rows.values() if "backend" in row}),
        "notes": said,
    }
    evidence = plain(make_evidence(study, out, folder.rows, run, beds))
    write_json(out / "evidence.json", evidence)
    tell("finished")
    return evidence


def _teller(study: AcuteStudy, folder: _Folder, listener: Callable[[Progress], None] | None) -> Callable[[str], None]:
    total = len(shards(study)) * (1 + len(study.arms)) + (len(study.arms) if study.waves.at else 0)
    return lambda message: listener(Progress(len(folder.rows), total, message)) if listener else None


def _once(folder: _Folder, task: str, do: Callable[[], dict[str, Any]], tell: Callable[[str], None]) -> None:
    """Does a task unless it is finished."""
    if task in folder.rows:
        return
    tell(task)
    clock = time.perf_counter()
    row = do()
    folder.finish(task, {**row, "wall_s": time.perf_counter() - clock})
    tell(task)


def _run_shard(study: AcuteStudy, shard: Shard, folder: _Folder, tell: Callable[[str], None]) -> None:
    wanted = [f"{arm.name}/{shard.name}" for arm in study.arms]
    _once(folder, f"cohort/{shard.name}", lambda: _draw(study, shard, folder), tell)
    if all(task in folder.rows for task in wanted):
        return
    cohort = read_cohort(study, folder.out, shard)
    for arm in study.arms:
        _once(folder, f"{arm.name}/{shard.name}", lambda arm=arm: _run(study, arm, shard, cohort, folder.out), tell)


def _draw(study: AcuteStudy, shard: Shard, folder: _Folder) -> dict[str, Any]:
    cohort = draw_patients(study, shard.first, shard.count)
    files = {}
    who = {"id": np.asarray(cohort.ids, dtype=object), **cohort.people}
    files[f"cohort/{shard.name}.parquet"] = write_table(folder.out / f"cohort/{shard.name}.parquet", who)
    packed = io.BytesIO()
    np.savez(packed, **pack(cohort))  # pyright: ignore[reportArgumentType]
    files[f"cohort/{shard.name}.npz"] = _written(folder.out / f"cohort/{shard.name}.npz", packed.getvalue())
    return {"files": files, "refused": cohort.refused, "patients": shard.count}


def _written(path: pathlib.Path, content: bytes) -> dict[str, Any]:
    write_bytes(path, content)
    return {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def read_cohort(study: AcuteStudy, out: pathlib.Path, shard: Shard) -> AcuteCohort:
    """The patients of a shard that were drawn before."""
    table = read_table(out / f"cohort/{shard.name}.parquet")
    with np.load(out / f"cohort/{shard.name}.npz") as arrays:
        organs = unpack(study, dict(arrays))
    return AcuteCohort(organs, {k: v for k, v in table.items() if k != "id"}, tuple(table["id"].tolist()), {})


def _simulated(study: AcuteStudy, ready: Ready, names: list[str], first: int) -> tuple[Result, list[str]]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        result = simulate(
            ready.bed, ready.scenarios, duration_s=study.settle + study.duration, seed=study.seed, record=names,
            record_period_s=PERIOD_S, first_patient=first, backend=study.backend,
        )  # fmt: skip
    return result, sorted({str(w.message) for w in said if issubclass(w.category, RuntimeWarning)})


def _run(study: AcuteStudy, arm: ArmSpec, shard: Shard, cohort: AcuteCohort, out: pathlib.Path) -> dict[str, Any]:
    ready = make_ready(study, arm, cohort, study.kept, waves=False)
    names = list(dict.fromkeys([*ready.kept.values(), *ready.alarms]))
    result, notes = _simulated(study, ready, names, shard.first)
    since = round(study.settle / PERIOD_S)
    length = round(study.duration / PERIOD_S)
    of = lambda source: np.asarray(result.recorded[source], float)[:, since : since + length]
    numbers = shard.first + np.arange(shard.count)
    part = {"patient": numbers, **{f: np.asarray(getattr(result, f), float) - study.settle for f in FLAGS}}
    part |= {"implausible_signal": np.asarray(result.implausible_signal, object)}
    part |= {"implausible_value": np.asarray(result.implausible_value, float)}
    part |= {f"outcome.{o.name}": outcome(o, of(ready.kept[o.signal]), PERIOD_S) for o in study.outcomes}
    part |= {f"alarm.{s}.{what}": v for s in ready.alarms for what, v in _alarms(of(s)).items()}
    files = {f"parts/{arm.name}-{shard.name}.parquet": part}
    series = {name: of(source) for name, source in ready.kept.items()}
    times, binned = trends_of(series, length)
    files[f"trends/{arm.name}-{shard.name}.parquet"] = _long(numbers, binned, times)
    sampled = min(study.sampled_patients - shard.first, shard.count)
    if sampled > 0:
        first = {name: v[:sampled] for name, v in series.items()}
        every = np.arange(length) * PERIOD_S
        files[f"samples/{arm.name}-{shard.name}.parquet"] = _long(numbers[:sampled], first, every)
    written = {name: write_table(out / name, columns) for name, columns in files.items()}
    return {
        "files": written,
        "patients": shard.count,
        "backend": result.backend,
        "notes": notes,
        "missing": list(ready.missing),
    }


def _alarms(values: np.ndarray) -> dict[str, np.ndarray]:
    """How long and how often an alarm was on; codes above 0 are alarms."""
    on = values > 0.5
    starts = on & ~np.concatenate([np.zeros((len(on), 1), bool), on[:, :-1]], axis=1)
    return {"seconds": on.sum(axis=1) * PERIOD_S, "times": starts.sum(axis=1).astype(float)}


def trends_of(series: dict[str, np.ndarray], length: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Signals kept every second as bins of a few seconds: the middles of the bins, s, and the values."""
    starts = np.arange(0, length, bin_length(length))
    middles = np.add.reduceat(np.arange(length) * PERIOD_S, starts) / np.diff(starts, append=length) + 0.5 * PERIOD_S
    return middles, {name: _binned(name, v, starts) for name, v in series.items()}


def bin_length(length: int) -> int:
    """Of how many seconds one point of a trend is made."""
    return max(1, length // _POINTS)


def _binned(name: str, values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    if signal_of(name.rsplit(".", 1)[-1]).unit == "1" and np.array_equal(values, np.rint(values), equal_nan=True):
        return _most_frequent(values, starts)
    return np.add.reduceat(values, starts, axis=1) / np.diff(starts, append=values.shape[1])


def _most_frequent(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The value that each bin has most often; of equally frequent ones the highest."""
    found = np.add.reduceat(values, starts, axis=1)
    most = np.zeros(found.shape, int)
    for code in np.unique(values):
        times = np.add.reduceat((values == code).astype(int), starts, axis=1)
        found, most = np.where((times > 0) & (times >= most), code, found), np.maximum(most, times)
    return found


def _long(numbers: np.ndarray, series: dict[str, np.ndarray], times: np.ndarray) -> dict[str, np.ndarray]:
    """Signals of patients as columns, one row a patient and time."""
    if not series:
        return {"patient": np.zeros(0, int), "time_s": np.zeros(0)}
    columns = {"patient": np.repeat(numbers, len(times)), "time_s": np.tile(times, len(numbers))}
    return columns | {name: v.reshape(-1).astype(np.float32) for name, v in series.items()}


def _waves(study: AcuteStudy, arm: ArmSpec, folder: _Folder) -> dict[str, Any]:
    """Fast signals of the first patients, run again with all waveforms as far as the last window."""
    waves, shard = study.waves, shards(study)[0]
    whole = read_cohort(study, folder.out, shard)
    n = min(waves.patients, shard.count)
    first = dataclasses.replace(
        whole,
        organs=_first(whole.organs, n),
        people={k: v[:n] for k, v in whole.people.items()},
        ids=whole.ids[:n],
    )
    ready = make_ready(study, arm, first, waves.signals, waves=True)
    last = study.settle + max(waves.at) + waves.lasts
    result = simulate(
        ready.bed, ready.scenarios, duration_s=10.0 * np.ceil(last / 10.0), seed=study.seed,
        record=list(ready.kept.values()), record_period_s=waves.every, backend=study.backend,
    )  # fmt: skip
    count, tables = round(waves.lasts / waves.every), []
    for at in waves.at:
        start = round((study.settle + at) / waves.every)
        rows = {k: np.asarray(result.recorded[s], float)[:, start : start + count] for k, s in ready.kept.items()}
        times = at + np.arange(count) * waves.every
        table = {"patient": np.repeat(np.arange(n), count), "window_s": np.full(n * count, at)}
        tables.append(table | {"time_s": np.tile(times, n), **{k: v.reshape(-1) for k, v in rows.items()}})
    columns = {k: np.concatenate([t[k] for t in tables]) for k in tables[0]}
    name = f"waves/{arm.name}.parquet"
    return {"files": {name: write_table(folder.out / name, columns)}, "patients": n, "backend": result.backend}


def _first(organs: Any, n: int) -> Any:
    return jax.tree.map(lambda a: a[:n], organs)
