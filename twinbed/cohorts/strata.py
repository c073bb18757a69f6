"""Groups of a cohort that a study reports on their own: age, sex, body-mass index.

**References:**

- Age groups: ICH E11(R1) (2017), children from 2 and adolescents from 12 to 16 or 18 years;
  children end here at 14 years, as in trials of automated insulin delivery
- Body-mass index of adults: WHO Technical Report Series 894 (2000)
"""

import numpy as np
from jaxtyping import Bool

from twinbed.cohorts.cohort import Cohort

Member = Bool[np.ndarray, " patient"]

_AGE = (
    ("under 14 years", 0.0),
    ("14 to 17 years", 14.0),
    ("18 to 64 years", 18.0),
    ("65 years and over", 65.0),
)
_BMI = (("BMI under 25", 0.0), ("BMI 25 to 30", 25.0), ("BMI 30 and over", 30.0))


def strata(cohort: Cohort) -> dict[str, Member]:
    """Which patients belong to each group; groups without a member are left out."""
    people = cohort.demographics
    out: dict[str, Member] = {}
    if "age_years" in people:
        out |= _bands(people["age_years"], _AGE)
    if "female" in people:
        out |= {"female": people["female"] > 0.5, "male": people["female"] <= 0.5}
    if "bmi_kg_m2" in people and "age_years" in people:
        adult = people["age_years"] >= 18.0
        out |= {k: v & adult for k, v in _bands(people["bmi_kg_m2"], _BMI).items()}
    return {name: member for name, member in out.items() if member.any()}


def _bands(values: np.ndarray, bands: tuple[tuple[str, float], ...]) -> dict[str, Member]:
    """Members of consecutive bands, each named with the value at which it begins."""
    ends = [start for _, start in bands[1:]] + [np.inf]
    return {name: (values >= start) & (values < end) for (name, start), end in zip(bands, ends, strict=True)}
