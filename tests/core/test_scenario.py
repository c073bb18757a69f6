"""Events are cut into pages without losing anything."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinbed.core.errors import ScenarioError
from twinbed.core.scenario import Event, Scenario, Series, timeline
from twinbed.vocab.signals import UnknownSignal

_event = st.builds(
    Event,
    signal=st.just("carbohydrate"),
    start_s=st.floats(0, 3.4e5),
    duration_s=st.floats(0, 5e4),
    amount=st.floats(0, 200),
)


@pytest.mark.long
@settings(deadline=None)
@given(st.lists(_event, min_size=1, max_size=8))
def test_pages_conserve_doses(events):
    line = timeline([Scenario(tuple(events))], page_s=43200.0, n_pages=10, shortest_s=60.0)
    length = np.asarray(line.end_s["carbohydrate"] - line.start_s["carbohydrate"])
    given_g = float((np.asarray(line.value["carbohydrate"]) * length / 60.0).sum())
    assert given_g == pytest.approx(sum(e.amount for e in events), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (Event("carbohydrate", -1.0, 0.0, 5.0), "not negative"),
        (Event("carbohydrate", float("nan"), 0.0, 5.0), "finite"),
        (Event("carbohydrate", 0.0, 0.0, -5.0), "cannot be negative"),
        (Event("occlusion", 0.0, 0.0, 1.0), "needs a duration"),
        (Event("lung_injury", 0.0, 60.0, -1.0), "-1 is outside 0 to 1"),
        (Event("rhythm", 0.0, 60.0, 20.0), "20 is outside 0 to 17"),
        (Event("rhythm", 0.0, 60.0, 14.5), "14.5 is no whole number"),
    ],
)
def test_impossible_events_are_refused(event, message):
    with pytest.raises(ScenarioError, match=message):
        timeline([Scenario((event,))], page_s=3600.0, n_pages=1, shortest_s=60.0)


def test_what_never_happens_in_a_run_may_hold_any_level():
    """So a signal is fed without anything happening: 0 mmHg of air, after the end."""
    idle = Scenario((Event("ambient_pressure", 7200.0, 1.0, 0.0),))
    line = timeline([idle], page_s=3600.0, n_pages=1, shortest_s=60.0)
    assert not np.any(np.asarray(line.end_s["ambient_pressure"]))


def test_an_unknown_signal_names_the_nearest():
    with pytest.raises(UnknownSignal, match="carbohydrate"):
        timeline([Scenario((Event("carbohydrat", 0.0, 0.0, 1.0),))], page_s=60.0, n_pages=1, shortest_s=60.0)


def test_series_must_be_whole():
    short = Scenario(series={"insulin_rate": Series(300.0, np.ones(5))})
    with pytest.raises(ScenarioError, match="needs 12"):
        timeline([short], page_s=3600.0, n_pages=1, shortest_s=60.0)
    gap = Scenario(series={"insulin_rate": Series(300.0, np.full(12, np.nan))})
    with pytest.raises(ScenarioError, match="missing values"):
        timeline([gap], page_s=3600.0, n_pages=1, shortest_s=60.0)
