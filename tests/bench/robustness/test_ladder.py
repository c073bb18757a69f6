"""A ladder plays every case on every rung and finds the last that holds."""

import math

import numpy as np
import pytest

from twinbed.bench.protocol import Case, Table
from twinbed.bench.robustness.ladder import Ladder, rung_values, tolerated, uncorrupted
from twinbed.bench.statistics import Interval

ADD = Ladder("offset", "mV", 0.0, (1.0, 2.0, 4.0), lambda s, level, seed: {"x": s["x"] + level, "seed": seed})


def table(right):
    """Of each level whether its subjects were right."""
    rows = [(s, level, one) for level, ok in enumerate(right) for s, one in enumerate(ok)]
    return Table(
        np.array([f"p{s}" for s, _, _ in rows]),
        {"right": np.array([float(ok) for _, _, ok in rows])},
        np.array([f"c{k}" for k in range(len(rows))]),
        {"ladder": np.full(len(rows), "offset", "U16"), "rung": np.array([str(r) for _, r, _ in rows])},
    )


def share(t):
    """The share that was right; for its interval a quarter to both sides."""
    value = float(t["right"].mean())
    return Interval(value, value - 0.25, value + 0.25, 0.95, "a quarter", len(t))


def test_every_case_is_on_every_rung_with_a_seed_of_its_own_and_the_same_truth():
    clean = [Case(f"c{k}", f"p{k}", {"x": np.ones(3) * k, "seed": 0}, {"y": k}, {"sex": "female"}) for k in range(2)]
    cases = list(ADD.cases(clean, 5))
    assert [c.id for c in cases][:4] == ["c0-offset-0", "c0-offset-1", "c0-offset-2", "c0-offset-3"]
    assert [c.stimulus["x"][0] for c in cases] == [0, 1, 2, 4, 1, 2, 3, 5]
    assert [c.reference["y"] for c in cases] == [0] * 4 + [1] * 4
    assert cases[6].groups == {"sex": "female", "ladder": "offset", "rung": "2"}
    assert len({c.stimulus["seed"] for c in cases}) == 7  # one for both clean ones
    assert len(list(ADD.cases(clean, 5, clean_too=False))) == 6


@pytest.mark.parametrize(
    ("right", "level"),
    [
        ([(1, 1), (1, 1), (1, 1), (1, 1)], 4.0),
        ([(1, 1), (1, 1), (1, 0), (1, 1)], 1.0),  # what recovers on a worse rung does not count
        ([(1, 1), (1, 0), (0, 0), (0, 0)], 0.0),
        ([(1, 0), (1, 1), (1, 1), (1, 1)], -1.0),  # fails without corruption
    ],
)
def test_the_last_level_that_holds(right, level):
    found = tolerated(table(right), ADD, share, 0.75)
    assert found.value == level
    assert found.n == 2


FALLING = Ladder("offset", "dB", 60.0, (12.0, 6.0, 0.0), ADD.corrupt)


@pytest.mark.parametrize(
    ("ladder", "ends"),
    [
        (ADD, (0.0, 2.0, 4.0)),  # by the lower ends the clean level alone, by the upper ones all
        (FALLING, (0.0, 6.0, 60.0)),
    ],
)
def test_the_ends_are_the_levels_that_the_ends_of_the_performance_hold(ladder, ends):
    # shares 1, 0.75, 0.75 and 0.5 of four: by the lower ends 0.75, 0.5, ..., by the upper ones 1.25, 1, 1, 0.75
    right = [(1, 1, 1, 1), (1, 1, 1, 0), (1, 1, 0, 1), (1, 0, 0, 1)]
    found = tolerated(table(right), ladder, share, 0.75)
    assert (found.low, found.value, found.high) == ends
    assert found.method == "last of 4 levels that hold, a quarter"


def test_a_ladder_without_intervals_has_no_ends():
    plain = lambda t: Interval(share(t).value, math.nan, math.nan, 0.95, "", len(t))
    found = tolerated(table([(1, 1), (1, 1), (1, 0), (1, 1)]), ADD, plain, 0.75)
    assert found.value == 1.0
    assert np.isnan([found.low, found.high]).all()
    assert found.method == "last of 4 levels that hold"


def test_a_clean_case_that_is_played_once_is_the_first_rung_of_every_ladder():
    clean = [Case("c0", "p0", {"x": np.ones(3), "seed": 0}, {"y": 1}, {"sex": "female"})]
    (case,) = uncorrupted(clean)
    assert (case.id, case.groups) == ("c0-clean", {"sex": "female", "ladder": "all ladders", "rung": "0"})
    t = table([(1, 0), (1, 1), (1, 1), (1, 1)])
    t.groups["ladder"][t.groups["rung"] == "0"] = "all ladders"
    assert [v.value for v in rung_values(t, ADD, share)] == pytest.approx([0.5, 1.0, 1.0, 1.0])
    assert tolerated(t, ADD, share, 0.75).value == -1.0


def test_performance_on_each_rung():
    t = table([(1, 1), (1, 1), (1, 0), (0, 0)])
    assert [v.value for v in rung_values(t, ADD, share)] == pytest.approx([1.0, 1.0, 0.5, 0.0])
    assert np.isnan(rung_values(t.where(t.groups["rung"] != "1"), ADD, share)[1].value)
