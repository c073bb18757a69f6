"""Glucagon: secretion, what is infused under the skin, and its effect on the liver.

Two subcutaneous compartments, one plasma compartment and a delayed effect on endogenous
glucose production; secretion follows low glucose (slowly) and falling glucose (at once).

The equations are published, the numbers of the simulator's population are not. Kinetics are
set to reproduce a published time and height of the peak, the effect on the liver to a
published dose-response (each parameter's source says which). Secretion is zero by default:
people who have had type 1 diabetes for some years no longer answer hypoglycaemia with
glucagon, and no published numbers for those who still do were found.

*Known limits*: the effect on the liver does not weaken at high insulin, as it does in
people; glycogen is not exhausted; `kh` is a placeholder.

**References:**

- Dalla Man et al. (2014), J Diabetes Sci Technol 8(1):26, doi:10.1177/1932296813514502
- Visentin et al. (2018), J Diabetes Sci Technol 12(2):273, doi:10.1177/1932296818757747 (A23-A28)
- Haidar et al. (2013), J Diabetes Sci Technol 7(6):1507, doi:10.1177/193229681300700610
- Lv, Breton & Farhy (2013), Diabetes Technol Ther 15(11):935, doi:10.1089/dia.2013.0150
- El Youssef et al. (2014), Diabetes Care 37(11):3054, doi:10.2337/dc14-0803
"""

import abc
from typing import Generic, TypeVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import Nothing
from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var

S = TypeVar("S", bound=eqx.Module)

_TO_PEAK = (
    "time to peak of 19 min (Haidar 2013, as used in the McGill simulator; 20 min on the label) with "
    "two equal subcutaneous rates and the plasma rate n"
)
_NONE = "zero in long-standing type 1 diabetes; equation of Visentin 2018 (A25-A26), values not published"


class Around(eqx.Module):
    """What glucagon sees of the rest of the body."""

    glucose: Scalar
    basal_glucose: Scalar
    glucose_slope: Scalar
    insulin: Scalar
    body_weight: Scalar


class AbstractGlucagon(eqx.Module, Generic[S]):
    """Glucagon and what it does to endogenous glucose production."""

    @abc.abstractmethod
    def initial(self) -> S:
        """Glucagon at rest."""

    @abc.abstractmethod
    def rhs(self, x: S, around: Around, infusion: Scalar) -> S:
        """Time derivative, with an infusion in mg/min into the skin."""

    @abc.abstractmethod
    def production(self, x: S, production: Scalar) -> Scalar:
        """Endogenous glucose production, mg/kg/min, with the effect of glucagon."""


class NoGlucagon(AbstractGlucagon[Nothing]):
    """Glucagon stays at its basal level, as in S2008."""

    def initial(self) -> Nothing:
        return Nothing()

    def rhs(self, x: Nothing, around: Around, infusion: Scalar) -> Nothing:
        del around, infusion
        return x

    def production(self, x: Nothing, production: Scalar) -> Scalar:
        del x
        return production


class State(eqx.Module):
    """Glucagon under the skin, in plasma, and its effect."""

    hsc1: Scalar = var("ng/kg", "glucagon in the first subcutaneous compartment")
    hsc2: Scalar = var("ng/kg", "glucagon in the second subcutaneous compartment")
    h: Scalar = var("ng/L", "plasma glucagon")
    xh: Scalar = var("ng/L", "delayed glucagon above basal, acting on the liver")
    srs: Scalar = var("ng/L/min", "static secretion")


class Glucagon(AbstractGlucagon[State]):
    """Plasma glucagon that can be infused and, if asked for, secreted."""

    kh1: Scalar = param(0.094, "1/min", "transfer between the compartments", bounds=(0.01, 0.5), source=_TO_PEAK)
    kh2: Scalar = param(
        0.0, "1/min", "loss from the first compartment", bounds=(0.0, 0.2),
        source="included in the apparent clearance",
    )  # fmt: skip
    kh3: Scalar = param(0.094, "1/min", "absorption into plasma", bounds=(0.01, 0.5), source=_TO_PEAK)
    n: Scalar = param(
        0.133, "1/min", "elimination from plasma", bounds=(0.03, 0.5),
        source="half-life of 5.2 min, Lv 2013 (as quoted in LoopInsighT1 2.1)",
    )  # fmt: skip
    clearance: Scalar = param(
        0.05, "L/kg/min", "apparent clearance of subcutaneous glucagon", bounds=(0.005, 0.3),
        source="1 mg under the skin peaks at 7.9 ng/mL (US label of glucagon for injection; 70 kg assumed)",
    )  # fmt: skip
    hb: Scalar = param(
        60.0, "ng/L", "basal plasma glucagon", bounds=(10.0, 200.0),
        source="Dalla Man 2014, figure 5 (read in LoopInsighT1 2.1)",
    )  # fmt: skip
    kh: Scalar = param(
        0.1, "1/min", "rate of the effect on the liver", bounds=(0.01, 1.0),
        source="placeholder of LoopInsighT1 2.1, no published value found",
    )  # fmt: skip
    xi: Scalar = param(
        3.3e-3, "mg.L/kg/min/ng", "effect of glucagon on the liver", bounds=(0.0, 0.05),
        source="El Youssef 2014: 25 to 175 ug raise production over 60 min from 5 to 112 mg/kg at low "
        "insulin (80 kg assumed), with the kinetics above",
    )  # fmt: skip
    rho: Scalar = param(
        0.5, "1/min", "rate of the static secretion", bounds=(0.01, 2.0),
        source="placeholder of LoopInsighT1 2.1; without effect while sigma is zero",
    )  # fmt: skip
    sigma: Scalar = param(
        0.0, "ng.dL/mg/L/min", "answer of static secretion to low glucose", bounds=(0.0, 50.0), source=_NONE
    )
    delta: Scalar = param(0.0, "ng.dL/mg/L", "answer of secretion to falling glucose", bounds=(0.0, 50.0), source=_NONE)
    gth: Scalar = param(
        60.0, "mg/dL", "glucose below which static secretion answers", bounds=(40.0, 90.0),
        source="Dalla Man 2014 (as in SmartCGMS)",
    )  # fmt: skip
    insulin_unit: Scalar = param(
        1.0, "pmol/L", "insulin that halves static secretion", source="the 1 in I + 1 of Visentin 2018 (A25)"
    )
    ng_per_mg: Scalar = param(1e6, "ng/mg", "nanograms in a milligram", source="definition")

    def initial(self) -> State:
        zero = jnp.zeros_like(self.hb)
        return State(zero, zero, self.hb, zero, self.n * self.hb)

    def rhs(self, x: State, around: Around, infusion: Scalar) -> State:
        volume = self.clearance / self.n
        basal_secretion = self.n * self.hb
        low = self.sigma * (self.gth - around.glucose) / (1.0 + around.insulin / self.insulin_unit)
        wanted = jnp.where(
            around.glucose < around.basal_glucose, jnp.maximum(basal_secretion + low, 0.0), basal_secretion
        )
        falling = self.delta * jnp.maximum(-around.glucose_slope, 0.0)
        return State(
            hsc1=self.ng_per_mg * infusion / around.body_weight - (self.kh1 + self.kh2) * x.hsc1,
            hsc2=self.kh1 * x.hsc1 - self.kh3 * x.hsc2,
            h=x.srs + falling + self.kh3 * x.hsc2 / volume - self.n * x.h,
            xh=self.kh * (jnp.maximum(x.h - self.hb, 0.0) - x.xh),
            srs=self.rho * (wanted - x.srs),
        )

    def production(self, x: State, production: Scalar) -> Scalar:
        return production + self.xi * x.xh
