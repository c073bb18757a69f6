"""What every glucose sensor reads and shows: the display, its limits and the warm-up."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.model import Scalar
from twinbed.core.quantities import port

SECONDS_PER_DAY = 86400.0
HOURS_PER_DAY = 24.0


class Inputs(eqx.Module):
    """What a sensor measures."""

    interstitial_glucose: Scalar = port("interstitial_glucose")


class Outputs(eqx.Module):
    """What a sensor shows: the last displayed value (0: none yet), and whether it is new."""

    cgm: Scalar = port("cgm")
    cgm_valid: Scalar = port("cgm_valid")


def flag(condition: Bool[Array, ""], like: Scalar) -> Scalar:
    """1 or 0 in the precision of `like`."""
    return condition.astype(like.dtype)


def days_worn(t_s: Scalar, age_at_start: Scalar, life: Scalar) -> Scalar:
    """Days since the present sensor was inserted; sensors are replaced at the end of their life."""
    return jnp.mod(t_s / SECONDS_PER_DAY + age_at_start, life)


def just_replaced(t_s: Scalar, age_at_start: Scalar, life: Scalar, period_s: float) -> Bool[Array, ""]:
    """Whether a new sensor was inserted since the last tick."""
    worn = t_s / SECONDS_PER_DAY + age_at_start
    before = worn - period_s / SECONDS_PER_DAY
    return (jnp.floor(worn / life) > jnp.floor(before / life)) & (t_s > 0.0)


def displayed(
    reading: Scalar, last: Scalar, ready: Bool[Array, ""], limits: tuple[Scalar, Scalar]
) -> Outputs:
    """The reading within the limits of the display, or the last one while there is none."""
    return Outputs(jnp.where(ready, jnp.clip(reading, *limits), last), flag(ready, reading))
