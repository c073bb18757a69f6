"""Futures of one member are what really comes, with and without the change."""

import numpy as np
import pytest

from tests.ward.tiny import made
from twinbed.ward.checkpoints import Checkpoints
from twinbed.ward.controls import Refused, Wish
from twinbed.ward.ensemble import LEVELS, Change, fork, longest_s
from twinbed.ward.log import InMemory
from twinbed.ward.session import Session


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
