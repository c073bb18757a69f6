"""How often the sensor had a value to show, and how far it was from plasma glucose.

*Known limits*: the relative difference is taken against the true plasma glucose at the same
moment, every five minutes, and so contains the lag of tissue glucose and no meter error. A bed
without a sensor, or whose sensor never had a value, has no result (it is not a number).
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.endpoint import AbstractEndpoint, Scalar
from twinbed.core.quantities import param, port, var
from twinbed.studies.outcomes import outcome


class State(eqx.Module):
    """Sums over the readings so far."""

    readings: Scalar = var("1", "readings")
    valid: Scalar = var("1", "readings with a value")
    difference: Scalar = var("1", "sum of absolute relative differences of these")


class Inputs(eqx.Module):
    """What the sensor shows, and the truth."""

    cgm: Scalar = port("cgm", rest=float("nan"))
    cgm_valid: Scalar = port("cgm_valid", rest=float("nan"))
    plasma_glucose: Scalar = port("plasma_glucose")


class Outputs(eqx.Module):
    """The sensor of one patient."""

    sensor_use: Scalar = outcome("%", "time with a sensor value", better="higher")
    mard: Scalar = outcome("%", "mean absolute relative difference from plasma glucose", better="lower")


class SensorAccuracy(AbstractEndpoint[State, Inputs, Outputs]):
    """Compares the sensor with the truth."""

    period_s: float = eqx.field(static=True, default=300.0)
    from_s: Scalar = param(0.0, "s", "readings before this time are not counted")

    def init(self) -> State:
        return State(jnp.asarray(0.0), jnp.asarray(0.0), jnp.asarray(0.0))

    def update(self, t_s: Scalar, x: State, u: Inputs) -> State:
        one = jnp.where(t_s >= self.from_s, 1.0, 0.0).astype(u.cgm.dtype)
        valid = one * u.cgm_valid  # missing if there is no sensor
        apart = jnp.abs(u.cgm - u.plasma_glucose) / jnp.maximum(u.plasma_glucose, 1.0)
        return State(
            readings=x.readings + one,
            valid=x.valid + valid,
            difference=x.difference + jnp.where(valid > 0.0, valid * apart, 0.0 * valid),
        )

    def result(self, x: State) -> Outputs:
        return Outputs(
            sensor_use=100.0 * x.valid / x.readings,
            mard=100.0 * x.difference / x.valid,
        )
