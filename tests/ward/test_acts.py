"""What people do once more acts once more, however soon."""

import dataclasses

from tests.web import bed
from twinbed.core.scenario import Event, Scenario
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Control, Wish, with_wish
from twinbed.ward.log import InMemory
from twinbed.ward.session import Session

ACT = Control("nibp_start", "device", "act", "Measure", "측정")


def _at(scenario, t_s):
    """The level of the signal at a time: levels that overlap add."""
    return sum(e.amount for e in scenario.events if e.start_s <= t_s < e.start_s + e.duration_s)


def test_the_signal_of_an_act_at_once_goes_up_by_one_whenever_it_is_done():
    scenario = Scenario((Event("nibp_start", 2.5, 1.0, 1.0), Event("nibp_start", 9.0, 1.0, 1.0)))
    for t_s in (1.0, 2.0, 3.0):
        before = _at(scenario, t_s)
        scenario = with_wish(scenario, ACT, Wish(1.0), t_s)
        assert _at(scenario, t_s) == before + 1.0
    assert [_at(scenario, t) for t in (0.0, 1.5, 2.4, 2.75, 3.25, 8.0, 9.5, 1e6)] == [0, 1, 2, 3, 4, 3, 4, 3], (
        "and what the file has still to come comes"
    )


def test_what_lasts_lasts_anew_when_it_is_done_once_more():
    hold = dataclasses.replace(ACT, id="ventilator_inspiratory_hold", lasts_s=3.0)
    scenario = with_wish(with_wish(Scenario(), hold, Wish(1.0, 3.0), 1.0), hold, Wish(1.0, 3.0), 2.0)
    assert [_at(scenario, t) for t in (0.5, 1.5, 2.5, 4.5, 5.5)] == [0.0, 1.0, 1.0, 1.0, 0.0]


def test_to_acknowledge_again_and_again_silences_what_comes_meanwhile():
    """Mean pressure is 90 mmHg; its upper limit is set below that, and somebody acknowledges every second."""
    session = Session("b", bed.made(), InMemory(), Checkpoints())
    session.ask("kim", "alarms.pressure_high", Wish(80.0))
    states: list[bool] = []
    while len(states) < 2:
        session.ask("kim", "alarm_acknowledged", Wish())
        states += [a["acknowledged"] for a in session.advance().alarms if a["id"] == "pressure_high"]
        assert session.t_s < 60.0
    assert states[-1]
    assert all(entry.accepted for entry in session.entries)
