"""Files of drugs: what they may say, and what a person makes of them."""

import json
import math
import os
import pathlib
import re
import subprocess
import sys

import pytest

from twinbed.vocab.drugs import DRUGS, FILES, DrugError, Person, UnknownDrug, drug, read_drugs
from twinbed.vocab.drugs.arithmetic import ExpressionError, evaluate
from twinbed.vocab.drugs.person import covariates, fat_free_mass, lean_body_mass
from twinbed.vocab.signals import SIGNALS

PEOPLE = (
    Person(),
    Person(age=6.0, weight_kg=20.0, height_cm=115.0, sex="female", creatinine_mg_dl=0.4),
    Person(age=80.0, weight_kg=55.0, height_cm=158.0, sex="female", creatinine_mg_dl=1.2, opioid=False),
    Person(age=45.0, weight_kg=120.0, height_cm=182.0),
)
EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "drugs"
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


def read_drug(path: pathlib.Path):
    return read_drugs([path])[path.stem]


EFFECT = '[[effects]]\non = "resistance"\nreceptor = "mu"\nec50 = 1.0\nsource = "s"\n'


def test_one_file_is_a_drug(tmp_path):
    one = read_drug(write(tmp_path, SMALLEST))
    assert (one.name, one.default, one.atc) == ("something", "own", None)
    assert one.model().values(covariates(Person()))["v1"] == pytest.approx(7.0)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("v4 = 1.0", "unknown key 'v4'"),
        ('[[effects]]\non = "resistence"\nreceptor = "mu"\nec50 = 1.0\nsource = "s"', "did you mean resistance"),
        ('[[effects]]\non = "resistance"\nreceptor = "mu"\nsource = "s"', "ec50 is missing"),
        ('[[effects]]\non = "resistance"\nreceptor = "mu"\nec50 = 1.0\nsource = "s"\nsight = "effect"', "site"),
        ('[[effects]]\non = "resistance"\nreceptor = "mu"\nec50 = 1.0\nsource = "s"\nsite = "brain"', "unknown site"),
        ('[[boosts]]\nreceptor = "mu"\non = "breath"\nemax = 1.0\nec50 = 1.0\nsource = "s"', "unknown target"),
        ("variability = { v9 = 0.1 }", "unknown parameter"),
        ('[sites.brain]\nrate = 1.0\nsource = "s"\nafter = "hart"', "unknown site"),
        ("[kinetics.other]", "is missing"),
        ("v1 = 2.0", "something.toml"),
        (
            EFFECT.replace("mu", "beeta_1"),
            r"something.toml: unknown receptor 'beeta_1'; did you mean beta_1.*receptors =",
        ),
        (EFFECT + 'surface = "hypnosys"', "unknown surface 'hypnosys'; did you mean hypnosis"),
        (EFFECT + EFFECT.replace("1.0", '"2 * wieght"'), r"something.toml, effects\[2\].ec50: .*did you mean weight"),
        (EFFECT.replace("1.0", "0"), r"effects\[1\].ec50 is 0; it must be above zero"),
        (EFFECT.replace("1.0", "true"), r"effects\[1\]: ec50: expected a number or arithmetic, found True"),
        (
            EFFECT.replace("resistance", "analgesia") + "hyporeactivity = 0",
            "hyporeactivity is that of vessels; analgesia",
        ),
        ('effects = "none"', "expected tables"),
        ("effects = [3]", r"effects\[1\]: expected a table, found 3"),
        ("correlations = [['v1']]", "correlations: expected"),
        ("variability = { v1 = 0.1 }\ncorrelations = [['v1', 'v2', 0.5]]", "unknown parameter 'v2'"),
        ("variability = { v1 = -0.1 }", "a variance is not below zero"),
        ("production = -1", "kinetics.own: .*production is -1"),
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


def test_a_partner_must_be_a_drug(tmp_path):
    file = write(tmp_path, SMALLEST + '[[slowing]]\nby = "nothing"\nslope = 0.1\nsource = "s"')
    with pytest.raises(DrugError, match="'nothing' is no drug"):
        read_drugs([file])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("molar_mass = 'much'", "something.toml: molar_mass: expected a number, found 'much'"),
        ("label = 3", "label: expected a text"),
        ("highest = 0.0", "highest is 0; it must be above zero"),
        ("kinetics = 3", "kinetics: expected a table"),
    ],
)
def test_a_wrong_kind_of_value_is_refused(tmp_path, line, message):
    key = line.partition(" ")[0]
    kept = "" if key == "kinetics" else SMALLEST.partition("[kinetics")[1] + SMALLEST.partition("[kinetics")[2]
    above = [one for one in SMALLEST.partition("[kinetics")[0].splitlines() if not one.startswith(f"{key} ")]
    with pytest.raises(DrugError, match=message):
        read_drug(write(tmp_path, "\n".join([line, *above, kept])))


def variance(*spreads: tuple[float, float]) -> float:
    """The mean variance of the logarithm of what has such means and standard deviations."""
    return sum(math.log(1.0 + (sd / mean) ** 2) for mean, sd in spreads) / len(spreads)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "midazolam",
            {"clearance": variance((399, 91), (388, 97)), "bispectral_index": variance((522, 236), (223, 56))},
        ),
        ("succinylcholine", {"clearance": variance((37, 9)), "train_of_four": variance((734, 211))}),
        ("ketamine", {"clearance": variance((1.0, 0.13))}),
        ("vasopressin", {"clearance": (math.log(25 / 9) / 2 / 1.96) ** 2}),
        ("esmolol", {"clearance": (math.log(16 / 4) / 2 / 1.96) ** 2}),
    ],
)
def test_people_differ_by_the_spread_that_was_published(name, expected):
    assert drug(name).model().variability == pytest.approx(expected, rel=2e-3)


def test_the_guide_says_of_which_drugs_people_differ():
    guide = (EXAMPLE.parents[1] / "docs" / "acute.md").read_text(encoding="utf-8")
    told = re.search(
        r"where a spread was published: (.*?) \(of epinephrine.*?\)\. (.*?)\s+are the same", guide, re.DOTALL
    )
    assert told
    named = [re.findall(r"[a-z]+", part.lower().replace(" and", ",")) for part in told.groups()]
    assert named == [[n for n, d in DRUGS.items() if bool(d.model().variability) is varies] for varies in (True, False)]


def test_a_receptor_of_its_own_is_listed_on_purpose(tmp_path):
    text = 'receptors = ["dopamine_1"]\n' + SMALLEST + EFFECT.replace("mu", "dopamine_1")
    assert read_drug(write(tmp_path, text)).effects[0].receptor == "dopamine_1"


def test_a_drug_without_a_korean_name_has_its_english_one(tmp_path):
    known = read_drug(write(tmp_path, SMALLEST.replace('label_ko = "무엇"', "")))
    assert known.label_ko == known.label == "Something"


@pytest.mark.parametrize("name", ["my-drug", "Mine", "2nd", "class"])
def test_the_name_of_a_file_is_that_of_signals(tmp_path, name):
    with pytest.raises(DrugError, match="its name is that of signals"):
        read_drug(write(tmp_path, SMALLEST, name))


def test_a_second_drug_of_a_name_is_refused(tmp_path):
    with pytest.raises(DrugError, match="there is a drug propofol already"):
        read_drugs([*FILES, write(tmp_path, SMALLEST, "propofol")])


def twinbed(folder: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    told = os.environ | {"TWINBED_DRUGS": str(folder)}
    return subprocess.run([sys.executable, "-m", "twinbed", *arguments], env=told, capture_output=True, text=True)


def test_a_folder_of_drugs_is_read_beside_ours():
    done = twinbed(EXAMPLE, "list", "signals")
    assert (done.returncode, done.stderr) == (0, "")
    lines = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "Alfentanil given (events give mg)" in lines["alfentanil_rate"]
    assert {"alfentanil_plasma", "alfentanil_command", "propofol_rate"} <= set(lines)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "something",
            SMALLEST + EFFECT.replace("mu", "beeta_1"),
            "something.toml: unknown receptor 'beeta_1'; did you",
        ),
        ("something", "label = x\n", "something.toml: Invalid value (at line 1, column 9)"),
        ("insulin", SMALLEST, "insulin.toml: 'insulin_rate' is another signal; the drug needs another name"),
    ],
)
def test_a_mistake_in_a_file_is_one_line_of_any_command(tmp_path, name, text, message):
    write(tmp_path, text, name)
    done = twinbed(tmp_path, "list", "signals")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"twinbed: {message}")
    assert done.stderr.count("\n") == 1


def test_drugs_are_listed_with_what_people_differ_in_and_whose_they_are():
    lines = {line.split()[0]: line for line in twinbed(EXAMPLE, "list", "drugs").stdout.splitlines()}
    assert set(lines) == {*DRUGS, "alfentanil"}
    assert lines["ketamine"].endswith("Ketamine; people differ in clearance")
    assert lines["alfentanil"].endswith(f"Alfentanil; people differ in nothing; {EXAMPLE / 'alfentanil.toml'}")


def test_a_folder_that_is_none_is_told(tmp_path):
    done = twinbed(tmp_path / "nowhere", "--version")
    assert done.returncode == 2
    assert "nowhere' is no folder" in done.stderr


_IN_A_PATIENT = """
import json, sys
import jax.numpy as jnp
from twinbed.engine.native import sources
from twinbed.physiology.pharmacology.drugs import Drugs
from twinbed.studies import provenance
from twinbed.vocab.drugs import Person
drugs = Drugs.of(Person())
x = drugs.initial()
k = sorted(drugs.substances).index("alfentanil")
there = x.where.amounts.central.at[k].add(2.0)
out = drugs.outputs(jnp.asarray(0.0), type(x)(type(x.where)(**{**vars(x.where), "amounts": type(x.where.amounts)(
    **{**vars(x.where.amounts), "central": there})})), drugs.resting())
print(json.dumps({"plasma": float(out.alfentanil_plasma), "digest": sources.digest(),
    "of_drugs": provenance._digest(("twinbed.vocab.drugs",))}))
"""


@pytest.mark.long
def test_a_drug_of_ones_own_is_in_the_patient_and_in_what_is_kept(tmp_path):
    """2 mg in a central volume of 2.185 L; a changed number is another program and another source of a study."""

    def played(folder):
        told = os.environ | {"TWINBED_DRUGS": str(folder)}
        code = [sys.executable, "-c", _IN_A_PATIENT]
        return json.loads(subprocess.run(code, env=told, capture_output=True, text=True, check=True).stdout)

    text = (EXAMPLE / "alfentanil.toml").read_text(encoding="utf-8")
    first = played(write(tmp_path, text, "alfentanil").parent)
    assert first["plasma"] == pytest.approx(2.0 / 2.185)
    other = played(write(tmp_path, text.replace("v1 = 2.185", "v1 = 4.0"), "alfentanil").parent)
    assert other["plasma"] == pytest.approx(0.5)
    assert None not in (first["digest"], other["digest"])
    assert other["digest"] != first["digest"]
    assert other["of_drugs"] != first["of_drugs"]
