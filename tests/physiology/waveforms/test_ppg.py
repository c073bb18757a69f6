"""The photoplethysmogram against Beer and Lambert's law and against published biases of pulse oximeters."""

import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.core.scenario import Scenario, Series
from twinbed.engine.batch import simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.waveforms.ppg import Ppg

STEP, LASTS, RATE, STRAY = 0.01, 30.0, 1.2, 0.045
TIME = np.arange(round(LASTS / STEP)) * STEP
PULSE = 80.0 + 40.0 * np.maximum(np.sin(2.0 * np.pi * RATE * TIME), 0.0)
SATURATIONS = (1.0, 0.9, 0.8, 0.7, 0.5)
EXTINCTION = {"red": (319.6, 3226.56), "infrared": (1214.0, 693.44)}
"""Prahl's table at 660 and 940 nm: oxygenated and reduced haemoglobin, L/mol/cm."""


def finger(**values):
    return Ppg(**{"transit": jnp.asarray(2.0)} | {k: jnp.asarray(float(v)) for k, v in values.items()})


def scenario(saturation, *, venous=0.75, pulse=PULSE, tone=1.0, motion=0.0, vibration=0.0):
    flat = lambda value: Series(STEP, np.broadcast_to(value, TIME.shape))
    return Scenario(
        (),
        {"arterial_pressure": Series(STEP, pulse), "arterial_saturation": flat(saturation),
         "venous_saturation": flat(venous),
         "resistance_extrasplanchnic": flat(tone), "motion": flat(motion),
         "vibration": flat(vibration)},
    )  # fmt: skip


CASES = {
    **{("ideal", s): (finger(stray_light=0.0), scenario(s)) for s in SATURATIONS},
    ("light", 0.65): (finger(), scenario(0.65, venous=0.43)),
    ("dark", 0.65): (finger(melanin=0.3), scenario(0.65, venous=0.43)),
    ("light", 0.97): (finger(), scenario(0.97)),
    ("dark", 0.97): (finger(melanin=0.3), scenario(0.97)),
    ("constricted", 0.97): (finger(), scenario(0.97, tone=2.0)),
    ("moved", 0.97): (finger(stray_light=0.0), scenario(0.97, pulse=np.full(len(TIME), 90.0), motion=5.0)),
    ("shaken", 0.97): (finger(stray_light=0.0), scenario(0.97, pulse=np.full(len(TIME), 90.0), vibration=5.0)),
    ("shaken pulse", 0.97): (finger(), scenario(0.97, vibration=1.0)),
    ("step", 0.875): (finger(), scenario(np.where(TIME < 5.0, 0.975, 0.875), pulse=np.full(len(TIME), 90.0))),
    ("still", 0.97): (finger(), scenario(0.97, pulse=np.full(len(TIME), 90.0))),
}


@pytest.fixture(scope="module")
def everything():
    """What the detector sees in every case."""
    patients, scenarios = zip(*CASES.values(), strict=True)
    run = simulate([Bed({"ppg": p}) for p in patients], list(scenarios), duration_s=LASTS, seed=0,
                   record=["ppg_red", "ppg_infrared"], record_period_s=STEP, backend="native")  # fmt: skip
    assert run.ok.all()
    return {case: {c: run.recorded[f"ppg_{c}"][i] for c in EXTINCTION} for i, case in enumerate(CASES)}


@pytest.fixture(scope="module")
def light(everything):
    """The last ten seconds of it."""
    return {case: {colour: wave[-1000:] for colour, wave in seen.items()} for case, seen in everything.items()}


def pulsation(wave):
    return np.log(wave.max() / wave.min())


def oximeter(seen):
    """The saturation for which the ratio of pulsations is the ratio of extinctions."""
    ratio = pulsation(seen["red"]) / pulsation(seen["infrared"])
    (red, red_reduced), (infrared, infrared_reduced) = EXTINCTION["red"], EXTINCTION["infrared"]
    return (red_reduced - ratio * infrared_reduced) / (red_reduced - red + ratio * (infrared - infrared_reduced))


@pytest.mark.parametrize("saturation", SATURATIONS)
def test_without_stray_light_the_ratio_of_ratios_is_the_saturation(light, saturation):
    assert oximeter(light["ideal", saturation]) == pytest.approx(saturation, abs=1e-4)


def test_pigment_biases_as_measured_at_low_saturation(light):
    """Bickler 2005, saturations of 60 to 70 %: 3.56 % (SD 2.45) in dark and 0.37 % (SD 3.2) in light skin."""
    bias = {skin: 100.0 * (oximeter(light[skin, 0.65]) - 0.65) for skin in ("light", "dark")}
    assert bias["dark"] == pytest.approx(3.56, abs=0.2)
    assert bias["light"] == pytest.approx(0.37, abs=0.4)


def test_pigment_biases_less_at_normal_saturation(light):
    """Bickler 2005: in proportion to desaturation."""
    bias = {skin: 100.0 * (oximeter(light[skin, 0.97]) - 0.97) for skin in ("light", "dark")}
    assert abs(bias["light"]) < 0.3
    assert 0.0 < bias["dark"] < 1.5


def test_pigment_takes_more_red_than_infrared(light):
    """Jacques' absorption 1.7e12 / cm times the wavelength in nm to the power -3.48; 120 um of epidermis, 28 % more."""
    for colour, nanometres in (("red", 660.0), ("infrared", 940.0)):
        lost = (light["light", 0.97][colour] - STRAY) / (light["dark", 0.97][colour] - STRAY)
        np.testing.assert_allclose(np.log(lost), 1.7e12 * nanometres**-3.48 * 0.012 * 0.28, rtol=1e-6)


def test_the_pulse_is_some_hundredths_and_halves_with_twice_the_tone(light):
    relaxed, constricted = (pulsation(light[case, 0.97]["infrared"]) for case in ("light", "constricted"))
    assert 0.01 < relaxed < 0.05
    assert constricted == pytest.approx(relaxed / 2.0, rel=0.02)


def test_light_falls_while_the_pulse_rises(light):
    wave = light["light", 0.97]["infrared"]
    pressure = PULSE[-1000:]
    lags = [np.corrcoef(wave, np.roll(pressure, k))[0, 1] for k in range(40)]
    assert min(lags) < -0.95
    assert int(np.argmin(lags)) * STEP == pytest.approx(0.12, abs=0.03)


def test_motion_shows_the_venous_saturation(light):
    """Goldman 2000: what moves is venous blood, here of 75 %."""
    assert oximeter(light["moved", 0.97]) == pytest.approx(0.75, abs=0.001)
    assert pulsation(light["moved", 0.97]["infrared"]) > 0.05


def test_vibration_of_the_bed_shakes_the_finger_as_motion_does(light):
    """5 m/s2 move as much; 1 m/s2 spoil a pulse that is there, whose saturation is then read too low."""
    shaken, moved = light["shaken", 0.97], light["moved", 0.97]
    for colour in EXTINCTION:
        np.testing.assert_allclose(shaken[colour], moved[colour], rtol=1e-9)
    assert oximeter(light["shaken pulse", 0.97]) < oximeter(light["light", 0.97]) - 0.01


def test_a_finger_without_pulse_is_dark_and_still(light):
    assert pulsation(light["still", 0.97]["infrared"]) < 1e-6


def test_a_change_of_saturation_arrives_after_the_circulation_time(everything):
    """Lags in a row: what is missing of a step at 5 s, added up, is the step times the sum of the lags, 2 s."""
    red = np.log(everything["step", 0.875]["red"] - STRAY)
    before = round(5.0 / STEP)
    share = (red - red[-1]) / (red[before - 10] - red[-1])
    assert share[before:].sum() * STEP == pytest.approx(2.0, rel=0.01)
