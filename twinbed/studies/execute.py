"""Does one task of a study: draws the patients of a shard, or runs them through an arm.

A task is a function of the study and nothing else, so it may be done twice, in any order and
on any worker, and leaves the same bits. What it leaves are files, each whole or not there.
"""

import dataclasses
import pathlib
import time
import warnings
from typing import Any

import jax
import jax.extend.core
import jax.numpy as jnp
import numpy as np

from twinbed.cohorts.cohort import Cohort
from twinbed.connect.files import read_table, write_table
from twinbed.core.component import input_template, types_of
from twinbed.core.errors import StudyError, TwinbedError
from twinbed.core.model import AbstractModel
from twinbed.core.noise import noise_from_seed
from twinbed.core.quantities import ports
from twinbed.engine.batch import Job, as_precision, prepare, run_on
from twinbed.engine.bed import Bed
from twinbed.engine.couple import Wiring, port_list
from twinbed.engine.integrate import advance
from twinbed.engine.native.execute import on_threads
from twinbed.engine.run import Outcome
from twinbed.studies import profile
from twinbed.studies.arms import build_beds, recorded
from twinbed.studies.design import Arm, Study
from twinbed.studies.scenarios import Draws, blank, draw
from twinbed.studies.shards import Group, Shard, Task, cohort_of, draw_cohort, groups, table_of, typical
from twinbed.studies.tables import SECONDS_PER_DAY

RECORD_PERIOD_S = 300.0
_DTYPES = {"float32": jnp.float32, "float64": jnp.float64}


def run_task(study: Study, task: Task, out: pathlib.Path) -> dict[str, Any]:
    """Does a task and returns its row of the manifest."""
    started = time.perf_counter()
    if task.arm is None:
        row = _draw(study, task.shard, out)
    else:
        arm = next(a for a in study.arms if a.name == task.arm)
        row = _run(study, arm, task.shard, out)
    return {**row, "wall_s": time.perf_counter() - started}


def cohort_file(shard: Shard) -> str:
    """Where the patients of a shard are kept, from the folder of the run."""
    return f"cohort/{shard.name}.parquet"


def part_file(arm: str, shard: Shard) -> str:
    """Where the results of a shard in an arm are kept."""
    return f"parts/{arm}/{shard.name}.parquet"


def profile_file(arm: str, shard: Shard) -> str:
    """Where the counted glucose of a shard in an arm is kept."""
    return f"parts/{arm}/{shard.name}.profile.parquet"


def samples_file(arm: str, shard: Shard) -> str:
    """Where the signals of the first patients are kept."""
    return f"samples/{arm}/{shard.name}.parquet"


def _draw(study: Study, shard: Shard, out: pathlib.Path) -> dict[str, Any]:
    cohort = draw_cohort(study, shard)
    columns = table_of(cohort, shard.group, shard.group.first + shard.first)
    files = {cohort_file(shard): write_table(out / cohort_file(shard), columns)}
    known = {
        "source": cohort.source,
        "rejected": cohort.rejected,
        "rejected_by_rule": dict(cohort.rejected_by_rule),
    }
    return {"files": files, "cohort": known, "patients": shard.count}


def _run(study: Study, arm: Arm, shard: Shard, out: pathlib.Path) -> dict[str, Any]:
    columns = read_table(out / cohort_file(shard))
    cohort = cohort_of(columns, shard.group)
    numbers = shard.group.first + shard.first + np.arange(len(cohort))
    draws = _draws(study, numbers, cohort)
    bed = build_beds(study, arm, cohort, draws.signals())
    kept = recorded(study, arm, bed, draws.signals())
    job = _job(study, bed, kept)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        outcome, backend = _outcome(study, bed, job, draws, int(numbers[0]))
    series = {name: np.asarray(outcome.recorded[source], float) for name, source in kept.items()}
    folded = {
        f"{name}.{field}": np.asarray(values, float)
        for name, result in outcome.endpoints.items()
        for field, values in vars(result).items()
    }
    flags = {k: np.asarray(v, float) for k, v in vars(outcome.flags).items()}
    n = shard.count
    who = {k: v for k, v in columns.items() if k in ("patient", "id", "unit") or k.startswith("demographic.")}
    results = {**who, **{k: v[:n] for k, v in (flags | folded).items()}}
    files = {part_file(arm.name, shard): write_table(out / part_file(arm.name, shard), results)}
    files |= _profile(study, arm, shard, out, series["glucose"][:n][_sound(flags)[:n]])
    files |= _samples(study, arm, shard, out, series, draws)
    notes = sorted({str(w.message) for w in said if issubclass(w.category, RuntimeWarning)})
    return {"files": files, "patients": n, "backend": backend, "notes": notes}


def _sound(flags: dict[str, np.ndarray]) -> np.ndarray:
    return np.isinf(flags["not_finite_s"]) & np.isinf(flags["implausible_s"])


def _draws(study: Study, numbers: np.ndarray, cohort: Cohort) -> Draws:
    weight_kg = np.asarray(cohort.therapy.body_weight, float)
    return draw(study.scenario, seed=study.seed, patients=numbers, weight_kg=weight_kg, days=study.days)


def _job(study: Study, bed: Bed, kept: dict[str, str]) -> Job:
    return prepare(
        bed,
        [blank(study.scenario, study.days).scenario(0)],
        duration_s=study.days * SECONDS_PER_DAY,
        record=sorted(set(kept.values())),
        record_period_s=RECORD_PERIOD_S,
    )


def _outcome(study: Study, bed: Bed, job: Job, draws: Draws, first: int) -> tuple[Outcome, str]:
    dtype = _DTYPES[study.precision]
    schedule = job.plan.schedule
    shortest_s = min(m.step_s for m in bed.models.values())
    line = draws.timeline(page_s=schedule.page_s, n_pages=schedule.n_pages, shortest_s=shortest_s)
    noise = noise_from_seed(study.seed, dtype=dtype)
    with on_threads(1):  # the runner has a process for every processor
        outcome, backend = run_on(
            study.backend, as_precision(bed, dtype), as_precision(line, dtype), noise, first, job.plan
        )
    return jax.tree.map(np.asarray, dataclasses.replace(outcome, states={})), backend


def _profile(study: Study, arm: Arm, shard: Shard, out: pathlib.Path, glucose: np.ndarray) -> dict[str, Any]:
    counts = profile.count(glucose, period_s=RECORD_PERIOD_S, from_s=study.warm_up_days * SECONDS_PER_DAY)
    name = profile_file(arm.name, shard)
    return {name: write_table(out / name, profile.columns_of(counts))}


def _samples(
    study: Study, arm: Arm, shard: Shard, out: pathlib.Path, series: dict[str, np.ndarray], draws: Draws
) -> dict[str, Any]:
    n = min(study.sampled_patients - shard.first, shard.count)
    if n <= 0:
        return {}
    ticks = series["glucose"].shape[1]
    eaten = [draws.binned("carbohydrate", i, RECORD_PERIOD_S) for i in range(n)]
    rescue = series.pop("rescue", np.zeros((n, ticks)))[:n] * (RECORD_PERIOD_S / 60.0)
    columns = {
        "patient": np.repeat(shard.group.first + shard.first + np.arange(n), ticks),
        "time_s": np.tile(np.arange(ticks) * RECORD_PERIOD_S, n),
        "carbohydrate": np.concatenate(eaten) + rescue.reshape(-1),
        **{name: values[:n].reshape(-1) for name, values in series.items()},
    }
    name = samples_file(arm.name, shard)
    return {name: write_table(out / name, columns)}


def wired(study: Study, arm: Arm, group: Group) -> tuple[Bed, Job]:
    """One bed of an arm with a patient of a group, wired and scheduled but not run.

    Raises:
        StudyError: the arm cannot be wired or scheduled; the message names it.
    """
    signals = blank(study.scenario, study.days).signals()
    try:
        bed = build_beds(study, arm, typical(group), signals)
        return bed, _job(study, bed, recorded(study, arm, bed, signals))
    except StudyError:
        raise
    except TwinbedError as error:
        raise StudyError(f"arm {arm.name!r} with {group.model_id}: {error}") from error


def check_wiring(study: Study) -> None:
    """Wires and schedules every arm with every model. Raises `StudyError` as `wired`."""
    for arm in study.arms:
        for group in _models(groups(study)):
            wired(study, arm, group)


def explained(study: Study) -> list[dict[str, Any]]:
    """For every arm and model: the schedule, and which source feeds which input."""
    return [
        {"arm": arm.name, "model": group.model_id, **layout(*wired(study, arm, group))}
        for arm in study.arms
        for group in _models(groups(study))
    ]


def layout(bed: Bed, job: Job) -> dict[str, Any]:
    """The schedule of a bed, and which source feeds which input."""
    schedule = job.plan.schedule
    levels = [
        {"period_s": v.period_s, "ticks": v.ticks, "parts": list(v.parts), "models": list(v.models)}
        for v in schedule.levels
    ]
    return {"page_s": schedule.page_s, "levels": levels, "wires": wires(bed, job.plan.wiring)}


def wires(bed: Bed, wiring: Wiring) -> list[tuple[str, str]]:
    """Every input of a bed and what feeds it: a part's signal, or a number at rest."""
    return [
        (f"{name}.{port.signal}", str(source))
        for name, part in bed.components.items()
        for port, source in zip(port_list(input_template(part)), wiring.feeds(name), strict=True)
    ]


BODILY = ("carbohydrate", "fat", "protein", "exercise_intensity", "heart_rate")


def unheard(study: Study, group: Group) -> list[str]:
    """Signals of the scenario that act on a body but change nothing in the patients of a group.

    A model may not know exercise, or may be put together without it. Found by following the
    input through the equations of one step, not by trying values.
    """
    model = jax.tree.map(lambda a: a[0], typical(group).patients)
    fed = blank(study.scenario, study.days).signals()
    ports_ = ports(types_of(type(model)).inputs)
    read = {p.signal: field for field, p in ports_.items()}
    deaf = [s for s, field in read.items() if s in fed and not _matters(model, field)]
    return deaf + [s for s in fed if s in BODILY and s not in read]


def _matters(model: AbstractModel, field: str) -> bool:
    x, rest = model.initial(), model.resting()
    t_s = jnp.zeros_like(getattr(rest, field))

    def step(value: jax.Array) -> Any:
        u = dataclasses.replace(rest, **{field: value})
        after = advance(model, t_s, x, u, 1)
        return after, model.outputs(t_s, after, u)

    traced = jax.make_jaxpr(step)(getattr(rest, field)).jaxpr
    touched = set(traced.invars)
    for equation in traced.eqns:
        if any(isinstance(v, jax.extend.core.Var) and v in touched for v in equation.invars):
            touched.update(equation.outvars)
    return any(isinstance(v, jax.extend.core.Var) and v in touched for v in traced.outvars)


def _models(every: tuple[Group, ...]) -> list[Group]:
    """One group of each source; twins of one model are alike."""
    return list({(g.model_id, getattr(g.source, "id", None)): g for g in every}.values())
