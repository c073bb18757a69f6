"""A hole in the chest of the coupled patient, what covers it, injury of one lung, and what relieves an attack of asthma."""

import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import repeat, simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.whole_body import adult

pytestmark = pytest.mark.slow

SETTLE, TREATED, END = 300.0, 600.0, 1200.0
SIGNALS = ["arterial_pressure", "heart_rate", "cardiac_output", "arterial_oxygen", "arterial_saturation", "tidal_volume",
           "respiratory_rate", "bronchospasm", "central_venous_pressure", "shunt_left", "shunt_right",
           "lung_blood_flow_share_left"]  # fmt: skip


def event(signal, amount, at=SETTLE, lasts=END - SETTLE):
    return Event(signal, at, lasts, amount)


HOLE, TEAR = event("chest_wound_left", 25.0), event("pneumothorax_left", 1.0)
CASES = {
    "valve": (HOLE, event("chest_dressing_left", 2.0, TREATED, END - TREATED)),
    "torn, seal": (HOLE, TEAR, event("chest_dressing_left", 1.0, TREATED, END - TREATED)),
    "torn, valve": (HOLE, TEAR, event("chest_dressing_left", 2.0, TREATED, END - TREATED)),
    "pneumonia": (event("lung_injury_right", 0.5),),
    "asthma": (event("asthma", 0.7), event("salbutamol_rate", 0.38, TREATED, 600.0)),
}


@pytest.fixture(scope="module")
def played():
    """By case, means of half a minute at rest, before what is done at ten minutes, five minutes after it and at the end."""
    scenarios = [Scenario(events) for events in CASES.values()]
    run = simulate(repeat(Bed(adult(waveforms=False)), len(CASES)), scenarios, duration_s=END, seed=0, record=SIGNALS,
                   record_period_s=0.5, backend="native")  # fmt: skip
    assert run.ok.all(), (run.implausible_signal, run.implausible_s)
    moments = {"rest": SETTLE, "before": TREATED, "after": TREATED + 300.0, "end": END}
    means = lambda v: {name: float(np.mean(v[int(2 * at) - 60 : int(2 * at)])) for name, at in moments.items()}
    return {name: {k: means(v[i]) for k, v in run.recorded.items()} for i, name in enumerate(CASES)}


def test_an_open_chest_hinders_breath_and_a_dressing_gives_it_back(played):
    """Kheirabadi 2013, pigs: breaths get shallow and saturation falls; five minutes after a dressing both are near rest."""
    of = played["valve"]
    assert of["tidal_volume"]["before"] < 0.75 * of["tidal_volume"]["rest"]
    assert of["arterial_saturation"]["before"] < of["arterial_saturation"]["rest"] - 0.02
    assert of["tidal_volume"]["after"] == pytest.approx(of["tidal_volume"]["rest"], rel=0.1)
    assert of["arterial_saturation"]["after"] == pytest.approx(of["arterial_saturation"]["rest"], abs=0.01)


def test_torn_lung_under_a_seal_is_tension_and_under_a_valve_is_not(played):
    """Kheirabadi 2013: tension under the seal, none under the valve."""
    seal, valve = played["torn, seal"], played["torn, valve"]
    assert seal["cardiac_output"]["after"] < 0.6 * seal["cardiac_output"]["rest"]
    assert seal["central_venous_pressure"]["after"] > seal["central_venous_pressure"]["rest"] + 8.0
    assert valve["cardiac_output"]["end"] == pytest.approx(valve["cardiac_output"]["rest"], rel=0.15)
    assert valve["arterial_saturation"]["end"] > 0.96


def test_pneumonia_of_one_lung_shunts_there_alone(played):
    """Gea 1991: 7 % (SE 2) of blood is shunted in pneumonia of those who breathe, 22 % (5) in those on a ventilator."""
    of = {name: values["end"] for name, values in played["pneumonia"].items()}
    assert of["shunt_left"] == pytest.approx(0.025, abs=0.005)
    left = of["lung_blood_flow_share_left"]
    assert 0.07 < left * of["shunt_left"] + (1.0 - left) * of["shunt_right"] < 0.32
    assert 55.0 < of["arterial_oxygen"] < 80.0


def test_salbutamol_relieves_an_attack_and_its_heart_rate_falls(played):
    """Janson 1991: in acute asthma peak flow rises and the pulse falls by 5 beats right after 5 ug/kg."""
    of = played["asthma"]
    assert of["bronchospasm"]["end"] < of["bronchospasm"]["before"] - 0.04
    assert of["arterial_oxygen"]["end"] > of["arterial_oxygen"]["before"] + 3.0
    assert of["respiratory_rate"]["end"] < of["respiratory_rate"]["before"] - 2.0
    assert -12.0 < of["heart_rate"]["end"] - of["heart_rate"]["before"] < 2.0
