"""A bed of a twin is made of what the file of the twin says, and its futures of the twin's draws."""

import dataclasses
import pathlib
import tomllib

import numpy as np
import pytest

from twinbed.cohorts.twins import Twin
from twinbed.core.errors import StudyError
from twinbed.ward import definition, diabetes, posterior
from twinbed.ward.definition import make
from twinbed.ward.fitted import MODEL, toml_of, written
from twinbed.ward.prior import prior_of

RANDOM = np.random.default_rng(5)
SI = 6e-4 * np.exp(0.4 * RANDOM.standard_normal(64))
DRAWS = {
    "si_b": SI, "si_l": SI * np.exp(0.1 * RANDOM.standard_normal(64)), "gb": RANDOM.uniform(110.0, 130.0, 64),
    "f": np.full(64, 0.9), "u2ss": np.full(64, 0.25), "body_weight": np.full(64, 64.0),
}  # fmt: skip
THERAPY = {
    "basal_rate": 0.96, "carbohydrate_ratio": 10.5, "correction_factor": 38.0, "total_daily_insulin": 47.0,
    "body_weight": 64.0,
}  # fmt: skip
TWIN = Twin(
    pathlib.Path("x.json"), 'Ann "1"', MODEL, DRAWS, THERAPY, {"age_years": 8.0, "female": 1.0, "height_cm": 160.0}
)


@pytest.fixture(scope="module")
def made():
    return make(toml_of(TWIN))


def test_the_patient_is_the_median_of_the_draws_with_the_therapy_of_the_twin(made):
    patient = made.bedside.patient
    body = made.bed.models["body"]
    assert (made.kind, made.words["title"], patient.sex) == ("diabetes", 'Twin of Ann "1"', "female")
    assert (patient.weight_kg, patient.height_cm) == (64.0, 160.0)
    assert (patient.age, patient.weight_assumed) == (8.0, True)
    assert diabetes.person_of(patient).age == 18.0, "devices know adults; who is younger has the age of the youngest"
    assert float(body.si_b) == pytest.approx(np.median(SI), rel=1e-5)
    assert float(body.body_weight) == 64.0
    assert float(made.bed.devices["handset"].basal_rate) == pytest.approx(0.96)


def test_what_is_not_known_of_a_person_stands_nowhere_as_known():
    known = made_of({"body_weight_kg": 64.0, "female": 0.0}).bedside.patient
    assert (known.age, known.sex, known.height_cm, known.weight_assumed) == (None, "male", None, False)
    nobody = made_of({}).bedside.patient
    assert (nobody.age, nobody.sex, nobody.weight_kg, nobody.weight_assumed) == (None, None, 64.0, True)
    usual = diabetes.person_of(nobody)
    assert (usual.age, usual.sex, usual.weight_kg) == (40.0, "male", 64.0), "devices take somebody usual"


def made_of(demographics):
    return make(toml_of(dataclasses.replace(TWIN, demographics=demographics)))


def test_a_bed_of_the_adult_model_takes_no_child():
    with pytest.raises(StudyError, match="patient.age: uva_padova stands for adults"):
        make(definition.template("diabetes").toml.replace("age = 34", "age = 8"))


def test_meals_come_with_boluses_by_the_twins_own_ratio(made):
    given = {e.at: e.amount for e in made.bedside.daily if e.signal == "injection"}
    assert given == {7 * 3600.0 + 1200.0: 4.0, 18 * 3600.0 + 3000.0: 5.3}  # 42 g and 56 g by 10.5 g/IU


def test_people_of_its_futures_are_draws_of_the_twin(made):
    prior = prior_of(made)
    assert prior.of == "twin"
    bodies = [organs["body"] for organs in prior.people(prior.scores(1, 400))]
    drawn = {
        name: np.asarray([float(getattr(body, name)) for body in bodies]) for name in DRAWS if name != "body_weight"
    }
    for name in ("si_b", "gb"):
        assert DRAWS[name].min() * (1 - 1e-5) <= drawn[name].min() < drawn[name].max() <= DRAWS[name].max() * (1 + 1e-5)
        assert np.median(drawn[name]) == pytest.approx(np.median(DRAWS[name]), rel=0.08)
    assert np.corrcoef(np.log(drawn["si_b"]), np.log(drawn["si_l"]))[0, 1] > 0.9
    assert set(drawn["f"]) == {0.9}
    _, spread = posterior.members(made, prior, None, 24)
    assert (spread.of, spread.why) == ("twin", "begun")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"model_id": "physiology/glucose/hovorka"}, "made of a twin of physiology/glucose/replay"),
        ({"parameters": {name: values[:1] for name, values in DRAWS.items()}}, "two draws"),
    ],
)
def test_a_twin_of_which_there_is_no_bed_is_refused(changed, said):
    with pytest.raises(StudyError, match=said):
        toml_of(dataclasses.replace(TWIN, **changed))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda patient: patient["draws"].update(xyz=[1.0] * 64), "no parameter 'xyz'"),
        (lambda patient: patient["draws"].update(gb=[1e9] * 64), "patient.draws.gb: expected a number from 70"),
        (lambda patient: patient["draws"].update(gb=[100.0]), "as many of each"),
        (lambda patient: patient["draws"].update(gb=100.0), "as many of each"),
        (lambda patient: patient.pop("draws"), "needs its draws"),
        (lambda patient: patient.update(model="hovorka"), "patient.model"),
    ],
)
def test_a_file_of_a_twin_that_cannot_be_says_where(change, said):
    table = tomllib.loads(toml_of(TWIN))
    change(table["patient"])
    with pytest.raises(StudyError, match=said):
        make(written(table))


def test_what_is_written_is_read_back_as_it_was():
    table = {
        "a b": 'quoted " and \\ and \x7f and 한글\n', "n": [1, 2.5, -3e-9], "yes": True,
        "t": {"x.y": "z", "inner": {"k": [1.0], "m": {}}}, "empty": {}, "rows": [{"a": 1, "b": {"c": 2}}, {"a": 2}],
    }  # fmt: skip
    assert tomllib.loads(written(table)) == table
