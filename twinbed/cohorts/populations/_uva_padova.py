"""What the three age groups of the UVA/Padova populations share.

The centre of a lognormal parameter is the published average subject of Dalla Man 2007 and of
its subcutaneous insulin in GIM, read in two public codes. Where the three groups of public
S2008 subjects differ from each other by more than chance (ten subjects each; basal glucose
production, clearance of insulin, and in children insulin's gain on glucose uptake and its
rate), the centre is the geometric mean of that group. Spreads are standard deviations of
logarithms pooled within the three groups (27 degrees of freedom); the subjects were those of
simglucose 0.2.11. Basal glucose is as in the prior of ReplayBG (Cappon 2023). Only these
summary numbers are used; no subject of the licensed simulator is contained or can be
recovered.
"""

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

import equinox as eqx
import jax
import numpy as np

from twinbed.cohorts.demographics import AgeGroup
from twinbed.cohorts.population import Candidates, cohort_of, in_blocks
from twinbed.cohorts.populations._rules import HOURS_PER_DAY
from twinbed.cohorts.sampling import (
    AbstractMarginal,
    Distribution,
    Drawn,
    LogNormal,
    Normal,
    Rule,
    Truncated,
)
from twinbed.physiology.glucose import HeartRateExercise, HypoglycaemiaRisk
from twinbed.physiology.glucose.uva_padova import UvaPadova

ALLOMETRIC_POWER = 0.75
_TAIL = 2.5
_HEART_RATE_AT_BIRTH, _HEART_RATE_PER_YEAR = 208.0, 0.7  # Tanaka 2001, doi:10.1016/S0735-1097(00)01054-8


def spread(median: float, log_sd: float) -> AbstractMarginal:
    """A lognormal distribution without its outermost percent."""
    reach = float(np.exp(_TAIL * log_sd))
    return Truncated(LogNormal(median, log_sd), median / reach, median * reach)


# Centres: Dalla Man 2007 (table I, normal subject) and GIM 2007; spreads: public S2008 subjects.
_SHARED: dict[str, AbstractMarginal] = {
    "gb": Truncated(Normal(119.13, 7.11), 100.0, 140.0),
    "ib": spread(106.0, 0.13),
    "vg": spread(1.88, 0.08),
    "vi": spread(0.05, 0.24),
    "k1": spread(0.065, 0.31),
    "k2": spread(0.079, 0.44),
    "m1": spread(0.19, 0.34),
    "kabs": Truncated(LogNormal(0.057, 1.05), 0.005, 0.65),
    "kmax": spread(0.0558, 0.45),
    "kmin": spread(0.008, 0.44),
    "b": Truncated(Normal(0.69, 0.13), 0.5, 0.97),
    "d": Truncated(Normal(0.17, 0.06), 0.05, 0.35),
    "vmx": spread(0.047, 0.42),
    "km0": spread(225.6, 0.10),
    "p2u": spread(0.0331, 0.34),
    "ki": spread(0.0079, 0.52),
    "kp2": spread(0.0021, 0.60),
    "kp3": spread(0.009, 0.51),
    "ksc": spread(0.1, 0.27),
    "subcutaneous.kd": spread(0.0164, 0.11),
    "subcutaneous.ka1": spread(0.0018, 0.31),
    "subcutaneous.ka2": spread(0.0182, 0.32),
}

# Correlations of logarithms pooled within the three groups of public S2008 subjects; those
# above 0.7 only. The covariances that the simulator's authors drew from are not published.
_CORRELATIONS = {
    ("subcutaneous.ka1", "subcutaneous.ka2"): 0.88,
    ("k1", "p2u"): 0.72,
    ("kabs", "b"): 0.70,
}


REST_RULE = Rule("tissue_glucose_at_rest", 20.0, 600.0, "mg/kg", "the resting state exists")


@dataclasses.dataclass(frozen=True)
class Group:
    """What is special about one age group."""

    people: AgeGroup
    clearance_l_min: float
    at_weight_kg: float
    marginals: Mapping[str, AbstractMarginal]

    clearance_log_sd: ClassVar[float] = 0.13
    """Left of the spread of clearance when weight is taken out by the allometric power."""

    def distribution(self) -> Distribution:
        """Everything that is drawn for a patient of the group."""
        clearance = {"clearance": spread(self.clearance_l_min, self.clearance_log_sd)}
        every = {**_SHARED, **self.marginals, **clearance, **self.people.marginals()}
        return Distribution(every, _CORRELATIONS)

    def build(self, draws: dict[str, Drawn]) -> Candidates:
        """Patients of the group."""
        people = self.people.people(draws)
        weight = people["body_weight_kg"]
        scale = np.power(weight / self.at_weight_kg, ALLOMETRIC_POWER)
        values = {name: draws[name] for name in (*_SHARED, *self.marginals)}
        values |= {"body_weight": weight, "cl": draws["clearance"] * scale}
        values["exercise.maximal_heart_rate"] = _HEART_RATE_AT_BIRTH - _HEART_RATE_PER_YEAR * people["age_years"]
        typical = UvaPadova(hypoglycaemia=HypoglycaemiaRisk(), exercise=HeartRateExercise())
        patients = cohort_of(typical, len(weight), values)
        tissue, basal_rate = in_blocks(_at_rest, patients)
        at_rest = {
            "tissue_glucose_at_rest": tissue,
            "basal_per_kg": basal_rate * HOURS_PER_DAY / weight,
            "bmi_kg_m2": people["bmi_kg_m2"],
        }
        return Candidates(patients, people, at_rest)


@eqx.filter_jit
def _at_rest(patients: UvaPadova) -> tuple[jax.Array, jax.Array]:
    return jax.vmap(lambda patient: (patient.derived().gtb, patient.basal_rate()))(patients)
