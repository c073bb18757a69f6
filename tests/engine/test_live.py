"""A bed in pieces gives the bits of the whole; it can be taken back, forked, saved and changed meanwhile."""

import io

import equinox as eqx
import jax
import numpy as np
import pytest

from tests.engine.plain import Pump, Sensor, Tank
from twinbed.core.errors import NotFound, ScenarioError, ScheduleError
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import as_cohort, simulate, stack
from twinbed.engine.bed import Bed
from twinbed.engine.live import Live, page_of

HOUR = 3600.0
RECORD = ("cgm", "insulin_rate", "interstitial_glucose")
EVENTS = Scenario((Event("carbohydrate", 1500.0, 1000.0, 50.0), Event("carbohydrate", 2 * HOUR, 0.0, 5.0)))


def _bed(p=0.02):
    return Bed(Tank(p=p), {"sensor": Sensor(sd=3.0), "pump": Pump()})


def _live(scenario=EVENTS, beds=None, backend="xla", **more):
    return Live(beds or _bed(), scenario, seed=7, record=RECORD, record_period_s=60.0, backend=backend, **more)


@pytest.mark.long
@pytest.mark.parametrize("backend", ["xla", "native"])
def test_pieces_give_the_bits_of_a_whole_run(backend):
    """Every moment depends on the one before alone, and noise on the number of the tick. The pages of `simulate` are the
    whole run, so the same bits need events that begin and end with ticks, as these do."""
    beds = stack([_bed(0.02), _bed(0.03)])
    scenarios = [EVENTS, Scenario((Event("carbohydrate", 60.0, 60.0, 10.0), Event("carbohydrate", 0.0, 1800.0, 9.0)))]
    live = _live(scenarios, beds, backend=backend, first_patient=5)
    pieces = [live.advance(s) for s in (300.0, 3000.0, 600.0, 4 * HOUR - 3900.0)]
    whole = simulate(
        beds, scenarios, duration_s=4 * HOUR, seed=7, record=RECORD, record_period_s=60.0, first_patient=5, backend=backend,
    )  # fmt: skip
    assert live.t_s == 4 * HOUR
    assert live.backend == backend
    for name in RECORD:
        np.testing.assert_array_equal(np.concatenate([p[name] for p in pieces], axis=1), whole.recorded[name])
    jax.tree.map(np.testing.assert_array_equal, live.moment.carry.states, whole.states)
    assert np.isinf(live.flags.not_finite_s).all()


@pytest.mark.parametrize("backend", ["xla", "native"])
def test_a_saved_moment_goes_on_with_the_same_bits(backend):
    live = _live(backend=backend)
    live.advance(900.0)
    file = io.BytesIO()
    eqx.tree_serialise_leaves(file, live.moment)
    first = live.advance(900.0)
    file.seek(0)
    live.moment = eqx.tree_deserialise_leaves(file, live.moment)
    assert live.t_s == 900.0
    again = live.advance(900.0)
    for name in RECORD:
        np.testing.assert_array_equal(first[name], again[name])


def test_a_fork_differs_from_when_something_else_happens():
    live = _live(Scenario(), signals=["carbohydrate"])
    live.advance(600.0)
    here = live.moment
    as_it_was = live.advance(900.0)["interstitial_glucose"][0]
    live.moment = here
    live.add(Event("carbohydrate", 900.0, 300.0, 20.0))
    other = live.advance(900.0)["interstitial_glucose"][0]
    np.testing.assert_array_equal(other[:6], as_it_was[:6])
    assert (other[6:] > as_it_was[6:]).all()


def test_what_is_added_on_the_way_gives_the_bits_of_what_was_known_before():
    known, added = _live(), _live(Scenario(), signals=["carbohydrate"])
    added.advance(1500.0)
    for event in EVENTS.events:
        added.add(event)
    added.advance(HOUR)
    known.advance(1500.0 + HOUR)
    jax.tree.map(np.testing.assert_array_equal, known.moment, added.moment)


def test_what_goes_on_ends_when_it_is_ended():
    """Half of 40 g over 20 min is given when it is ended after 10."""
    whole, ended = (_live(Scenario((Event("carbohydrate", 0.0, 1200.0, 40.0),)), _bed()) for _ in range(2))
    ended.advance(600.0)
    ended.end("carbohydrate")
    (event,) = ended.scenarios[0].events
    assert (event.duration_s, event.amount) == (600.0, 20.0)
    ended.advance(600.0)
    whole.advance(1200.0)
    glucose = lambda live: live.moment.carry.states["patient"].glucose.item()
    assert 100.0 < glucose(ended) < glucose(whole)


def test_errors_say_what_to_do():
    live = _live(Scenario())
    assert live.page_s == page_of(_bed(), 60.0) == 300.0
    with pytest.raises(ScheduleError, match="no whole number of pages of 300 s"):
        live.advance(100.0)
    with pytest.raises(ScenarioError, match="'carbohydrate' was not named"):
        live.add(Event("carbohydrate", 0.0, 60.0, 1.0))
    live = _live()
    live.advance(600.0)
    with pytest.raises(ScenarioError, match="it is 600 s already"):
        live.add(Event("carbohydrate", 300.0, 60.0, 1.0))
    for _ in range(9):
        live.add(Event("carbohydrate", 600.0, 60.0, 1.0))
    with pytest.raises(ScenarioError, match="more than 8 events"):
        live.advance(300.0)
    with pytest.raises(NotFound, match="native or xla"):
        _live(backend="cuda")


@pytest.mark.parametrize("backend", ["xla", "native"])
def test_numbers_set_anew_act_from_the_next_page(backend):
    """From the moment of the change on it is the bed that had those numbers all along."""
    live, other = _live(backend=backend), _live(beds=_bed(0.03), backend=backend)
    live.advance(900.0)
    other.moment = live.moment
    live.beds = other.beds
    changed, meant = live.advance(900.0), other.advance(900.0)
    for name in RECORD:
        np.testing.assert_array_equal(changed[name], meant[name])
    assert float(live.beds.models["patient"].p[0]) == 0.03


def test_a_live_bed_cannot_become_another_kind_of_bed():
    live = _live()
    with pytest.raises(ValueError, match="only numbers"):
        live.beds = as_cohort(Bed(Tank(), {"sensor": Sensor(sd=3.0)}))
    with pytest.raises(ValueError, match="as many patients"):
        live.beds = stack([_bed(), _bed()])
