"""Cuts a study into shards: who is in them, and what has to be done.

The cut depends on the study alone, never on the machine, so that a run can be taken up
anywhere. All shards of a group have one size (the last is filled up with patients who are
thrown away), so that an arm is compiled once.
"""

import dataclasses
import functools
import math

import jax
import jax.numpy as jnp
import numpy as np

from twinbed.cohorts.cohort import Cohort
from twinbed.cohorts.population import AbstractPopulation
from twinbed.cohorts.therapy import Therapy
from twinbed.cohorts.twins import read_twin, read_twins
from twinbed.core.errors import StudyError
from twinbed.core.model import AbstractModel
from twinbed.engine.batch import repeat
from twinbed.studies.components import component
from twinbed.studies.design import Population, Study, Twins

_SIZES = (256, 128, 64, 32, 16, 8)
_SHARD_COST = 16  # what a shard costs besides its patients, in patients
_RECORD_BYTES = 256e6
_RECORDED_BYTES_PER_DAY = 288 * 8 * 8  # readings of a day, columns with room to spare, bytes of a number


@dataclasses.dataclass(frozen=True)
class Group:
    """Patients of one source and one model."""

    name: str
    source: Population | Twins
    model_id: str
    n: int
    first: int
    """Number of the first patient in the study."""
    shard_size: int

    @property
    def n_shards(self) -> int:
        """How many shards the group is cut into."""
        return math.ceil(self.n / self.shard_size)


@dataclasses.dataclass(frozen=True)
class Shard:
    """Some patients of a group, in order."""

    group: Group
    index: int

    @property
    def first(self) -> int:
        """Place of the first patient in the group."""
        return self.index * self.group.shard_size

    @property
    def count(self) -> int:
        """Patients who count; the rest of the shard only fills it up."""
        return min(self.group.shard_size, self.group.n - self.first)

    @property
    def name(self) -> str:
        """Names the files of the shard."""
        return f"{self.group.name}-{self.index:05d}"


@dataclasses.dataclass(frozen=True)
class Task:
    """One thing to do: draw the patients of a shard, or run them through an arm."""

    shard: Shard
    arm: str | None

    @property
    def id(self) -> str:
        """Names the task in the manifest."""
        return f"{self.arm or 'cohort'}/{self.shard.name}"

    @property
    def needs(self) -> str | None:
        """The task that has to be done before."""
        return f"cohort/{self.shard.name}" if self.arm else None

    @property
    def kind(self) -> tuple[str, str]:
        """Tasks of one kind share what is compiled."""
        return (self.arm or "cohort", self.shard.group.name)


def groups(study: Study) -> tuple[Group, ...]:
    """The groups of a study, populations first."""
    out: list[Group] = []
    sources: list[tuple[str, Population | Twins, str, int]] = []
    for population in study.cohort.populations:
        sources.append((population.id.rsplit("/", 1)[1], population, component(population.id).model_id, population.n))
    for twins, files in zip(study.cohort.twins, study.inputs, strict=True):
        if files:
            first = read_twin(study.folder / files[0].path)
            sources.append(("twins", twins, first.model_id, len(files) * twins.draws))
    for place, (name, source, model_id, n) in enumerate(sources):
        before = sum(other == name for other, *_ in sources[:place])
        own = f"{name}_{before + 1}" if before else name
        first_number = sum(g.n for g in out)
        out.append(Group(own, source, model_id, n, first_number, _shard_size(n, study.days)))
    return tuple(out)


def _shard_size(n: int, days: int) -> int:
    """The power of two that wastes least; XLA takes several times longer to compile for other numbers."""
    fitting = _RECORD_BYTES / (_RECORDED_BYTES_PER_DAY * days)
    allowed = [size for size in _SIZES if size <= max(fitting, _SIZES[-1])]
    return min(allowed, key=lambda size: math.ceil(n / size) * (size + _SHARD_COST))


def tasks(study: Study) -> tuple[Task, ...]:
    """Everything that has to be done, in the order in which it may be done."""
    shards = [Shard(g, i) for g in groups(study) for i in range(g.n_shards)]
    cohorts = [Task(s, None) for s in shards]
    return (*cohorts, *(Task(s, arm.name) for arm in study.arms for s in shards))


def draw_cohort(study: Study, shard: Shard) -> Cohort:
    """The patients of a shard who count."""
    source = shard.group.source
    if isinstance(source, Population):
        return component(source.id)().sample(shard.count, study.seed, first=shard.first)
    return _twins(study, study.cohort.twins.index(source)).take(slice(shard.first, shard.first + shard.count))


@functools.lru_cache(maxsize=4)
def _read_together(paths: tuple[str, ...], draws: int) -> Cohort:
    return read_twins(paths, draws_per_twin=draws)


def _twins(study: Study, place: int) -> Cohort:
    paths = tuple(str(study.folder / f.path) for f in study.inputs[place])
    return _read_together(paths, study.cohort.twins[place].draws)


def units(cohort: Cohort, group: Group) -> list[str]:
    """Who counts as one in statistics: the draws of one person's twin are one person."""
    if isinstance(group.source, Twins):
        return [f"{group.name}/{id_.rsplit('/', 1)[0]}" for id_ in cohort.ids]
    return [f"{group.name}/{id_}" for id_ in cohort.ids]


def table_of(cohort: Cohort, group: Group, first_number: int) -> dict[str, np.ndarray]:
    """A cohort as columns: who, of which unit, demographics, therapy, every parameter.

    Raises:
        StudyError: the model has settings that columns cannot hold.
    """
    if jax.tree.structure(_template(group.source, group.model_id)) != jax.tree.structure(cohort.patients):
        raise StudyError(f"patients of {group.name} differ from each other in more than their parameters")
    columns: dict[str, np.ndarray] = {
        "patient": first_number + np.arange(len(cohort), dtype=np.int64),
        "id": np.asarray(cohort.ids, dtype=object),
        "unit": np.asarray(units(cohort, group), dtype=object),
    }
    columns |= {f"demographic.{k}": np.asarray(v) for k, v in cohort.demographics.items()}
    columns |= {f"therapy.{k}": np.asarray(v) for k, v in vars(cohort.therapy).items()}
    return columns | dict(zip(_parameter_names(group), map(np.asarray, jax.tree.leaves(cohort.patients)), strict=True))


def cohort_of(columns: dict[str, np.ndarray], group: Group) -> Cohort:
    """The cohort of a table, filled up to the size of the group's shards."""
    n = len(columns["patient"])
    filled = np.minimum(np.arange(group.shard_size), n - 1)
    pick = lambda name: jnp.asarray(columns[name][filled])
    structure = jax.tree.structure(_template(group.source, group.model_id))
    patients = jax.tree.unflatten(structure, [pick(name) for name in _parameter_names(group)])
    fields = [f.name for f in dataclasses.fields(Therapy)]
    demographics = {
        name.split(".", 1)[1]: values[filled] for name, values in columns.items() if name.startswith("demographic.")
    }
    return Cohort(
        model_id=group.model_id,
        patients=patients,
        therapy=Therapy(*(pick(f"therapy.{f}") for f in fields)),
        demographics=demographics,
        ids=tuple(columns["id"][filled]),
        rejected=0,
        source="",
    )


def typical(group: Group) -> Cohort:
    """One patient of a group with a plain therapy: enough to wire a bed, not to run it."""
    one = _template(group.source, group.model_id)
    therapy = Therapy(*(jnp.ones(1) for _ in dataclasses.fields(Therapy)))
    return Cohort(group.model_id, one, therapy, {}, ("typical",), 0, "for wiring")


@functools.lru_cache(maxsize=16)
def _template(source: Population | Twins, model_id: str) -> AbstractModel:
    """A patient built as the group's patients are: a model may be put together from parts."""
    if isinstance(source, Population) and issubclass(cls := component(source.id), AbstractPopulation):
        population = cls()
        draws = population.distribution.draw(0, np.zeros(1, np.int64), np.zeros(1, np.int64))
        return jax.tree.map(jnp.asarray, population.build(draws).patients)
    return repeat(component(model_id)(), 1)


def _parameter_names(group: Group) -> list[str]:
    paths = jax.tree_util.tree_leaves_with_path(_template(group.source, group.model_id))
    return ["parameter" + jax.tree_util.keystr(path) for path, _ in paths]
