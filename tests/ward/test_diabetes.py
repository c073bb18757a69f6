"""A bed of a person with type 1 diabetes, as it comes with the package."""

import contextlib
import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.cohorts.therapy import titrate
from twinbed.core.errors import StudyError
from twinbed.studies.acute.vitals import _ALARMS
from twinbed.ward import diabetes
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Refused, Wish
from twinbed.ward.definition import make, template
from twinbed.ward.ensemble import Change, fork
from twinbed.ward.log import InMemory
from twinbed.ward.posterior import pages_of
from twinbed.ward.prior import prior_of
from twinbed.ward.session import Session
from twinbed.ward.text import korean

pytestmark = pytest.mark.long

TOML = template("diabetes").toml
HOUR = 60


@pytest.fixture(scope="module")
def made():
    return make(TOML)


@pytest.fixture(scope="module")
def first(made):
    """The bed as it is opened; not to be changed."""
    return Session("first", made, InMemory(), Checkpoints())


@contextlib.contextmanager
def opened(first):
    """The bed as it is opened, with a log of its own; it is traced once for all tests."""
    here, kept = first._standing(), (first._store, first._checkpoints)
    first._store, first._checkpoints = InMemory(), Checkpoints()
    try:
        yield first
    finally:
        first._put(here)
        first._store, first._checkpoints = kept


@pytest.fixture
def bed(first):
    with opened(first) as bed:
        yield bed


def played(bed, pages):
    return [bed.advance() for _ in range(pages)]


def glucose(pages):
    return np.asarray([p.numbers["BG"] for p in pages], float)


def test_the_therapy_of_the_file_is_that_of_the_patient(made):
    model = diabetes.model_of(made.bedside.patient)
    found, response = jax.jit(lambda m: titrate(m, m.body_weight, jnp.asarray(154.0)))(model)
    for name, value in made.bedside.therapy.items():
        assert value == pytest.approx(float(getattr(found, name)), rel=0.08), name
    assert diabetes.therapy_of(made.bedside)["basal_rate"] == pytest.approx(float(model.basal_rate()), abs=5e-4)
    assert float(response.drift) < 0.01


def test_it_begins_at_noon_with_a_morning_behind_it(first):
    assert first.t_s == 12 * 3600.0
    t_s, means = first.trends(0.0, first.t_s, 720)
    assert len(t_s) == 720
    assert max(means["glucose"][8 * HOUR : 11 * HOUR]) > max(means["glucose"][HOUR : 7 * HOUR])  # breakfast


def test_lunch_without_a_bolus_raises_glucose_and_a_bolus_keeps_it_lower(first):
    with opened(first) as bed:
        without = glucose(played(bed, 4 * HOUR))
    assert without.max() > 220.0
    with opened(first) as bed:
        bed.ask("me", "injection", Wish(4.0))
        given = played(bed, 4 * HOUR)
    assert glucose(given).max() < without.max() - 40.0
    assert given[0].numbers["bolus"] - 3.0 == pytest.approx(4.0)  # 3 IU were given for breakfast
    assert given[10].numbers["IOB"] == pytest.approx(4.0, rel=0.1)


def test_what_is_asked_acts_within_a_minute(bed):
    played(bed, 3)
    bed.ask("me", "delivery_suspended", Wish(1.0))
    (page,) = played(bed, 1)
    assert page.numbers["basal"] == 0.0


def test_the_loop_gives_the_basal_rate_once_it_is_on(bed):
    programmed = {p.numbers["basal"] for p in played(bed, 30)}
    assert len(programmed) == 1
    bed.ask("me", "controller_paused", Wish(0.0))
    assert len({p.numbers["basal"] for p in played(bed, 3 * HOUR)}) > 5


def test_a_finger_stick_shows_its_reading_at_once(bed):
    bed.ask("me", "finger_stick", Wish())
    (page,) = played(bed, 1)
    assert page.numbers["SMBG"] == pytest.approx(page.numbers["BG"], rel=0.25)


def test_exercise_lowers_glucose(first):
    with opened(first) as bed:
        rested = glucose(played(bed, 2 * HOUR))
    with opened(first) as bed:
        bed.ask("me", "exercise_intensity", Wish(60.0))
        assert glucose(played(bed, 2 * HOUR))[-1] < rested[-1] - 10.0


def test_too_much_insulin_ends_in_an_urgent_low_of_high_priority(bed):
    bed.ask("me", "injection", Wish(15.0))
    pages = played(bed, 4 * HOUR)
    standing = [a for p in pages for a in p.alarms]
    assert {"urgent low soon", "urgent low glucose"} <= {a["text"] for a in standing}
    assert {a["priority"] for a in standing if a["text"] == "urgent low glucose"} == {3}
    assert all(korean(a["text"]) != a["text"] for a in standing)


def test_a_signal_that_is_lost_shows_no_number(bed):
    bed.ask("me", "fault_dropout", Wish(1.0))
    pages = played(bed, 40)
    assert pages[-1].numbers["glucose"] is None
    assert pages[-1].alarms[0]["text"] == "sensor signal lost"
    assert pages[-1].numbers["BG"] is not None


def test_a_blocked_set_stops_the_pump_with_an_alarm_of_high_priority(bed):
    bed.ask("me", "occlusion", Wish(1.0))
    bed.ask("me", "injection", Wish(6.0))
    pages = played(bed, 30)
    assert pages[-1].alarms[0]["text"] == "pump: occlusion"
    assert pages[-1].alarms[0]["priority"] == 3


def test_a_suspended_pump_refuses_a_bolus_and_a_loop_a_temporary_rate(bed):
    bed.ask("me", "delivery_suspended", Wish(1.0))
    with pytest.raises(Refused, match="suspended"):
        bed.ask("me", "injection", Wish(1.0))
    bed.ask("me", "delivery_suspended", Wish(0.0))
    bed.ask("me", "temporary_basal", Wish(50.0))
    with pytest.raises(Refused, match="temporary basal rate of 50 %"):
        bed.ask("me", "controller_paused", Wish(0.0))
    bed.ask("me", "temporary_basal", Wish(100.0))
    bed.ask("me", "controller_paused", Wish(0.0))
    with pytest.raises(Refused, match="closed loop sets"):
        bed.ask("me", "temporary_basal", Wish(50.0))


def test_the_past_is_computed_again_to_the_bit(bed):
    pages = played(bed, 90)
    again = bed.replayed(12 * HOUR + 20, 12 * HOUR + 50)
    for before, after in zip(pages[20:50], again, strict=True):
        assert before.numbers == after.numbers
        assert all(np.array_equal(before.recorded[k], after.recorded[k]) for k in before.recorded)


def test_a_rewind_before_the_opening_stays_there(made):
    store, kept = InMemory(), Checkpoints()
    bed = Session("bed", made, store, kept)
    bed.rewind("me", 9 * 3600.0)
    assert Session("bed", made, store, kept).t_s == 9 * 3600.0


def test_both_futures_part_by_the_bolus_and_the_first_member_is_the_patient(bed, made):
    with bed.at(bed.page) as moment:
        futures = fork(
            made, moment, [Change("injection", Wish(4.0))], horizon_s=3 * 3600.0, members=8, page_s=bed.page_s
        )
        alone = fork(made, moment, [], horizon_s=3 * 3600.0, members=1, page_s=bed.page_s)
    middle = 2
    assert futures.changed["BG"][middle][-1] < futures.as_is["BG"][middle][-1] - 40.0
    assert futures.as_is["BG"][4][-1] > futures.as_is["BG"][0][-1] + 10.0
    lived = glucose(played(bed, 3 * HOUR))
    assert alone.as_is["BG"][middle][-1] == lived[-1]


def test_a_bed_that_has_just_been_opened_has_a_past_that_narrows_its_futures(bed, made):
    with bed.at(bed.page) as moment:
        pass
    futures = fork(
        made, moment, [], horizon_s=1800.0, members=24, page_s=bed.page_s, past=bed.lived(bed.page, pages_of(made))
    )
    spread = futures.spread
    assert (spread.of, spread.from_s, spread.readings) == ("past", 0.0, 24)
    assert 23.5 < spread.effective < 0.8 * spread.candidates


def test_other_people_stand_where_the_patient_stands(made):
    model = diabetes.model_of(made.bedside.patient)
    own = model.derived()
    prior = prior_of(made)
    for organs in prior.people(prior.scores(1, 6)):
        other = organs["body"].derived()
        for name in ("gpb", "gtb", "ipb", "ilb", "u2ss"):
            assert float(getattr(other, name)) == pytest.approx(float(getattr(own, name)), rel=1e-12)
        assert float(organs["body"].kabs) != float(model.kabs)


def test_every_alarm_and_control_is_known_in_korean(made):
    hangul = lambda text: any("가" <= c <= "힣" for c in text)
    assert len(made.view.numbers.listed) == 7
    assert all(hangul(korean(alarm.name)) for alarm in made.view.numbers.listed)
    for control in made.controls.values():
        assert hangul(control.label_ko), control.id
        assert all(hangul(c.label_ko) for c in control.choices), control.id
    assert all(s.split(".")[1] in _ALARMS for s in made.view.numbers.alarms)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("gb = 115", "gb = 1150", "patient.parameters.gb: expected a number from 80 to 250"),
        ("gb = 115", "gg = 115", "no parameter 'gg'"),
        ("carbohydrate_ratio = 14", "carb_ratio = 14", "therapy: there is no setting 'carb_ratio'"),
        ('signal = "injection"', 'signal = "insulin_rate"', "feeds insulin_rate already"),
        ('"pump.basal_command" = "handset.basal_command"', "", "links"),
        ('kind = "diabetes"', 'kind = "diabetic"', "kind: there is no 'diabetic'"),
    ],
)
def test_a_file_that_cannot_be_says_where(before, after, said):
    assert before in TOML
    with pytest.raises(StudyError, match=said):
        make(TOML.replace(before, after))


def test_a_device_whose_period_does_not_fit_is_refused(made, monkeypatch):
    monkeypatch.setattr(diabetes, "PAGE_S", 90.0)
    with pytest.raises(StudyError, match="no multiple of 90 s"):
        diabetes._bed(dataclasses.replace(made.bedside))
