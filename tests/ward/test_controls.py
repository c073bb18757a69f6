"""What can be done at a bed follows from it; every control of the file has its words, and interlocks are by hand."""

import dataclasses
import functools
import itertools

import numpy as np
import pytest

from twinbed.core.scenario import Event, Scenario, timeline
from twinbed.engine.batch import as_cohort
from twinbed.studies.acute.bedside import FOREVER_S
from twinbed.vocab.drugs import DRUGS
from twinbed.vocab.drugs.person import Person, covariates
from twinbed.vocab.signals import SIGNALS
from twinbed.vocab.signals import signal as signal_of
from twinbed.ward import dosing
from twinbed.ward.controls import (
    GROUPS,
    Choice,
    Control,
    Refused,
    Wish,
    _table,
    checked,
    logged,
    now,
    with_setting,
    with_wish,
)
from twinbed.ward.definition import catalogue, make, template
from twinbed.ward.fitted import written
from twinbed.ward.given import given
from twinbed.ward.grants import granted
from twinbed.ward.interlocks import interlock
from twinbed.ward.text import korean, korean_of_device, korean_of_signal

PACING = {
    "pacemaker_mode_set": 2.0, "pacemaker.lower_rate": 60.0, "pacemaker.upper_rate": 120.0, "pacemaker.av_delay": 0.15,
}  # fmt: skip
RATE = Control("oxygen_flow", "device", "number", "Oxygen flow", "산소 유량", "L/min", 0.0, 15.0)


@functools.cache
def _made(name):
    return make(template(name).toml)


@pytest.mark.parametrize("name", catalogue())
def test_a_bedside_of_the_package_has_words_for_everything_that_can_be_done(name):
    made = _made(name)
    assert made.words.keys() >= {"title", "title_ko", "about", "about_ko"}
    for control in made.controls.values():
        assert control.group in GROUPS
        assert control.label
        assert control.low < control.high
        assert control.label_ko != control.label or control.label in ("PEEP",)
        for choice in control.choices:
            assert choice.label
            assert choice.label_ko


@pytest.mark.parametrize("name", catalogue())
def test_its_devices_and_what_they_show_have_korean_names(name):
    is_korean = lambda text: any("가" <= letter <= "힣" for letter in text)
    shows = _made(name).view.devices
    assert [device for device in shows if not is_korean(korean_of_device(device))] == []
    assert [s for signals in shows.values() for s in signals if not is_korean(korean_of_signal(s))] == []


def test_what_a_device_feeds_cannot_be_set_but_the_device_can():
    controls = _made("anaesthesia").controls
    assert "propofol_rate" not in controls, "its pump gives it"
    assert {"propofol_command", "propofol_occlusion", "remifentanil_rate", "ventilator_peep_set"} <= controls.keys()
    assert "ventilator_peep_set" not in _made("emergency").controls


def test_what_a_setting_stands_at_is_that_of_the_machine():
    made = _made("anaesthesia")
    beds = as_cohort(made.bed)
    assert now(made.controls["ventilator_tidal_volume_set"], Scenario(), beds, 0.0) == 520.0
    assert now(made.controls["alarms.heart_rate_high"], Scenario(), beds, 0.0) == 120.0
    assert now(made.controls["oxygen_flow"], made.scenario, beds, 10.0) == 12.0
    assert now(made.controls["oxygen_flow"], made.scenario, beds, 151.0) == 0.0


def test_a_pump_is_asked_for_no_more_than_its_motor_gives_and_is_given_at_once():
    """1200 mL/h of 10 mg/mL are 200 mg/min, below the 400 mg of a bolus; of 0.08 mg/mL 1.6 mg/min, above 1 mg."""
    assert _made("anaesthesia").controls["propofol_command"].high == pytest.approx(200.0)
    assert _made("intensive_care").controls["norepinephrine_command"].high == 1.0
    with pytest.raises(Refused, match="outside 0 to 200 mg/min"):
        checked(_made("anaesthesia").controls["propofol_command"], Wish(30000.0))


def test_a_fluid_by_its_pump_is_set_in_millilitres_an_hour_and_given_by_hand_besides():
    pump = '[[devices]]\nname = "fluid"\ndevice = "devices/infusion/volumetric_pump"\ndrug = "crystalloid"\n'
    made = make(f"{template('intensive_care').toml}\n{pump}")
    control = made.controls["crystalloid_command"]
    assert (control.label, control.label_ko) == ("Crystalloid by its pump", "결정질 수액 펌프 속도")
    assert control.spoken.said(control.high) == "1200 mL/h"
    assert {"crystalloid_occlusion", "crystalloid"} <= made.controls.keys()
    assert "crystalloid_rate" not in made.controls
    says = {"fluid": {"crystalloid_rate": 2.0, "crystalloid_delivered_total": 30.0}}
    (one,) = given(made.controls, Scenario(), says, lambda control: 2.0, 60.0)
    assert (one.label_ko, one.device, one.amount.said(one.total), one.pace.said(one.rate)) == (
        "결정질 수액", "fluid", "30 mL", "120 mL/h",
    )  # fmt: skip


def test_a_pump_gives_no_more_without_an_end_than_the_label_of_its_drug_has():
    """4 to 12 mg/kg/h of propofol (SmPC) for 84 kg are 16.8 mg/min; 68 mg of norepinephrine a day 0.0472 mg/min."""
    propofol = _made("anaesthesia").controls["propofol_command"]
    assert _made("anaesthesia").bedside.patient.weight_kg == 84.0
    assert propofol.lasting_high == pytest.approx(16.8)
    assert checked(propofol, Wish(16.8)) == Wish(16.8)
    with pytest.raises(Refused, match=r"17 mg/min is more than may stay, 16.8 mg/min \(propofol SmPC") as refused:
        checked(propofol, Wish(17.0))
    assert "지속 주입 한계를 넘습니다(16.8 mg/min, " in refused.value.korean
    assert checked(propofol, Wish(200.0, 60.0)).value == 200.0, "induction: it ends, and is no more than a single dose"
    with pytest.raises(Refused, match="400 mg at most in all"):
        checked(propofol, Wish(200.0, 121.0))
    norepinephrine = _made("intensive_care").controls["norepinephrine_command"]
    with pytest.raises(Refused, match="68 mg a day"):
        checked(norepinephrine, Wish(0.05))
    assert 68.0 / 1440.0 == pytest.approx(norepinephrine.lasting_high, rel=1e-3)


def test_what_a_bedside_of_the_package_gives_by_its_pumps_could_be_asked_for():
    for name in catalogue():
        made = _made(name)
        for event in made.scenario.events:
            if event.signal.endswith("_command") and event.signal in made.controls:
                lasts_s = None if event.duration_s >= FOREVER_S else event.duration_s
                checked(made.controls[event.signal], Wish(event.amount, lasts_s))


def test_a_target_is_no_higher_than_the_label_or_what_the_largest_labelled_infusion_reaches():
    pump = {"name": "tci", "device": "devices/infusion/tci_pump"}
    table = {"patient": {"weight_kg": 70.0}, "devices": [pump]}
    control = make(written(table)).controls["propofol_target"]
    assert control.high == 8.0
    with pytest.raises(Refused, match=r"8.5 is outside 0 to 8 mg/L \(Diprivan SmPC, TCI") as refused:
        checked(control, Wish(8.5))
    assert "범위 0~8 mg/L 밖입니다 (Diprivan 허가사항(SmPC)" in refused.value.korean
    person = Person(weight_kg=70.0)
    most = lambda drug: dosing.target(drug, _table()["drug"][drug], person)
    for drug in _table()["drug"]:
        values = DRUGS[drug].model(None).values(covariates(person))
        rate = dosing.infusion(_table()["drug"][drug], person).value
        if "target_mg_l" not in _table()["drug"][drug]:
            reached = rate / values["clearance"] if rate else _table()["drug"][drug]["high"] / values["v1"]
            assert most(drug).value == pytest.approx(reached, rel=0.01)
        assert 0.0 < most(drug).value < signal_of(f"{drug}_target").plausible[1], "tighter than what is plausible"


def test_every_limit_of_a_pump_says_where_it_is_from():
    for drug, said in _table()["drug"].items():
        assert ("source" in said) == any(name.startswith("infusion") for name in said), drug
        assert ("target_source" in said) == ("target_mg_l" in said), drug
        for limit in (dosing.infusion(said, Person()), dosing.target(drug, said, Person())):
            assert limit.why
            assert limit.why_ko


def test_a_time_that_follows_from_the_ratio_is_not_said_to_be_zero():
    made = _made("anaesthesia")
    assert now(made.controls["ventilator_inspiratory_time_set"], Scenario(), as_cohort(made.bed), 0.0) is None
    asked = Scenario((Event("ventilator_inspiratory_time_set", 0.0, FOREVER_S, 1.5),))
    assert now(made.controls["ventilator_inspiratory_time_set"], asked, as_cohort(made.bed), 1.0) == 1.5
    assert now(made.controls["ventilator_support_set"], Scenario(), as_cohort(made.bed), 0.0) is not None


def test_another_limit_is_another_number_of_the_device():
    made = _made("anaesthesia")
    beds = with_setting(as_cohort(made.bed), made.controls["alarms.heart_rate_high"], 100.0)
    np.testing.assert_array_equal(beds.devices["alarms"].heart_rate_high, [100.0])


def test_every_line_of_the_file_is_about_a_signal():
    table = _table()
    assert set(table["signal"]) <= set(SIGNALS)
    assert {f"{drug}_rate" for drug in table["drug"]} <= set(SIGNALS)


def test_a_level_takes_the_place_of_the_one_before_and_of_what_was_to_come():
    scenario = Scenario((Event("oxygen_flow", 0.0, 100.0, 8.0), Event("oxygen_flow", 200.0, 50.0, 4.0)))
    changed = with_wish(scenario, RATE, checked(RATE, Wish(6.0)), 60.0)
    assert changed.events == (Event("oxygen_flow", 0.0, 60.0, 8.0), Event("oxygen_flow", 60.0, FOREVER_S, 6.0))
    off = with_wish(changed, RATE, checked(RATE, Wish(0.0)), 90.0)
    assert off.events == (Event("oxygen_flow", 0.0, 60.0, 8.0), Event("oxygen_flow", 60.0, 30.0, 6.0))


PUMP = Control("propofol_command", "device", "number", "Propofol", "프로포폴", "mg/min", 0.0, 400.0)


def _levels(scenario, times):
    """The level at times: events that overlap add."""
    own = [(e.start_s, e.start_s + e.duration_s, e.amount) for e in scenario.events]
    return [sum(amount for start, end, amount in own if start <= t < end) for t in times]


def test_a_level_with_an_end_leaves_what_it_would_have_been_without_it():
    """The pump of the anaesthesia bed: 130 mg/min for a minute, then 8; 100 mg/min for a minute at 90 s, and at 600 s."""
    scenario = Scenario(
        (Event("propofol_command", 60.0, 60.0, 130.0), Event("propofol_command", 120.0, FOREVER_S, 8.0))
    )
    bolus = checked(PUMP, Wish(100.0, 60.0))
    once = with_wish(scenario, PUMP, bolus, 90.0)
    assert _levels(once, (59.9, 89.9, 90.0, 149.9, 150.0, 1e6)) == [0.0, 130.0, 100.0, 100.0, 8.0, 8.0]
    twice = with_wish(once, PUMP, bolus, 600.0)
    assert _levels(twice, (599.9, 600.0, 659.9, 660.0, 1e6)) == [8.0, 100.0, 100.0, 8.0, 8.0]
    stopped = with_wish(twice, PUMP, checked(PUMP, Wish(0.0, 30.0)), 630.0)
    assert _levels(stopped, (629.9, 630.0, 659.9, 660.0)) == [100.0, 0.0, 0.0, 8.0], "the bolus ended meanwhile"
    off = with_wish(stopped, PUMP, checked(PUMP, Wish(0.0)), 640.0)
    assert _levels(off, (640.0, 660.0, 1e6)) == [0.0, 0.0, 0.0]


def test_a_request_of_a_log_that_knows_of_no_return_ends_as_it_did():
    scenario = Scenario((Event("propofol_command", 0.0, FOREVER_S, 8.0),))
    old = with_wish(scenario, PUMP, logged({"value": 100.0, "lasts_s": 60.0}), 90.0)
    assert _levels(old, (89.9, 90.0, 150.0)) == [8.0, 100.0, 0.0]
    new = with_wish(scenario, PUMP, logged({"value": 100.0, "lasts_s": 60.0, "returns": True}), 90.0)
    assert _levels(new, (89.9, 90.0, 150.0)) == [8.0, 100.0, 8.0]


def test_what_ends_by_itself_takes_the_place_of_the_one_before():
    """A stimulus lasts a minute unless somebody says: to ask for none ends it."""
    stimulus = Control("stimulus", "person", "number", "Stimulus", "자극", "1", 0.0, 2.0, lasts_s=60.0)
    pain = with_wish(Scenario(), stimulus, checked(stimulus, Wish(1.25, 600.0)), 0.0)
    none = with_wish(pain, stimulus, checked(stimulus, Wish(0.0)), 30.0)
    assert _levels(none, (29.9, 30.0, 100.0)) == [1.25, 0.0, 0.0]


@pytest.mark.parametrize("name", catalogue())
def test_whatever_is_granted_can_be_played(name):
    """At the ends of every control and between, for all times, none and hardly any too."""
    made = _made(name)
    refused: list[Refused] = []
    for control in made.controls.values():
        values = (control.low, control.high, control.rest, 0.37 * control.low + 0.63 * control.high)
        for value, lasts_s in itertools.product(values, (None, 0.0, 1e-9, 0.25, 60.0, 1e9)):
            try:
                wish = checked(control, Wish(value, lasts_s))
                scenario, _ = granted(made, made.scenario, made.bed, control, wish, 60.0)
            except Refused as error:
                refused.append(error)
                continue
            timeline([scenario], page_s=60.0, n_pages=3, shortest_s=0.01, first_page=0)
    assert refused
    assert all(error.korean for error in refused)


def test_a_level_of_no_length_is_refused_and_one_of_an_old_log_never_begins():
    for control in (RATE, dataclasses.replace(RATE, kind="choice", choices=(Choice(5.0, "on", "켜짐"),))):
        with pytest.raises(Refused, match="0 s is no time for it; give a longer one, or leave it out"):
            checked(control, Wish(5.0, 0.0))
    scenario = Scenario((Event("oxygen_flow", 0.0, FOREVER_S, 8.0),))
    for data in ({"value": 5.0, "lasts_s": 0.0, "returns": True}, {"value": 8.0, "lasts_s": 0.0, "returns": True}):
        changed = with_wish(scenario, RATE, logged(data), 60.0)
        assert _levels(changed, (59.0, 60.0, 61.0)) == [8.0, 8.0, 8.0]
        timeline([changed], page_s=60.0, n_pages=3, shortest_s=0.01)


def test_a_dose_is_added_to_what_is_given():
    dose = Control("crystalloid", "drug", "dose", "Crystalloid", "결정질 수액", "mL", 0.0, 3000.0, lasts_s=600.0)
    first = with_wish(Scenario(), dose, checked(dose, Wish(500.0)), 0.0)
    both = with_wish(first, dose, checked(dose, Wish(250.0, 0.0)), 60.0)
    assert both.events == (Event("crystalloid", 0.0, 600.0, 500.0), Event("crystalloid", 60.0, 0.0, 250.0))


@pytest.mark.parametrize(
    ("control", "wish", "others", "why"),
    [
        # 60 s / 30 - 1.8 s = 0.2 s to breathe out
        ("ventilator_inspiratory_time_set", 1.8, {"ventilator_rate_set": 30.0}, "0.2 s to breathe out"),
        ("ventilator_rate_set", 40.0, {"ventilator_inspiratory_time_set": 1.3}, "0.2 s to breathe out"),
        ("ventilator_rate_set", 30.0, {"ventilator_inspiratory_time_set": 1.0}, None),
        ("alarms.heart_rate_low", 120.0, {"alarms.heart_rate_high": 120.0}, "cross the other limit"),
        ("alarms.heart_rate_high", 121.0, {"alarms.heart_rate_low": 120.0}, None),
        ("ventilator_inspiratory_hold", 1.0, {"ventilator_connected": 0.0}, "connect it first"),
        ("ventilator_inspiratory_hold", 1.0, {"ventilator_standby": 1.0}, "start ventilation first"),
        ("pacemaker.lower_rate", 130.0, PACING, "above the upper rate, 120/min"),
        ("pacemaker.lower_rate", 130.0, PACING | {"pacemaker_mode_set": 1.0}, None),
        ("pacemaker.upper_rate", 55.0, PACING, "above the upper rate, 55/min"),
        ("pacemaker_mode_set", 2.0, PACING | {"pacemaker_mode_set": 1.0, "pacemaker.lower_rate": 150.0}, "lower rate"),
        ("pacemaker.av_delay", 0.4, PACING | {"pacemaker.lower_rate": 160.0, "pacemaker.upper_rate": 180.0}, "no time"),
    ],
)
def test_equipment_refuses_what_it_would_not_do(control, wish, others, why):
    asked = Control(control, "device", "number", control, control, low=0.0, high=200.0, device="pacemaker")
    if why is None:
        interlock(asked, Wish(wish), others.get)
    else:
        with pytest.raises(Refused, match=why):
            interlock(asked, Wish(wish), others.get)


def _asks(made, *asked):
    """What holds at a bed after wishes, each with its time; the last may be refused."""
    scenario, beds = made.scenario, as_cohort(made.bed)
    for t_s, control, *wish in asked:
        known = made.controls[control]
        scenario, beds = granted(made, scenario, beds, known, checked(known, Wish(*wish)), t_s)
    return scenario, beds


RATE_SET, TIME_SET = "ventilator_rate_set", "ventilator_inspiratory_time_set"


@pytest.mark.parametrize(
    ("bed", "asked", "why"),
    [
        # 60 s / 36 - 3 s: no time to breathe out, once the rate is back
        ("intensive_care", [(0.0, RATE_SET, 36.0), (10.0, RATE_SET, 12.0, 10.0), (15.0, TIME_SET, 3.0)], "at 20 s, and then 36"),
        ("intensive_care", [(0.0, RATE_SET, 36.0), (10.0, RATE_SET, 12.0, 10.0), (15.0, TIME_SET, 3.0, 5.0)], ""),
        ("intensive_care", [(0.0, RATE_SET, 36.0), (10.0, RATE_SET, 12.0, 10.0), (15.0, TIME_SET, 3.0, 6.0)], "at 20 s"),
        ("intensive_care", [(0.0, RATE_SET, 12.0), (1.0, TIME_SET, 3.0), (2.0, TIME_SET, 1.0, 9.0), (5.0, RATE_SET, 36.0)], "at 11 s"),
        ("intensive_care", [(0.0, RATE_SET, 36.0), (10.0, RATE_SET, 12.0, 10.0), (20.0, TIME_SET, 1.2)], ""),
        (
            "coronary_care",
            [(0.0, "pacemaker_mode_set", 1.0, 10.0), (5.0, "pacemaker.upper_rate", 60.0), (6.0, "pacemaker.lower_rate", 170.0)],
            "at 10 s, and then Pacemaker, lower rate: a lower rate of 170/min is above the upper rate, 60/min",
        ),
        ("coronary_care", [(0.0, "pacemaker_mode_set", 1.0), (5.0, "pacemaker.lower_rate", 170.0)], ""),
    ],
)  # fmt: skip
def test_equipment_refuses_what_it_would_not_do_when_something_comes_back(bed, asked, why):
    made = _made(bed)
    _asks(made, *asked[:-1])
    if not why:
        _asks(made, *asked)
        return
    with pytest.raises(Refused, match=why) as refused:
        _asks(made, *asked)
    assert "설정이 바뀌면 " in refused.value.korean


def test_an_alarm_of_a_device_names_the_device_in_korean():
    assert korean("ventilator: low pressure or disconnected") == "인공호흡기: 기도압 낮음 또는 회로 분리"
    assert korean("norepinephrine: occlusion") == "노르에피네프린: 라인 폐색"
    assert korean("my machine: occlusion") == "my machine: 라인 폐색"


def test_every_rhythm_has_its_korean():
    rhythm = _made("emergency").controls["rhythm"]
    assert [c.label for c in rhythm.choices if korean(c.label) == c.label] == []


def test_every_alarm_has_its_korean():
    from twinbed.devices.software.alarm_system import ALARMS
    from twinbed.studies.acute.vitals import _PUMP, _VENTILATOR

    assert [a.name for a in ALARMS if korean(a.name) == a.name] == []
    assert [t for t in (*_PUMP[1:], *_VENTILATOR[1:]) if korean(t) == t] == []


def test_what_is_refused_says_why_in_korean_too():
    number = Control("rate", "device", "number", "Rate", "호흡수", "/min", 4.0, 60.0)
    states = (Choice(0.0, "on", "켜짐"), Choice(1.0, "off", "꺼짐"))
    choice = Control("loop", "device", "choice", "Loop", "폐루프", choices=states)
    setting = Control("alarms.low", "alarm", "number", "Low", "하한", "", 0.0, 10.0)
    for control, wish, said in (
        (number, Wish(99.0), "호흡수: 99은(는) 범위 4~60 /min 밖입니다"),
        (number, Wish(), "호흡수: 숫자를 입력해 주십시오 /min"),
        (choice, Wish(3.0), "폐루프: 다음에서 골라 주십시오. 켜짐, 꺼짐"),
        (setting, Wish(3.0, 5.0), "하한: 설정은 바꿀 때까지 유지됩니다; 지속 시간을 비워 두십시오"),
    ):
        with pytest.raises(Refused) as refused:
            checked(control, wish)
        assert refused.value.korean == said


def test_a_control_says_what_its_signal_is_at_rest_and_a_setting_of_a_device_has_none():
    controls = _made("anaesthesia").controls
    for control in controls.values():
        said = control.described(None)
        assert ("rest" in said) != control.is_setting, control.id
        assert said.get("rest") == (None if control.is_setting else control.rest)
    assert controls["tilt_set"].described(None)["rest"] == 0.0
    assert controls["ventilator_peep_set"].described(None)["rest"] < 0.0, "as the ventilator is set"


def test_where_a_limit_of_a_drug_is_from_is_said_in_korean_too():
    for drug, said in _table()["drug"].items():
        for source in ("source", "target_source"):
            assert (source in said) == (f"{source}_ko" in said), drug
            assert source not in said or any("가" <= letter <= "힣" for letter in said[f"{source}_ko"])
    control = _made("anaesthesia").controls["propofol_command"]
    with pytest.raises(Refused) as refused:
        checked(control, Wish(180.0))
    assert "(16.8 mg/min, 프로포폴 허가사항(SmPC), 마취 유지: 4~12 mg/kg/h)" in refused.value.korean
