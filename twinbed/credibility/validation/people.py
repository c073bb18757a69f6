"""Several people around the standard patient, for the share of a cohort that is in range.

Parameters vary independently and lognormally around the standard patient's, by the coefficients of variation in
`tables/people.toml`. A parameter that a patient does not have is left out.

*Known limits*: parameters of a person are not correlated, as body size and age would make them; this asks how far
verdicts hold around one patient, and is not a population.
"""

import functools
import importlib.resources
import tomllib
from typing import Any

import equinox as eqx
import numpy as np

from twinbed.cohorts.sampling import Distribution, LogNormal
from twinbed.engine.batch import repeat
from twinbed.engine.bed import Bed


@functools.cache
def spreads() -> dict[str, float]:
    """Coefficients of variation by the path of the parameter, such as `circulation.blood_volume`."""
    folder = importlib.resources.files(__name__.rpartition(".")[0])
    table = tomllib.loads(folder.joinpath("tables", "people.toml").read_text(encoding="utf-8"))
    return {path: float(entry["cv"]) for path, entry in table.items()}


def people_like(bed: Bed, count: int, seed: int) -> Bed:
    """A cohort: the bed itself, then the beds of `count` other people."""
    names = tuple(path for path in spreads() if _found(bed, path) is not None)
    drawn = _factors(names, count, seed)
    cohort = repeat(bed, count + 1)
    for path in names:
        varied = _found(cohort, path) * drawn[path]
        cohort = eqx.tree_at(functools.partial(_found, path=path), cohort, varied)
    return cohort


@functools.cache
def _factors(names: tuple[str, ...], count: int, seed: int) -> dict[str, np.ndarray]:
    """Factors by path: one for the first, of mean one for the others."""
    log_sd = {path: float(np.sqrt(np.log1p(spreads()[path] ** 2))) for path in names}
    marginals = {path: LogNormal(float(np.exp(-0.5 * sd**2)), sd) for path, sd in log_sd.items()}
    drawn = Distribution(marginals).draw(seed, np.arange(count), np.zeros(count, int))
    return {path: np.concatenate([[1.0], drawn[path]]) for path in names}


def _found(bed: Bed, path: str) -> Any:
    part, *fields = path.split(".")
    node: Any = bed.models.get(part)
    for name in fields:
        node = getattr(node, name, None)
    return node
