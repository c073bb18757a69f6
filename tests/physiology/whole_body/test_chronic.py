"""Who lives with a disease, with age or with weight rests as such people were measured to rest."""

import numpy as np
import pytest

import twinbed as tb
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import simulate, stack
from twinbed.engine.bed import Bed
from twinbed.physiology.respiratory.breathing import Breathing
from twinbed.physiology.respiratory.lungs import Lungs
from twinbed.physiology.whole_body import Person, adult
from twinbed.physiology.whole_body._conditions import _load
from twinbed.physiology.whole_body._patient import REFERENCE, body_surface

WHO = {
    "healthy": (REFERENCE, {}),
    "obstructed": (REFERENCE, {"copd": 0.8}),
    "failing": (REFERENCE, {"heart_failure": 0.8}),
    "stiff": (REFERENCE, {"heart_failure_preserved": 1.0}),
    "stiff at work": (REFERENCE, {"heart_failure_preserved": 1.0}),
    "at work": (REFERENCE, {}),
    "sixty": (Person(60, 76, 175, "male"), {}),
    "old man": (Person(75, 76, 175, "male"), {}),
    "old woman": (Person(75, 66, 162, "female"), {}),
    "heavy": (Person(50, 107, 175, "male"), {}),
    "asthma": (REFERENCE, {}),
    "torn": (REFERENCE, {}),
    "bled": (REFERENCE, {}),
}
HAPPENS = {
    "asthma": Event("asthma", 60.0, 640.0, 0.8),
    "torn": Event("pneumothorax_right", 60.0, 640.0, 1.0),
    "bled": Event("blood_loss", 60.0, 300.0, 2300.0),
    "at work": Event("exercise_intensity", 340.0, 360.0, 40.0),
    "stiff at work": Event("exercise_intensity", 340.0, 360.0, 40.0),
}
SIGNALS = ["arterial_pressure", "cardiac_output", "heart_rate", "left_atrial_pressure", "left_ventricular_volume",
           "arterial_oxygen", "arterial_carbon_dioxide", "bicarbonate", "respiratory_rate", "tidal_volume"]  # fmt: skip


@pytest.fixture(scope="module")
def rested():
    """The last minute of seven hundred seconds: every signal of every one of them."""
    beds = [Bed(adult(person, ill, waveforms=False)) for person, ill in WHO.values()]
    scenarios = [Scenario((HAPPENS[name],) if name in HAPPENS else ()) for name in WHO]
    played = simulate(stack(beds), scenarios, duration_s=700.0, seed=0, record=SIGNALS, record_period_s=0.1)
    return {
        name: {s: np.asarray(played.recorded[s])[k, -600:] for s in SIGNALS} for k, name in enumerate(WHO)
    }  # fmt: skip


@pytest.mark.slow
def test_severe_chronic_obstruction_breathes_slowly_at_normal_pressure(rested):
    """Six with chronic hypercapnia, Topeli, Laghi & Tobin (2001), Eur Respir J 18(1):53: 52.4, SD 3.9 mmHg of carbon
    dioxide, 57.7, SD 9.8 of oxygen, 31.2, SD 2.7 mmol/L of bicarbonate. Breaths, Tobin (1983), Chest 84(3):286: faster
    than the healthy; 16 to 25 is a deviation on both sides of his patients' mean."""
    ill, well = ({s: v.mean() for s, v in rested[who].items()} for who in ("obstructed", "healthy"))
    assert 16.0 < ill["respiratory_rate"] < 25.0
    assert 400.0 < ill["tidal_volume"] < well["tidal_volume"]
    assert ill["arterial_carbon_dioxide"] == pytest.approx(52.4, abs=3.9)
    assert ill["arterial_oxygen"] == pytest.approx(57.7, abs=9.8)
    assert ill["bicarbonate"] == pytest.approx(31.2, abs=2.7)
    assert ill["arterial_pressure"] == pytest.approx(well["arterial_pressure"], abs=6.0)
    assert ill["heart_rate"] < 90.0


@pytest.mark.slow
def test_a_severely_failing_heart_ejects_a_fifth_against_high_pressures(rested):
    """ESCAPE (2005), JAMA 294(13):1625: ejection fraction of 19 %, systolic pressure of 106 mmHg; untreated (Anand
    1989) 1.8 L/min/m2 and 30 mmHg of wedge pressure."""
    ill = rested["failing"]
    volume = ill["left_ventricular_volume"]
    assert (np.ptp(volume) / volume.max()) == pytest.approx(0.2, abs=0.05)
    assert ill["arterial_pressure"].max() == pytest.approx(106.0, rel=0.1)
    assert ill["cardiac_output"].mean() / body_surface(REFERENCE) == pytest.approx(1.95, abs=0.3)
    assert ill["left_atrial_pressure"].mean() > 18.0
    assert ill["heart_rate"].mean() > rested["healthy"]["heart_rate"].mean() + 5.0


@pytest.mark.slow
def test_a_stiff_heart_beats_as_others_at_rest_and_answers_light_work_with_two_fifths_less(rested):
    """Borlaug (2006), Circulation 114(20):2138: heart rate and cardiac output rise by some 40 % less at the same light
    work, the vessels widen less; at rest both differ little from others'."""
    mean = {who: {s: v.mean() for s, v in found.items()} for who, found in rested.items()}
    rise = lambda ill, signal: mean[f"{ill}at work"][signal] - mean[ill.strip() or "healthy"][signal]
    for signal in ("heart_rate", "cardiac_output"):
        assert rise("stiff ", signal) / rise("", signal) == pytest.approx(0.6, abs=0.1)
    resists = lambda who: mean[who]["arterial_pressure"] / mean[who]["cardiac_output"]
    assert resists("stiff at work") / resists("stiff") > 1.1 * resists("at work") / resists("healthy")
    assert mean["stiff"]["heart_rate"] == pytest.approx(mean["healthy"]["heart_rate"], abs=7.0)


@pytest.mark.slow
def test_arterial_oxygen_falls_with_age_and_weight(rested):
    """Cerveri's equation (1995) for 40 to 74 years, with his error of 7.5 mmHg; lying, over 70, Hardie et al. (2004),
    Chest 125(6):2053: 77.0, SD 9.1 in men, 73.5, SD 8.4 in women, at 39.4 of carbon dioxide."""
    gases = {who: {s: v.mean() for s, v in rested[who].items()} for who in rested}
    for who in ("sixty", "heavy"):
        person, carbon = WHO[who][0], gases[who]["arterial_carbon_dioxide"]
        index = person.weight_kg / (person.height_cm / 100.0) ** 2
        expected = 143.6 - 0.39 * person.age - 0.56 * index - 0.57 * carbon
        assert gases[who]["arterial_oxygen"] == pytest.approx(expected, abs=7.5), who
    assert gases["old man"]["arterial_oxygen"] == pytest.approx(77.0, abs=4.5)
    assert gases["old woman"]["arterial_oxygen"] == pytest.approx(73.5, abs=4.2)
    for who in ("sixty", "old man", "old woman", "heavy"):
        assert 10.0 < gases[who]["respiratory_rate"] < 15.0
        assert gases[who]["arterial_carbon_dioxide"] == pytest.approx(39.4, abs=2.0)


@pytest.mark.slow
def test_distress_of_three_kinds_breathes_at_three_rates_below_forty(rested):
    """Acute respiratory failure: 33, SD 6 (Frat 2015), 35, SD 7 (Brochard 1995); above 35 in losses of class IV (ATLS)."""
    rates = [rested[who]["respiratory_rate"].mean() for who in ("asthma", "torn", "bled")]
    assert all(27.0 < rate < 41.0 for rate in rates), rates
    assert max(rates) - min(rates) > 1.0


@pytest.mark.slow
def test_severe_asthma_traps_air_on_a_ventilator():
    """Leatherman & Ravenscraft (1996), Crit Care Med 24(3):541: 14, SD 4 cmH2O above the set pressure before expiration
    was prolonged, 31, SD 3 at the end of inspiration; the healthy breathe out."""
    settings = {"tidal_volume": 500.0, "rate": 15.0, "ratio": 0.5, "peep": 5.0, "pressure_limit": 120.0}
    links = {"lungs.inspired_oxygen": "ventilator.inspired_oxygen"}
    bed = Bed({"lungs": Lungs()}, {"ventilator": tb.load("devices/ventilation/ventilator")(**settings)}, links=links)
    asleep = Event("intubation", 0.0, 90.0, 1.0), Event("dyspnoea", 0.0, 90.0, 1.0)
    scenarios = [Scenario((*asleep, Event("bronchospasm", 0.0, 90.0, severity))) for severity in (0.0, 0.8)]
    played = simulate([bed, bed], scenarios, duration_s=90.0, seed=0, record=["alveolar_pressure", "airway_pressure"],
                      record_period_s=0.05)  # fmt: skip
    well, ill = np.asarray(played.recorded["alveolar_pressure"])[:, -160:]
    assert well.min() - 5.0 == pytest.approx(0.0, abs=0.5)
    assert ill.min() - 5.0 == pytest.approx(14.0, abs=4.0)
    assert ill.max() == pytest.approx(31.0, abs=4.0)
    assert np.asarray(played.recorded["airway_pressure"])[1, -160:].max() > ill.max() + 6.0


def test_effort_of_the_ill_draws_the_same_litre_against_their_load():
    """The closed form against the equation of motion in 20,000 steps."""
    models = adult(REFERENCE, {"copd": 0.8}, waveforms=False)
    lungs, breathing = models["lungs"], models["breathing"]
    assert isinstance(lungs, Lungs)
    assert isinstance(breathing, Breathing)
    elastance = 1.0 / float(lungs.lung.compliance) + 1.0 / float(lungs.chest_compliance)
    resistance = float(lungs.upper.resistance + lungs.lower_resistance + lungs.chest_resistance)
    lasts, steps = 60.0 * float(breathing.duty / breathing.rate), 20_000
    volume, load = 0.0, float(_load(lungs, breathing))
    for k in range(steps):
        pressure = load * np.sin(0.5 * np.pi * (k + 0.5) / steps)
        volume += lasts / steps * (pressure - elastance * volume) / resistance
    assert volume == pytest.approx(1.0, rel=1e-3)


def test_the_chronically_ill_have_the_drive_of_rest_at_their_own_gases():
    healthy = adult(REFERENCE, waveforms=False)["breathing"]
    for ill in ({"copd": 0.8}, {"fibrosis": 1.0}):
        breathing = adult(REFERENCE, ill, waveforms=False)["breathing"]
        assert isinstance(breathing, Breathing)
        assert isinstance(healthy, Breathing)
        assert float(breathing.drive(breathing.initial(), breathing.resting())) == pytest.approx(1.0, abs=1e-4)
        assert float(breathing.effort) > float(healthy.effort)
    obstructed = adult(REFERENCE, {"copd": 0.8}, waveforms=False)
    ph = float(obstructed["breathing"].rest_ph)  # pyright: ignore[reportAttributeAccessIssue]
    assert 7.32 < ph < 7.40
