"""Toy adults of whom the second is implausible and the fourth has a parameter that is no number."""

import dataclasses
from typing import ClassVar

import equinox as eqx
from acme_beds.cohorts.populations.toy_adults import ToyAdults

from twinbed.cohorts.cohort import Cohort


class ToyExtremes:
    """Adults of the toy model, two of them out of bounds."""

    model_id: ClassVar[str] = ToyAdults.model_id

    def sample(self, n: int, seed: int, *, first: int = 0) -> Cohort:
        """Patients `first` to `first + n - 1`."""
        cohort = ToyAdults().sample(n, seed, first=first)
        rise = cohort.patients.rise.at[1].set(60.0).at[3].set(float("nan"))
        return dataclasses.replace(cohort, patients=eqx.tree_at(lambda p: p.rise, cohort.patients, rise))
