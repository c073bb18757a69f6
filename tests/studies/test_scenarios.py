"""Drawn days are paired, conserve what is eaten, and vary as declared."""

import dataclasses

import numpy as np
import pytest

from twinbed.core.scenario import timeline
from twinbed.studies.scenarios import (
    Bolusing,
    Counting,
    Exercise,
    Fault,
    FingerStick,
    Meal,
    ScenarioSpec,
    draw,
)

DAY = 86400.0
SPEC = ScenarioSpec(
    meals=(
        Meal(
            "breakfast",
            7 * 3600.0,
            carbohydrate_g=40.0,
            amount_cv=0.3,
            time_sd_min=30.0,
            fat_g=10.0,
            protein_g=5.0,
        ),
        Meal("late snack", 23.8 * 3600.0, carbohydrate_g_per_kg=0.4, duration_min=30.0, time_sd_min=60.0),
        Meal("sweets", 15 * 3600.0, carbohydrate_g=15.0, announced=False, probability=0.5),
    ),
    counting=Counting(bias=-0.1, person_sd=0.1, meal_sd=0.2),
    bolusing=Bolusing(missed=0.1, late=0.3, late_min=45.0, lead_min=15.0),
    exercise=(Exercise("run", 17 * 3600.0, 45.0, intensity=60.0, heart_rate=140.0, days=(2,)),),
    finger_sticks=(FingerStick("morning", 6.5 * 3600.0),),
    faults=(Fault("blocked", "occlusion", 20 * 3600.0, 2000.0, share=0.4, days=(1,)),),
)
N, DAYS = 40, 4


def _draw(patients, seed=11, spec=SPEC, days=DAYS, weight=80.0):
    return draw(spec, seed=seed, patients=np.asarray(patients), weight_kg=np.full(len(patients), weight), days=days)


@pytest.fixture(scope="module")
def drawn():
    return _draw(np.arange(N))


def test_a_patient_has_the_same_days_in_any_shard(drawn):
    part = _draw(np.arange(17, 30))
    for whole, shard in zip(drawn.tracks, part.tracks, strict=True):
        assert whole.signal == shard.signal
        for name in ("start_s", "amount", "happens"):
            np.testing.assert_array_equal(getattr(whole, name)[17:30], getattr(shard, name))
    assert part.scenario(0) == drawn.scenario(17)
    assert drawn.scenario(0) != drawn.scenario(1)
    assert _draw(np.arange(2), seed=12).scenario(0) != drawn.scenario(0)


def test_another_meal_changes_nobody_elses_draws(drawn):
    more = dataclasses.replace(SPEC, meals=(Meal("tea", 16 * 3600.0, carbohydrate_g=5.0), *SPEC.meals))
    longer = _draw(np.arange(N), spec=more)
    first = [t for t in drawn.tracks if t.signal == "carbohydrate"][0]
    same = [t for t in longer.tracks if t.signal == "carbohydrate"][1]
    np.testing.assert_array_equal(first.start_s, same.start_s)


def _delivered(line, name, page_s):
    """Integral of a signal over each page and patient."""
    overlap = np.clip(np.asarray(line.end_s[name]) - np.asarray(line.start_s[name]), 0, page_s)
    return np.sum(np.asarray(line.value[name]) * overlap, axis=2)


def test_the_timeline_is_what_core_makes_of_the_scenarios(drawn):
    own = drawn.timeline(page_s=DAY, n_pages=DAYS, shortest_s=60.0)
    core = timeline([drawn.scenario(i) for i in range(N)], page_s=DAY, n_pages=DAYS, shortest_s=60.0)
    assert own.signals() == core.signals()
    grid = np.linspace(0.0, DAY, 977)  # levels at moments all over the day, page by page
    for name in own.value:
        np.testing.assert_allclose(_delivered(own, name, DAY), _delivered(core, name, DAY), rtol=1e-12, err_msg=name)
        for line in (own, core):
            assert np.all(np.asarray(line.end_s[name]) <= DAY)
        level = lambda line, name=name: np.sum(
            np.where(
                (grid >= np.asarray(line.start_s[name])[..., None]) & (grid < np.asarray(line.end_s[name])[..., None]),
                np.asarray(line.value[name])[..., None],
                0.0,
            ),
            axis=2,
        )
        np.testing.assert_allclose(level(own), level(core), rtol=1e-12, err_msg=name)


def test_other_pages_fall_back_on_core(drawn):
    half = drawn.timeline(page_s=DAY / 2, n_pages=2 * DAYS, shortest_s=60.0)
    whole = drawn.timeline(page_s=DAY, n_pages=DAYS, shortest_s=60.0)
    got, want = _delivered(half, "carbohydrate", DAY / 2), _delivered(whole, "carbohydrate", DAY)
    np.testing.assert_allclose(got.reshape(N, DAYS, 2).sum(axis=2), want, rtol=1e-12)


def test_the_shape_depends_on_the_declaration_only(drawn):
    line = drawn.timeline(page_s=DAY, n_pages=DAYS, shortest_s=60.0)
    other = _draw(np.arange(900, 900 + N)).timeline(page_s=DAY, n_pages=DAYS, shortest_s=60.0)
    assert {k: v.shape for k, v in line.value.items()} == {k: v.shape for k, v in other.value.items()}


def test_what_is_eaten_is_conserved(drawn):
    """All that begins is delivered, but for what is still being eaten at the end."""
    line = drawn.timeline(page_s=DAY, n_pages=DAYS, shortest_s=60.0)
    delivered = _delivered(line, "carbohydrate", DAY).sum(axis=1) / 60.0
    eaten = sum((t.amount * t.happens).sum(axis=1) for t in drawn.tracks if t.signal == "carbohydrate")
    assert np.all(delivered <= eaten + 1e-9)
    before_the_end = _draw(np.arange(N), spec=dataclasses.replace(SPEC, meals=SPEC.meals[:1]))
    line = before_the_end.timeline(page_s=DAY, n_pages=DAYS, shortest_s=60.0)
    eaten = (before_the_end.tracks[0].amount * before_the_end.tracks[0].happens).sum(axis=1)
    np.testing.assert_allclose(_delivered(line, "carbohydrate", DAY).sum(axis=1) / 60.0, eaten, rtol=1e-12)
    binned = before_the_end.binned("carbohydrate", 3, 300.0)
    assert binned.sum() == pytest.approx(eaten[3])
    assert len(binned) == DAYS * 288


def test_a_weight_scales_a_meal_per_kg():
    light, heavy = (_draw(np.arange(3), weight=w) for w in (50.0, 100.0))
    per_kg = [d.tracks[3].amount for d in (light, heavy)]
    assert light.tracks[3].signal == "carbohydrate_announced"
    np.testing.assert_allclose(light.tracks[4].amount * 2.0, heavy.tracks[4].amount)
    assert per_kg[0].shape == (3, DAYS)


def test_draws_vary_as_declared():
    """Moments over 2,000 patients and 10 days, within five standard errors."""
    spec = ScenarioSpec(
        meals=(Meal("lunch", 12 * 3600.0, carbohydrate_g=60.0, amount_cv=0.2, time_sd_min=20.0),),
        counting=Counting(bias=-0.15, person_sd=0.1, meal_sd=0.2),
        bolusing=Bolusing(missed=0.12, late=0.25, late_min=30.0),
    )
    drawn = _draw(np.arange(2000), spec=spec, days=10)
    eaten, told = drawn.tracks
    assert (eaten.signal, told.signal) == ("carbohydrate", "carbohydrate_announced")
    assert eaten.amount.mean() == pytest.approx(60.0, abs=5 * 12 / np.sqrt(20000))
    assert eaten.amount.std() == pytest.approx(12.0, rel=0.03)  # truncation at 3 sd takes 1 %
    assert eaten.start_s.std() == pytest.approx(1200.0, rel=0.03)
    error = told.amount / eaten.amount - 1.0
    assert error.mean() == pytest.approx(-0.15, abs=5 * 0.1 / np.sqrt(2000))
    between = error.mean(axis=1).std()
    assert between == pytest.approx(np.hypot(0.1, 0.2 / np.sqrt(10)), rel=0.08)
    assert error.std() == pytest.approx(np.hypot(0.1, 0.2), rel=0.05)
    assert 1.0 - told.happens.mean() == pytest.approx(0.12, abs=5 * np.sqrt(0.12 * 0.88 / 20000))
    late = told.start_s > eaten.start_s + 60.0
    assert late.mean() == pytest.approx(0.25, abs=5 * np.sqrt(0.25 * 0.75 / 20000))
    assert abs(np.corrcoef(eaten.amount.ravel(), eaten.start_s.ravel())[0, 1]) < 0.03


def test_faults_strike_a_share_of_the_patients():
    drawn = _draw(np.arange(2000))
    blocked = next(t for t in drawn.tracks if t.signal == "occlusion")
    assert not blocked.happens[:, 1:].any()
    assert blocked.happens[:, 0].mean() == pytest.approx(0.4, abs=5 * np.sqrt(0.24 / 2000))
    assert blocked.pages == 3  # from 20:00 for 2000 minutes: two midnights


def test_the_heart_beats_at_rest_too(drawn):
    line = drawn.timeline(page_s=DAY, n_pages=DAYS, shortest_s=60.0)
    beats = _delivered(line, "heart_rate", DAY) / DAY
    np.testing.assert_allclose(beats[:, 0], 60.0)
    np.testing.assert_allclose(beats[:, 1], 60.0 + 80.0 * 45 / 1440)


def test_a_study_without_meals_still_feeds_what_patients_eat():
    drawn = _draw(np.arange(2), spec=ScenarioSpec())
    assert drawn.signals() == ("carbohydrate", "carbohydrate_announced")
    assert all(e.amount == 0 for e in drawn.scenario(0).events)
