"""The list of drugs has all that is being given and was, by pumps and by hand, with by what and how much."""

import functools

from twinbed.core.scenario import Event, Scenario
from twinbed.server import showing
from twinbed.ward.definition import make, template
from twinbed.ward.given import given, so_far

LIVES = Scenario(
    (
        Event("phenylephrine_rate", 10.0, 0.0, 0.1), Event("phenylephrine_rate", 50.0, 0.0, 0.05),
        Event("crystalloid", 0.0, 600.0, 500.0), Event("rocuronium_rate", 500.0, 0.0, 50.0),
        Event("propofol_command", 20.0, 1e9, 8.0), Event("fentanyl_rate", 0.0, 60.0, 0.06),
    )
)  # fmt: skip
SAYS = {"propofol": {"propofol_rate": 7.9, "propofol_delivered_total": 10.5, "pump_flow": 47.0}}


@functools.cache
def _made():
    return make(template("anaesthesia").toml)


def _found(t_s=120.0, says=SAYS, set_to=8.0):
    made = _made()
    stands = lambda control: set_to if control == "propofol_command" else None
    return {one.id: one for one in given(made.controls, LIVES, says, stands, t_s)}


def test_a_drug_that_a_pump_gives_is_in_the_list_with_its_pump_its_setting_and_what_it_gave():
    propofol = _found()["propofol"]
    assert (propofol.device, propofol.rate, propofol.total) == ("propofol", 8.0, 10.5)
    assert _found(set_to=0.0)["propofol"].rate is None, "it was given, and is not any more"
    silent = {"propofol": {"propofol_rate": 0.0, "propofol_delivered_total": 0.0}}
    assert "propofol" not in _found(says=silent, set_to=0.0), "nothing of it was given"


def test_what_is_given_by_hand_has_all_doses_and_the_share_of_what_goes_on():
    found = _found()
    assert (found["phenylephrine"].total, found["phenylephrine"].last_s) == (0.1 + 0.05, 50.0)
    assert found["phenylephrine"].rate is None
    assert (found["crystalloid"].total, found["crystalloid"].rate) == (100.0, 50.0), "120 of 600 s, 50 mL a minute"
    assert (found["fentanyl"].total, found["fentanyl"].last_s, found["fentanyl"].rate) == (0.06, 60.0, None)
    assert "rocuronium" not in found, "it is still to come"


def test_the_list_is_in_words_of_both_languages_and_in_the_unit_of_the_drug():
    told = {one.id: showing.given_shown(_made(), one) for one in _found().values()}
    assert told["propofol"]["text"] == "by its pump 8 mg/min · 10.5 mg so far"
    assert told["propofol"]["text_ko"] == "펌프로 8 mg/min · 지금까지 10.5 mg"
    assert (told["propofol"]["device"], told["propofol"]["goes_on"]) == ("propofol", True)
    assert told["phenylephrine"]["text"] == "by hand 150 µg, last at 00:50"
    assert (told["phenylephrine"]["total"], told["phenylephrine"]["unit"]) == (150.0, "µg")
    assert told["crystalloid"]["text"] == "by hand 50 mL/min · 100 mL so far"
    assert told["fentanyl"]["text_ko"] == "손으로 60 µg, 마지막 01:00"


def test_a_target_of_a_pump_is_told_as_a_concentration():
    tci = '[[devices]]\nname = "tci"\ndevice = "devices/infusion/tci_pump"\n'
    made = make(tci)
    says = {"tci": {"propofol_rate": 11.0, "propofol_delivered_total": 90.0}}
    (one,) = given(made.controls, Scenario(), says, lambda c: 4.0, 60.0)
    assert (one.target, one.rate, one.pace.said(one.rate)) == (True, 4.0, "4 mg/L")


def test_drugs_so_far_are_those_of_which_anything_was_given():
    assert so_far(LIVES, SAYS, 120.0) == {"phenylephrine", "propofol", "fentanyl"}
    assert so_far(LIVES, {}, 5.0) == {"fentanyl"}


def test_insulin_of_a_pump_is_told_with_the_rate_that_its_handset_has():
    made = make(template("diabetes").toml)
    says = {
        "handset": {"basal_command": 0.93, "meal_bolus": 0.0},
        "pump": {"insulin_rate": 0.96, "insulin_delivered_total": 11.2},
    }
    dose = Scenario((Event("injection", 0.0, 0.0, 3.0),))
    insulin, bolus = given(made.controls, dose, says, lambda c: None, 60.0)
    assert (insulin.label, insulin.device, insulin.rate, insulin.pace.said(0.93)) == (
        "Insulin",
        "pump",
        0.93,
        "0.93 U/h",
    )
    assert (bolus.id, bolus.total, bolus.amount.said(bolus.total)) == ("injection", 3.0, "3 U")
    assert bolus.device == "pump", "the pump gives it: suspended, it refuses"
    told = showing.given_shown(made, bolus)
    assert (told["text"], told["text_ko"]) == ("by its pump 3 U, last at day 1 00:00", "펌프로 3 U, 마지막 1일째 00:00")
    (pen,) = given(made.controls, dose, {}, lambda c: None, 60.0)
    assert (pen.device, showing.given_shown(made, pen)["text"]) == ("", "by hand 3 U, last at day 1 00:00")
