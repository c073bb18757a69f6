"""The virtual finger against the model of the physiology, and volunteers against what they are to be."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.bench.oximetry import finger as bench
from twinbed.bench.oximetry.volunteers import GROUPS, volunteers


def of_physiology(finger, pressure, saturation):
    """What `physiology/waveforms/ppg` lets through at the same state."""
    from twinbed.physiology.waveforms.ppg import Ppg

    model = Ppg(melanin=jnp.asarray(finger.melanin), perfusion=jnp.asarray(finger.perfusion),
                stray_light=jnp.asarray(finger.stray_light))  # fmt: skip
    model = jax.tree.map(lambda v: jnp.asarray(v, float) if isinstance(v, float) else v, model)
    x = eqx.tree_at(
        lambda s: (s.pressure, s.saturation), model.initial(), tuple(map(jnp.asarray, (pressure, saturation)))
    )
    u = eqx.tree_at(lambda i: (i.haemoglobin, i.venous_saturation), model.resting(),
                    (jnp.asarray(finger.haemoglobin), jnp.asarray(finger.venous_saturation)))  # fmt: skip
    out = model.outputs(jnp.asarray(0.0), x, u)
    return float(out.ppg_red), float(out.ppg_infrared)


@pytest.mark.parametrize(
    ("finger", "pressure", "saturation"),
    [(bench.Finger(), 90.0, 0.97), (bench.Finger(0.3, 12.0, 0.6, 0.4, 0.08), 130.0, 0.72)],
)
def test_light_is_that_of_the_physiology(finger, pressure, saturation):
    red, infrared = bench.light(finger, np.array([pressure]), np.array([saturation]))
    assert (red[0], infrared[0]) == pytest.approx(of_physiology(finger, pressure, saturation), rel=1e-12)


def test_without_stray_light_the_ratio_is_that_of_the_extinctions():
    # dI/I = -haemoglobin (S e_oxygenated + (1 - S) e_reduced) dl, by Beer and Lambert
    s, pressures = 0.8, np.array([99.999, 100.001])
    red, infrared = bench.light(bench.Finger(stray_light=0.0), pressures, np.full(2, s))
    ratio = np.diff(np.log(red))[0] / np.diff(np.log(infrared))[0]
    extinction = lambda pair: s * pair[0] + (1.0 - s) * pair[1]
    assert ratio == pytest.approx(extinction(bench.RED) / extinction(bench.INFRARED), rel=1e-6)


def test_a_tester_sets_the_modulation():
    t = np.arange(500) / 50.0
    pressure = bench.pulsing(t, np.arange(-1.0, 12.0, 0.8))
    for percent in (0.3, 2.0):
        finger = bench.with_modulation(bench.Finger(), percent, pressure)
        infrared = bench.light(finger, pressure, np.full(500, 0.97))[1]
        assert bench.modulation(infrared) == pytest.approx(percent, rel=1e-4)


def test_motion_has_its_size_and_moves_venous_blood_only():
    t = np.arange(50_000) / 50.0
    assert np.sqrt(np.mean(bench.shaken(t, 3.0) ** 2)) == pytest.approx(3.0, rel=0.01)
    still = np.full(len(t), 90.0)
    red, infrared = bench.light(bench.Finger(stray_light=0.0), still, np.full(len(t), 0.97), bench.shaken(t, 1.0))
    ratio = np.polyfit(np.log(infrared), np.log(red), 1)[0]
    extinction = lambda pair: 0.75 * pair[0] + 0.25 * pair[1]
    assert ratio == pytest.approx(extinction(bench.RED) / extinction(bench.INFRARED), rel=1e-6)


def test_volunteers_are_spread_over_pigment_and_sex():
    found = volunteers(24, seed=1)
    assert [sum(v.group == g for v in found) for g in GROUPS] == [8, 8, 8]
    for group in GROUPS:
        assert sum(v.female for v in found if v.group == group) == 4
    tone = np.array([v.tone for v in found])
    assert np.corrcoef(tone, [v.typology_deg for v in found])[0, 1] < -0.97
    assert np.corrcoef(tone, np.log([v.finger.melanin for v in found]))[0, 1] > 0.97
    assert all(0.009 < v.finger.melanin <= 0.43 for v in found)
    assert volunteers(4, seed=1) == volunteers(4, seed=1) != volunteers(4, seed=2)
