"""Fitting and learning against theory: a known patient is found again, learning narrows."""

import dataclasses
import datetime

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from twinbed.core.recording import Channel, Recording
from twinbed.personalise.assimilate import follow_day, learn_day
from twinbed.personalise.day import person_days
from twinbed.personalise.evaluate import fit_person, summarise
from twinbed.personalise.forward import at_times, forward
from twinbed.personalise.identifiability import identifiability
from twinbed.personalise.parameters import NAMES, PLACE, natural, unknown_person
from twinbed.personalise.twin_file import demographics_of, draw_days, therapy_of, twin_content

pytestmark = pytest.mark.long

DAY = 86400.0
MEALS = ((8.0, 45.0), (12.5, 70.0), (19.0, 60.0))


def _template(n_days):
    """A recording whose glucose is filled in from the twin model itself."""
    rng = np.random.default_rng(3)
    hour, gram = np.array(MEALS).T
    hours = hour + 0.5 * rng.standard_normal((n_days, len(MEALS)))
    meal_t = (np.arange(n_days)[:, None] * DAY + 3600.0 * hours).ravel()
    grams = (gram * np.exp(0.2 * rng.standard_normal((n_days, len(MEALS))))).ravel()
    t = np.arange(0.0, n_days * DAY, 900.0)
    return {
        "cgm": Channel("cgm", t, np.full(len(t), 120.0)),
        "insulin_rate": Channel("insulin_rate", np.arange(0, n_days * DAY, 3600.0), np.full(24 * n_days, 0.9)),
        "injection": Channel("injection", meal_t, grams / 9.0, np.zeros(len(meal_t))),
        "carbohydrate": Channel("carbohydrate", meal_t, grams, np.full(len(meal_t), 600.0)),
    }


@pytest.fixture(scope="module")
def truth():
    theta = unknown_person().mean.copy()
    theta[[PLACE[n] for n in NAMES if n.startswith("kabs")]] += 0.8
    theta[PLACE["si_l"]] += 0.5
    return theta


@pytest.fixture(scope="module")
def recording(truth):
    """Five days of a person who is the twin model, seen by a sensor with 3 mg/dL of noise."""
    channels = _template(6)
    blank = Recording("known", datetime.datetime(2024, 1, 1), channels, {"weight_kg": 70.0})
    rng, glucose, live = np.random.default_rng(5), channels["cgm"].value.copy(), jax.jit(forward)
    for k, day in enumerate(person_days(blank)):
        nodes = np.asarray(live(jnp.asarray(truth), day.arrays))
        start = (k * 24 + 4) * 3600.0
        here = (channels["cgm"].time_s >= start) & (channels["cgm"].time_s < start + DAY)
        t = (channels["cgm"].time_s[here] - start) / 60
        glucose[here] = at_times(nodes, t) + 3.0 * rng.standard_normal(len(t))
    channels["cgm"] = Channel("cgm", channels["cgm"].time_s, glucose)
    return Recording("known", blank.start, channels, {"weight_kg": 70.0})


@pytest.fixture(scope="module")
def fit(recording):
    return fit_person(recording)


def test_the_twin_follows_a_day_to_the_noise(recording):
    """The residual of a fit with 20 parameters to 96 readings with 3 mg/dL noise is about 3."""
    day = person_days(recording)[2]
    found = follow_day(day)
    error = at_times(np.asarray(jax.jit(forward)(jnp.asarray(found.theta), day.arrays)), day.time_min) - day.glucose
    assert 1.5 < np.sqrt(np.mean(error**2)) < 4.5


def test_a_posterior_is_narrower_than_its_prior(recording):
    day = person_days(recording)[2]
    person, found = learn_day(unknown_person(), day)
    shared = [k for k, n in enumerate(NAMES) if n != "g0"]
    before, after = unknown_person().covariance, person.covariance
    assert np.all(np.diag(after)[shared] <= np.diag(before)[shared] + 1e-12)
    assert np.linalg.eigvalsh(after).min() > -1e-10
    assert np.linalg.eigvalsh(found.covariance).min() > 0


def test_learning_goes_towards_the_truth(fit, truth):
    """After five days insulin sensitivity at lunch has moved from the population to the person."""
    k = PLACE["si_l"]
    before = abs(unknown_person().mean[k] - truth[k])
    assert abs(fit.person.mean[k] - truth[k]) < 0.7 * before
    learned = {i.name for i in identifiability(fit.person) if i.learned}
    assert {"gb", "si_l"} <= learned


def test_predictions_know_nothing_of_their_day(recording, fit):
    """Glucose of the last day may be anything: its prediction stays the same to the bit."""
    channels = dict(recording.channels)
    t, value = channels["cgm"].time_s, channels["cgm"].value.copy()
    last = fit.days[-1]
    value[t >= (5 * 24 + 4) * 3600.0] += 77.0
    other = fit_person(
        Recording("known", recording.start, {**channels, "cgm": Channel("cgm", t, value)}, recording.attributes)
    )
    assert other.days[-1].date == last.date
    assert other.days[-1].prediction == last.prediction
    assert other.days[-1].strict == last.strict
    assert other.days[-1].fitted != last.fitted


def test_the_summary_counts_every_sample_once(fit):
    summary = summarise(fit.days)
    # six days of readings hold five days from 4 h to 4 h, and 20 hours (83 %) of a sixth
    assert (summary.days, summary.predicted_days) == (6, 5)
    assert summary.fit.readings == 5 * 96 + 80
    assert summary.prediction.readings == 4 * 96 + 80
    assert set(summary.baselines) >= {"persistence", "time_of_day", "autoregression", "without_twin"}


def test_draws_have_the_persons_spread(fit):
    """Means and variances of the draws, within five standard errors where no bound cuts."""
    draws = draw_days(fit.person, 400, seed=2)
    want = np.diag(fit.person.covariance + fit.person.within)
    for name in ("gb", "si_b", "p2"):
        k = PLACE[name]
        assert abs(draws[:, k].mean() - fit.person.mean[k]) < 5 * np.sqrt(want[k] / 400)
        assert abs(draws[:, k].var() / want[k] - 1) < 5 * np.sqrt(2 / 400)


def test_a_twin_file_is_read_as_a_cohort(recording, fit, tmp_path):
    from twinbed.cohorts.twins import read_twins
    from twinbed.connect.files import write_json

    content = twin_content(recording, fit, draws=6, seed=1)
    write_json(tmp_path / "known.json", content)
    cohort = read_twins([tmp_path / "known.json"])
    assert len(cohort.ids) == 6
    assert np.allclose(cohort.patients.gb, content["parameters"]["gb"])
    assert float(cohort.therapy.basal_rate[0]) == pytest.approx(0.9)
    assert float(natural(fit.person.mean, "gb")) == pytest.approx(float(np.exp(fit.person.mean[PLACE["gb"]])))


def test_demographics_have_the_names_of_populations(recording):
    who = {"sex": "F", "age_y": 31.0, "weight_kg": 64.0, "height_cm": 160.0, "pump": "X"}
    found = demographics_of(dataclasses.replace(recording, attributes=who))
    assert found == pytest.approx(
        {"age_years": 31.0, "body_weight_kg": 64.0, "height_cm": 160.0, "female": 1.0, "bmi_kg_m2": 25.0}
    )
    assert demographics_of(dataclasses.replace(recording, attributes={})) == {}


def test_the_insulin_of_later_days_does_not_reach_a_day(recording):
    """A person whose basal rate is tripled on the last days: the days before stay as they were."""
    basal = recording["insulin_rate"]
    later = np.where(basal.time_s >= 4 * DAY, 3.0, 1.0) * basal.value
    changed = dataclasses.replace(
        recording, channels={**recording.channels, "insulin_rate": dataclasses.replace(basal, value=later)}
    )
    before, after = person_days(recording)[1].arrays, person_days(changed)[1].arrays
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert person_days(changed)[-1].arrays["basal"] > person_days(recording)[-1].arrays["basal"]


def test_gaps_do_not_dilute_the_daily_dose(recording):
    """The same days, with twenty days of nothing between them, have the same therapy but for the one day held."""
    late = {
        name: dataclasses.replace(c, time_s=np.where(c.time_s >= 3 * DAY, c.time_s + 20 * DAY, c.time_s))
        for name, c in recording.channels.items()
    }
    whole, cut = therapy_of(recording), therapy_of(dataclasses.replace(recording, channels=late))
    assert cut["basal_rate"] == pytest.approx(whole["basal_rate"])
    doses = whole["total_daily_insulin"] - 24.0 * whole["basal_rate"]
    assert cut["total_daily_insulin"] - 24.0 * cut["basal_rate"] == pytest.approx(doses * 6.0 / 7.0, rel=0.02)
