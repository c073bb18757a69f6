"""Files of drugs: what they may say, and what a person makes of them."""

import math
import pathlib
import re

import pytest

from twinbed.vocab.drugs import DRUGS, DrugError, Person, UnknownDrug, drug, read_drug, read_drugs
from twinbed.vocab.drugs.arithmetic import ExpressionError, evaluate
from twinbed.vocab.drugs.person import covariates, fat_free_mass, lean_body_mass
from twinbed.vocab.signals import SIGNALS

PEOPLE = (
    Person(),
    Person(age=6.0, weight_kg=20.0, height_cm=115.0, sex="female", creatinine_mg_dl=0.4),
    Person(age=80.0, weight_kg=55.0, height_cm=158.0, sex="female", creatinine_mg_dl=1.2, opioid=False),
    Person(age=45.0, weight_kg=120.0, height_cm=182.0),
)
SMALLEST = """
label = "Something"
label_ko = "무엇"
molar_mass = 100.0
highest_rate = 10.0
highest = 1.0

[kinetics.own]
source = "nobody"
v1 = "0.1 * weight"
clearance = 1.0
ke0 = 0.5
"""


def test_masses():
    """Numbers worked out from the formulas by another program."""
    assert fat_free_mass(35.0, 70.0, 170.0, "male") == pytest.approx(54.475, abs=5e-4)
    assert fat_free_mass(35.0, 60.0, 160.0, "female") == pytest.approx(38.984, abs=5e-4)
    assert lean_body_mass(70.0, 170.0, "male") == pytest.approx(55.298, abs=5e-4)
    assert lean_body_mass(60.0, 160.0, "female") == pytest.approx(43.388, abs=5e-4)


def test_creatinine_clearance():
    """Cockcroft and Gault by hand: (140 - 60) 72 / (72 1.0) = 80 mL/min, 15 % less in women."""
    person = Person(age=60.0, weight_kg=72.0, creatinine_mg_dl=1.0)
    assert covariates(person)["creatinine_clearance"] == pytest.approx(80.0)
    woman = Person(age=60.0, weight_kg=72.0, creatinine_mg_dl=1.0, sex="female")
    assert covariates(woman)["creatinine_clearance"] == pytest.approx(68.0)


@pytest.mark.parametrize("changed", [{"age": 0.0}, {"weight_kg": -1.0}, {"height_cm": 1.7}])
def test_a_person_out_of_range_is_refused(changed):
    with pytest.raises(ValueError, match=next(iter(changed))):
        Person(**changed)


@pytest.mark.parametrize("name", DRUGS)
def test_every_drug_has_kinetics_in_everybody(name):
    known = drug(name)
    assert known.label
    assert re.search("[가-힣]", known.label_ko)
    assert known.atc is None or re.fullmatch(r"[A-Z]\d{2}[A-Z]{2}\d{2}", known.atc)
    for model in known.kinetics.values():
        for person in PEOPLE if name != "propofol" or model.name != "schnider" else PEOPLE[::2]:
            values = model.values(covariates(person))
            assert all(values[p] > 0.0 for p in ("v1", "v2", "v3", "clearance", "ke0")), (model.name, person, values)
            assert all(values[p] >= 0.0 for p in ("q2", "q3", "production"))


@pytest.mark.parametrize(("name", "model", "person", "words"), [
    ("propofol", "schnider", Person(age=110.0), "v2 is -3.39 at age 110"),
    ("remifentanil", "minto", Person(age=110.0), "q2 is"),
    ("sugammadex", "kleijn", Person(weight_kg=400.0), "v1 is -3.8"),
])  # fmt: skip
def test_a_person_outside_of_a_model_is_refused(name, model, person, words):
    """Schnider's fast volume is 18.9 - 0.391 (age - 53): it ends at 101 years."""
    with pytest.raises(DrugError, match=words):
        drug(name).model(model).values(covariates(person))


@pytest.mark.parametrize("name", DRUGS)
def test_every_drug_has_its_signals(name):
    assert SIGNALS[f"{name}_rate"].unit == "mg/min"
    assert SIGNALS[f"{name}_rate"].dose_unit == "mg"
    assert {SIGNALS[f"{name}_{where}"].unit for where in ("plasma", "effect")} == {"mg/L"}


def test_an_unknown_drug_is_named_with_the_nearest():
    with pytest.raises(UnknownDrug, match="did you mean propofol"):
        drug("propofool")
    with pytest.raises(UnknownDrug, match="there is"):
        drug("xxxx")


def test_arithmetic():
    names = {"age": 40.0, "weight": 70.0}
    assert evaluate("-2**2 + (age - 35) * exp(0.1) / 3", names) == pytest.approx(-4.0 + 5.0 * math.exp(0.1) / 3.0)
    assert evaluate("sigmoid(weight, 35, 2)", names) == pytest.approx(4.0 / 5.0)
    assert evaluate("max(age, weight) + min(1, 2) + sqrt(4) + log(1)\n * 3", names) == pytest.approx(73.0)
    assert evaluate(1.5, {}) == 1.5


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "age.real",
        "(lambda: 1)()",
        "[1][0]",
        "age if age else 1",
        "'age'",
        "age > 1",
        "True",
        "1j",
        "f'{age}'",
        "exp(x=1)",
        "exp(*weight)",
        "open(1)",
        "age // 2",
        "age % 2",
        "age and 1",
        "(age := 3)",
        "age; 1",
        "",
        "1 +",
        "1 / 0",
        "log(-1)",
        "(-8) ** 0.5",
        "9.0 ** 9 ** 9",
        "exp(1000)",
        "exp(1, 2)",
        "1 + " * 200 + "1",
    ],
)
def test_what_is_no_arithmetic_is_refused(text):
    with pytest.raises(ExpressionError):
        evaluate(text, {"age": 40.0, "weight": 70.0})


def test_an_unknown_name_is_named_with_the_nearest():
    with pytest.raises(ExpressionError, match="did you mean weight"):
        evaluate("2 * wieght", {"age": 40.0, "weight": 70.0})


def write(folder: pathlib.Path, text: str, name: str = "something") -> pathlib.Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_one_file_is_a_drug(tmp_path):
    one = read_drug(write(tmp_path, SMALLEST))
    assert (one.name, one.default, one.atc) == ("something", "own", None)
    assert one.model().values(covariates(Person()))["v1"] == pytest.approx(7.0)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("v4 = 1.0", "unknown key 'v4'"),
        ('[[effects]]\non = "resistence"\nreceptor = "a"\nec50 = 1.0\nsource = "s"', "did you mean resistance"),
        ('[[effects]]\non = "resistance"\nreceptor = "a"\nsource = "s"', "ec50 is missing"),
        ('[[effects]]\non = "resistance"\nreceptor = "a"\nec50 = 1.0\nsource = "s"\nsight = "effect"', "site"),
        ('[[effects]]\non = "resistance"\nreceptor = "a"\nec50 = 1.0\nsource = "s"\nsite = "brain"', "unknown site"),
        ('[[boosts]]\nreceptor = "a"\non = "breath"\nemax = 1.0\nec50 = 1.0\nsource = "s"', "unknown target"),
        ("variability = { v9 = 0.1 }", "unknown parameter"),
        ('[sites.brain]\nrate = 1.0\nsource = "s"\nafter = "hart"', "unknown site"),
        ("[kinetics.other]", "is missing"),
        ("v1 = 2.0", "something.toml"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(tmp_path, more, message):
    with pytest.raises(DrugError, match=message):
        read_drug(write(tmp_path, SMALLEST + more))


def test_units_of_a_milligram_are_above_zero(tmp_path):
    with pytest.raises(DrugError, match="above zero"):
        read_drug(write(tmp_path, "units_per_mg = 0\n" + SMALLEST))
    assert drug("vasopressin").units_per_mg == 530


def test_a_drug_without_kinetics_or_of_an_unknown_model_is_refused(tmp_path):
    with pytest.raises(DrugError, match=r"kinetics\.<model>"):
        read_drug(write(tmp_path, SMALLEST.partition("[kinetics")[0]))
    with pytest.raises(DrugError, match="there is eleveld, schnider, marsh"):
        drug("propofol").model("elefeld")


def test_a_partner_must_be_a_drug_of_the_folder(tmp_path):
    write(tmp_path, SMALLEST + '[[slowing]]\nby = "nothing"\nslope = 0.1\nsource = "s"')
    with pytest.raises(DrugError, match="'nothing' is no drug"):
        read_drugs(tmp_path)
