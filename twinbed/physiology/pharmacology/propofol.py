"""Propofol: how it spreads in a person of any age, size and sex.

The defaults are Eleveld's for a man of 35 years, 70 kg and 170 cm who also gets an opioid; `eleveld`,
`schnider` and `marsh` make those of anybody. A bolus is an event without duration.

*Known limits*: venous sampling, the change of kinetics with blood loss and every effect are left out.

**References:**

- Eleveld, Colin, Absalom & Struys (2018), Br J Anaesth 120(5):942, doi:10.1016/j.bja.2018.01.018
- Schnider et al. (1998), Anesthesiology 88(5):1170, doi:10.1097/00000542-199805000-00006
- Marsh, White, Morton & Kenny (1991), Br J Anaesth 67(1):41, doi:10.1093/bja/67.1.41
- Al-Sallami et al. (2015), Clin Pharmacokinet 54(11):1169, doi:10.1007/s40262-015-0277-z (fat-free mass)
"""

import math
from typing import ClassVar, Literal

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import port
from twinbed.physiology.pharmacology._parts.mammillary import Amounts, Mammillary

Sex = Literal["female", "male"]
_REFERENCE_AGE, _REFERENCE_KG = 35.0, 70.0


class Inputs(eqx.Module):
    """What is given."""

    propofol_rate: Scalar = port("propofol_rate", rest=0.0)


class Outputs(eqx.Module):
    """What a laboratory would measure, and what acts."""

    propofol_plasma: Scalar = port("propofol_plasma")
    propofol_effect: Scalar = port("propofol_effect")


def fat_free_mass(age: float, weight_kg: float, height_cm: float, sex: Sex) -> float:
    """Fat-free mass, kg (Al-Sallami 2015)."""
    index = weight_kg / (height_cm / 100.0) ** 2
    if sex == "male":
        growing = 0.88 + 0.12 / (1.0 + (age / 13.4) ** -12.7)
        return growing * 9270.0 * weight_kg / (6680.0 + 216.0 * index)
    growing = 1.11 - 0.11 / (1.0 + (age / 7.1) ** -1.1)
    return growing * 9270.0 * weight_kg / (8780.0 + 244.0 * index)


def lean_body_mass(weight_kg: float, height_cm: float, sex: Sex) -> float:
    """Lean body mass, kg, by the formula of James."""
    share = weight_kg / height_cm
    return 1.1 * weight_kg - 128.0 * share**2 if sex == "male" else 1.07 * weight_kg - 148.0 * share**2


def eleveld(age: float, weight_kg: float, height_cm: float, sex: Sex, *, opioid: bool = True) -> Mammillary:
    """Kinetics of Eleveld 2018 for arterial blood."""
    rises = lambda x, half, steep=1.0: x**steep / (half**steep + x**steep)
    against = lambda x, at, half, steep=1.0: rises(x, half, steep) / rises(at, half, steep)
    weeks, reference_weeks = age * 52.0 + 40.0, _REFERENCE_AGE * 52.0 + 40.0
    with_opioid = lambda slope: math.exp(slope * age) if opioid else 1.0
    lean = fat_free_mass(age, weight_kg, height_cm, sex) / fat_free_mass(_REFERENCE_AGE, _REFERENCE_KG, 170.0, "male")
    size = weight_kg / _REFERENCE_KG
    v1 = 6.28307808 * against(weight_kg, _REFERENCE_KG, 33.5531249)
    v2 = 25.5013145 * size * math.exp(-0.015633 * (age - _REFERENCE_AGE))
    v3 = 272.816662 * lean * with_opioid(-0.0138166)
    mature = against(weeks, reference_weeks, 42.276019, 9.0548452)
    clearance = (1.78958366 if sex == "male" else 2.10022189) * size**0.75 * mature * with_opioid(-0.00285709)
    q2 = 1.75009837 * (v2 / 25.5013145) ** 0.75 * (1.0 + 1.30426805 * (1.0 - rises(weeks, 68.2767979)))
    q3 = 1.1085424 * (v3 / 272.816662) ** 0.75 * against(weeks, reference_weeks, 68.2767979)
    return _of(v1, v2, v3, clearance, q2, q3, 0.146 * size**-0.25)


def schnider(age: float, weight_kg: float, height_cm: float, sex: Sex) -> Mammillary:
    """Kinetics of Schnider 1998."""
    lean = lean_body_mass(weight_kg, height_cm, sex)
    clearance = 1.89 + 0.0456 * (weight_kg - 77.0) - 0.0681 * (lean - 59.0) + 0.0264 * (height_cm - 177.0)
    return _of(4.27, 18.9 - 0.391 * (age - 53.0), 238.0, clearance, 1.29 - 0.024 * (age - 53.0), 0.836, 0.456)


def marsh(weight_kg: float) -> Mammillary:
    """Kinetics of Marsh 1991 with the faster site of effect."""
    v1 = 0.228 * weight_kg
    return _of(v1, 0.463 * weight_kg, 2.893 * weight_kg, 0.119 * v1, 0.112 * v1, 0.042 * v1, 1.2)


def _of(*values: float) -> Mammillary:
    return Mammillary(*map(jnp.asarray, map(float, values)))


class Propofol(AbstractModel[Amounts, Inputs, Outputs]):
    """Propofol in one patient."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=1.0)
    kinetics: Mammillary = eqx.field(default_factory=lambda: eleveld(35.0, 70.0, 170.0, "male"))

    def initial(self) -> Amounts:
        nothing = jnp.zeros_like(self.kinetics.v1)
        return Amounts(nothing, nothing, nothing, nothing)

    def resting(self) -> Inputs:
        return Inputs(jnp.zeros_like(self.kinetics.v1))

    def rhs(self, t: Time, x: Amounts, u: Inputs) -> Amounts:
        del t
        return self.kinetics.rhs(x, u.propofol_rate)

    def outputs(self, t: Time, x: Amounts, u: Inputs) -> Outputs:
        del t, u
        return Outputs(propofol_plasma=x.central / self.kinetics.v1, propofol_effect=x.effect)
