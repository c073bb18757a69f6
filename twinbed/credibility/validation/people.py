"""The people that every run is played with, beside the standard patient.

They are adults of `cohorts.acute_adults`, plausible at rest, drawn once. A run says what happens to the standard
patient; to them the like happens: what is a dose of a drug goes by their weight, blood and fluids by their blood
volume, and the tidal volume of a ventilator by their ideal weight. A run's chronic conditions come on top of who they
are, and a parameter that it sets is the same for all.

A run whose patient has a size or age of his own, and any patient but the whole body, is played with people around that
patient instead: parameters vary independently and lognormally by the coefficients of variation in
`tables/people.toml`. What one person has in several organs, such as the volume of blood, varies in all of them by one
factor. A parameter that a patient does not have is left out.

*Known limits*: rows of absolute size (litres a minute, millilitres) are of a man of 76 kg, and of nobody else: who is
smaller is out of range by being smaller. People around a patient are not correlated, as body size and age would make
them.
"""

import dataclasses
import functools
import importlib.resources
import tomllib
from collections.abc import Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.cohorts import acute_adults
from twinbed.cohorts.sampling import Distribution, LogNormal
from twinbed.credibility.validation.bedside import Bedside, Patient, whole_body, with_parameters
from twinbed.credibility.validation.report import Whom
from twinbed.engine.batch import repeat
from twinbed.engine.bed import Bed
from twinbed.physiology.whole_body import CONDITIONS, REFERENCE, ideal_weight, with_conditions
from twinbed.vocab.drugs import DRUGS

BY_BLOOD = frozenset(
    {"blood_loss", "haemothorax_left", "whole_blood", "red_cells", "crystalloid", "colloid", "pericardial_fluid"}
)
"""Signals whose amounts go by blood volume."""


@dataclasses.dataclass(frozen=True)
class Size:
    """How large somebody is against the standard patient."""

    weight: float = 1.0
    blood: float = 1.0
    ideal: float = 1.0

    def of(self, signal: str) -> float:
        """What the amount of an event is multiplied by."""
        if signal in BY_BLOOD:
            return self.blood
        return self.weight if signal.removesuffix("_rate") in DRUGS else 1.0


STANDARD = Size()


@dataclasses.dataclass(frozen=True)
class Crowd:
    """The patient of a run, then other people: their bed with a leading axis, and how large each is."""

    bed: Bed
    sizes: tuple[Size, ...]


@dataclasses.dataclass(frozen=True)
class People:
    """Who takes part in a validation.

    Args:
        count: people beside the patient of a run.
        patient: makes the models of the standard patient.
        backend: what computes who is plausible, as in `engine.simulate`.
    """

    count: int
    seed: int = 1
    patient: Patient = whole_body
    backend: str = "auto"

    def draws_adults(self, member: Bedside) -> bool:
        """Whether a run is played with adults of the population, and not with people around its patient."""
        return self.patient is whole_body and set(member.run.patient) <= set(CONDITIONS)

    def around(self, member: Bedside) -> Crowd:
        """The patient of a run and the others."""
        if self.count and self.draws_adults(member):
            return _adults(member, _population(self.count, self.seed, self.backend))
        return Crowd(people_like(member.bed, self.count, self.seed), (STANDARD,) * (self.count + 1))

    def told(self, members: Iterable[Bedside]) -> Whom:
        """Who took part in some runs."""
        adults = self.count > 0 and self.patient is whole_body
        around = tuple(f"{m.run.system}/{m.run.name}" for m in members if adults and not self.draws_adults(m))
        refused = _population(self.count, self.seed, self.backend).refused if adults else {}
        return Whom(self.count, self.seed, adults, around, refused)


@functools.lru_cache(maxsize=1)
def _population(count: int, seed: int, backend: str) -> acute_adults.AcuteCohort:
    return acute_adults.sample(count, seed, backend=backend)


def _adults(member: Bedside, cohort: acute_adults.AcuteCohort) -> Crowd:
    """The patient of a run, then the adults with what the run makes of its patient."""
    organs = {name: model for name, model in cohort.organs.items() if name in member.bed.models}
    ill = eqx.filter_vmap(lambda one: with_conditions(one, member.run.patient))(organs)
    organs = with_parameters(ill, member.run.parameters)
    sizes = (STANDARD, *(_size(cohort, i) for i in range(len(cohort.ids))))
    joined = lambda one, many: jnp.concatenate([jnp.asarray(one)[None], jnp.asarray(many, jnp.asarray(one).dtype)])
    bed = repeat(member.bed, len(sizes))
    models = jax.tree.map(joined, dict(member.bed.models), organs)
    bed = eqx.tree_at(lambda b: b.models, bed, models)
    ideal = np.asarray([size.ideal for size in sizes])
    for name in [n for n, device in bed.devices.items() if hasattr(device, "tidal_volume")]:
        bed = eqx.tree_at(lambda b, name=name: b.devices[name].tidal_volume, bed, replace_fn=lambda v: v * ideal)
    return Crowd(bed, sizes)


def _size(cohort: acute_adults.AcuteCohort, place: int) -> Size:
    """By the circulation's blood volume, before conditions."""
    person, circulation = cohort.person(place), cohort.organs["circulation"]
    typical: Any = _typical()["circulation"]
    return Size(
        weight=person.weight_kg / REFERENCE.weight_kg,
        blood=float(_of(circulation, "blood_volume")[place]) / float(typical.blood_volume),
        ideal=ideal_weight(person) / ideal_weight(REFERENCE),
    )


@functools.cache
def _typical() -> Any:
    return whole_body()


@dataclasses.dataclass(frozen=True)
class Spread:
    """How far something varies between people: the paths of its parameters, and its coefficient of variation."""

    paths: tuple[str, ...]
    cv: float


@functools.cache
def spreads() -> dict[str, Spread]:
    """What varies between people around a patient, by name."""
    folder = importlib.resources.files(__name__.rpartition(".")[0])
    table = tomllib.loads(folder.joinpath("tables", "people.toml").read_text(encoding="utf-8"))
    return {name: Spread(tuple(entry.get("of", [name])), float(entry["cv"])) for name, entry in table.items()}


def people_like(bed: Bed, count: int, seed: int) -> Bed:
    """A cohort: the bed itself, then the beds of `count` other people around it."""
    paths = {name: [p for p in spread.paths if _found(bed, p) is not None] for name, spread in spreads().items()}
    drawn = _factors(tuple(name for name, found in paths.items() if found), count, seed)
    cohort = repeat(bed, count + 1)
    for name, factors in drawn.items():
        for path in paths[name]:
            varied = _found(cohort, path) * factors
            cohort = eqx.tree_at(functools.partial(_found, path=path), cohort, varied)
    return cohort


@functools.cache
def _factors(names: tuple[str, ...], count: int, seed: int) -> dict[str, np.ndarray]:
    """Factors by name: one for the first, of mean one for the others."""
    log_sd = {name: float(np.sqrt(np.log1p(spreads()[name].cv ** 2))) for name in names}
    marginals = {name: LogNormal(float(np.exp(-0.5 * sd**2)), sd) for name, sd in log_sd.items()}
    drawn = Distribution(marginals).draw(seed, np.arange(count), np.zeros(count, int))
    return {name: np.concatenate([[1.0], drawn[name]]) for name in names}


def _found(bed: Bed, path: str) -> Any:
    part, *fields = path.split(".")
    return _of(bed.models.get(part), *fields)


def _of(node: Any, *fields: str) -> Any:
    for name in fields:
        node = getattr(node, name, None)
    return node
