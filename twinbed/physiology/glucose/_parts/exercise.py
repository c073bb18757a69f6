"""What exercise does to the use of glucose.

Two published mechanisms. The heart-rate form raises insulin-independent uptake while the
heart beats faster and insulin sensitivity for hours after, in proportion to the heart beats
spent. The oxygen form multiplies the effects of insulin by the work of the active muscles.

*Known limits*: moderate aerobic exercise only; no rise of glucose in intense exercise; no
faster absorption of insulin. The oxygen form has no effect that outlasts its 30 min.

**References:**

- Breton (2008), J Diabetes Sci Technol 2(1):169, doi:10.1177/193229680800200127
- Dalla Man, Breton & Cobelli (2009), J Diabetes Sci Technol 3(1):56, doi:10.1177/193229680900300107
- Jacobs et al. (2015), J Diabetes Sci Technol 9(6):1175, doi:10.1177/1932296815609371
- Resalat et al. (2019), PLoS One 14(7):e0217301, doi:10.1371/journal.pone.0217301
"""

import abc
from typing import Generic, TypeVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import Nothing
from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var

S = TypeVar("S", bound=eqx.Module)

_C = "Dalla Man 2009, model C (values as in LoopInsighT1 0.3)"
_JACOBS = "Jacobs 2015 (values as in the OHSU virtual patients, Resalat 2019)"


class AbstractUptakeExercise(eqx.Module, Generic[S]):
    """Exercise in a model with insulin-dependent uptake of Michaelis-Menten form."""

    @abc.abstractmethod
    def initial(self) -> S:
        """A person at rest."""

    @abc.abstractmethod
    def jump(self, x: S) -> S:
        """What is forgotten at the start of a step."""

    @abc.abstractmethod
    def rhs(self, x: S, heart_rate: Scalar, intensity: Scalar) -> S:
        """Time derivative with a heart rate (1/min) or an intensity (% of maximal oxygen uptake)."""

    @abc.abstractmethod
    def uptake(self, x: S, vm0: Scalar) -> Scalar:
        """Maximal uptake at basal insulin."""

    @abc.abstractmethod
    def action(self, x: S, action: Scalar, basal_insulin: Scalar) -> Scalar:
        """Insulin above basal that acts on uptake."""

    @abc.abstractmethod
    def half_saturation(self, x: S, km0: Scalar, insulin: Scalar) -> Scalar:
        """Glucose at half of the maximal uptake."""


class NoExercise(AbstractUptakeExercise[Nothing]):
    """A person who stays at rest."""

    def initial(self) -> Nothing:
        return Nothing()

    def jump(self, x: Nothing) -> Nothing:
        return x

    def rhs(self, x: Nothing, heart_rate: Scalar, intensity: Scalar) -> Nothing:
        del heart_rate, intensity
        return x

    def uptake(self, x: Nothing, vm0: Scalar) -> Scalar:
        del x
        return vm0

    def action(self, x: Nothing, action: Scalar, basal_insulin: Scalar) -> Scalar:
        del x, basal_insulin
        return action

    def half_saturation(self, x: Nothing, km0: Scalar, insulin: Scalar) -> Scalar:
        del x, insulin
        return km0


class HeartRateState(eqx.Module):
    """What the body remembers of the heart rate."""

    y: Scalar = var("1/min", "heart rate above rest, smoothed")
    z: Scalar = var("1", "readiness of the muscles for insulin")
    w: Scalar = var("1", "heart beats above rest since exercise began")


class HeartRateExercise(AbstractUptakeExercise[HeartRateState]):
    """More uptake with a faster heart, and more insulin sensitivity for hours after.

    Where only an intensity is given, the heart rate is taken to rise in proportion from rest
    to its maximum. A heart rate below the resting one has no effect. Where the heart races for other reasons
    too, as in a patient who bleeds, `by_heart` is false and intensity alone counts.
    """

    by_heart: bool = eqx.field(static=True, default=True)
    alpha: Scalar = param(3e-4, "1", "gain of insulin sensitivity", bounds=(0.0, 0.01), source=_C)
    beta: Scalar = param(0.01, "min", "gain of insulin-independent uptake", bounds=(0.0, 0.1), source=_C)
    gamma: Scalar = param(1e-7, "L/pmol", "gain on half saturation", bounds=(0.0, 1e-5), source=_C)
    a: Scalar = param(0.1, "1", "share of the resting rate that counts as exercise", bounds=(0.01, 1.0), source=_C)
    n: Scalar = param(4.0, "1", "steepness of that threshold", bounds=(1.0, 10.0), source=_C)
    t_hr: Scalar = param(5.0, "min", "smoothing of the heart rate", bounds=(0.5, 60.0), source=_C)
    t_in: Scalar = param(1.0, "min", "onset of insulin sensitivity", bounds=(0.5, 60.0), source=_C)
    t_ex: Scalar = param(600.0, "min", "decay of insulin sensitivity", bounds=(30.0, 3000.0), source=_C)
    z_rest: Scalar = param(
        0.05,
        "1",
        "readiness below which the beats are forgotten",
        bounds=(0.001, 0.5),
        source="LoopInsighT1 0.3",
    )
    resting_heart_rate: Scalar = param(
        60.0, "1/min", "heart rate at rest", bounds=(35.0, 110.0), source="LoopInsighT1 0.3"
    )
    maximal_heart_rate: Scalar = param(
        185.0, "1/min", "maximal heart rate", bounds=(120.0, 230.0), source="220 minus age, at 35 years"
    )
    full_intensity: Scalar = param(100.0, "%", "intensity at the maximal heart rate", source="definition")

    def initial(self) -> HeartRateState:
        zero = jnp.zeros_like(self.z_rest)
        return HeartRateState(zero, zero, zero)

    def jump(self, x: HeartRateState) -> HeartRateState:
        return HeartRateState(x.y, x.z, jnp.where(x.z < self.z_rest, 0.0, x.w))

    def rhs(self, x: HeartRateState, heart_rate: Scalar, intensity: Scalar) -> HeartRateState:
        reserve = self.maximal_heart_rate - self.resting_heart_rate
        excess = reserve * intensity / self.full_intensity
        if self.by_heart:
            excess = jnp.maximum(excess, heart_rate - self.resting_heart_rate)
        excess = jnp.maximum(excess, 0.0)
        step = (jnp.maximum(x.y, 0.0) / (self.a * self.resting_heart_rate)) ** self.n
        f = step / (1.0 + step)
        return HeartRateState(
            y=(excess - x.y) / self.t_hr,
            z=(f - (f + self.t_in / self.t_ex) * x.z) / self.t_in,
            w=excess,
        )

    def uptake(self, x: HeartRateState, vm0: Scalar) -> Scalar:
        return vm0 * (1.0 + self.beta * x.y)

    def action(self, x: HeartRateState, action: Scalar, basal_insulin: Scalar) -> Scalar:
        return action + self.alpha * x.z * x.w * (action + basal_insulin)

    def half_saturation(self, x: HeartRateState, km0: Scalar, insulin: Scalar) -> Scalar:
        return km0 * jnp.maximum(1.0 - self.gamma * x.z * x.w * insulin, 0.0)


class AbstractEffectExercise(eqx.Module, Generic[S]):
    """Exercise in a model with three effects of insulin (transport, disposal, production)."""

    @abc.abstractmethod
    def initial(self) -> S:
        """A person at rest."""

    @abc.abstractmethod
    def rhs(self, x: S, intensity: Scalar) -> S:
        """Time derivative with an intensity in % of maximal oxygen uptake."""

    @abc.abstractmethod
    def periphery(self, x: S, gain: Scalar, intensity: Scalar) -> Scalar:
        """Gain of the effects on transport and disposal."""

    @abc.abstractmethod
    def liver(self, x: S, gain: Scalar) -> Scalar:
        """Gain of the effect on endogenous production."""


class NoEffectExercise(AbstractEffectExercise[Nothing]):
    """A person who stays at rest."""

    def initial(self) -> Nothing:
        return Nothing()

    def rhs(self, x: Nothing, intensity: Scalar) -> Nothing:
        del intensity
        return x

    def periphery(self, x: Nothing, gain: Scalar, intensity: Scalar) -> Scalar:
        del x, intensity
        return gain

    def liver(self, x: Nothing, gain: Scalar) -> Scalar:
        del x
        return gain


class OxygenState(eqx.Module):
    """Uptake of glucose by the active muscles."""

    pgua: Scalar = var("mg/min", "glucose uptake of active tissue above rest")


class OxygenExercise(AbstractEffectExercise[OxygenState]):
    """Effects of insulin multiplied by the work of the active muscles.

    The published polynomial is zero at 8 % of maximal oxygen uptake, which is rest.
    """

    active_mass: Scalar = param(
        0.5, "1", "share of the muscles that are active", bounds=(0.05, 1.0),
        source="OHSU virtual patients, Resalat 2019",
    )  # fmt: skip
    p0: Scalar = param(-10.1958, "mg/min", "steady uptake, constant", source=_JACOBS)
    p1: Scalar = param(1.2264, "mg/min/%", "steady uptake, linear", source=_JACOBS)
    p2: Scalar = param(0.006, "mg/min/%2", "steady uptake, quadratic", source=_JACOBS)
    time: Scalar = param(30.0, "min", "time constant of uptake", bounds=(1.0, 300.0), source=_JACOBS)
    basal_uptake: Scalar = param(35.0, "mg/min", "peripheral uptake at rest", source=_JACOBS)
    basal_production: Scalar = param(155.0, "mg/min", "hepatic production at rest", source=_JACOBS)
    insulin_uptake: Scalar = param(2.4, "1", "gain of peripheral insulin uptake", bounds=(0.0, 10.0), source=_JACOBS)

    def initial(self) -> OxygenState:
        return OxygenState(jnp.zeros_like(self.p0))

    def steady_uptake(self, intensity: Scalar) -> Scalar:
        """Uptake that an intensity leads to."""
        return jnp.maximum(self.p0 + intensity * (self.p1 + self.p2 * intensity), 0.0)

    def rhs(self, x: OxygenState, intensity: Scalar) -> OxygenState:
        return OxygenState((self.steady_uptake(intensity) - x.pgua) / self.time)

    def periphery(self, x: OxygenState, gain: Scalar, intensity: Scalar) -> Scalar:
        working = jnp.where(self.steady_uptake(intensity) > 0.0, self.active_mass, 0.0)
        glucose = 1.0 + x.pgua * self.active_mass / self.basal_uptake
        return gain * glucose * (1.0 + self.insulin_uptake * working)

    def liver(self, x: OxygenState, gain: Scalar) -> Scalar:
        return gain * (1.0 + x.pgua * self.active_mass / self.basal_production)
