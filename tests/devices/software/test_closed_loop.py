"""Each therapy on a small virtual person, with meals, wrong therapy settings and faulty readings.

The person is not the controllers' model, and the limits are clinical ones: the consensus targets for time in
range (doi:10.2337/dci19-0028) and, under faults that no software could see through, no severe hypoglycaemia.
"""

import functools

import jax.numpy as jnp
import numpy as np
import pytest

from tests.devices.software.closed_loop import (
    BASAL_RATE,
    CARBOHYDRATE_RATIO,
    CORRECTION_FACTOR,
    TOTAL_DAILY_INSULIN,
    Person,
    Pump,
    Sensor,
)
from twinbed.core.scenario import Event, Scenario
from twinbed.devices.software.basal_schedule import BasalSchedule
from twinbed.devices.software.bolus_calculator import BolusCalculator
from twinbed.devices.software.mpc import Mpc
from twinbed.devices.software.multiple_daily_injections import MultipleDailyInjections
from twinbed.devices.software.pid import Pid
from twinbed.devices.software.predictive_suspend import PredictiveSuspend
from twinbed.devices.software.smb import Smb
from twinbed.engine.batch import simulate, stack
from twinbed.engine.bed import Bed

DAYS = 2
MEALS = ((7.5, 50.0), (12.5, 70.0), (19.0, 80.0))  # hour, grams
RATIOS = {"carbohydrate_ratio": CARBOHYDRATE_RATIO, "correction_factor": CORRECTION_FACTOR}
BASAL = {"basal_rate": BASAL_RATE}
DAILY = {"total_daily_insulin": TOTAL_DAILY_INSULIN}
CALCULATOR = {"calculator": BolusCalculator(**BASAL, **RATIOS)}
ARMS = {
    "pump": {"basal": BasalSchedule(**BASAL), **CALCULATOR},
    "suspend": {"basal": PredictiveSuspend(BasalSchedule(**BASAL)), **CALCULATOR},
    "pens": {"pens": MultipleDailyInjections(**BASAL, **RATIOS)},
    "pid": {"controller": Pid(**BASAL, **DAILY), **CALCULATOR},
    "smb": {"controller": Smb(**BASAL, **RATIOS, **DAILY), **CALCULATOR},
    "mpc": {"controller": Mpc(**BASAL, **RATIOS, **DAILY), **CALCULATOR},
}
AUTOMATED = ("pid", "smb", "mpc")

FAULT = {"wrong_from": 36.0, "wrong_until": 39.0}  # from noon of the second day, over a meal
CASES = {
    "usual": {},
    "sensitive": {"sensitivity": 1.3},
    "resistant": {"sensitivity": 0.75},
    "meals not announced": {"announced": 0.0},
    "meals overestimated": {"announced": 1.5},
    "no readings": {"wrong": 0.0, "wrong_valid": 0.0, **FAULT},
    "not a number": {"wrong": float("nan"), "wrong_valid": 1.0, **FAULT},
    "zero": {"wrong": 0.0, "wrong_valid": 1.0, **FAULT},
    "stuck at 40": {"wrong": 40.0, "wrong_valid": 1.0, **FAULT},
    "stuck at 400": {"wrong": 400.0, "wrong_valid": 1.0, "wrong_from": 38.0, "wrong_until": 39.0},
    "pump out of reach": {"out_of_reach": (38.0, 3.0)},
}


def scenario(announced=1.0, out_of_reach=(0.0, 0.0)):
    events = [Event("communication_loss", 3600.0 * out_of_reach[0], max(3600.0 * out_of_reach[1], 1e-3), 1.0)]
    for day in range(DAYS):
        for hour, grams in MEALS:
            start = 3600.0 * (24.0 * day + hour)
            events.append(Event("carbohydrate", start, 900.0, grams))
            events.append(Event("carbohydrate_announced", start, 0.0, grams * announced))
    return Scenario(tuple(events))


def bed(devices, sensitivity=1.0, announced=1.0, out_of_reach=(0.0, 0.0), **sensor):
    del announced, out_of_reach
    return Bed(Person(sensitivity=sensitivity), {"sensor": Sensor(**sensor), **devices, "pump": Pump()})


@functools.cache
def glucose(arm):
    """Plasma glucose of the second day by case, and what was delivered in it."""
    of_scenario = ("announced", "out_of_reach")
    result = simulate(
        stack([bed(ARMS[arm], **case) for case in CASES.values()]),
        [scenario(**{k: v for k, v in case.items() if k in of_scenario}) for case in CASES.values()],
        duration_s=86400.0 * DAYS,
        seed=1,
        record=("plasma_glucose", "insulin_rate"),
    )
    assert result.ok.all()
    assert all(np.isfinite(np.asarray(a)).all() for a in (result.recorded["insulin_rate"],))
    second_day = {name: values[:, 288:] for name, values in result.recorded.items()}
    return dict(zip(CASES, second_day["plasma_glucose"], strict=True))


def in_range(values):
    return np.mean((values >= 70.0) & (values <= 180.0))


@pytest.mark.parametrize("arm", ARMS)
def test_with_the_right_settings_glucose_stays_in_range(arm):
    usual = glucose(arm)["usual"]
    assert in_range(usual) > 0.95
    assert usual.min() > 70.0


@pytest.mark.parametrize("arm", AUTOMATED)
@pytest.mark.parametrize("case", ["sensitive", "resistant", "meals not announced", "meals overestimated"])
def test_automation_copes_with_wrong_settings_and_announcements(arm, case):
    values = glucose(arm)[case]
    assert in_range(values) > 0.80
    assert np.mean(values < 70.0) < 0.04
    assert values.min() > 54.0


@pytest.mark.parametrize("arm", AUTOMATED)
def test_automation_is_better_than_a_pump_where_meals_are_missed(arm):
    assert in_range(glucose(arm)["meals not announced"]) > in_range(glucose("pump")["meals not announced"]) + 0.1


def test_suspension_protects_a_sensitive_person():
    with_it, without = glucose("suspend")["sensitive"], glucose("pump")["sensitive"]
    assert with_it.min() > without.min()
    assert np.mean(with_it < 70.0) < np.mean(without < 70.0)


@pytest.mark.parametrize("arm", ["suspend", *AUTOMATED])
@pytest.mark.parametrize("case", ["no readings", "not a number", "zero", "stuck at 40", "stuck at 400", "pump out of reach"])
def test_faults_do_not_lead_to_severe_hypoglycaemia_and_are_recovered_from(arm, case):
    values = glucose(arm)[case]
    assert values.min() > 54.0
    assert values.max() < 300.0
    last_hours = values[-36:]
    assert in_range(last_hours) > 0.9


def test_the_person_rests_at_the_basal_rate():
    person = Person()
    x, u = person.initial(), person.resting()
    slope = person.rhs(jnp.asarray(0.0), x, u)
    assert abs(float(slope.glucose)) < 0.02
