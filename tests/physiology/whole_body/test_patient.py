"""Who is put together from organs: scaling by published formulas, conditions, and (slowly) how they rest."""

import logging
import re

import jax
import numpy as np
import pytest

from twinbed.core.errors import TwinbedError, WiringError
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import simulate, stack
from twinbed.engine.bed import Bed
from twinbed.engine.couple import couple
from twinbed.physiology.whole_body import CONDITIONS, Person, adult, with_conditions
from twinbed.physiology.whole_body._patient import blood_volume, body_surface, ideal_weight, size_of, uptake_most

MAN = Person(age=40.0, weight_kg=76.0, height_cm=175.0, sex="male")
SMALL = Person(age=75.0, weight_kg=55.0, height_cm=155.0, sex="female")
HEAVY = Person(age=45.0, weight_kg=140.0, height_cm=178.0, sex="male")


def test_formulas_give_what_their_papers_give():
    """Worked by hand: Nadler 0.3669 * 1.75^3 + 0.03219 * 76 + 0.6041; Du Bois; Devine's line for 175 cm."""
    assert blood_volume(MAN) == pytest.approx(5.017, abs=1e-3)
    assert body_surface(MAN) == pytest.approx(1.914, abs=2e-3)
    assert ideal_weight(MAN) == pytest.approx(50.0 + 0.91 * 22.6, abs=1e-9)
    assert blood_volume(SMALL) == pytest.approx(0.3561 * 1.55**3 + 0.03308 * 55.0 + 0.1833, abs=1e-9)


def test_the_reference_man_is_the_calibrated_one():
    size = vars(size_of(MAN))
    assert size == pytest.approx(dict.fromkeys(size, 1.0))
    models = adult(MAN)
    assert float(models["circulation"].blood_volume) == 5300.0
    assert float(models["breathing"].effort) == pytest.approx(5.8)


def test_a_small_woman_and_a_heavy_man_scale_as_they_should():
    small, heavy = adult(SMALL), adult(HEAVY)
    ratio = float(small["circulation"].blood_volume) / 5300.0
    assert ratio == pytest.approx(blood_volume(SMALL) / blood_volume(MAN))
    resistance = float(small["circulation"].splanchnic.resistance / adult(MAN)["circulation"].splanchnic.resistance)
    assert resistance == pytest.approx(body_surface(MAN) / body_surface(SMALL) / (1.0 - 35.0 * 0.008 / 3.1), rel=1e-3)
    assert float(heavy["lungs"].lung.resting) < 0.75 * 2.4  # fat takes residual capacity
    assert float(heavy["lungs"].lung.residual) < float(heavy["lungs"].lung.resting)
    elastic = float(adult(MAN)["circulation"].arterial_compliance)
    assert float(small["circulation"].arterial_compliance) < ratio * elastic * 0.75  # 35 years at 0.8 %


@pytest.mark.parametrize(
    ("person", "middle"),
    [(Person(25, 83, 178, "male"), 48.0), (Person(74, 84, 176, "male"), 24.4),
     (Person(25, 66, 165, "female"), 37.6), (Person(74, 70, 162, "female"), 18.3)],
)  # fmt: skip
def test_the_greatest_uptake_is_that_of_the_registry(person, middle):
    """Medians of the youngest and oldest decade, Kaminsky et al. (2015), Mayo Clin Proc 90(11):1515, at usual sizes;
    another equation of that registry: Myers et al. (2017), Prog Cardiovasc Dis 60(1):21, of age, sex and pounds."""
    myers = 79.9 - 0.39 * person.age - 13.7 * (person.sex == "female") - 0.127 * person.weight_kg * 2.20462
    assert uptake_most(person) == pytest.approx(middle, abs=4.5)
    assert uptake_most(person) == pytest.approx(myers, abs=3.5)
    model = adult(person, waveforms=False)["metabolism"]
    assert float(model.uptake_most) == pytest.approx(uptake_most(person), rel=0.02)


def test_the_old_and_heavy_keep_an_uptake_and_breathe_hard_at_their_own_limit():
    old = adult(Person(80, 60, 165, "female"), waveforms=False)
    assert float(old["metabolism"].uptake_most * old["metabolism"].mass) == pytest.approx(1165.0, rel=0.03)
    assert float(old["breathing"].heavy) < 4.0  # 6.5 in the man of 40, whose greatest uptake is 12.8 times rest
    assert uptake_most(Person(85, 140, 160, "female")) == 10.0


def test_blood_of_women_and_the_anaemic_is_thin_in_haemoglobin_and_cells_alike():
    """Reference ranges: 12 to 15 g/dL in women; cells hold 33.3 g/dL (MCHC) in everybody."""
    for models, grams in ((adult(SMALL), 13.5), (adult(MAN), 15.0), (adult(MAN, {"anaemia": 0.5}), 10.5)):
        fluids, gas = models["fluids"], models["gas_exchange"]
        assert float(fluids.haemoglobin) == pytest.approx(grams)
        assert float(gas.blood.haemoglobin) == pytest.approx(grams)
        assert float(fluids.haemoglobin / fluids.haematocrit) == pytest.approx(33.3, abs=0.1)
        assert float(fluids.initial().red_cells / fluids.blood_volume) == pytest.approx(grams / 33.33, abs=1e-3)


def test_the_old_pass_fluid_slowly():
    """Hahn 2021: elimination goes with age to the power of -1.5."""
    rate = lambda years: float(adult(Person(years, 76, 175, "male"), waveforms=False)["fluids"].elimination)
    assert rate(40.0) == pytest.approx(0.0065)
    assert rate(80.0) == pytest.approx(0.0065 * 2.0**-1.5)


def test_everything_is_wired_without_links():
    wiring = couple(Bed(adult()), frozenset({"blood_loss", "altitude", "propofol_rate"}))
    assert str(wiring.feeds("lungs")[3]) == "environment.inspired_oxygen"


@pytest.mark.parametrize("name", CONDITIONS)
def test_without_severity_a_condition_changes_nothing(name):
    healthy = adult(waveforms=False)
    same = with_conditions(healthy, {name: 0.0})
    pairs = zip(jax.tree.leaves(healthy), jax.tree.leaves(same), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)
    ill = with_conditions(healthy, {name: 0.7})
    assert any(not np.array_equal(a, b) for a, b in zip(jax.tree.leaves(healthy), jax.tree.leaves(ill), strict=True))


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (Person(17, 70, 175), "age = 17: an adult has 18 to 100"),
        (Person(40, 25, 175), "weight_kg = 25: an adult has 30 to 300"),
        (Person(40, 30, 230), "body-mass index of 5.67 kg/m2: an adult here has 10 to 100"),
    ],
)
def test_who_is_no_adult_is_refused_with_what_may_be(who, said):
    with pytest.raises(TwinbedError, match=re.escape(said)):
        adult(who)


def test_an_unknown_condition_and_an_impossible_severity_are_refused():
    with pytest.raises(ValueError, match="did you mean heart_failure"):
        adult(conditions={"heart_failur": 0.3})
    with pytest.raises(ValueError, match="between 0 and 1"):
        adult(conditions={"copd": 1.4})


@pytest.mark.slow
def test_diabetes_is_an_organ_of_the_same_patient():
    """Balanced by its basal insulin; exercise uses sugar (Dalla Man 2009), and the heart that races in shock does not."""
    models = adult(MAN, waveforms=False, diabetes=True)
    basal = float(models["glucose"].basal_rate())
    insulin = Event("insulin_rate", 0.0, 3600.0, basal)
    happens = [(), (Event("exercise_intensity", 600.0, 1800.0, 50.0),), (Event("blood_loss", 600.0, 300.0, 1200.0),)]
    result = simulate(
        stack([Bed(models)] * 3),
        [Scenario((insulin, *events)) for events in happens],
        duration_s=2400.0,
        seed=0,
        record=["plasma_glucose", "heart_rate"],
        record_period_s=60.0,
    )
    glucose, rate = (result.recorded[name] for name in ("plasma_glucose", "heart_rate"))
    assert glucose[0] == pytest.approx(np.full(40, 140.0), rel=0.02)
    assert glucose[1, -1] < 0.95 * glucose[0, -1]
    assert rate[1, -1] > rate[0, -1] + 20.0
    assert rate[2, -1] > rate[0, -1] + 10.0
    assert glucose[2] == pytest.approx(glucose[0], abs=1e-9)


def test_a_patient_with_diabetes_needs_insulin():
    with pytest.raises(WiringError, match="insulin_rate"):
        couple(Bed(adult(diabetes=True)), frozenset())
    couple(Bed(adult(diabetes=True)), frozenset({"insulin_rate"}))


WHO = [
    MAN,
    MAN,
    MAN,
    SMALL,
    HEAVY,
    Person(25, 60, 165, "female"),
    Person(85, 62, 165, "male"),
    Person(20, 95, 195, "male"),
    Person(40, 60, 175, "male"),
    Person(40, 107, 175, "male"),
]


@pytest.fixture(scope="module")
def people():
    """Fifty minutes of ten, of whom one bleeds and one loses a lung from the sixth to the tenth."""
    events = [
        (),
        (Event("blood_loss", 300.0, 300.0, 1300.0),),
        (Event("pneumothorax_left", 300.0, 300.0, 1.0),),
        *((),) * 7,
    ]
    signals = ["arterial_pressure", "cardiac_output", "heart_rate", "arterial_oxygen", "arterial_carbon_dioxide",
               "blood_volume", "haemoglobin", "pleural_pressure", "arterial_saturation", "lactate", "base_excess"]  # fmt: skip
    return simulate(stack([Bed(adult(p, waveforms=False)) for p in WHO]), [Scenario(e) for e in events], duration_s=3000.0,
                    seed=0, record=signals, record_period_s=0.1, backend="native")  # fmt: skip


@pytest.mark.slow
def test_people_of_any_size_rest_within_normal_limits(people):
    """Limits of a resting adult: Pulse's tables after Guyton; oxygen over 70, lying: Hardie (2004), Chest 125(6):2053."""
    assert people.ok.all()
    at = {name: v[:, 2500:2990].mean(axis=1) for name, v in people.recorded.items()}
    assert ((at["arterial_pressure"] > 70.0) & (at["arterial_pressure"] < 105.0)).all()
    assert ((at["heart_rate"] > 60.0) & (at["heart_rate"] < 100.0)).all()
    assert ((at["arterial_carbon_dioxide"] > 35.0) & (at["arterial_carbon_dioxide"] < 45.0)).all()
    assert (at["arterial_oxygen"][[0, 5, 7]] > 80.0).all()
    assert at["arterial_oxygen"][3] == pytest.approx(73.5, abs=8.4)
    assert at["arterial_oxygen"][6] == pytest.approx(77.0, abs=9.1)


@pytest.mark.slow
def test_flow_is_that_of_people_of_that_age(people):
    """Means by decade of 144 healthy people, Carlsson (2012), to half their standard deviation of 0.45 L/min/m2."""
    at_rest = people.recorded["cardiac_output"][:, 2500:2990].mean(axis=1)
    index = lambda k, person: float(at_rest[k]) / body_surface(person)
    for k, decade in ((0, 3.1), (3, 3.0), (5, 3.3), (6, 3.0), (7, 3.3), (8, 3.1), (9, 3.1)):
        assert index(k, WHO[k]) == pytest.approx(decade, abs=0.225), WHO[k]
    assert index(7, WHO[7]) > index(0, WHO[0]) > index(6, WHO[6])


@pytest.mark.slow
def test_nobody_rests_in_lactic_acidosis(people):
    """Reference ranges of the healthy: lactate 0.5 to 1.6 mmol/L, base excess -2 to 2; from 55 to 140 kg, after fifty minutes."""
    for name, low, high in (("lactate", 0.5, 1.6), ("base_excess", -2.0, 2.0)):
        at_rest = people.recorded[name][[0, *range(3, 10)], -600:].mean(axis=1)
        assert ((at_rest > low) & (at_rest < high)).all(), (name, at_rest)


@pytest.mark.slow
def test_people_of_any_size_begin_at_rest(people):
    """The first five seconds and the next: within 4 mmHg and 5 beats a minute of the fifth minute."""
    for name, most in (("arterial_pressure", 4.0), ("heart_rate", 5.0)):
        values = people.recorded[name]
        later = values[:, 2500:2990].mean(axis=1)
        assert (np.abs(values[:, :50].mean(axis=1) - later) < most).all(), name
        assert (np.abs(values[:, 50:100].mean(axis=1) - later) < most).all(), name


@pytest.mark.slow
def test_blood_is_lost_thinned_and_defended(people):
    bled = {name: v[1] for name, v in people.recorded.items()}
    before, after = (lambda name: bled[name][2500:2990].mean()), (lambda name: bled[name][5800:6000].mean())
    assert after("blood_volume") == pytest.approx(5300.0 - 1300.0, abs=200.0)
    assert after("haemoglobin") < 0.985 * before("haemoglobin")
    assert after("heart_rate") > 1.15 * before("heart_rate")
    assert 0.6 < after("arterial_pressure") / before("arterial_pressure") < 0.95


@pytest.mark.slow
def test_a_tension_pneumothorax_presses_on_heart_and_lung(people):
    torn = {name: v[2] for name, v in people.recorded.items()}
    assert torn["pleural_pressure"][5800:6000].mean() > 5.0
    assert torn["cardiac_output"][5800:6000].mean() < 0.9 * torn["cardiac_output"][2500:2990].mean()
    assert torn["arterial_saturation"][5800:6000].mean() < torn["arterial_saturation"][2500:2990].mean() - 0.02


def test_a_second_person_is_built_without_compiling(caplog):
    """A cohort builds a thousand."""
    adult(Person(age=40, weight_kg=70, height_cm=170))
    with jax.log_compiles(), caplog.at_level(logging.DEBUG):
        adult(Person(age=41, weight_kg=71, height_cm=171))
    assert not [r.message for r in caplog.records if "Compiling" in r.message]
