"""What is said of a bed over REST and the live socket."""

import dataclasses
import datetime

from tests.engine.plain import Sensor, Tank
from tests.ward.tiny import made
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.bed import Bed
from twinbed.server import showing
from twinbed.server.permissions import Role
from twinbed.ward import definition
from twinbed.ward.checkpoints import Left
from twinbed.ward.controls import Choice, Control
from twinbed.ward.diabetes import DiabetesBedside, DiabetesPatient
from twinbed.ward.log import Entry
from twinbed.ward.pace import Pace
from twinbed.ward.posterior import Spread
from twinbed.ward.resident import Resident


def test_what_a_bed_does_by_itself_has_words_and_levels_are_told_as_doses_are():
    scenario = Scenario((Event("carbohydrate", 1500.0, 900.0, 50.0), Event("pump.gain", 60.0, 30.0, 0.5)))
    told = showing.script(dataclasses.replace(made(), scenario=scenario))
    assert [(s["control"], s["t_s"], s["lasts_s"], s["value"]) for s in told] == [
        ("carbohydrate", 1500.0, 900.0, 50.0),
        ("pump.gain", 60.0, 30.0, 0.5),
    ]
    assert (told[0]["text"], told[0]["text_ko"]) == ("Meal 50 g over 15 min", "식사 50 g, 15분 동안")
    assert (told[1]["text"], told[1]["text_ko"]) == ("Gain 0.5 for 30 s", "이득 0.5, 30초 동안")


def test_a_choice_with_an_end_says_for_how_long():
    states = (Choice(0.0, "off", "꺼짐"), Choice(1.0, "on", "켜짐"))
    pacemaker = Control("pacemaker_on", "device", "choice", "Pacemaker", "심박조율기", choices=states)
    bed = dataclasses.replace(made(), controls={pacemaker.id: pacemaker})
    wall = datetime.datetime(2026, 5, 4, tzinfo=datetime.UTC)
    said = lambda lasts_s: {"control": "pacemaker_on", "value": 0.0, "lasts_s": lasts_s}
    told = [
        showing.entry(bed, Entry(0, 3, 30.0, "kim", "request", said(lasts_s), seq=1, wall=wall))
        for lasts_s in (30.0, None)
    ]
    assert [(t["text"], t["text_ko"]) for t in told] == [
        ("Pacemaker: off for 30 s", "심박조율기: 꺼짐, 30초 동안"),
        ("Pacemaker: off", "심박조율기: 꺼짐"),
    ]


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


def test_a_bed_on_its_way_says_what_it_showed_last_and_when_and_where_it_was_then():
    at = datetime.datetime(2026, 3, 1, 12, 3, tzinfo=datetime.UTC)
    bed = Resident("a", "A", "A", "", Pace(lambda: 0.0), made=made())
    assert showing.whole(bed, 0, Role.VIEWER)["left"] is None
    bed.left = Left(9, {"G": 112.0}, ({"id": "low", "priority": 2, "text": "low", "text_ko": "낮음"},), at)
    told = showing.whole(bed, 0, Role.VIEWER)
    assert told["left"]["wall"] == "2026-03-01T12:03:00+00:00"
    assert (told["left"]["t_s"], told["left"]["values"]) == (3000.0, {"G": 112.0})
    assert told["left"]["alarms"][0]["text"] == "low"
    bed.why = "it cannot live"
    assert showing.whole(bed, 0, Role.VIEWER)["left"] is None, "it is not on its way"


def test_what_a_panel_says_has_the_digits_of_the_same_number_of_the_bed():
    diabetes = definition.make(definition.template("diabetes").toml)
    shows = {s["id"]: s["digits"] for s in showing._device(diabetes, "receiver")["shows"]}
    numbers = {n["id"]: n["digits"] for n in diabetes.view.described(60.0, 60.0, ())["numbers"]}
    assert shows["glucose_trend"] == numbers["trend"] == 1
