"""What a past leaves of people in general: against exact posteriors, and against truths that are known."""

import dataclasses
import math

import equinox as eqx
import numpy as np
import pytest
import scipy.special as special

from tests.ward.tiny import made
from twinbed.cohorts.sampling import Distribution, LogNormal
from twinbed.core.scenario import Scenario
from twinbed.engine.bed import Bed
from twinbed.ward import ensemble, posterior
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Wish
from twinbed.ward.ensemble import fork
from twinbed.ward.log import InMemory
from twinbed.ward.posterior import LOOK_PAGES, Error, members
from twinbed.ward.prior import Prior
from twinbed.ward.session import Session

LOG_SD = 0.5
PAGES = posterior.MOST_LOOKS["acute"] * LOOK_PAGES


def bed(seed=7, **own):
    """A bed at which nothing happens by itself, and whose patient has other numbers than the file says."""
    plain = made()
    tank = dataclasses.replace(plain.bed.models["patient"], **{k: np.asarray(v) for k, v in own.items()})
    bedside = dataclasses.replace(plain.bedside, seed=seed)
    return dataclasses.replace(plain, bedside=bedside, bed=Bed(tank, plain.bed.devices), scenario=Scenario(()))


def prior(of, *names):
    """Numbers of the tank that are not known: lognormal around those of the plain one."""
    tank = made().bed.models["patient"]
    marginals = {n: LogNormal(float(getattr(tank, n)), LOG_SD) for n in names}
    changed = lambda drawn: dataclasses.replace(
        of.bed.models["patient"], **{n: np.asarray(v, np.asarray(tank.p).dtype) for n, v in drawn.items()}
    )
    return Prior(Distribution(marginals), lambda drawn: {"patient": changed(drawn)})


def fed(of, grams=40.0, pages=PAGES, every=30):
    """A session whose patient is fed again and again."""
    session = Session("bed", of, InMemory(), Checkpoints())
    for k in range(pages):
        if grams and k % every == 26:
            session.ask("kim", "carbohydrate", Wish(grams, 900.0))
        session.advance()
    return session


def past_of(session, most=PAGES):
    return session.lived(session.page, most)


def test_the_patient_lives_through_his_past_again_to_the_bit():
    session = fed(bed(), pages=150)
    past = past_of(session, 100)
    assert (past.standing.page, past.pages) == (60, 90)
    assert {page for page in past.granted} == {86, 116, 146}
    shown = posterior._lived(session.made, prior(session.made, "gain"), past, np.zeros((1, 1)), lambda _: None)
    lived = [session.replayed(page, page + 1)[0].numbers["G"] for page in (89, 119, 149)]
    assert shown[:, 0, 0].tolist() == lived
    assert not np.array_equal(shown[:, 1, 0], lived), "a candidate has errors of his own"


def test_the_posterior_of_one_number_is_the_exact_one(monkeypatch):
    """The rise per gram acts linearly, so the exact posterior is a sum over a grid."""
    truth = 1.6
    session = fed(bed(gain=truth))
    past, unknown = past_of(session), prior(session.made, "gain")
    monkeypatch.setitem(posterior.CANDIDATES, "acute", 400)
    scores, spread = members(session.made, unknown, past, 300)
    # exactly: numbers without noise at the gains 0 and 1, from which those at all others follow
    quiet = dataclasses.replace(past, standing=dataclasses.replace(past.standing, beds=_still(past.standing.beds)))
    of_zero_and_one = np.log(np.asarray([[1e-9], [1.0]])) / LOG_SD
    shown = posterior._lived(session.made, unknown, quiet, of_zero_and_one, lambda _: None)[:, 1:, 0]
    base, rise = shown[:, 0], shown[:, 1] - shown[:, 0]
    seen = posterior._lived(session.made, unknown, past, np.zeros((1, 1)), lambda _: None)[:, 0, 0]
    grid = np.linspace(-3.0, 3.0, 2001)
    error = np.hypot(posterior.ERRORS["cgm"].sd(seen), 3.0)[:, None]
    apart = (seen[:, None] - base[:, None] - rise[:, None] * np.exp(LOG_SD * grid)) / error
    weights = special.softmax(-0.5 * grid**2 - 0.5 * np.sum(apart**2, axis=0))
    mean = weights @ grid
    sd = math.sqrt(weights @ (grid - mean) ** 2)
    assert (spread.of, spread.power) == ("past", 1.0)
    assert sd < 0.35, "the past says something"
    assert np.mean(scores) == pytest.approx(mean, abs=0.35 * sd)
    assert np.std(scores) == pytest.approx(sd, rel=0.25)


def _still(beds):
    return eqx.tree_at(lambda b: b.devices["sensor"].sd, beds, replace_fn=np.zeros_like)


@pytest.mark.long
def test_futures_after_an_informative_past_are_narrower_and_hold_the_truth(monkeypatch):
    """Eight truths: the band of ninety in a hundred is narrower by a fifth at least, and holds what comes."""
    held, narrower, general = [], [], []
    for k in range(8):
        p, gain = np.exp(LOG_SD * np.random.default_rng(k).standard_normal(2)) * [0.02, 1.0]
        session = fed(bed(seed=100 + k, p=p, gain=gain))
        unknown = prior(session.made, "p", "gain")
        monkeypatch.setattr(ensemble, "prior_of", lambda _, unknown=unknown: unknown)
        with session.at(session.page) as standing:
            pass
        future = {"horizon_s": 60 * session.page_s, "members": 24, "page_s": session.page_s}
        meal = [ensemble.Change("carbohydrate", Wish(60.0, 900.0), 5 * session.page_s)]
        wide = fork(session.made, standing, meal, **future)
        narrow = fork(session.made, standing, meal, **future, past=past_of(session))
        assert (wide.spread.of, narrow.spread.of) == ("people", "past")
        comes = []
        for j in range(60):
            if j == 5:
                session.ask("kim", "carbohydrate", Wish(60.0, 900.0))
            comes.append(session.advance().numbers["G"])
        for futures, out in ((wide, general), (narrow, held)):
            low, high = futures.changed["G"][0], futures.changed["G"][-1]
            out.append(np.mean((low <= comes) & (comes <= high)))
        widths = [np.mean(f.changed["G"][-1] - f.changed["G"][0]) for f in (wide, narrow)]
        narrower.append(widths[1] / widths[0])
    assert np.mean(held) > 0.85
    assert np.mean(general) > 0.8
    assert np.mean(narrower) < 0.8


@pytest.mark.parametrize(("pages", "grams", "why"), [(90, 40.0, "begun"), (PAGES, 0.0, "little")])
def test_a_past_that_says_too_little_leaves_people_in_general(pages, grams, why):
    session = fed(bed(), grams, pages)
    unknown = prior(session.made, "gain")
    scores, spread = members(session.made, unknown, past_of(session), 24)
    assert (spread.of, spread.why) == ("people", why)
    np.testing.assert_array_equal(scores, unknown.scores(7, 24))


def test_a_past_that_nobody_explains_leaves_people_in_general():
    session = fed(bed(basal=300.0), 0.0)
    past = past_of(session)
    drawn = prior(bed(basal=100.0), "gain")  # who has another basal glucose drifts away from what was shown
    scores, spread = members(session.made, drawn, past, 24)
    assert (spread.of, spread.why) == ("people", "unexplained")
    assert spread.readings == posterior.MOST_LOOKS["acute"]
    np.testing.assert_array_equal(scores, drawn.scores(7, 24))


def test_numbers_that_no_device_shows_are_not_compared():
    of = bed()
    readings = {"G": (of.view.numbers.readings["G"][0], "patient.interstitial_glucose", "")}
    of = dataclasses.replace(of, view=dataclasses.replace(
        of.view, numbers=dataclasses.replace(of.view.numbers, readings=readings)))  # fmt: skip
    shown = np.random.default_rng(1).normal(100.0, 5.0, (20, 10, 1))
    total, counted = posterior._explained(of, shown)
    assert counted == 0
    assert not total.any()


def test_who_leaves_what_is_plausible_has_no_weight_and_hides_nobody_elses_numbers():
    shown = np.full((20, 4, 1), 100.0)
    shown[:, 2], shown[5:, 3] = 105.0, np.nan
    total, counted = posterior._explained(bed(), shown)
    assert counted == 20
    assert (total[0], total[2]) == (0.0, -np.inf)
    assert total[1] == pytest.approx(-0.5 * 20 * (5.0 / posterior.ERRORS["cgm"].sd(np.asarray([100.0]))[0]) ** 2)


def test_an_error_is_its_least_or_its_share():
    np.testing.assert_allclose(Error(4.0, 0.04).sd(np.asarray([50.0, 200.0, -200.0])), [4.0, 8.0, 8.0])


def test_weights_are_tempered_until_enough_count():
    one = np.asarray([0.0, *[-50.0] * 99])
    power = posterior._power(one, 24.0)
    assert 0.0 < power < 1.0
    assert posterior._effective(posterior._weights(one, power)) == pytest.approx(24.0, rel=1e-3)
    assert posterior._power(np.zeros(100), 24.0) == 1.0


def test_draws_keep_mean_and_covariance_of_the_weighted():
    random = np.random.default_rng(3)
    candidates, weights = random.standard_normal((400, 2)), random.dirichlet(np.ones(400))
    drawn = posterior._drawn(candidates, weights, random.standard_normal((20000, 2)))
    mean = weights @ candidates
    spread = (weights[:, None] * (candidates - mean)).T @ (candidates - mean)
    np.testing.assert_allclose(drawn.mean(0), mean, atol=0.02)
    np.testing.assert_allclose(np.cov(drawn.T), spread, atol=0.03)


def test_a_past_in_which_most_candidates_leave_what_is_plausible_is_explained_by_nobody():
    said = posterior.Spread("people", "little")
    few = np.asarray([0.0] * 24 + [-np.inf] * 39)
    spread = posterior._weighed(few, 10, said)
    assert (spread.of, spread.why, spread.effective) == ("people", "unexplained", 0.0)
    enough = np.asarray([*np.linspace(0.0, -1e6, 30), *[-np.inf] * 33])
    spread = posterior._weighed(enough, 10, said)
    assert (spread.of, spread.candidates) == ("past", 63)
    assert spread.effective == pytest.approx(24.0, rel=0.01)
    weights = posterior._weights(enough, spread.power)
    assert weights[30:].sum() == 0.0
    assert weights.sum() == pytest.approx(1.0)
