"""A controller of your own: on-off insulin by the sensor, put into a bed with a library pump.

Run it: `python examples/own_device.py`. Check it: `twinbed check own_device:OnOff` from this folder.
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

import twinbed as tb
from twinbed.core.device import AbstractDevice, Nothing, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port


class Inputs(eqx.Module):
    """What the controller reads: what the sensor shows, never the patient."""

    cgm: Scalar = port("cgm")


class Outputs(eqx.Module):
    """What it commands."""

    basal_command: Scalar = port("basal_command")


class OnOff(AbstractDevice[Nothing, Inputs, Outputs]):
    """The programmed basal rate above a threshold, nothing below it."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=300.0)
    basal_rate: Scalar = param(1.0, "[IU]/h", "programmed basal rate")
    threshold: Scalar = param(90.0, "mg/dL", "glucose below which insulin stops")

    def initial(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: Inputs, noise: Noise) -> tuple[Nothing, Outputs]:
        rate = jnp.where(u.cgm > self.threshold, self.basal_rate, jnp.zeros_like(self.basal_rate))
        return x, Outputs(rate)


def main() -> None:
    """One patient, one day, one meal without a bolus."""
    patient = tb.load("physiology/glucose/uva_padova")()
    bed = tb.Bed(
        patient,
        {
            "cgm": tb.load("devices/sensing/cgm_vettoretti2019")(),
            "controller": OnOff(basal_rate=patient.resting().insulin_rate),
            "pump": tb.load("devices/delivery/insulin_pump")(),
        },
    )
    lunch = tb.Scenario((tb.Event("carbohydrate", start_s=12 * 3600, duration_s=900, amount=40),))
    run = tb.simulate(bed, lunch, duration_s=86400, seed=1, record=["plasma_glucose", "insulin_rate"])
    glucose = run.recorded["plasma_glucose"][0]
    print(f"glucose {glucose.min():.0f} to {glucose.max():.0f} mg/dL")


if __name__ == "__main__":
    main()
