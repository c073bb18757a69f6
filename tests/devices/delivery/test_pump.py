"""Conservation, increments, occlusion, reservoir and link of insulin pumps."""

import dataclasses

import hypothesis
import hypothesis.extra.numpy as arrays
import hypothesis.strategies as st
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from tests.devices.play import play
from twinbed.devices.delivery.insulin_pump import InsulinPump
from twinbed.devices.delivery.minimed_670g import Minimed670g
from twinbed.devices.delivery.omnipod_dash import OmnipodDash
from twinbed.devices.delivery.tslim_x2 import TslimX2

_TICKS = 600
_HOUR = 60


def _play(pump, **signals):
    """One shape for all tests of one pump: ten hours."""
    return play(pump, _TICKS, **{"basal_command": 0.0, "occlusion": 0.0, **_NO_BOLUS, **signals})


_NO_BOLUS = dict.fromkeys(
    (
        "bolus_command",
        "bolus_command_number",
        "meal_bolus",
        "meal_bolus_number",
        "communication_loss",
        "site_loss",
    ),
    0.0,
)


def _boluses(*at_and_dose):
    """Commands: a bolus is held from its tick on, with the next number."""
    dose, number = np.zeros(_TICKS), np.zeros(_TICKS)
    for tick, units in at_and_dose:
        dose[tick:], number[tick:] = units, number[tick] + 1
    return {"bolus_command": dose, "bolus_command_number": number}


def _delivered(played):
    """Insulin into the skin, tick by tick."""
    return played["insulin_rate"][0] / _HOUR


def _last(tree):
    return {name: value[0, -1] for name, value in vars(tree).items()}


_UNITS = st.floats(0.0, 40.0)
_RATES = st.floats(0.0, 45.0)


@pytest.mark.long
@hypothesis.settings(max_examples=40, deadline=None)
@hypothesis.given(
    rates=st.lists(_RATES, min_size=1, max_size=6),
    doses=st.lists(st.tuples(st.integers(0, _TICKS - 1), _UNITS), max_size=6),
    increments=st.sampled_from([(0.05, 0.05, 0.05), (0.001, 0.01, 0.001), (0.025, 0.1, 0.05)]),
    blocked=st.tuples(st.integers(0, _TICKS - 1), st.integers(0, 300), st.floats(0.0, 1.0)),
    reservoir=st.floats(1.0, 400.0),
)
def test_no_insulin_is_made_or_lost(rates, doses, increments, blocked, reservoir):
    basal = np.repeat(rates, -(-_TICKS // len(rates)))[:_TICKS]
    commands = _boluses(*sorted(doses))
    occlusion = np.zeros(_TICKS)
    occlusion[blocked[0] : blocked[0] + blocked[1]] = blocked[2]
    basal_increment, bolus_increment, stroke = increments
    pump = InsulinPump(
        basal_increment=basal_increment,
        bolus_increment=bolus_increment,
        stroke=stroke,
        reservoir_size=reservoir,
    )
    played = _play(pump, basal_command=basal, occlusion=occlusion, **commands)
    motor, tubing = _last(played.states.motor), _last(played.states.set)

    first = np.diff(commands["bolus_command_number"], prepend=0.0) != 0
    commanded = basal.sum() / _HOUR + commands["bolus_command"][first].sum()
    waiting = (
        motor["rate_carried"] / _HOUR
        + motor["strokes_due"] * stroke
        + (motor["bolus_left"] + motor["bolus_carried"]) * bolus_increment
    )
    assert motor["metered"] + waiting + motor["withheld"] == pytest.approx(commanded, abs=1e-9)
    assert tubing["reservoir"] + tubing["stored"] + tubing["delivered"] == pytest.approx(reservoir, abs=1e-9)
    assert tubing["stored"] + tubing["delivered"] == pytest.approx(motor["metered"], abs=1e-9)
    assert _delivered(played).sum() == pytest.approx(tubing["delivered"], abs=1e-9)
    assert played["insulin_reported"].sum() / _HOUR == pytest.approx(motor["metered"], abs=1e-9)
    assert min(waiting, motor["withheld"], tubing["reservoir"], tubing["stored"]) > -1e-3 * max(increments)


@hypothesis.settings(max_examples=15, deadline=None)
@hypothesis.given(basal=arrays.arrays(float, _TICKS, elements=_RATES), doses=st.lists(_UNITS, min_size=3, max_size=3))
def test_what_is_delivered_comes_in_increments(basal, doses):
    commands = _boluses((50, doses[0]), (200, doses[1]), (350, doses[2]))
    pump = InsulinPump(basal_increment=0.05, bolus_increment=0.1, stroke=0.1, reservoir_size=1000.0)
    strokes = _delivered(_play(pump, basal_command=basal, **commands)) / 0.1
    assert np.abs(strokes - np.round(strokes)).max() < 1e-9


def test_a_small_rate_is_delivered_in_whole_strokes_at_the_right_mean():
    """The increments are real: 0.13 U/h from strokes of 0.05 U is one stroke in 23 min on average."""
    delivered = _delivered(_play(InsulinPump(), basal_command=0.13))
    assert set(np.round(delivered / 0.05, 9)) == {0.0, 1.0}
    assert delivered.sum() == pytest.approx(1.3, abs=0.05)
    assert np.diff(np.flatnonzero(delivered)).mean() == pytest.approx(0.05 / 0.13 * 60, rel=0.01)


def test_a_bolus_runs_at_its_speed_and_only_once():
    delivered = _delivered(_play(InsulinPump(), **_boluses((60, 6.03))))
    assert np.array_equal(np.flatnonzero(delivered), np.arange(60, 64))  # 1.5 U/min
    assert delivered[60:64] == pytest.approx(1.5)
    held = _boluses((60, 6.0))
    held["bolus_command"][100:] = 9.0  # a number that stays is the same bolus
    assert _delivered(_play(InsulinPump(), **held)).sum() == pytest.approx(6.0)


def test_the_boluses_of_controller_and_person_add_up():
    meal = _boluses((30, 4.0))
    mine = {"meal_bolus": meal["bolus_command"], "meal_bolus_number": meal["bolus_command_number"]}
    played = _play(InsulinPump(), basal_command=1.0, **_boluses((30, 2.0), (200, 1.0)), **mine)
    assert _delivered(played).sum() == pytest.approx(4.0 + 2.0 + 1.0 + 10.0, abs=0.051)


def test_limits_are_kept():
    played = _play(InsulinPump(basal_max=2.0, bolus_max=5.0), basal_command=7.0, **_boluses((10, 8.0)))
    assert _delivered(played).sum() == pytest.approx(20.0 + 5.0, abs=0.051)
    assert _last(played.states.motor)["withheld"] == pytest.approx(5.0 * 10 + 3.0)


@pytest.mark.parametrize("rate", [0.6, 1.0, 2.0])
def test_an_occlusion_stores_insulin_until_the_alarm(rate):
    occlusion = np.zeros(_TICKS)
    occlusion[30:500] = 1.0
    played = _play(InsulinPump(), basal_command=rate, occlusion=occlusion)
    delivered, pressure = _delivered(played), played["pump_pressure"][0]
    assert np.all(delivered[30:500] == 0.0)

    alarm = np.flatnonzero(played["pump_alarm"][0] == 1.0)
    expected = 2.5 / rate * 60  # 100 kPa at 40 kPa/U
    assert alarm[0] - 30 == pytest.approx(expected, abs=0.05 / rate * 60 + 1)
    assert np.array_equal(alarm, np.arange(alarm[0], 500))
    rising = slice(30, alarm[0])
    line = 40.0 * rate / 60 * (np.arange(30, alarm[0]) - 29)
    assert np.abs(pressure[rising] - line).max() <= 40.0 * 0.05 + 1e-9  # within one stroke
    assert np.all(played["insulin_reported"][0, alarm[0] + 1 : 500] == 0.0)

    stored = played.states.set.stored[0, 499]
    assert stored == pytest.approx(2.5)
    assert delivered[500] == pytest.approx(stored, abs=0.0501)  # the post-occlusion bolus, and a stroke
    assert np.all(pressure[500:] == 0.0)
    assert delivered[501:].sum() == pytest.approx(rate * 99 / 60, abs=0.051)


def _evenly(product):
    """The pump with the settings of a product, but an even delivery: it is compiled already."""
    return InsulinPump(**{f.name: getattr(product, f.name) for f in dataclasses.fields(InsulinPump)})


@pytest.mark.parametrize(
    ("product", "rate", "hours"),
    [
        (InsulinPump, 1.0, 2.5),  # Wellion Micro-Pump: 150 min
        (Minimed670g, 1.0, 1.25),  # Paradigm 511: 75 min
        (OmnipodDash, 1.0, 3.0),  # Omnipod 5
        (TslimX2, 2.0, 64 / 60),  # remembered, see the file
    ],
)
def test_alarms_come_when_the_manuals_say(product, rate, hours):
    pump = _evenly(product())
    alarm = np.flatnonzero(_play(pump, basal_command=rate, occlusion=1.0)["pump_alarm"][0] == 1.0)
    assert alarm[0] / 60 == pytest.approx(hours, rel=0.12)
    # all ten systems of Freckmann 2018 sound the alarm within 5 h at 1 U/h
    at_one = np.flatnonzero(_play(pump, basal_command=1.0, occlusion=1.0)["pump_alarm"][0] == 1.0)
    assert at_one[0] / 60 < 5.0


def test_a_bolus_into_a_blocked_set_is_cancelled_at_the_alarm():
    occlusion = np.ones(_TICKS)
    played = _play(InsulinPump(), occlusion=occlusion, **_boluses((10, 8.0)))
    assert played["pump_alarm"][0, 10:13].tolist() == [0.0, 1.0, 1.0]
    assert _last(played.states.set)["stored"] == pytest.approx(3.0)  # two minutes of 1.5 U
    assert _last(played.states.motor)["withheld"] == pytest.approx(5.0)


def test_the_reservoir_runs_dry_exactly():
    played = _play(InsulinPump(reservoir_size=3.33), basal_command=1.0)
    assert _delivered(played).sum() == pytest.approx(3.33, abs=1e-12)
    assert played["reservoir"][0, -1] == 0.0
    dry = np.flatnonzero(played["reservoir"][0] == 0.0)
    assert np.all(played["pump_alarm"][0, dry] == 2.0)
    assert np.all(played["pump_alarm"][0, : dry[0]] == 0.0)
    assert played["insulin_delivered_total"][0, -1] == pytest.approx(3.33)


def test_reservoir_and_set_are_replaced():
    occlusion = np.zeros(_TICKS)
    occlusion[:200] = 1.0
    played = _play(InsulinPump(reservoir_size=50.0, change_interval=2.0 / 24.0), basal_command=6.0, occlusion=occlusion)
    assert np.flatnonzero(np.diff(played["reservoir"][0]) > 0).tolist() == [119, 239, 359, 479]
    assert played["pump_alarm"][0, 119] == 1.0
    assert played["pump_alarm"][0, 120] == 0.0  # a new set is not under pressure
    assert played["reservoir"][0, 240] == pytest.approx(50.0, abs=0.151)


def test_without_a_link_the_command_holds_and_then_the_programmed_rate_returns():
    lost = np.zeros(_TICKS)
    lost[100:400] = 1.0
    basal = np.full(_TICKS, 3.0)
    basal[150:] = 6.0
    pump = InsulinPump(basal_rate=1.2, communication_timeout=30.0)
    commands = _boluses((50, 2.0), (200, 5.0), (450, 1.0))
    played = _play(pump, basal_command=basal, communication_loss=lost, **commands)
    in_force = played["insulin_reported"][0] / _HOUR
    assert in_force[60:130].sum() == pytest.approx(3.0 * 70 / 60, abs=0.051)  # held for 30 min
    assert in_force[130:400].sum() == pytest.approx(1.2 * 270 / 60, abs=0.051)
    assert in_force[400:].sum() == pytest.approx(6.0 * 200 / 60 + 1.0, abs=0.051)  # the lost bolus stays lost


def test_the_person_reaches_the_pump_without_a_link():
    meal = _boluses((30, 4.0))
    mine = {"meal_bolus": meal["bolus_command"], "meal_bolus_number": meal["bolus_command_number"]}
    assert _delivered(_play(InsulinPump(), communication_loss=1.0, basal_command=0.0, **mine))[30:].sum() > 4.0


def test_insulin_is_lost_at_the_site_without_the_pump_knowing():
    played = _play(InsulinPump(), basal_command=2.0, site_loss=0.4)
    assert _delivered(played).sum() == pytest.approx(0.6 * played["insulin_reported"].sum() / _HOUR)
    assert played["insulin_reported"].sum() / _HOUR == pytest.approx(20.0, abs=0.051)


def _play_many(pump, **signals):
    """One shape for the tests of accuracy: 800 pumps."""
    return play(pump, _TICKS, seeds=800, **{"basal_command": 4.0, "occlusion": 0.0, **_NO_BOLUS, **signals})


@pytest.mark.long
def test_devices_differ_and_so_do_boluses():
    accuracy = {"basal_gain_mean": 1.001, "basal_gain_sd": 0.0374, "bolus_gain_mean": 1.003, "bolus_gain_sd": 0.0248}
    played = _play_many(InsulinPump(**accuracy), **_boluses((10, 10.0), (300, 10.0)))
    quiet = slice(100, 290)
    gains = played["insulin_rate"][:, quiet].sum(1) / played["insulin_reported"][:, quiet].sum(1)
    assert gains.mean() == pytest.approx(1.001, abs=4 * 0.0374 / np.sqrt(800))
    assert gains.std() == pytest.approx(0.0374, rel=0.1)
    first, second = played.states.bolus_gain[:, 12], played.states.bolus_gain[:, 302]
    assert np.concatenate([first, second]).mean() == pytest.approx(1.003, abs=4 * 0.0248 / 40)
    assert second.std() == pytest.approx(0.0248, rel=0.1)
    assert abs(np.corrcoef(first, second)[0, 1]) < 4 / np.sqrt(800)
    given = played["insulin_rate"] - played["insulin_reported"] * gains[:, None]
    assert given[:, 11] == pytest.approx(90.0 * (first - gains))  # 1.5 U/min of the bolus


def test_strokes_can_vary():
    played = _play_many(InsulinPump(stroke_sd=0.2), basal_command=3.0)
    strokes = played["insulin_rate"][played["insulin_reported"] > 0] / 60 / 0.05
    assert strokes.mean() == pytest.approx(1.0, abs=4 * 0.2 / np.sqrt(strokes.size))
    assert strokes.std() == pytest.approx(0.2, rel=0.01)


@pytest.mark.parametrize(("turned", "metered"), [(0.0, 0.05), (1.3, 0.7), (4.9, 3.0), (12.5, 5.0), (7.0, 0.0)])
def test_the_wheel_integrates_its_two_harmonics(turned, metered):
    shape = lambda phi: 1.0167 - 0.1852 * np.sin(phi) - 0.0633 * np.sin(2 * phi)
    start = 2 * np.pi * turned / 5.0
    width = 2 * np.pi * max(metered, 1e-6) / 5.0
    expected = quad(shape, start, start + width)[0] / width if metered else 1.0167
    found = OmnipodDash().evenness(jnp.asarray(turned), jnp.asarray(metered))
    assert float(found) == pytest.approx(expected, rel=1e-9)


def test_the_wheel_repeats_every_five_units():
    """Eichenlaub 2023: delivery of the Omnipod Dash is periodic in the dose."""
    played = _play(OmnipodDash(), basal_command=3.0)
    rate = played["insulin_rate"][0][:600].reshape(6, 100)  # 5 U in 100 strokes of one minute
    assert np.ptp(rate, axis=0).max() < 1e-6
    assert rate.mean() == pytest.approx(3.0 * 1.0167, rel=1e-6)
    assert rate.max() / rate.min() > 1.3


def test_single_precision_keeps_the_balance():
    signals = {**_NO_BOLUS, "basal_command": 1.0, "occlusion": 0.0, **_boluses((10, 7.77), (300, 3.21))}
    pump = InsulinPump(basal_increment=0.001, bolus_increment=0.01, stroke=0.001)
    played = play(pump, _TICKS, dtype=jnp.float32, **signals)
    assert played["insulin_reported"].sum() / _HOUR == pytest.approx(10.0 + 7.77 + 3.21, abs=0.002)
    in_set = played["reservoir"][0, -1] + played["insulin_delivered_total"][0, -1]
    assert in_set == pytest.approx(300.0, abs=_TICKS * float(np.spacing(np.float32(300.0))) / 2)


@pytest.mark.parametrize("name", ["basal_increment", "stroke", "bolus_increment"])
def test_a_pump_without_steps_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} = 0.0: it must be above zero"):
        InsulinPump(**{name: 0.0})
