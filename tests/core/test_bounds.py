"""Settings outside their declared bounds are refused where a bed is built."""

import jax
import jax.numpy as jnp
import pytest

from twinbed.core.device import Scalar
from twinbed.core.errors import SettingError
from twinbed.core.quantities import param
from twinbed.devices.faults.stuck import Stuck
from twinbed.devices.ventilation.ventilator import Ventilator
from twinbed.engine.batch import as_precision, stack
from twinbed.engine.bed import Bed


class Fine(Ventilator):
    """A ventilator with a setting whose end no binary number is."""

    share: Scalar = param(0.0, "1", "a share", bounds=(0.0, 0.1))


def test_a_setting_outside_its_bounds_is_refused_by_a_bed_with_what_it_may_be():
    with pytest.raises(SettingError, match=r"^ventilator\.tidal_volume: 50000 is outside 2 to 3000 mL$"):
        Bed({}, {"ventilator": Ventilator(tidal_volume=50000.0)})


def test_a_setting_of_one_patient_of_a_cohort_is_refused_too():
    many = Ventilator(tidal_volume=jnp.array([500.0, 1.0]))
    with pytest.raises(SettingError, match="tidal_volume: 1 is outside"):
        Bed({}, {"ventilator": many})


def test_a_number_that_is_none_is_refused():
    with pytest.raises(SettingError, match="nan is outside"):
        Bed({}, {"ventilator": Ventilator(tidal_volume=jnp.nan)})
    with pytest.raises(SettingError, match="expected a number, found 'much'"):
        Ventilator(tidal_volume="much")  # pyright: ignore[reportArgumentType]


def test_the_ends_of_the_bounds_are_inside_in_single_precision_too():
    for end in (2.0, 3000.0):
        Bed({}, {"ventilator": as_precision(Ventilator(tidal_volume=end), jnp.float32)})
    Bed({}, {"ventilator": as_precision(Fine(share=0.1), jnp.float32)})  # 0.1 in single precision is above 0.1
    with pytest.raises(SettingError, match=r"^fine.share: 0.11 is outside 0 to 0.1$"):
        Bed({}, {"fine": Fine(share=0.11)})


def test_what_is_within_a_device_is_checked_with_its_place():
    with pytest.raises(SettingError, match=r"^late\.device\.rate: 200 is outside"):
        Bed({}, {"late": Stuck(device=Ventilator(rate=200.0), signal="ventilator_rate")})


def test_a_gradient_and_a_cohort_go_through_a_bed_that_is_built_within_them():
    volume = lambda ml: Bed({}, {"v": Ventilator(tidal_volume=ml)}).devices["v"].tidal_volume ** 2  # pyright: ignore
    assert float(jax.grad(volume)(500.0)) == 1000.0
    assert jax.vmap(volume)(jnp.array([10.0, 20.0])).tolist() == [100.0, 400.0]
    assert stack([Bed({}, {"v": Ventilator(tidal_volume=v)}) for v in (400.0, 600.0)]).devices["v"] is not None
