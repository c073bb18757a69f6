"""Adults with type 1 diabetes on the Hovorka model, as in DTU's virtual clinic.

Every parameter is normal (or its reciprocal, logarithm or exponential is) with published
mean and standard deviation. Nine of them are, to within rounding, the mean and standard
deviation of the six people in whom Hovorka identified the model; they are cut to the range
that these six span, because a normal distribution with a coefficient of variation near one
reaches values without meaning. The others are cut at two standard deviations. Weight is
uniform from 65 to 95 kg; age and sex are those of a trial of automated insulin delivery.

Two published entries cannot be taken as they are. `exp(VG)` is given a standard deviation of
0.23, which makes a quarter of all volumes negative; the six people have 0.04. The entry is
kept but cut to the range of the six. The absorbed share of carbohydrate is uniform from 0.7
to 1.2; it is cut at 1, since nobody absorbs more than was eaten.

*Known limits*: parameters are independent, since no correlations were published; no change
from hour to hour; the six people were healthy volunteers, so these patients need about half
of the insulin that people with diabetes use, and the rule for the daily dose refuses the
most sensitive fifth.

**References:**

- Boiroux (2012), Model Predictive Control Algorithms for Pen and Pump Insulin Administration, PhD thesis,
  Technical University of Denmark, IMM-PHD-2012-283 (the clinic; its numbers were read in public codes that
  name table 2.1 of the thesis)
- Hovorka et al. (2002), Am J Physiol Endocrinol Metab 282(5), doi:10.1152/ajpendo.00304.2001 (six people)
- Hovorka et al. (2004), Physiol Meas 25(4), doi:10.1088/0967-3334/25/4/010
- Brown et al. (2021), Diabetes Care 44(7), doi:10.2337/dc21-0172 (age and sex)
"""

from typing import ClassVar

import equinox as eqx
import jax
import numpy as np

from twinbed.cohorts.demographics import ADULTS, CM_PER_M
from twinbed.cohorts.population import AbstractPopulation, Candidates, cohort_of, in_blocks
from twinbed.cohorts.populations._rules import HOURS_PER_DAY, rules
from twinbed.cohorts.sampling import (
    AbstractMarginal,
    Distribution,
    Drawn,
    LogNormal,
    Mapped,
    Normal,
    Rule,
    Truncated,
    Uniform,
)
from twinbed.physiology.glucose.hovorka import Hovorka

_TAIL = 2.0


def _normal(mean: float, sd: float) -> AbstractMarginal:
    return Truncated(Normal(mean, sd), mean - _TAIL * sd, mean + _TAIL * sd)


PARAMETERS: dict[str, AbstractMarginal] = {
    "egp0": Truncated(Normal(0.0161, 0.0039), 0.0105, 0.0213),
    "f01": Truncated(Normal(0.0097, 0.0022), 0.0071, 0.0121),
    "k12": Truncated(Normal(0.0649, 0.0282), 0.0343, 0.0968),
    "ka1": Truncated(Normal(0.0055, 0.0056), 0.0007, 0.0157),
    "ka2": Truncated(Normal(0.0683, 0.0507), 0.0231, 0.1631),
    "ka3": Truncated(Normal(0.0304, 0.0235), 0.0114, 0.0691),
    "sit": Truncated(Normal(51.2e-4, 32.09e-4), 18.7e-4, 86.1e-4),
    "sid": Truncated(Normal(8.2e-4, 7.84e-4), 0.9e-4, 20.1e-4),
    "sie": Truncated(Normal(520e-4, 306.2e-4), 82e-4, 961e-4),
    "vg": Truncated(Mapped(Normal(1.16, 0.23), np.log, np.exp), 0.13, 0.22),
    "ke": _normal(0.14, 0.035),
    "vi": _normal(0.12, 0.012),
    "tmax_i": Mapped(_normal(0.018, 0.0045), np.reciprocal, np.reciprocal, rising=False),
    "tmax_g": Truncated(LogNormal(float(np.exp(3.689)), 0.25), *np.exp([3.689 - 0.5, 3.689 + 0.5]).tolist()),
    "ag": Truncated(Uniform(0.7, 1.2), 0.7, 1.0),
    "body_weight": Uniform(65.0, 95.0),
}
_PRODUCTION = Rule(
    "production_over_brain_use", 1.05, 10.0, "1", "the resting state exists: insulin can hold glucose down"
)


class HovorkaAdults(AbstractPopulation):
    """Adults of 18 to 70 years on the Hovorka model."""

    title: ClassVar[str] = "Hovorka adults"
    model_id: ClassVar[str] = "physiology/glucose/hovorka"
    source: ClassVar[str] = "Boiroux 2012 and Hovorka 2002 (parameters), Brown 2021 (demographics)"
    rules: ClassVar[tuple[Rule, ...]] = (_PRODUCTION, *rules(total_daily_insulin_per_kg=(0.16, 1.31)))

    @property
    def distribution(self) -> Distribution:
        people = {k: v for k, v in ADULTS.marginals().items() if k != "bmi"}
        return Distribution({**PARAMETERS, **people})

    def build(self, draws: dict[str, Drawn]) -> Candidates:
        weight = draws["body_weight"]
        people = ADULTS.people({**draws, "bmi": np.zeros_like(weight)})
        people |= {"body_weight_kg": weight, "bmi_kg_m2": weight / (people["height_cm"] / CM_PER_M) ** 2}
        patients = cohort_of(Hovorka(), len(weight), {name: draws[name] for name in PARAMETERS})
        basal_rate = in_blocks(_basal_rate, patients)
        at_rest = {
            "production_over_brain_use": draws["egp0"] / draws["f01"],
            "basal_per_kg": basal_rate * HOURS_PER_DAY / weight,
            "bmi_kg_m2": people["bmi_kg_m2"],
        }
        return Candidates(patients, people, at_rest)


@eqx.filter_jit
def _basal_rate(patients: Hovorka) -> jax.Array:
    return jax.vmap(Hovorka.basal_rate)(patients)
