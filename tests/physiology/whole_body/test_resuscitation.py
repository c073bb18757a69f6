"""Fibrillation, three minutes of nothing, two of a chest compressor and a bag, a shock; with epinephrine and without."""

import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario
from twinbed.devices.rhythm.chest_compressor import ChestCompressor
from twinbed.devices.ventilation.bag_valve_mask import BagValveMask
from twinbed.engine.batch import simulate, stack
from twinbed.engine.bed import Bed
from twinbed.physiology.cardiovascular.conduction import RHYTHMS
from twinbed.physiology.whole_body import adult

PERIOD, FALLS, HELP, SHOCK, ENDS = 0.02, 60.0, 240.0, 360.0, 540.0
FIBRILLATION = float(RHYTHMS["ventricular_fibrillation_coarse"])
EVENTS = (
    Event("rhythm", FALLS, 3000.0, FIBRILLATION),
    Event("chest_compressor_on", HELP, SHOCK - HELP - 3.0, 1.0),
    Event("bag_ventilation", 0.0, HELP, 0.0),
    Event("intubation", HELP, 3000.0, 1.0),
    Event("shock", SHOCK, 0.1, 200.0),
)
EPINEPHRINE = Event("epinephrine_rate", HELP + 20.0, 0.0, 1.0)
SIGNALS = [
    "arterial_pressure", "central_venous_pressure", "cardiac_output", "chest_compression", "rhythm_shown",
    "arterial_oxygen", "arterial_carbon_dioxide", "venous_carbon_dioxide", "lactate", "ischaemia",
]  # fmt: skip

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def between():
    """What a signal was from one second to another, without epinephrine or with it."""
    bed = Bed(adult(waveforms=False), {"compressor": ChestCompressor(), "bag": BagValveMask()})
    scenarios = [Scenario(EVENTS), Scenario((*EVENTS, EPINEPHRINE))]
    result = simulate(
        stack([bed, bed]), scenarios, duration_s=ENDS, seed=0, record=SIGNALS, record_period_s=PERIOD, backend="native"
    )
    assert result.ok.all()

    def part(signal, start, end, epinephrine=False):
        return result.recorded[signal][int(epinephrine), round(start / PERIOD) : round(end / PERIOD)]

    return part


def _perfusion(between, epinephrine):
    """Aorta less right atrium at the end of each relaxation, mmHg."""
    span = SHOCK - 40.0, SHOCK - 5.0
    pressed = between("chest_compression", *span)
    ends = np.flatnonzero((pressed[:-1] == 0.0) & (pressed[1:] > 0.0))
    assert len(ends) == pytest.approx(102.0 * 35.0 / 60.0, abs=1.5)
    arteries, atrium = (between(f"{of}_pressure", *span, epinephrine)[ends] for of in ("arterial", "central_venous"))
    return (arteries - atrium).mean()


def test_compressions_move_a_quarter_of_the_blood(between):
    """20 to 30 % of normal flow, as good compressions give; nothing flowed before."""
    normal = between("cardiac_output", 30.0, FALLS).mean()
    assert between("cardiac_output", HELP - 10.0, HELP).mean() < 0.01
    assert 0.2 < between("cardiac_output", SHOCK - 40.0, SHOCK - 5.0).mean() / normal < 0.3


def test_the_heart_gets_the_pressure_with_which_people_come_back(between):
    """Paradis 1990: 15 mmHg at least; in those who came back at most 25.6, standard deviation 7.7."""
    assert 15.0 < _perfusion(between, epinephrine=False) < 25.6 + 7.7


def test_aorta_and_right_atrium_are_pressed_alike(between):
    """Paradis 1989: in people both swing by tens of mmHg, and hardly differ while the chest is pressed."""
    span = SHOCK - 40.0, SHOCK - 5.0
    arteries, atrium = (between(f"{name}_pressure", *span) for name in ("arterial", "central_venous"))
    assert np.percentile(arteries, 95) - np.percentile(arteries, 5) > 15.0
    assert np.percentile(atrium, 95) - np.percentile(atrium, 5) > 15.0
    assert abs(np.percentile(arteries, 95) - np.percentile(atrium, 95)) < 10.0


def test_epinephrine_brings_arterial_pressure_to_that_of_people_under_a_machine(between):
    """A mean of 53 mmHg, standard deviation 10, in 56 people (doi:10.1016/j.resuscitation.2024.110311)."""
    means = [between("arterial_pressure", SHOCK - 40.0, SHOCK - 5.0, e).mean() for e in (False, True)]
    assert means[0] + 8.0 < means[1]
    assert 43.0 < means[1] < 63.0
    assert _perfusion(between, epinephrine=True) > _perfusion(between, epinephrine=False)


def test_venous_blood_shows_the_acid_that_arterial_blood_hides(between):
    """Weil 1986: carbon dioxide of 32 mmHg in arteries and 74 in veins in people under compressions."""
    arteries, veins = (
        between(f"{kind}_carbon_dioxide", SHOCK - 20.0, SHOCK - 5.0).mean() for kind in ("arterial", "venous")
    )
    assert arteries < 40.0
    assert veins > arteries + 20.0
    assert between("lactate", HELP - 5.0, HELP).mean() < 1.1
    assert 2.5 < between("lactate", SHOCK - 5.0, SHOCK).mean() < 8.0


def test_the_shock_brings_the_circulation_back(between):
    assert (between("rhythm_shown", FALLS + 5.0, SHOCK - 1.0) == FIBRILLATION).all()
    assert (between("rhythm_shown", SHOCK + 30.0, ENDS) == 0.0).all()
    assert between("arterial_pressure", ENDS - 60.0, ENDS).mean() > 60.0
    assert between("cardiac_output", ENDS - 60.0, ENDS).mean() > 4.0
    assert between("ischaemia", HELP - 5.0, HELP).mean() > 0.7
    assert between("ischaemia", SHOCK - 10.0, SHOCK).mean() < 0.5
