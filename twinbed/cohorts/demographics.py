"""Who the virtual people are: age, sex, height, weight and how much carbohydrate they eat.

Heights, and the body-mass indices of the young, follow the WHO growth reference by age and
sex; adults keep the height of age 19. Ages, sexes and body-mass indices are those of the
people of a multicentre trial of automated insulin delivery. WHO tables were checked at two
independent public copies; the trial's numbers are of its table 1.

Known limits: one trial, mostly in the United States; body-mass index is independent of
height given age and sex; carbohydrate eaten does not depend on weight; for the young it is
an assumption (46 % of an assumed energy intake), not a measurement.

**References:**

- de Onis et al. (2007), Bull World Health Organ 85(9), doi:10.2471/BLT.07.043497 (growth reference)
- Brown et al. (2021), Diabetes Care 44(7), doi:10.2337/dc21-0172 (table 1)
- J Diabetes Sci Technol, PMC5094321 (148 adults with pumps eat 166 ± 71 g of carbohydrate a day)
- Nutrients (2021) 13(11), doi:10.3390/nu13113869 (the young take 45.9 % of energy as carbohydrate)
"""

import dataclasses

import numpy as np
from jaxtyping import Float

from twinbed.cohorts.sampling import (
    AbstractMarginal,
    LogNormal,
    Normal,
    Truncated,
    Uniform,
    lognormal_by_moments,
)

Drawn = Float[np.ndarray, " patient"]
CM_PER_M = 100.0

_YEARS = np.arange(5.0, 20.0)
_HEIGHT = {  # median in cm and coefficient of variation at 5 to 19 years (the Box-Cox power is 1)
    "boys": (
        (109.73, 115.95, 121.73, 127.27, 132.57, 137.78, 143.11, 149.08, 156.04, 163.18, 168.96, 172.90,
         175.16, 176.14, 176.54),
        (0.04156, 0.04249, 0.04342, 0.04438, 0.04535, 0.04626, 0.04703, 0.04753, 0.04760, 0.04714, 0.04619,
         0.04495, 0.04364, 0.04241, 0.04134),
    ),
    "girls": (
        (109.07, 115.12, 120.81, 126.56, 132.49, 138.64, 144.99, 151.23, 156.37, 159.79, 161.67, 162.52,
         162.85, 163.06, 163.15),
        (0.04346, 0.04447, 0.04525, 0.04581, 0.04612, 0.04614, 0.04584, 0.04523, 0.04439, 0.04345, 0.04255,
         0.04176, 0.04109, 0.04053, 0.04009),
    ),
}  # fmt: skip
_BMI = {  # Box-Cox power, median in kg/m2 and coefficient of variation at 5 to 19 years
    "boys": (
        (-0.7151, -0.9921, -1.2460, -1.4629, -1.6318, -1.7407, -1.7862, -1.7751, -1.7168, -1.6211, -1.4961,
         -1.3529, -1.1962, -1.0260, -0.8419),
        (15.268, 15.306, 15.483, 15.737, 16.049, 16.443, 16.939, 17.533, 18.233, 19.005, 19.774, 20.495,
         21.142, 21.708, 22.188),
        (0.08366, 0.08682, 0.09068, 0.09526, 0.10038, 0.10566, 0.11070, 0.11522, 0.11898, 0.12191, 0.12412,
         0.12579, 0.12715, 0.12836, 0.12948),
    ),
    "girls": (
        (-0.8702, -1.0794, -1.2565, -1.3880, -1.4650, -1.4864, -1.4606, -1.4006, -1.3195, -1.2266, -1.1311,
         -1.0368, -0.9423, -0.8462, -0.7496),
        (15.245, 15.270, 15.404, 15.681, 16.096, 16.613, 17.246, 17.997, 18.801, 19.565, 20.213, 20.701,
         21.037, 21.260, 21.427),
        (0.09646, 0.10195, 0.10746, 0.11291, 0.11816, 0.12307, 0.12748, 0.13129, 0.13445, 0.13700, 0.13904,
         0.14070, 0.14208, 0.14330, 0.14441),
    ),
}  # fmt: skip


def height_cm(age_years: Drawn, female: Drawn, z: Drawn) -> Drawn:
    """Height at a normal score `z` of the WHO reference; from 19 years on it stays."""
    median, variation = (_at(age_years, female, _HEIGHT, row) for row in (0, 1))
    return median * (1.0 + variation * z)


def young_bmi(age_years: Drawn, female: Drawn, z: Drawn) -> Drawn:
    """Body-mass index in kg/m2 at a normal score `z` of the WHO reference, 5 to 19 years."""
    power, median, variation = (_at(age_years, female, _BMI, row) for row in (0, 1, 2))
    return median * np.power(1.0 + power * variation * z, 1.0 / power)


def _at(age_years: Drawn, female: Drawn, table: dict[str, tuple], row: int) -> Drawn:
    girls = np.interp(age_years, _YEARS, table["girls"][row])
    return np.where(female > 0.5, girls, np.interp(age_years, _YEARS, table["boys"][row]))


@dataclasses.dataclass(frozen=True)
class AgeGroup:
    """The demographics of one age group."""

    age_years: AbstractMarginal
    share_female: float
    bmi: AbstractMarginal | None
    """Body-mass index in kg/m2, or None where it follows the WHO reference by `bmi_z`."""
    bmi_z: AbstractMarginal
    carbohydrate_g_per_d: AbstractMarginal

    def marginals(self) -> dict[str, AbstractMarginal]:
        """What is drawn for a person of this group."""
        return {
            "age_years": self.age_years,
            "sex": Uniform(0.0, 1.0),
            "height_z": Truncated(Normal(0.0, 1.0), -3.0, 3.0),
            "bmi": self.bmi if self.bmi is not None else self.bmi_z,
            "carbohydrate_g_per_d": self.carbohydrate_g_per_d,
        }

    def people(self, draws: dict[str, Drawn]) -> dict[str, Drawn]:
        """Demographics from the draws of `marginals`."""
        female = (draws["sex"] < self.share_female).astype(float)
        age = draws["age_years"]
        height = height_cm(age, female, draws["height_z"])
        bmi = draws["bmi"] if self.bmi is not None else young_bmi(age, female, draws["bmi"])
        return {
            "age_years": age,
            "female": female,
            "height_cm": height,
            "body_weight_kg": bmi * (height / CM_PER_M) ** 2,
            "bmi_kg_m2": bmi,
            "carbohydrate_g_per_d": draws["carbohydrate_g_per_d"],
        }


# The young are heavier than the reference: the score N(0.6, 1.1) gives 18.6 ± 3.1 kg/m2 at the
# ages of the trial's children, whose table prints 18.6 ± 3.2.
_YOUNG_BMI_Z = Truncated(Normal(0.6, 1.1), -2.0, 3.0)

ADULTS = AgeGroup(
    age_years=Truncated(Normal(36.9, 13.9), 18.0, 70.0),
    share_female=0.609,
    bmi=Truncated(lognormal_by_moments(26.6, 4.7), 18.0, 42.0),
    bmi_z=_YOUNG_BMI_Z,
    carbohydrate_g_per_d=Truncated(lognormal_by_moments(166.0, 71.0), 50.0, 400.0),
)
ADOLESCENTS = AgeGroup(
    age_years=Uniform(14.0, 18.0),
    share_female=0.5,
    bmi=None,
    bmi_z=_YOUNG_BMI_Z,
    carbohydrate_g_per_d=Truncated(LogNormal(240.0, 0.25), 100.0, 450.0),
)
CHILDREN = AgeGroup(
    age_years=Truncated(Normal(10.3, 2.2), 6.0, 14.0),
    share_female=0.536,
    bmi=None,
    bmi_z=_YOUNG_BMI_Z,
    carbohydrate_g_per_d=Truncated(LogNormal(200.0, 0.25), 80.0, 400.0),
)
