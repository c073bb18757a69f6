"""Increments and the published accuracy of a pen."""

import numpy as np
import pytest

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
