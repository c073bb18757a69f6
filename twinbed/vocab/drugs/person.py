"""Whom a drug is given to: the numbers of a person that kinetics depend on, and what else is known of who lies there.

*Known limits*: liver function, pregnancy and the kind of population are left out.

**References:**

- Al-Sallami et al. (2015), Clin Pharmacokinet 54(11):1169, doi:10.1007/s40262-015-0277-z (fat-free mass)
- James (1976), Research on Obesity, HMSO (lean body mass)
- Cockcroft & Gault (1976), Nephron 16(1):31, doi:10.1159/000180580 (creatinine clearance)
- Jacques, Melanosome absorption coefficient, Oregon Medical Laser Center (1998) (pigment of skin)
- Mosteller (1987), N Engl J Med 317(17):1098, doi:10.1056/NEJM198710223171717 (body surface)
"""

import dataclasses
import math
from typing import Literal

Sex = Literal["female", "male"]
_CM_PER_M = 100.0


@dataclasses.dataclass(frozen=True)
class Person:
    """Somebody who gets drugs; the defaults are the reference of the Eleveld models.

    `opioid` says whether an opioid is given beside a hypnotic; `skin_pigment` is the share of melanosomes in the
    epidermis, 0.013 to 0.063 in light skin, 0.11 to 0.16 in brown and 0.18 to 0.43 in dark skin (Jacques 1998), and
    no drug depends on it. Raises `ValueError` for a number out of range.
    """

    age: float = 35.0
    weight_kg: float = 70.0
    height_cm: float = 170.0
    sex: Sex = "male"
    creatinine_mg_dl: float = 0.9
    opioid: bool = True
    skin_pigment: float = 0.02

    def __post_init__(self) -> None:
        ranges = {"age": (0.0, 120.0), "weight_kg": (0.5, 400.0), "height_cm": (30.0, 250.0),
                  "creatinine_mg_dl": (0.05, 30.0), "skin_pigment": (0.0, 0.45)}  # fmt: skip
        for name, (low, high) in ranges.items():
            if not low < getattr(self, name) <= high:
                raise ValueError(f"{name} = {getattr(self, name)}: it lies above {low:g} and at most at {high:g}")
        if self.sex not in ("female", "male"):
            raise ValueError(f"sex = {self.sex!r}: write female or male")


def fat_free_mass(age: float, weight_kg: float, height_cm: float, sex: Sex) -> float:
    """Fat-free mass, kg (Al-Sallami 2015)."""
    index = weight_kg / (height_cm / _CM_PER_M) ** 2
    if sex == "male":
        growing = 0.88 + 0.12 / (1.0 + (age / 13.4) ** -12.7)
        return growing * 9270.0 * weight_kg / (6680.0 + 216.0 * index)
    growing = 1.11 - 0.11 / (1.0 + (age / 7.1) ** -1.1)
    return growing * 9270.0 * weight_kg / (8780.0 + 244.0 * index)


def lean_body_mass(weight_kg: float, height_cm: float, sex: Sex) -> float:
    """Lean body mass, kg, by the formula of James."""
    share = weight_kg / height_cm
    return 1.1 * weight_kg - 128.0 * share**2 if sex == "male" else 1.07 * weight_kg - 148.0 * share**2


def covariates(person: Person) -> dict[str, float]:
    """What an expression of a drug's file may name.

    Age in years, masses in kg, `height` in cm, `bmi` in kg/m2, `body_surface` in m2, `creatinine_clearance` in
    mL/min; `female` and `opioid` are 0 or 1; `reference_fat_free_mass` is that of a man of 35 years, 70 kg and 170 cm.
    """
    age, weight, height, sex = person.age, person.weight_kg, person.height_cm, person.sex
    female = 1.0 if sex == "female" else 0.0
    clearance = (140.0 - min(age, 120.0)) * weight / (72.0 * person.creatinine_mg_dl) * (1.0 - 0.15 * female)
    return {
        "age": age,
        "weight": weight,
        "height": height,
        "female": female,
        "opioid": 1.0 if person.opioid else 0.0,
        "bmi": weight / (height / _CM_PER_M) ** 2,
        "body_surface": math.sqrt(height * weight / 3600.0),
        "fat_free_mass": fat_free_mass(age, weight, height, sex),
        "reference_fat_free_mass": fat_free_mass(35.0, 70.0, 170.0, "male"),
        "lean_body_mass": lean_body_mass(weight, height, sex),
        "creatinine_clearance": clearance,
    }
