"""Hypertension: a high pressure at a normal flow and rate, that the reflexes keep."""

import numpy as np
import pytest

from twinbed.core.scenario import Scenario
from twinbed.engine.batch import simulate, stack
from twinbed.engine.bed import Bed
from twinbed.physiology.whole_body import Person, adult

SEVERITIES = (0.0, 0.25, 0.5, 1.0)
SIGNALS = ["arterial_pressure", "aortic_flow", "heart_rate", "left_ventricular_volume"]


@pytest.fixture(scope="module")
def rested():
    """The last half minute of two and a half, of heart, vessels and nerves alone, by severity."""

    def bed(severity):
        organs = adult(Person(40, 76, 175, "male"), {"hypertension": severity}, waveforms=False)
        return Bed({name: organs[name] for name in ("circulation", "conduction", "autonomic")})

    run = simulate(stack([bed(s) for s in SEVERITIES]), Scenario(), duration_s=150.0, seed=0, record=SIGNALS,
                   record_period_s=0.02, backend="native")  # fmt: skip
    assert run.ok.all()
    return {s: {name: run.recorded[name][k, -1500:] for name in SIGNALS} for k, s in enumerate(SEVERITIES)}


@pytest.mark.parametrize(
    ("severity", "systolic", "diastolic"),
    [(0.0, (100, 140), (60, 90)), (0.5, (140, 160), (90, 100)), (1.0, (160, 180), (100, 120))],
)
def test_severity_is_a_grade_of_hypertension(rested, severity, systolic, diastolic):
    """Grades of ESC/ESH 2018 (Williams, Eur Heart J 39:3021): from 140/90, 160/100 mmHg on; normal below."""
    pressure = rested[severity]["arterial_pressure"]
    assert systolic[0] < pressure.max() < systolic[1]
    assert diastolic[0] < pressure.min() < diastolic[1]


def test_resistance_is_high_and_flow_and_rate_are_normal(rested):
    """Established hypertension has a normal flow and a high resistance; the reflexes sit at the new pressure."""
    mean = {s: {name: values.mean() for name, values in found.items()} for s, found in rested.items()}
    assert np.all(np.diff([mean[s]["arterial_pressure"] for s in SEVERITIES]) > 5.0)
    for severity in SEVERITIES[1:]:
        assert mean[severity]["aortic_flow"] == pytest.approx(mean[0.0]["aortic_flow"], rel=0.05)
        assert mean[severity]["heart_rate"] == pytest.approx(mean[0.0]["heart_rate"], abs=4.0)


def test_stiff_arteries_widen_the_pulse_and_a_strong_ventricle_ejects_as_much(rested):
    width = [np.ptp(rested[s]["arterial_pressure"]) for s in SEVERITIES]
    assert np.all(np.diff(width) > 0.0)
    ejected = [np.ptp(v := rested[s]["left_ventricular_volume"]) / v.max() for s in SEVERITIES]
    assert ejected == pytest.approx([0.6] * 4, abs=0.03)
