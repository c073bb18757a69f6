"""A population: declared distributions, rules of plausibility, and how a patient is built.

A patient is drawn, built and examined: at rest first, then by the meal experiments that set
the therapy. A patient who breaks a rule is drawn again, with the next attempt of the same
number, and counted. Examinations run in blocks of one size, so that neither the compilation
nor the bits depend on how many patients are asked for.
"""

import abc
import dataclasses
import operator
from collections import Counter
from collections.abc import Callable, Mapping
from typing import ClassVar, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Int

from twinbed.cohorts.cohort import Cohort
from twinbed.cohorts.sampling import Distribution, Drawn, Numbers, Rule, first_broken
from twinbed.cohorts.therapy import Response, Therapy, titrate
from twinbed.core.errors import NotFound, StudyError
from twinbed.core.model import AbstractModel

T = TypeVar("T")
Pending = Int[np.ndarray, " pending"]
_BLOCK = 64
MOST_ATTEMPTS = 1000


@dataclasses.dataclass(frozen=True)
class Candidates:
    """Patients who were built but not yet examined, with a leading axis."""

    patients: AbstractModel
    demographics: dict[str, Drawn]
    at_rest: dict[str, Drawn]
    """Quantities that rules can speak of before any experiment."""


class AbstractPopulation(abc.ABC):
    """Virtual people who can be drawn. Patient `i` depends on the seed and `i` alone.

    `rules` are what a plausible patient obeys, in the order in which they are asked; a rule
    speaks of a quantity of `Candidates.at_rest`, of `Therapy` or of `Response`.
    """

    title: ClassVar[str]
    model_id: ClassVar[str]
    source: ClassVar[str]
    rules: ClassVar[tuple[Rule, ...]]

    @property
    @abc.abstractmethod
    def distribution(self) -> Distribution:
        """What is drawn for a patient."""

    @abc.abstractmethod
    def build(self, draws: dict[str, Drawn]) -> Candidates:
        """Patients from the draws of `distribution`."""

    def sample(self, n: int, seed: int, *, first: int = 0) -> Cohort:
        """Patients `first` to `first + n - 1` of the population.

        Args:
            n: how many.
            seed: any integer.
            first: number of the first; a shard has the same bits as the whole.

        Raises:
            StudyError: no plausible patient was found in a thousand attempts.
        """
        numbers = np.arange(first, first + n)
        attempts = np.zeros(n, dtype=np.int64)
        pending = np.arange(n)
        kept: list[tuple[np.ndarray, Candidates, Therapy]] = []
        rejected: Counter[str] = Counter()
        while len(pending):
            candidates = self._plausible_at_rest(seed, numbers, attempts, pending, rejected)
            therapy, response = _examined(candidates)
            broken = first_broken(self.rules, _findings(therapy, response))
            good = broken < 0
            kept.append((pending[good], _picked(candidates, good), _picked(therapy, good)))
            pending = pending[~good]
            self._refuse(broken[~good], pending, attempts, rejected)
        return self._cohort(numbers, kept, rejected)

    def _plausible_at_rest(
        self, seed: int, numbers: Numbers, attempts: Numbers, pending: Pending, rejected: Counter[str]
    ) -> Candidates:
        """A candidate for every pending patient; advances `attempts` past those refused."""
        waiting = pending
        while len(waiting):
            draws = self.distribution.draw(seed, numbers[waiting], attempts[waiting])
            broken = first_broken(self.rules, self.build(draws).at_rest)
            waiting = waiting[broken >= 0]
            self._refuse(broken[broken >= 0], waiting, attempts, rejected)
        return self.build(self.distribution.draw(seed, numbers[pending], attempts[pending]))

    def _refuse(self, broken: Pending, whom: Pending, attempts: Numbers, rejected: Counter[str]) -> None:
        """Counts refusals and moves on to the next attempts."""
        rejected.update(self.rules[place].quantity for place in broken)
        attempts[whom] += 1
        if len(attempts) and attempts.max() >= MOST_ATTEMPTS:
            worst, _ = rejected.most_common(1)[0]
            raise StudyError(
                f"no plausible patient of {self.title!r} in {MOST_ATTEMPTS} attempts; most were refused "
                f"for {worst}: widen the rule or change the distribution"
            )

    def _cohort(
        self,
        numbers: Numbers,
        kept: list[tuple[np.ndarray, Candidates, Therapy]],
        rejected: Counter[str],
    ) -> Cohort:
        order = np.argsort(np.concatenate([places for places, _, _ in kept]))
        together = lambda trees: jax.tree.map(lambda *a: jnp.asarray(np.concatenate(a)[order]), *trees)
        people = [c.demographics for _, c, _ in kept]
        slug = type(self).__module__.rsplit(".", 1)[-1]
        return Cohort(
            model_id=self.model_id,
            patients=together([c.patients for _, c, _ in kept]),
            therapy=together([t for _, _, t in kept]),
            demographics={k: np.concatenate([p[k] for p in people])[order] for k in people[0]},
            ids=tuple(f"{slug}-{i:06d}" for i in numbers),
            rejected=rejected.total(),
            source=self.source,
            rejected_by_rule={r.quantity: rejected[r.quantity] for r in self.rules},
        )


@eqx.filter_jit
def _titrate_block(patients: AbstractModel, weight: jax.Array, carbohydrate: jax.Array) -> tuple[Therapy, Response]:
    return jax.vmap(titrate)(patients, weight, carbohydrate)


def _examined(candidates: Candidates) -> tuple[Therapy, Response]:
    """The therapy of every candidate and what the experiments showed, as NumPy arrays."""
    people = candidates.demographics
    return in_blocks(
        _titrate_block,
        candidates.patients,
        people["body_weight_kg"],
        people["carbohydrate_g_per_d"],
    )


def in_blocks(function: Callable[..., T], *trees: object) -> T:
    """Maps a function of cohorts over blocks of one size; the last one is filled up and cut."""
    n = len(jax.tree.leaves(trees)[0])
    results = []
    for start in range(0, n, _BLOCK):
        size = min(_BLOCK, n - start)
        place = start + np.minimum(np.arange(_BLOCK), size - 1)
        out = function(*jax.tree.map(lambda a, place=place: jnp.asarray(np.asarray(a)[place]), trees))
        results.append(jax.tree.map(lambda a, size=size: np.asarray(a)[:size], out))
    return jax.tree.map(lambda *parts: np.concatenate(parts), *results)


def _picked(tree: T, which: np.ndarray) -> T:
    if isinstance(tree, Candidates):
        return dataclasses.replace(tree, **{k: _picked(v, which) for k, v in vars(tree).items()})
    return jax.tree.map(lambda a: np.asarray(a)[which], tree)


def _findings(therapy: Therapy, response: Response) -> dict[str, Drawn]:
    """Every quantity that a rule can speak of after the experiments."""
    found = {name: np.asarray(value) for name, value in {**vars(therapy), **vars(response)}.items()}
    per_kg = found["total_daily_insulin"] / found["body_weight"]
    return {**found, "total_daily_insulin_per_kg": per_kg}


def cohort_of(nominal: AbstractModel, n: int, values: Mapping[str, Drawn]) -> AbstractModel:
    """Patients like `nominal`, as NumPy arrays, with those parameters; `part.name` is one of a part.

    Raises:
        NotFound: the model has no such parameter.
    """
    cohort = jax.tree.map(lambda a: np.broadcast_to(np.asarray(a), (n, *np.shape(a))), nominal)
    for name in values:
        try:
            known = eqx.is_array(_parameter(name)(nominal))
        except AttributeError:
            known = False
        if not known:
            raise NotFound(f"{type(nominal).__name__} has no parameter {name!r}")
    where = lambda m: [_parameter(name)(m) for name in values]
    return eqx.tree_at(where, cohort, [np.asarray(v) for v in values.values()]) if values else cohort


def _parameter(name: str) -> operator.attrgetter:
    return operator.attrgetter(name)
