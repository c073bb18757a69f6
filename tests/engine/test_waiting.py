"""Who calls from Python hears that code is being compiled, unless it is quick, shown already or not wanted."""

import sys
import threading

import pytest

from twinbed.engine.batch import _asked_by_user
from twinbed.engine.native.compile import preparing, watched
from twinbed.engine.waiting import QUIET, told_of_compiling


@pytest.fixture(autouse=True)
def loud(monkeypatch):
    monkeypatch.delenv(QUIET, raising=False)


def test_that_code_is_made_is_said_once_on_standard_error(capsys):
    from twinbed.engine import waiting

    said = threading.Event()

    def say():
        waiting._say()
        said.set()

    with told_of_compiling(after_s=0.0, say=say), preparing():
        assert said.wait(60.0)
    shown = capsys.readouterr()
    assert shown.err == "twinbed: compiling the code of this bed, once, for up to some minutes\n"
    assert shown.out == ""


def test_it_is_said_of_code_that_is_made_later_too():
    said = threading.Event()
    with told_of_compiling(after_s=0.0, say=said.set):
        assert not said.wait(0.05)
        with preparing():
            assert said.wait(60.0)


@pytest.mark.parametrize("why", ["quick", "shown by somebody", "not wanted"])
def test_nothing_is_said_where_it_is(why, monkeypatch):
    said = []
    if why == "not wanted":
        monkeypatch.setenv(QUIET, "quiet")
    after_s = 3600.0 if why == "quick" else 0.0
    threads = threading.active_count()
    if why == "shown by somebody":
        with watched(lambda now: None), told_of_compiling(after_s=after_s, say=lambda: said.append(1)), preparing():
            assert threading.active_count() == threads  # nobody waits to say it
    else:
        with told_of_compiling(after_s=after_s, say=lambda: said.append(1)), preparing():
            assert threading.active_count() == threads + (why == "quick")
    assert said == []


def test_only_a_call_from_outside_of_the_package_is_a_users():
    assert _asked_by_user(sys._getframe())
    inside = {"__name__": "twinbed.studies.x", "sys": sys}
    assert not _asked_by_user(eval("sys._getframe()", inside))
