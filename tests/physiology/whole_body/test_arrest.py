"""A heart that stands still, blood that is gone, air that does not come: what comes back, and after how long."""

import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import simulate, stack
from twinbed.engine.bed import Bed
from twinbed.physiology.cardiovascular.conduction import RHYTHMS
from twinbed.physiology.whole_body import adult

BEGINS = 120
VF, ASYSTOLE = (float(RHYTHMS[name]) for name in ("ventricular_fibrillation_coarse", "asystole"))
RUNS = {
    "one minute": {"rhythm": (2000.0, VF), "shock": (60.0, 0.1, 200.0)},
    "ten minutes": {"rhythm": (2000.0, VF), "shock": (600.0, 0.1, 200.0)},
    "standstill": {"rhythm": (1500.0, ASYSTOLE)},
    "bled": {"blood_loss": (300.0, 2650.0)},
    "airless": {"dyspnoea": (600.0, 1.0)},
}
"""What happens from the third minute on: duration (after a delay), amount."""

pytestmark = pytest.mark.slow


def _scenario(run):
    events = []
    for name in ("rhythm", "shock", "blood_loss", "dyspnoea"):
        delay, lasts, amount = (0.0, *run.get(name, (1.0, 0.0)))[-3:]
        events.append(Event(name, BEGINS + delay, lasts, amount))
    return Scenario(tuple(events))


@pytest.fixture(scope="module")
def after():
    """Means of a quarter of a minute, so many minutes after it began, by signal and run."""
    bed = Bed(adult(waveforms=False))
    signals = ["arterial_pressure", "cardiac_output", "respiratory_rate", "ischaemia", "blood_volume", "irreversible",
               "venous_content_coronary", "heart_rate", "rhythm_shown", "arterial_oxygen", "arterial_ph", "lactate",
               "arterial_carbon_dioxide", "venous_saturation", "core_temperature", "bispectral_index"]  # fmt: skip
    result = simulate(stack([bed] * len(RUNS)), [_scenario(run) for run in RUNS.values()], duration_s=1800.0, seed=0,
                      record=signals, record_period_s=0.5, backend="native")  # fmt: skip

    def at(run, signal, minute):
        middle = round(2 * (BEGINS + 60 * minute))
        return float(np.mean(result.recorded[signal][list(RUNS).index(run), middle - 15 : middle + 15]))

    return at


def test_a_heart_that_stands_still_uses_up_its_oxygen(after):
    assert after("standstill", "venous_content_coronary", 3) < 0.2
    assert after("standstill", "ischaemia", 3) > 0.7


def test_blood_that_stands_keeps_its_gas_and_the_body_cools(after):
    """Tucker 1994: after five minutes only arterial oxygen is much less, 12 of 81 mmHg; acid stays in tissue."""
    before = {s: after("standstill", s, -1) for s in ("arterial_oxygen", "venous_saturation", "core_temperature")}
    oxygen = [after("standstill", "arterial_oxygen", minute) for minute in (1, 5, 10, 20)]
    assert before["arterial_oxygen"] > oxygen[0] > oxygen[1] > oxygen[2] > oxygen[3] > 40.0
    assert 8.0 < before["arterial_oxygen"] - oxygen[1] < 22.0
    assert after("standstill", "arterial_ph", 5) == pytest.approx(7.40, abs=0.02)
    assert after("standstill", "arterial_carbon_dioxide", 20) == pytest.approx(40.0, abs=3.0)
    assert 0.005 < before["venous_saturation"] - after("standstill", "venous_saturation", 5) < 0.05
    assert 0.1 < before["core_temperature"] - after("standstill", "core_temperature", 24) < 0.6


def test_flow_that_returns_washes_lactate_out(after):
    """Leavy 1988: it rises for 2.6 minutes of flow, and is falling after four."""
    assert after("one minute", "lactate", 0.8) == pytest.approx(1.0, abs=0.05)
    assert after("one minute", "lactate", 4) > 1.4
    assert after("one minute", "lactate", 10) < after("one minute", "lactate", 6)
    assert after("ten minutes", "lactate", 9) == pytest.approx(1.0, abs=0.05)


def test_after_a_minute_of_fibrillation_all_is_soon_as_before(after):
    assert after("one minute", "cardiac_output", 6) > 0.9 * after("one minute", "cardiac_output", -1)
    assert after("one minute", "respiratory_rate", 6) > 8.0
    assert after("one minute", "ischaemia", 10) < 0.15


def test_after_ten_minutes_the_heart_is_weak_and_breathing_away(after):
    """Kern 2008 (stunning); who is not ventilated then arrests for want of air."""
    assert after("ten minutes", "ischaemia", 12) > 0.4
    assert after("ten minutes", "respiratory_rate", 15) == 0.0
    assert after("ten minutes", "cardiac_output", 20) < 2.0


def test_without_flow_nobody_breathes_and_twenty_minutes_are_final(after):
    """Guy 2020: nobody came back well from more than 20 minutes."""
    for minute in (2, 5, 10, 12, 15, 20, 24, 26):
        assert after("standstill", "respiratory_rate", minute) == 0.0, minute
    assert after("standstill", "irreversible", 18) == 0.0
    assert after("standstill", "irreversible", 24) == 1.0
    assert after("one minute", "irreversible", 26) == 0.0


def test_the_electroencephalogram_is_flat_soon_after_the_blood_stands(after):
    """Within 10 to 30 s in people; it comes back after one minute and not soon after ten."""
    assert after("standstill", "bispectral_index", -1) > 90.0
    assert after("standstill", "bispectral_index", 0.65) < 10.0
    assert after("standstill", "bispectral_index", 10) < 1.0
    assert after("one minute", "bispectral_index", 6) > 80.0
    assert after("ten minutes", "bispectral_index", 12) < 40.0


def test_who_is_bled_empty_stays_so(after):
    """No blood flows, so nothing returns from tissue and nothing is drunk."""
    assert after("bled", "cardiac_output", 8) < 0.05
    assert after("bled", "blood_volume", 20) == pytest.approx(after("bled", "blood_volume", 8), abs=5.0)
    assert after("bled", "cardiac_output", 20) < 0.05
    assert after("bled", "respiratory_rate", 20) == 0.0


def test_suffocation_slows_the_heart_and_ends_in_asystole(after):
    """Varvarousi 2015: slow rhythms before the pulse is gone, then electrical activity without one for minutes."""
    assert after("airless", "heart_rate", 3) > 100.0
    assert 20.0 < after("airless", "heart_rate", 8) < 0.8 * after("airless", "heart_rate", 5)
    assert after("airless", "rhythm_shown", 8) == 0.0
    assert after("airless", "arterial_pressure", 8) < 45.0
    for minute in (14, 20):
        assert after("airless", "rhythm_shown", minute) == ASYSTOLE
        assert after("airless", "heart_rate", minute) == 0.0


def test_a_late_shock_ends_fibrillation_in_asystole(after):
    assert after("one minute", "rhythm_shown", 3) == 0.0
    assert after("ten minutes", "rhythm_shown", 9) == VF
    assert after("ten minutes", "rhythm_shown", 11) == ASYSTOLE


def test_ten_minutes_without_air_are_not_made_good_by_air_alone(after):
    assert after("airless", "cardiac_output", 3) > 4.0
    assert after("airless", "respiratory_rate", 15) == 0.0
    assert after("airless", "cardiac_output", 20) < 2.0
