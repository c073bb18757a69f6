"""What every glucose sensor reads and shows: the display, its limits and the warm-up."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.model import Scalar
from twinbed.core.quantities import port, var
from twinbed.devices._clock import HOURS_PER_DAY, SECONDS_PER_DAY, has_turned, turns


class Inputs(eqx.Module):
    """What a sensor measures."""

    interstitial_glucose: Scalar = port("interstitial_glucose")


class Outputs(eqx.Module):
    """What a sensor shows: the last displayed value (0: none yet), and whether it is new."""

    cgm: Scalar = port("cgm")
    cgm_valid: Scalar = port("cgm_valid")


class Wear(eqx.Module):
    """How long a sensor has been worn."""

    replaced: Bool[Array, ""]
    days: Scalar = var("d", "time since insertion")

    def ready(self, warm_up_h: Scalar) -> Bool[Array, ""]:
        """Whether the sensor has warmed up."""
        return self.days * HOURS_PER_DAY >= warm_up_h


def flag(condition: Bool[Array, ""], like: Scalar) -> Scalar:
    """1 or 0 in the precision of `like`."""
    return condition.astype(like.dtype)


def wear(t_s: Scalar, age_at_start: Scalar, life: Scalar, period_s: float) -> Wear:
    """The wear of the present sensor; a sensor is replaced at the end of its life."""
    life_s, worn_s = life * SECONDS_PER_DAY, t_s + age_at_start * SECONDS_PER_DAY
    since_s = worn_s - life_s * turns(worn_s, life_s, period_s)
    replaced = has_turned(worn_s, life_s, period_s) & (t_s > 0.0)
    return Wear(replaced, jnp.maximum(since_s, 0.0) / SECONDS_PER_DAY)


def displayed(reading: Scalar, last: Scalar, ready: Bool[Array, ""], limits: tuple[Scalar, Scalar]) -> Outputs:
    """The reading within the limits of the display, or the last one while there is none."""
    return Outputs(jnp.where(ready, jnp.clip(reading, *limits), last), flag(ready, reading))
