"""Increments and the published accuracy of a pen."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.devices.play import play
from twinbed.devices.delivery.pen import Pen

_TICKS = 120
_EXACT = {"absolute_sd": 0.0, "relative_sd": 0.0}


def _advised(dose, tick=10):
    number = (np.arange(_TICKS) >= tick).astype(float)
    return {"meal_bolus": dose, "meal_bolus_number": number, "injection": 0.0}


@pytest.mark.parametrize(
    ("dose", "increment", "given"), [(4.3, 0.5, 4.5), (4.2, 0.5, 4.0), (4.3, 1.0, 4.0), (90, 1.0, 60)]
)
def test_doses_are_rounded_to_the_increment(dose, increment, given):
    played = play(Pen(increment=increment, **_EXACT), _TICKS, **_advised(dose))
    assert played["insulin_rate"][0].tolist() == [0.0] * 10 + [given * 60] + [0.0] * 109
    assert played["insulin_delivered_total"][0, -1] == given


def test_a_dose_of_the_scenario_is_injected_once_when_it_is_complete():
    rate = np.zeros(_TICKS)
    rate[20:24] = 1.5  # 6 U over four minutes
    rate[50] = 3.2
    played = play(Pen(**_EXACT), _TICKS, injection=rate, meal_bolus=0.0, meal_bolus_number=0.0)
    assert np.flatnonzero(played["insulin_rate"][0]).tolist() == [24, 51]
    assert played["insulin_rate"][0, [24, 51]] / 60 == pytest.approx([6.0, 3.0])


@pytest.mark.parametrize(("dose", "deviation"), [(10.0, 1.64), (30.0, 0.83)])
def test_the_error_is_that_of_the_flexpen(dose, deviation):
    """Haenel 2008 (doi:10.1177/193229680800200318): mean absolute percent deviation."""
    played = play(Pen(), _TICKS, seeds=4000, **_advised(dose))
    given = played["insulin_delivered_total"][:, -1]
    assert np.abs(given / dose - 1).mean() * 100 == pytest.approx(deviation, rel=0.05)
    assert played["insulin_reported"][:, 10] / 60 == pytest.approx(np.full(4000, dose))


# Long-acting insulin. Haahr & Heise 2014 (doi:10.1007/s40262-014-0165-y), table 2: percent of the glucose
# infusion of a day in its four quarters after the injection, mean of 0.4, 0.6 and 0.8 U/kg.
QUARTERS = {
    "degludec": ({}, (22.7, 27.7, 26.7, 23.0)),
    "glargine": ({"release_half_life": 13.5, "dissolution_half_life": 1.9}, (29.3, 29.7, 23.7, 17.3)),
}
HOURS = 60
DAY = 24 * HOURS


def _bedtime(days, dose):
    """Advice of a dose at 22:00 on every day."""
    minutes = np.arange(days * DAY)
    return {"long_acting_dose": dose, "long_acting_dose_number": np.floor((minutes + 2 * HOURS) / DAY)}


@pytest.mark.parametrize("insulin", QUARTERS)
def test_long_acting_insulin_is_spread_over_the_day_as_measured(insulin):
    settings, published = QUARTERS[insulin]
    pen = Pen(basal_rate=1.0, hours_since_long_acting=0.0, **settings, **_EXACT)
    released = play(pen, 3 * DAY)["insulin_rate"][0, :DAY] / 60
    assert released.sum() == pytest.approx(24.0)
    shares = 100 * released.reshape(4, -1).sum(1) / 24.0
    np.testing.assert_allclose(shares, published, atol=2.1)


@pytest.mark.parametrize("insulin", QUARTERS)
def test_a_person_on_long_acting_insulin_begins_at_the_steady_state(insulin):
    pen = Pen(basal_rate=0.8, increment=0.01, **QUARTERS[insulin][0], **_EXACT)
    rate = play(pen, 3 * DAY, **_bedtime(3, 24 * 0.8))["insulin_rate"][0].reshape(3, DAY)
    np.testing.assert_allclose(rate[1:], rate[:2], rtol=1e-9)
    assert rate.mean() == pytest.approx(0.8)


def test_the_highest_rate_of_degludec_comes_near_nine_hours():
    """US label, 12.3: highest concentration at a median of 9 h in the steady state."""
    pen = Pen(basal_rate=1.0, hours_since_long_acting=0.0, **_EXACT)
    rate = play(pen, 3 * DAY)["insulin_rate"][0, :DAY]
    assert rate.argmax() / HOURS == pytest.approx(9.0, abs=0.5)


def test_the_depot_is_solved_exactly_and_loses_nothing():
    """Against an independent solver; the tail has the half-life of the label."""
    rate = np.zeros(10 * DAY)
    rate[:5] = 4.0  # 20 U, injected in the minute after
    played = play(Pen(**_EXACT), 10 * DAY, long_acting_injection=rate)
    released = played["insulin_rate"][0] / 60
    assert played["insulin_delivered_total"][0, -1] == 20.0
    assert (played["insulin_reported"] == 0.0).all()  # software counts rapid-acting insulin
    k1, k2 = np.log(2) / 5.75, np.log(2) / 25.0
    after = np.array([1.0, 6.0, 24.0, 72.0, 200.0])
    solved = solve_ivp(
        lambda t, d: (-k1 * d[0], k1 * d[0] - k2 * d[1]), (0, 200), (20, 0), t_eval=after, rtol=1e-10, atol=1e-10
    )
    ticks = (5 + after * HOURS).astype(int)
    np.testing.assert_allclose(20.0 - np.cumsum(released)[ticks - 1], solved.y.sum(0), rtol=1e-6)
    assert released[9 * DAY] / released[9 * DAY - 25 * HOURS] == pytest.approx(0.5, rel=1e-4)
