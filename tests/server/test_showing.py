"""What is said of a bed over REST and the live socket."""

import dataclasses
import datetime

from tests.engine.plain import Sensor, Tank
from tests.ward.tiny import made
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.bed import Bed
from twinbed.server import showing
from twinbed.ward.diabetes import DiabetesBedside, DiabetesPatient
from twinbed.ward.log import Entry
from twinbed.ward.posterior import Spread


def test_what_a_bed_does_by_itself_has_words_and_levels_are_told_as_doses_are():
    scenario = Scenario((Event("carbohydrate", 1500.0, 900.0, 50.0), Event("pump.gain", 60.0, 30.0, 0.5)))
    told = showing.script(dataclasses.replace(made(), scenario=scenario))
    assert [(s["control"], s["t_s"], s["lasts_s"], s["value"]) for s in told] == [
        ("carbohydrate", 1500.0, 900.0, 50.0),
        ("pump.gain", 60.0, 30.0, 0.5),
    ]
    assert (told[0]["text"], told[0]["text_ko"]) == ("Meal 50 g over 15 min", "식사 50 g, 15분 동안")
    assert (told[1]["text"], told[1]["text_ko"]) == ("Gain 0.5 for 30 s", "이득 0.5, 30초 동안")


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


def test_a_patient_of_whom_nothing_is_known_is_told_so():
    bedside = DiabetesBedside(patient=DiabetesPatient(weight_kg=75.0, weight_assumed=True, sex="female"))
    told = showing._patient(dataclasses.replace(made(), bedside=bedside))
    assert (told["age"], told["sex"], told["height_cm"]) == (None, "female", None)
    assert (told["weight_kg"], told["weight_assumed"]) == (75.0, True)
    assert showing._patient(made())["weight_assumed"] is False


def test_a_moment_of_a_bed_of_long_pages_is_told_by_the_day_and_the_minute():
    slow, fast = (
        made(),
        dataclasses.replace(made(), bed=Bed(Tank(step_s=5.0), {"sensor": Sensor(period_s=5.0)}), period_s=1.0),
    )
    entry = Entry(0, 1, 60.0, "me", "rewind", {"to_s": 104_330.0}, seq=1, wall=datetime.datetime.now(datetime.UTC))
    assert (slow.page_s, fast.page_s) == (300.0, 5.0)
    told = showing.entry(slow, entry)
    assert (told["text"], told["text_ko"]) == ("Back to day 2 04:58", "2일째 04:58(으)로 되돌림")
    assert showing.entry(fast, entry)["text"] == "Back to 28:58:50"
