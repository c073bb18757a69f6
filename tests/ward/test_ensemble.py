"""Futures of one member are what really comes, with and without the change."""

import dataclasses

import numpy as np
import pytest

from tests.ward.tiny import made
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import as_cohort
from twinbed.studies.acute.bedside import FOREVER_S
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Control, Refused, Wish
from twinbed.ward.ensemble import LEVELS, Change, fork, granted, longest_s
from twinbed.ward.log import InMemory
from twinbed.ward.session import Session, Standing


def _session():
    return Session("bed", made(), InMemory(), Checkpoints())


def _fork(session, changes=(), **more):
    with session.at(more.pop("page", session.page)) as standing:
        pass
    given = {"horizon_s": 20 * session.page_s, "members": 1, **more}
    return fork(session.made, standing, changes, page_s=session.page_s, **given)


def test_what_is_foretold_of_the_patient_himself_comes_true():
    session, other = _session(), _session()
    for _ in range(10):
        session.advance(), other.advance()
    meal = Change("carbohydrate", Wish(40.0, 600.0), 3 * session.page_s)
    shares = []
    futures = _fork(session, [meal, Change("pump.gain", Wish(0.05), 6 * session.page_s)], progress=shares.append)
    comes = [session.advance().numbers["G"] for _ in range(20)]
    changed = []
    for k in range(20):
        if k == 3:
            other.ask("kim", "carbohydrate", Wish(40.0, 600.0))
        if k == 6:
            other.ask("kim", "pump.gain", Wish(0.05))
        changed.append(other.advance().numbers["G"])
    for level in range(len(LEVELS)):
        np.testing.assert_array_equal(futures.as_is["G"][level], comes)
        np.testing.assert_array_equal(futures.changed["G"][level], changed)
    np.testing.assert_array_equal(futures.t_s, [(11 + k) * session.page_s for k in range(20)])
    assert changed != comes
    assert shares[-1] == 1.0


def test_a_past_moment_can_be_forked_and_the_bed_does_not_notice():
    session = _session()
    lived = [session.advance().numbers["G"] for _ in range(40)]
    futures = _fork(session, page=15)
    np.testing.assert_array_equal(futures.as_is["G"][0], lived[15:35])
    np.testing.assert_array_equal(futures.changed["G"], futures.as_is["G"])
    assert session.page == 40


@pytest.mark.parametrize(
    ("changes", "more", "why"),
    [
        ([Change("xyz", Wish(1.0))], {}, "no control 'xyz'"),
        ([Change("carbohydrate", Wish(1e3))], {}, "outside 0 to 200 g"),
        ([Change("carbohydrate", Wish(1.0), 1e9)], {}, "not before the end"),
        ([], {"members": 0}, "0 members"),
        ([], {"members": 65}, "65 members"),
        ([], {"horizon_s": 1.0}, "a horizon between"),
        ([], {"horizon_s": float("nan")}, "a horizon between"),
        ([], {"horizon_s": longest_s(300.0) + 1.0}, "a horizon between"),
    ],
)
def test_what_cannot_be_asked_is_refused(changes, more, why):
    with pytest.raises(Refused, match=why):
        _fork(_session(), changes, **more)


RATE, TIME = "ventilator_rate_set", "ventilator_inspiratory_time_set"


@pytest.fixture(scope="module")
def moment():
    return _session().live.moment


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ([Change(TIME, Wish(4.0))], ""),
        ([Change(RATE, Wish(60.0, 3000.0))], ""),
        ([Change(RATE, Wish(60.0))], "changes at 50 min, and then 60 breaths a minute with 3 s"),
        ([Change(RATE, Wish(60.0, 0.0))], "0 s is no time"),
        ([Change(RATE, Wish(60.0, 600.0)), Change(TIME, Wish(4.0))], "60 breaths a minute with 4 s"),
        ([Change(TIME, Wish(4.0), 900.0), Change(RATE, Wish(60.0, 900.0), 300.0)], "60 breaths a minute with 4 s"),
        ([Change(RATE, Wish(60.0, 900.0)), Change(RATE, Wish(12.0), 300.0), Change(TIME, Wish(4.0), 600.0)], ""),
        ([Change(RATE, Wish(60.0, 900.0)), Change(TIME, Wish(4.0), 600.0)], "60 breaths a minute with 4 s"),
        ([Change(RATE, Wish(12.0, 900.0)), Change(TIME, Wish(4.0, 1500.0), 600.0)], ""),
        ([Change(RATE, Wish(60.0), 3000.0)], "60 breaths a minute with 3 s"),
    ],
)
def test_futures_refuse_what_the_equipment_would_with_what_holds_then(changes, why, moment):
    """12 breaths a minute with 0.5 s of inspiration; the file of the bed makes that 3 s after 3000 s."""
    ventilator = {i: Control(i, "device", "number", i, i, low=0.1, high=60.0) for i in (RATE, TIME)}
    events = (Event(RATE, 0.0, FOREVER_S, 12.0), Event(TIME, 0.0, 3000.0, 0.5), Event(TIME, 3000.0, FOREVER_S, 3.0))
    bed = dataclasses.replace(made(), controls=ventilator)
    standing = Standing(0, moment, Scenario(events), as_cohort(bed.bed))
    asked = lambda: granted(bed, standing, changes, horizon_s=6000.0, page_s=300.0)
    if why:
        with pytest.raises(Refused, match=why):
            asked()
    else:
        assert sum(map(len, asked().values())) == len(changes)
