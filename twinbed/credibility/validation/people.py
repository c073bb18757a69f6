"""Several people around the standard patient, for the share of a cohort that is in range.

Parameters vary independently and lognormally around the standard patient's, by the coefficients of variation in
`tables/people.toml`. What one person has in several organs, such as the volume of blood, varies in all of them by one
factor. A parameter that a patient does not have is left out.

*Known limits*: parameters of a person are not correlated, as body size and age would make them; this asks how far
verdicts hold around one patient, and is not a population.
"""

import dataclasses
import functools
import importlib.resources
import tomllib
from typing import Any

import equinox as eqx
import numpy as np

from twinbed.cohorts.sampling import Distribution, LogNormal
from twinbed.engine.batch import repeat
from twinbed.engine.bed import Bed


@dataclasses.dataclass(frozen=True)
class Spread:
    """How far something varies between people: the paths of its parameters, and its coefficient of variation."""

    paths: tuple[str, ...]
    cv: float


@functools.cache
def spreads() -> dict[str, Spread]:
    """What varies between people, by name."""
    folder = importlib.resources.files(__name__.rpartition(".")[0])
    table = tomllib.loads(folder.joinpath("tables", "people.toml").read_text(encoding="utf-8"))
    return {name: Spread(tuple(entry.get("of", [name])), float(entry["cv"])) for name, entry in table.items()}


def people_like(bed: Bed, count: int, seed: int) -> Bed:
    """A cohort: the bed itself, then the beds of `count` other people."""
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
    node: Any = bed.models.get(part)
    for name in fields:
        node = getattr(node, name, None)
    return node
