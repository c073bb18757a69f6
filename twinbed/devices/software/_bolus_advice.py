"""The arithmetic of a bolus calculator, for pumps and pens."""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import var
from twinbed.devices.software._dosing import rounded_down
from twinbed.devices.software._readings import Readings


class Advice(eqx.Module):
    """The present announcement and the last bolus."""

    owed: Scalar = var("[IU]", "not yet asked for of the present announcement")
    given: Scalar = var("[IU]", "asked for in the present announcement")
    announcing: Scalar = var("1", "whether carbohydrate was announced at the last tick")
    bolus: Scalar = var("[IU]", "the last bolus")
    number: Scalar = var("1", "its running number")
    dose: Scalar = var("[IU]", "what is asked for now")


class Limits(eqx.Module):
    """What a bolus may be."""

    largest: Scalar = var("[IU]", "most for one announcement")
    increment: Scalar = var("[IU]", "doses are multiples of this")


def no_advice(like: Scalar) -> Advice:
    """Before the first announcement."""
    zero = jnp.zeros_like(like)
    return Advice(zero, zero, zero, zero, zero, zero)


def correction(readings: Readings, on_board: Scalar, *, target: Scalar, factor: Scalar, timeout: Scalar) -> Scalar:
    """Insulin for the distance from the target: negative below it, zero without a reading.

    Insulin on board lowers it, but not below zero.
    """
    needed = (readings.last - target) / factor
    still = jnp.maximum(needed - jnp.maximum(on_board, 0.0), 0.0)
    return jnp.where(readings.age <= timeout, jnp.where(needed > 0.0, still, needed), 0.0)


def advised(x: Advice, grams: Scalar, ratio: Scalar, corrected: Scalar, limits: Limits) -> Advice:
    """The advice after a tick in which so many grams were announced.

    The correction counts once, at the beginning of an announcement; what rounding leaves is
    owed to its next tick, and forgotten with its end.
    """
    eating = grams > 0.0
    begins = eating & (x.announcing < 0.5)
    owed = jnp.where(begins, corrected, x.owed) + grams / ratio
    given = jnp.where(begins, 0.0, x.given)
    dose = rounded_down(jnp.clip(owed, 0.0, limits.largest - given), limits.increment)
    dose = jnp.where(eating, dose, 0.0)
    asks = dose > 0.0
    return Advice(
        owed=owed - dose,
        given=given + dose,
        announcing=eating.astype(x.announcing.dtype),
        bolus=jnp.where(asks, dose, x.bolus),
        number=x.number + jnp.where(asks, 1.0, 0.0),
        dose=dose,
    )
