"""What is said of a bed over REST and the live socket."""

import dataclasses

from tests.ward.tiny import made
from twinbed.core.scenario import Event, Scenario
from twinbed.server import showing
from twinbed.ward.posterior import Spread


def test_what_a_bed_does_by_itself_has_words_and_levels_are_told_as_doses_are():
    scenario = Scenario((Event("carbohydrate", 1500.0, 900.0, 50.0), Event("pump.gain", 60.0, 30.0, 0.5)))
    told = showing.script(dataclasses.replace(made(), scenario=scenario))
    assert [(s["control"], s["t_s"], s["lasts_s"], s["value"]) for s in told] == [
        ("carbohydrate", 1500.0, 900.0, 50.0),
        ("pump.gain", 60.0, 30.0, 0.5),
    ]
    assert (told[0]["text"], told[0]["text_ko"]) == ("Meal 50 g in 15 min", "식사 50 g (15분)")


def test_a_future_says_in_both_languages_whether_its_spread_is_that_of_the_beds_own_past():
    told = showing._spread(Spread("past", "", 60.0, 70, 63, 24.04, 0.5), 360.0)
    assert (told["of"], told["why"], told["from_s"], told["until_s"]) == ("past", None, 60.0, 360.0)
    assert "70 readings, effectively 24 of 63 people" in told["text"]
    assert "측정값 70개, 유효 24명/63명" in told["text_ko"]
    texts = set()
    for why in ("begun", "little", "unexplained", "before"):
        told = showing._spread(Spread("people", why), 360.0)
        assert (told["of"], told["why"]) == ("people", why)
        assert told["text"].startswith("The spread is that of people in general: ")
        texts |= {told["text"], told["text_ko"]}
    assert len(texts) == 8
    assert showing._spread(Spread("patient"), 360.0)["text"] == "The patient alone, without a spread"
