"""A ladder plays every case on every rung and finds the last that holds."""

import numpy as np
import pytest

from twinbed.bench.protocol import Case, Table
from twinbed.bench.robustness.ladder import Ladder, rung_values, tolerated

ADD = Ladder("offset", "mV", 0.0, (1.0, 2.0, 4.0), lambda s, level, seed: {"x": s["x"] + level, "seed": seed})


def table(right):
    """Of each level whether two subjects were right."""
    rows = [(s, level, ok[s]) for level, ok in enumerate(right) for s in (0, 1)]
    return Table(
        np.array([f"p{s}" for s, _, _ in rows]),
        {"right": np.array([float(ok) for _, _, ok in rows])},
        np.array([f"c{k}" for k in range(len(rows))]),
        {"ladder": np.full(len(rows), "offset"), "rung": np.array([str(r) for _, r, _ in rows])},
    )


def share(t):
    return float(t["right"].mean())


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


def test_performance_on_each_rung():
    t = table([(1, 1), (1, 1), (1, 0), (0, 0)])
    assert rung_values(t, ADD, share) == pytest.approx([1.0, 1.0, 0.5, 0.0])
    assert np.isnan(rung_values(t.where(t.groups["rung"] != "1"), ADD, share)[1])
