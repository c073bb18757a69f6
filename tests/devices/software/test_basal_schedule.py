"""The rate in force at every quarter of the day."""

import jax.numpy as jnp
import numpy as np

from twinbed.core.device import Nothing
from twinbed.core.noise import noise_from_seed
from twinbed.devices.software.basal_schedule import BasalSchedule


def test_a_flat_schedule_is_the_basal_rate():
    device = BasalSchedule(basal_rate=0.85)
    shown = device.step(jnp.asarray(12345.0), Nothing(), Nothing(), noise_from_seed(0))[1]
    assert float(shown.basal_command) == 0.85


def test_quarters_of_the_day_have_their_shares():
    device = BasalSchedule(
        basal_rate=2.0,
        share_from_midnight=0.8,
        share_from_morning=1.3,
        share_from_noon=1.0,
        share_from_evening=0.9,
    )
    rate = lambda hours: float(
        device.step(jnp.asarray(hours * 3600.0), Nothing(), Nothing(), noise_from_seed(0))[1].basal_command
    )
    found = [rate(h) for h in (0.0, 5.99, 6.0, 11.99, 12.0, 17.99, 18.0, 23.99, 24.0, 54.0)]
    np.testing.assert_allclose(found, np.array([0.8, 0.8, 1.3, 1.3, 1.0, 1.0, 0.9, 0.9, 0.8, 1.3]) * 2.0)
