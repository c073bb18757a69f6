"""Sepsis and anaphylaxis of the coupled patient against what was measured in people, and what treats them."""

import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import repeat, simulate
from twinbed.engine.bed import Bed
from twinbed.physiology.whole_body import adult

pytestmark = pytest.mark.slow

SETTLE = 300.0
SURFACE = 1.914
"""Of the reference man, m2 (Du Bois)."""
SIGNALS = ["arterial_pressure", "cardiac_output", "heart_rate", "respiratory_rate", "arterial_carbon_dioxide",
           "plasma_volume", "haemoglobin", "haemoglobin_mass", "core_temperature"]  # fmt: skip


def event(signal, at_s, lasts_s, amount):
    return Event(signal, SETTLE + at_s, lasts_s, amount)


def anaphylaxis(*treated):
    fluid, epinephrine = ("fluid" in treated) * 2000.0, ("epinephrine" in treated) * 0.01 * 1340.0 / 60.0
    return Scenario((event("anaphylaxis", 60.0, 1940.0, 1.0), event("crystalloid", 660.0, 1200.0, fluid),
                     event("epinephrine_rate", 660.0, 1340.0, epinephrine)))  # fmt: skip


@pytest.fixture(scope="module")
def sepsis():
    """Means over half a minute: at rest, untreated, after two litres, and with norepinephrine."""
    scenario = Scenario((event("sepsis", 60.0, 5940.0, 1.0), event("crystalloid", 1800.0, 1800.0, 2000.0),
                         event("norepinephrine_rate", 4800.0, 1200.0, 0.24)))  # fmt: skip
    run = simulate(Bed(adult(waveforms=False)), scenario, duration_s=SETTLE + 6000.0, seed=0, record=SIGNALS,
                   record_period_s=0.5, backend="native")  # fmt: skip
    assert run.ok.all(), (run.implausible_signal, run.implausible_s)
    at = lambda s: slice(int(2 * (SETTLE + s)) - 60, int(2 * (SETTLE + s)))
    moments = {"rest": 30.0, "untreated": 1800.0, "filled": 4800.0, "norepinephrine": 6000.0}
    return {m: {k: float(v[0, at(s)].mean()) for k, v in run.recorded.items()} for m, s in moments.items()}


@pytest.fixture(scope="module")
def reactions():
    """By treatment, every signal at one value each ten seconds."""
    cases = {"none": (), "fluid": ("fluid",), "both": ("fluid", "epinephrine")}
    scenarios = [anaphylaxis(*treated) for treated in cases.values()]
    bed = Bed(adult(waveforms=False))
    run = simulate(repeat(bed, len(scenarios)), scenarios, duration_s=SETTLE + 2000.0, seed=0, record=SIGNALS,
                   record_period_s=0.5, backend="native")  # fmt: skip
    tens = lambda v: v[: v.size // 20 * 20].reshape(-1, 20).mean(axis=1)
    return {name: {k: tens(v[i]) for k, v in run.recorded.items()} for i, name in enumerate(cases)}


def index(values):
    return values["cardiac_output"] / SURFACE


def test_septic_shock_after_fluid_is_that_of_measured_patients(sepsis):
    """Hamzaoui 2010, 105 patients: 54 +- 8 mmHg (to which resistance is calibrated), 3.2 +- 1.0 L/min/m2, 34 +- 12."""
    filled = sepsis["filled"]
    assert filled["arterial_pressure"] == pytest.approx(54.0, abs=8.0)
    assert index(filled) == pytest.approx(3.2, abs=1.0)
    assert 1000.0 * index(filled) / filled["heart_rate"] == pytest.approx(34.0, abs=12.0)


def test_an_untreated_septic_patient_is_in_shock_and_breathes_fast(sepsis):
    """The definition of 1992: more than 90 beats, more than 20 breaths a minute or carbon dioxide below 32 mmHg."""
    untreated = sepsis["untreated"]
    assert untreated["heart_rate"] > 90.0
    assert untreated["respiratory_rate"] > 20.0 or untreated["arterial_carbon_dioxide"] < 32.0
    assert untreated["arterial_pressure"] < 65.0
    assert sepsis["filled"]["core_temperature"] > sepsis["rest"]["core_temperature"] + 0.5


def test_norepinephrine_raises_pressure_and_no_less_blood_flows(sepsis):
    """Hamzaoui 2010: pressure from 54 to 76 mmHg, index from 3.2 to 3.6."""
    before, after = sepsis["filled"], sepsis["norepinephrine"]
    assert after["arterial_pressure"] > before["arterial_pressure"] + 15.0
    assert after["cardiac_output"] > 0.95 * before["cardiac_output"]


def test_anaphylaxis_takes_a_third_of_plasma_in_ten_minutes_and_less_blood_flows(reactions):
    """Fisher 1986: up to 35 % within ten minutes, to which the leak is calibrated; no haemoglobin is lost."""
    untreated = reactions["none"]
    start, at = int(SETTLE / 10), int((SETTLE + 660.0) / 10)
    left = untreated["plasma_volume"][at] / untreated["plasma_volume"][start]
    assert 0.62 < left < 0.75
    assert untreated["haemoglobin"][at] > 1.1 * untreated["haemoglobin"][start]
    assert untreated["haemoglobin_mass"] == pytest.approx(untreated["haemoglobin_mass"][0], rel=1e-6)
    assert untreated["arterial_pressure"][at] < 65.0
    assert untreated["cardiac_output"][at] < 0.95 * untreated["cardiac_output"][start]


def test_epinephrine_and_fluid_bring_the_circulation_back(reactions):
    """Brown 2004: nineteen people with anaphylaxis answered to an infusion, five with fluid besides."""
    ends = {name: np.mean(run["arterial_pressure"][-12:]) for name, run in reactions.items()}
    assert ends["both"] > 70.0 > 55.0 > ends["none"]
    assert ends["both"] > ends["fluid"] + 10.0
