"""The chest's impedance by hand: breath, heart and motion add up."""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.core.scenario import Scenario, Series
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.waveforms.impedance import Impedance

STEP, LASTS = 0.02, 60.0
TIME = np.arange(round(LASTS / STEP)) * STEP
BREATH = 2.4 + 0.5 * (0.5 - 0.5 * np.cos(2.0 * np.pi * 0.25 * TIME))
STROKE = 90.0 + 40.0 * np.sin(2.0 * np.pi * 1.25 * TIME)


@pytest.fixture(scope="module")
def chest():
    """Breathing, breathless with a beating heart, moving, and shaken with the bed."""
    flat = lambda value: np.full(len(TIME), value)
    still = flat(2.4), flat(90.0)
    scenes = [(BREATH, flat(90.0), 0.0, 0.0), (flat(2.4), STROKE, 0.0, 0.0), (*still, 5.0, 0.0), (*still, 0.0, 5.0)]
    names = ("lung_volume", "left_ventricular_volume", "motion", "vibration")
    scenarios = [
        Scenario((), {n: Series(STEP, np.broadcast_to(v, TIME.shape)) for n, v in zip(names, scene, strict=True)})
        for scene in scenes
    ]
    run = simulate([Bed({"chest": Impedance()})] * 4, scenarios, duration_s=LASTS, seed=0,
                   record=["thoracic_impedance"], record_period_s=STEP, backend="native")  # fmt: skip
    return run.recorded["thoracic_impedance"][:, round(20.0 / STEP) :]


def test_a_breath_of_half_a_litre_adds_two_percent(chest):
    """An Ohm of 25 for a litre."""
    assert chest[0].min() == pytest.approx(1.0, abs=1e-4)
    assert np.ptp(chest[0]) == pytest.approx(0.02, rel=0.01)


def test_without_breath_the_heart_goes_on(chest):
    """80 mL from end of diastole to end of systole, 5.5e-5 each: a fifth of a breath, at the rate of the heart."""
    assert np.ptp(chest[1]) == pytest.approx(80.0 * 5.5e-5, rel=0.02)
    wave = chest[1] - chest[1].mean()
    assert np.fft.rfftfreq(len(wave), STEP)[np.abs(np.fft.rfft(wave)).argmax()] == pytest.approx(1.25, abs=0.03)


def test_motion_of_five_metres_per_square_second_is_as_large_as_a_breath(chest):
    """Root mean square 0.004 * 5."""
    assert chest[2].std() == pytest.approx(0.02, rel=0.05)


def test_vibration_of_the_bed_shakes_the_chest_as_motion_does(chest):
    """An ambulance on a road, 0.5 to 1 m/s2, would be a tenth to a fifth of a breath."""
    np.testing.assert_allclose(chest[3], chest[2], rtol=0, atol=1e-12)
    assert chest[3].std() == pytest.approx(0.02, rel=0.05)


def test_the_derivative_by_lung_volume_is_the_gain():
    model = Impedance()
    shown = lambda v: (
        model.outputs(
            jnp.asarray(0.0), model.initial(), eqx.tree_at(lambda u: u.lung_volume, model.resting(), v)
        ).thoracic_impedance
    )
    assert float(eqx.filter_grad(shown)(jnp.asarray(3.0))) == pytest.approx(0.04)
