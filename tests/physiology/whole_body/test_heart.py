"""A ventricle that weakens at once, against what was measured in people whose left or right heart failed."""

import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import repeat, simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.whole_body import adult

pytestmark = pytest.mark.long

SURFACE = 1.914
"""Of the reference man, m2 (Du Bois)."""
SIGNALS = ["arterial_pressure", "cardiac_output", "heart_rate", "left_atrial_pressure", "central_venous_pressure",
           "left_ventricular_volume", "lung_water"]  # fmt: skip
CASES = {"healthy": {}, "half": {"heart_weakness": 0.5}, "left": {"heart_weakness": 1.0},
         "right": {"right_heart_weakness": 1.0}, "flooded": {"heart_weakness": 0.75, "crystalloid": 1000.0}}  # fmt: skip
LASTS = {"crystalloid": 300.0}


@pytest.fixture(scope="module")
def hearts():
    """By case, the last ten seconds of ten minutes."""
    scenarios = [Scenario(tuple(Event(s, 60.0, LASTS.get(s, 1e9), v) for s, v in c.items())) for c in CASES.values()]
    beds = repeat(Bed(adult(waveforms=False)), len(CASES))
    run = simulate(beds, scenarios, duration_s=600.0, seed=0, record=SIGNALS, record_period_s=0.02, backend="native")
    assert run.ok.all(), (run.implausible_signal, run.implausible_s)
    return {name: {s: np.asarray(v)[i, -500:] for s, v in run.recorded.items()} for i, name in enumerate(CASES)}


def mean(of, signal):
    return float(of[signal].mean())


def ejected(of):
    volume = of["left_ventricular_volume"]
    return float(1.0 - volume.min() / volume.max())


def test_the_weakest_left_ventricle_gives_the_cardiogenic_shock_of_patients(hearts):
    """Hochman 1999: systolic pressure below 90 mmHg, index 1.8 (to which weakness is calibrated), wedge 24 +- 7 mmHg.

    A fast heart, doi:10.1056/NEJM199908263410901; the right heart bears it: congestion is in the lungs.
    """
    left = hearts["left"]
    assert left["arterial_pressure"].max() < 90.0
    assert mean(left, "cardiac_output") / SURFACE == pytest.approx(1.8, abs=0.3)
    assert 17.0 < mean(left, "left_atrial_pressure") < 31.0
    assert mean(left, "heart_rate") > 95.0
    assert mean(left, "central_venous_pressure") < 8.0


def test_half_of_it_is_a_failing_heart_that_holds_its_pressure(hearts):
    """Reduced ejection is 40 % or less (ESC 2021, doi:10.1093/eurheartj/ehab368); lungs fill above 18 mmHg at most."""
    half = hearts["half"]
    assert 0.3 < ejected(half) < 0.45 < ejected(hearts["healthy"])
    assert mean(half, "arterial_pressure") > 75.0
    assert mean(hearts["healthy"], "left_atrial_pressure") + 3.0 < mean(half, "left_atrial_pressure") < 18.0


def test_fluid_floods_the_lungs_of_a_weak_left_heart(hearts):
    """Lungs take up water above some 24 mmHg in the left atrium (Guyton 1959, doi:10.1161/01.RES.7.4.649)."""
    assert mean(hearts["flooded"], "lung_water") > 20.0
    assert mean(hearts["half"], "lung_water") == pytest.approx(0.0, abs=1.0)


def test_a_weak_right_ventricle_congests_the_veins_and_starves_the_left(hearts):
    """Infarction of the right ventricle: pressure in the right atrium near or above that of the wedge (0.86 and more).

    Lopez-Sendon 1981, doi:10.1161/01.CIR.64.3.515.
    """
    right, healthy = hearts["right"], hearts["healthy"]
    assert mean(right, "central_venous_pressure") > 0.86 * mean(right, "left_atrial_pressure")
    assert mean(right, "left_atrial_pressure") < mean(healthy, "left_atrial_pressure")
    assert mean(right, "cardiac_output") < 0.8 * mean(healthy, "cardiac_output")
