"""Devices get each patient's therapy by name, unless the study sets it; wrappers too."""

import dataclasses

import numpy as np
import pytest

from tests.studies.conftest import HERE
from twinbed.core.errors import StudyError
from twinbed.engine.couple import couple
from twinbed.studies.arms import build_beds, recorded
from twinbed.studies.design import Arm, DeviceSpec, Layer, load_study
from twinbed.studies.execute import check_wiring
from twinbed.studies.provenance import components
from twinbed.studies.scenarios import LOW_TREATMENT, LowTreatment
from twinbed.studies.shards import Shard, cohort_of, draw_cohort, groups, table_of

SIGNALS = ("carbohydrate", "carbohydrate_announced")


@pytest.fixture(scope="module")
def drawn(toy):
    (group,) = groups(toy)
    return group, draw_cohort(toy, Shard(group, 0))


def test_therapy_is_each_patients_own(toy, drawn):
    cohort = drawn[1]
    bed = build_beds(toy, toy.arms[1], cohort, SIGNALS)
    np.testing.assert_array_equal(bed.devices["dosing"].basal_rate, cohort.therapy.basal_rate)
    assert np.ptp(np.asarray(cohort.therapy.basal_rate)) > 0
    np.testing.assert_array_equal(bed.devices["dosing"].gain, np.full(10, 1.5))
    assert bed.devices["sensor"].sd.shape == (10,)


def test_what_the_study_sets_is_kept(toy, drawn):
    sensor, dosing, pump = toy.arms[0].devices
    fixed = dataclasses.replace(dosing, parameters={"basal_rate": 0.5})
    bed = build_beds(toy, dataclasses.replace(toy.arms[0], devices=(sensor, fixed, pump)), drawn[1], SIGNALS)
    np.testing.assert_array_equal(bed.devices["dosing"].basal_rate, np.full(10, 0.5))
    np.testing.assert_array_equal(bed.devices["dosing"].carbohydrate_ratio, drawn[1].therapy.carbohydrate_ratio)


def test_therapy_reaches_through_wrappers(toy, drawn):
    sensor, _, pump = toy.arms[0].devices
    schedule = DeviceSpec(
        "dosing", "devices/software/basal_schedule", (Layer("devices/software/predictive_suspend", {"low_limit": 75}),)
    )
    bed = build_beds(toy, Arm("a", "A", (sensor, schedule, pump)), drawn[1], SIGNALS)
    wrapper = bed.devices["dosing"]
    np.testing.assert_array_equal(wrapper.device.basal_rate, drawn[1].therapy.basal_rate)
    np.testing.assert_array_equal(wrapper.low_limit, np.full(10, 75.0))


def test_a_wrapper_that_does_not_fit_is_named(toy, drawn):
    sensor, dosing, pump = toy.arms[0].devices
    wrong = dataclasses.replace(sensor, wrap=(Layer("devices/software/predictive_suspend", {}),))
    with pytest.raises(
        StudyError, match=r"arm 'open', device 'sensor': devices/software/predictive_suspend: .*basal_command"
    ):
        build_beds(toy, dataclasses.replace(toy.arms[0], devices=(wrong, dosing, pump)), drawn[1], SIGNALS)


def test_what_is_kept_of_a_bed(toy, drawn):
    bed = build_beds(toy, toy.arms[0], drawn[1], SIGNALS)
    assert recorded(toy, toy.arms[0], bed, SIGNALS) == {
        "glucose": "patient.interstitial_glucose",
        "cgm": "sensor.cgm",
        "insulin": "pump.insulin_delivered_total",
        "basal": "dosing.basal_command",
    }


def test_patients_survive_their_table(drawn):
    group, cohort = drawn
    table = table_of(cohort, group, 100)
    assert list(table["patient"]) == list(range(100, 110))
    back = cohort_of(table, group)
    assert len(back) == group.shard_size == 16
    assert back.ids[:10] == cohort.ids
    assert set(back.ids[10:]) == {cohort.ids[-1]}
    for name in ("sensitivity", "rise", "target"):
        np.testing.assert_array_equal(getattr(back.patients, name)[:10], getattr(cohort.patients, name))
    np.testing.assert_array_equal(back.therapy.body_weight[:10], cohort.therapy.body_weight)


@pytest.mark.parametrize("name", ["quick", "closed_loop", "injections"])
def test_the_examples_can_be_wired(name):
    study = load_study(HERE.parents[1] / "examples" / f"{name}.toml")
    check_wiring(study)
    assert study.question.endswith("?")


def test_whoever_treats_lows_eats_between_scenario_and_patient(toy, drawn):
    treating = dataclasses.replace(
        toy.scenario, low_treatment=LowTreatment(carbohydrate_g=20.0, asleep_from=22 * 3600.0)
    )
    bed = build_beds(dataclasses.replace(toy, scenario=treating), toy.arms[0], drawn[1], SIGNALS)
    person = bed.devices["person"]
    np.testing.assert_array_equal(person.carbohydrate, np.full(10, 20.0))
    np.testing.assert_array_equal(person.asleep_from, np.full(10, 22.0))
    wiring = couple(bed, frozenset(SIGNALS))
    assert "person.carbohydrate" in [str(s) for s in wiring.feeds("patient")]
    assert "scenario.carbohydrate" in [str(s) for s in wiring.feeds("person")]
    assert "person" not in build_beds(toy, toy.arms[0], drawn[1], SIGNALS).devices


def test_a_device_called_person_is_in_the_way(toy, drawn):
    treating = dataclasses.replace(toy.scenario, low_treatment=LowTreatment(carbohydrate_g=20.0))
    arm = dataclasses.replace(toy.arms[0], devices=(dataclasses.replace(toy.arms[0].devices[0], name="person"),))
    with pytest.raises(StudyError, match="name the device otherwise"):
        build_beds(dataclasses.replace(toy, scenario=treating), arm, drawn[1], SIGNALS)


def test_the_person_is_among_the_components_of_the_evidence(toy):
    treating = dataclasses.replace(toy.scenario, low_treatment=LowTreatment(carbohydrate_g=20.0))
    assert LOW_TREATMENT in components(dataclasses.replace(toy, scenario=treating))
    assert LOW_TREATMENT not in components(toy)
