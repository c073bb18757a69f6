"""A cohort: virtual patients of one model with their therapy and who they are."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from twinbed.cohorts.therapy import Therapy
from twinbed.core.model import AbstractModel

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Cohort:
    """Patients as one model with a leading axis, and what is known of each of them.

    `rejected` counts the draws that were refused as implausible while this cohort was made,
    `rejected_by_rule` says by which rule; a part that was taken from a cohort keeps the
    counts of the whole.
    """

    model_id: str
    patients: AbstractModel
    therapy: Therapy
    demographics: dict[str, np.ndarray]
    ids: tuple[str, ...]
    rejected: int
    source: str
    rejected_by_rule: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        sizes = {len(a) for a in jax.tree.leaves((self.patients, self.therapy))}
        sizes |= {len(a) for a in self.demographics.values()}
        if sizes != {len(self.ids)}:
            raise ValueError(f"a cohort of {len(self.ids)} has arrays of {sorted(sizes)} patients")

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, which: slice | Sequence[int] | np.ndarray) -> "Cohort":
        """Some of the patients: a slice, places, or a mask."""
        pick = lambda a: a[which] if isinstance(which, slice) else a[np.asarray(which)]
        return dataclasses.replace(
            self,
            patients=jax.tree.map(pick, self.patients),
            therapy=jax.tree.map(pick, self.therapy),
            demographics={name: pick(values) for name, values in self.demographics.items()},
            ids=tuple(pick(np.asarray(self.ids, dtype=object)).tolist()),
        )


def joined(cohorts: Sequence[Cohort]) -> Cohort:
    """Several cohorts of one model as one.

    Raises:
        ValueError: there is none, they are of different models, or they share an id.
    """
    if len({c.model_id for c in cohorts}) != 1:
        raise ValueError(f"only cohorts of one model can be joined: {[c.model_id for c in cohorts]}")
    ids = tuple(i for c in cohorts for i in c.ids)
    if len(set(ids)) != len(ids):
        raise ValueError("the cohorts share patients: the same id occurs twice")
    names = [n for n in cohorts[0].demographics if all(n in c.demographics for c in cohorts)]
    return dataclasses.replace(
        cohorts[0],
        patients=_concatenated([c.patients for c in cohorts]),
        therapy=_concatenated([c.therapy for c in cohorts]),
        demographics={n: np.concatenate([c.demographics[n] for c in cohorts]) for n in names},
        ids=ids,
        rejected=sum(c.rejected for c in cohorts),
        source="; ".join(dict.fromkeys(c.source for c in cohorts)),
        rejected_by_rule={
            r: sum(c.rejected_by_rule.get(r, 0) for c in cohorts) for c in cohorts for r in c.rejected_by_rule
        },
    )


def _concatenated(trees: Sequence[T]) -> T:
    return jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *trees)
