"""What blood carries, against published tables and independent formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.physiology.respiratory import Blood

BLOOD = Blood()
WARM = jnp.asarray(37.0)
numbers = lambda *values: map(jnp.asarray, map(float, values))


@pytest.mark.parametrize(
    ("po2", "share"),
    [
        (10, 0.0961),
        (20, 0.3203),
        (26.8, 0.5),
        (40, 0.7519),
        (60, 0.9059),
        (80, 0.9561),
        (100, 0.9762),
        (150, 0.9923),
        (500, 0.9997),
    ],
)
def test_saturation_is_that_of_another_implementation_of_dash(po2, share):
    assert float(BLOOD.saturation(*numbers(po2, 7.4, 40.0, 37.0))) == pytest.approx(share, abs=5e-5)


@pytest.mark.parametrize("po2", [26.8, 40.0, 60.0, 80.0, 100.0, 150.0, 500.0])
def test_saturation_is_near_severinghaus(po2):
    """Severinghaus 1979 fits measured human blood at rest; both lie within 0.3 points of each other."""
    severinghaus = 1.0 / (1.0 + 23400.0 / (po2**3 + 150.0 * po2))
    assert float(BLOOD.saturation(*numbers(po2, 7.4, 40.0, 37.0))) == pytest.approx(severinghaus, abs=3e-3)


@pytest.mark.parametrize(
    ("ph", "pco2", "temperature", "half"),
    [
        (7.2, 40, 37, 31.14),
        (7.6, 40, 37, 23.0),
        (7.4, 60, 37, 29.39),
        (7.4, 40, 33, 21.68),
        (7.4, 40, 39, 29.84),
        (7.2, 70, 37, 35.69),
    ],
)
def test_half_saturation_shifts(ph, pco2, temperature, half):
    assert float(BLOOD.half_saturation(*numbers(ph, pco2, temperature))) == pytest.approx(half, abs=0.005)


@pytest.mark.parametrize(
    ("pco2", "ph", "saturation", "content"),
    [(40, 7.4, 0.97, 47.60), (46, 7.37, 0.75, 51.80), (60, 7.28, 0.97, 55.35), (20, 7.6, 0.97, 36.52)],
)
def test_carbon_dioxide_is_kelmans(pco2, ph, saturation, content):
    found = BLOOD.carbon_dioxide_content(*numbers(pco2, ph, saturation, 37.0))
    assert float(found) == pytest.approx(content, abs=0.005)


def test_arterial_blood_carries_what_textbooks_say():
    share = BLOOD.saturation(*numbers(95.0, 7.4, 40.0, 37.0))
    assert float(BLOOD.oxygen_content(jnp.asarray(95.0), share)) == pytest.approx(19.8, abs=0.3)
    assert 22.0 <= float(BLOOD.bicarbonate(*numbers(40.0, 7.4, 37.0))) <= 26.0  # the laboratory range
    assert abs(float(BLOOD.base_excess(*numbers(40.0, 7.4, 37.0)))) < 1e-9  # by definition


def test_venous_blood_gives_up_more_carbon_dioxide_as_it_takes_oxygen():
    """Haldane: at one pressure and acidity, blood without oxygen holds more."""
    holds = lambda saturation: float(BLOOD.carbon_dioxide_content(*numbers(46.0, 7.37, saturation, 37.0)))
    assert 0.3 < holds(0.75) - holds(0.97) < 1.5


def test_slopes_are_finite_everywhere():
    slope = jax.vmap(jax.grad(BLOOD.saturation), in_axes=(0, None, None, None))
    po2 = jnp.asarray(np.concatenate([[0.0, 1e-9], np.linspace(0.1, 700.0, 50)]))
    found = slope(po2, *numbers(7.4, 40.0, 37.0))
    assert np.isfinite(found).all()
    assert (np.asarray(found[2:]) > 0.0).all()
