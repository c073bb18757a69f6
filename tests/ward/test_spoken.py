"""One unit for a drug wherever it is told, and times as people say them."""

import pytest

from twinbed.server import showing
from twinbed.vocab.drugs.person import Person
from twinbed.ward import dosing, spoken
from twinbed.ward.controls import Refused, Wish, _table, checked, spoken_of
from twinbed.ward.definition import catalogue, make
from twinbed.ward.spoken import lasting, moment, span


def test_all_that_has_to_do_with_a_drug_is_said_in_the_unit_of_its_doses():
    for drug, said in _table()["drug"].items():
        small = said["default"] < 0.5
        units = [spoken_of(f"{drug}_{what}", unit).unit for what, unit in (("rate", "mg"), ("command", "mg/min"),
                 ("target", "mg/L"), ("rate", "mg/min"), ("delivered_total", "mg"))]  # fmt: skip
        of = "[IU]" if drug == "vasopressin" else "ug" if small else "mg"
        assert units == [of, f"{of}/min", f"{of}/L", f"{of}/min", of], drug
    assert spoken_of("vasopressin_rate", "mg").said(0.07547) == "40 U"
    assert spoken_of("vasopressin_command", "mg/min").said(0.00018868) == "0.1 U/min"
    assert spoken_of("injection", "[IU]").unit == "[IU]"
    assert spoken_of("predicted_plasma", "mg/L", "remifentanil").unit == "ug/L", "what a pump predicts is of its drug"


def test_doses_of_a_drug_that_is_prescribed_in_units_are_whole_units():
    """As a form shows them: nine figures (`web/src/devices/dose.ts`)."""
    vasopressin = _table()["drug"]["vasopressin"]
    pump = dosing.infusion(vasopressin, Person()).value
    unit = spoken_of("vasopressin_rate", "mg").factor
    units = [f"{mg / unit:.9g}" for mg in (vasopressin["default"], vasopressin["high"], pump)]
    assert units == ["1", "40", "0.1"]


def test_pump_order_and_refusal_of_norepinephrine_are_in_micrograms():
    made = make(catalogue()["intensive_care"].toml)
    pump, dose = made.controls["norepinephrine_command"], made.controls["phenylephrine_rate"]
    assert pump.described(0.008)["spoken"] == {"unit": "µg/min", "factor": pytest.approx(1e-3)}
    assert (pump.described(0.008)["unit"], pump.described(0.008)["now"]) == ("mg/min", 0.008)
    assert dose.spoken.said(0.1) == "100 µg"
    with pytest.raises(Refused, match=r"50 µg/min is more than may stay, 47.2 µg/min .*, 1000 µg at most") as refused:
        checked(pump, Wish(0.05))
    assert "지속 주입 한계를 넘습니다(47.2 µg/min, " in refused.value.korean
    with pytest.raises(Refused, match="3000 is outside 0 to 2000 µg"):
        checked(dose, Wish(3.0))
    shows = {s["id"]: s for s in showing._device(made, "norepinephrine")["shows"]}
    assert shows["norepinephrine_rate"]["spoken"] == {"unit": "µg/min", "factor": pytest.approx(1e-3)}
    assert "spoken" not in shows["pump_flow"]
    told = {s["control"]: s for s in showing.script(made)}
    assert "µg/min" in told["norepinephrine_command"]["text"]


@pytest.mark.parametrize(
    ("seconds", "english", "korean"),
    [
        (20.0, "20 s", "20초"), (90.0, "90 s", "90초"), (60.0, "1 min", "1분"), (150.0, "2.5 min", "2.5분"),
        (900.0, "15 min", "15분"), (7200.0, "2 h", "2시간"), (43200.0, "12 h", "12시간"), (0.1, "0.1 s", "0.1초"),
    ],
)  # fmt: skip
def test_a_time_is_said_in_the_unit_that_a_clock_has(seconds: float, english: str, korean: str):
    assert (span(seconds), span(seconds, "ko")) == (english, korean)


def test_a_dose_is_given_over_a_time_a_level_is_there_for_one_and_what_has_no_end_says_none():
    assert lasting("Remifentanil 84 µg", 30.0, dose=True) == "Remifentanil 84 µg over 30 s"
    assert lasting("Oxygen flow 12 L/min", 150.0, dose=False) == "Oxygen flow 12 L/min for 2.5 min"
    assert lasting("산소 유량 12 L/min", 150.0, "ko", dose=False) == "산소 유량 12 L/min, 2.5분 동안"
    for none in (None, 0.0, 0.1, 1e9):
        assert lasting("Shock 200 J", none, dose=False) == "Shock 200 J"


@pytest.mark.parametrize(("seconds", "said", "said_ko"), [
    (0.0, "0 s", "0초"), (125.0, "2 min 5 s", "2분 5초"), (191400.0, "2 d 5 h 10 min", "2일 5시간 10분"),
    (298599.0, "3 d 10 h 56 min", "3일 10시간 56분"),
])  # fmt: skip
def test_a_moment_of_a_bed_is_said_in_days_and_hours(seconds, said, said_ko):
    assert (moment(seconds), moment(seconds, "ko")) == (said, said_ko)


def test_rates_of_drugs_are_also_by_the_weight_of_a_patient_who_is_weighed():
    """66 kg: 0.1 ug/kg/min are 6.6 ug/min. Not of doses, fluids and drugs in units, nor where the weight is assumed."""
    own = spoken.per_kg("mg/min", "norepinephrine", 66.0)
    assert own is not None
    assert (own.unit, own.factor * 0.1) == ("ug/kg/min", pytest.approx(0.0066))
    assert [spoken.per_kg("mg", "norepinephrine", 66.0), spoken.per_kg("mg/min", "vasopressin", 66.0)] == [None, None]
    assert spoken.per_kg("mL", "crystalloid", 66.0) is None
    made = make(catalogue()["intensive_care"].toml)
    told = {c["id"]: c.get("per_kg") for c in showing._content(made, None)["controls"]}
    assert {name for name, unit in told.items() if unit} == {"norepinephrine_command", "propofol_command"}
    assert told["norepinephrine_command"] == {"unit": "µg/kg/min", "factor": pytest.approx(0.066)}
