"""Times are worked out by hand, with a clock that the test turns."""

import math

import pytest

from twinbed.ward.controls import Refused
from twinbed.ward.pace import Pace


class Wall:
    now = 1000.0

    def __call__(self):
        return self.now


def test_a_page_is_due_when_its_time_has_come():
    pace = Pace(Wall(), speed=2.0)
    pace.from_here(60.0)
    assert pace.due(60.0) == 1000.0
    assert pace.due(70.0) == 1005.0


def test_a_bed_that_stands_is_never_due_and_goes_on_from_where_it_stood():
    wall = Wall()
    pace = Pace(wall)
    pace.from_here(0.0)
    pace.set("pause", None, 10.0)
    assert pace.due(10.0) == math.inf
    wall.now = 5000.0
    pace.set("resume", None, 10.0)
    assert pace.due(12.0) == 5002.0


def test_another_speed_counts_from_now_on():
    wall = Wall()
    pace = Pace(wall)
    pace.from_here(0.0)
    wall.now = 1010.0
    pace.set("speed", 10.0, 10.0)
    assert pace.due(30.0) == 1012.0


def test_a_machine_that_is_too_slow_is_set_to_the_present():
    wall = Wall()
    pace = Pace(wall)
    pace.from_here(0.0)
    wall.now = 1002.0
    assert not pace.caught_up(0.0, 1.0)
    assert (pace.due(1.0), pace.slipped) == (1001.0, 0), "two pages late: it hurries"
    wall.now = 1003.5
    assert pace.caught_up(0.0, 1.0)
    assert (pace.due(1.0), pace.slipped) == (1004.5, 1)


@pytest.mark.parametrize(("do", "value"), [("speed", None), ("speed", 0.0), ("speed", 1000.0), ("jump", None)])
def test_what_no_clock_does_is_refused(do, value):
    with pytest.raises(Refused):
        Pace(Wall()).set(do, value, 0.0)
