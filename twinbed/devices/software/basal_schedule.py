"""Programmed basal insulin: a rate for each quarter of the day.

Input: none but the time of day. State: none. The four shares multiply the basal rate from 0:00, 6:00,
12:00 and 18:00; all of them are 1 unless set, which is a flat schedule.

With `devices/software/bolus_calculator` and a pump this is standard pump therapy: each shows its own signals,
so the two stand side by side in a bed.

*Known limits*: pumps offer up to 48 segments.

**References:**

- Berget, Messer & Forlenza (2019), Diabetes Spectr 32(3):194, doi:10.2337/ds18-0091 (programmed basal rates)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, Nothing, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import param, port

_SECONDS_PER_DAY = 86400.0
_SHARES = (0.0, 5.0)


class Outputs(eqx.Module):
    """What the pump is told."""

    basal_command: Scalar = port("basal_command")


class BasalSchedule(AbstractDevice[Nothing, Nothing, Outputs]):
    """The basal rate programmed into a pump."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=300.0)

    basal_rate: Scalar = param(1.0, "[IU]/h", "programmed basal rate", bounds=(0.0, 40.0), source="therapy")
    share_from_midnight: Scalar = param(1.0, "1", "share from 0:00", bounds=_SHARES, source="flat unless set")
    share_from_morning: Scalar = param(1.0, "1", "share from 6:00", bounds=_SHARES, source="flat unless set")
    share_from_noon: Scalar = param(1.0, "1", "share from 12:00", bounds=_SHARES, source="flat unless set")
    share_from_evening: Scalar = param(1.0, "1", "share from 18:00", bounds=_SHARES, source="flat unless set")

    def initial(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: Nothing, noise: Noise) -> tuple[Nothing, Outputs]:
        days = t_s / _SECONDS_PER_DAY
        day = days - jnp.floor(days)
        before_noon = jnp.where(day < 0.25, self.share_from_midnight, self.share_from_morning)
        after_noon = jnp.where(day < 0.75, self.share_from_noon, self.share_from_evening)
        return x, Outputs(self.basal_rate * jnp.where(day < 0.5, before_noon, after_noon))
