"""What is said of a bed over REST and the live socket."""

import dataclasses

from tests.ward.tiny import made
from twinbed.core.scenario import Event, Scenario
from twinbed.server import showing


def test_what_a_bed_does_by_itself_has_words_and_levels_are_told_as_doses_are():
    scenario = Scenario((Event("carbohydrate", 1500.0, 900.0, 50.0), Event("pump.gain", 60.0, 30.0, 0.5)))
    told = showing.script(dataclasses.replace(made(), scenario=scenario))
    assert [(s["control"], s["t_s"], s["lasts_s"], s["value"]) for s in told] == [
        ("carbohydrate", 1500.0, 900.0, 50.0),
        ("pump.gain", 60.0, 30.0, 0.5),
    ]
    assert (told[0]["text"], told[0]["text_ko"]) == ("Meal 50 g in 15 min", "식사 50 g (15분)")
