"""Against the parts that the table is made of, and Welch's test."""

import numpy as np
import pytest
from scipy import stats

from twinbed.bench.statistics.clustered import rao_scott, ratio
from twinbed.bench.statistics.proportions import difference
from twinbed.bench.statistics.subgroups import subgroups
from twinbed.core.errors import StatisticsError
from twinbed.studies.statistics import holm


def _cohort(seed=0, n=90):
    rng = np.random.default_rng(seed)
    pigment = np.repeat(["dark", "light", "medium"], n // 3)
    sex = np.tile(["female", "male"], n // 2)
    trials = rng.integers(10, 30, n)
    success = rng.binomial(trials, np.where(pigment == "dark", 0.7, 0.9))
    return success, trials, {"pigment": pigment, "sex": sex}


def test_estimates_are_those_of_each_group_alone():
    success, trials, variables = _cohort()
    got = subgroups(success, trials, variables)
    assert got.overall == rao_scott(success, trials)
    assert [(g.variable, g.name) for g in got.groups] == [
        ("pigment", "dark"), ("pigment", "light"), ("pigment", "medium"), ("sex", "female"), ("sex", "male")
    ]  # fmt: skip
    for group in got.groups:
        rows = variables[group.variable] == group.name
        assert group.estimate == rao_scott(success[rows], trials[rows])
        assert (group.patients, group.observations) == (rows.sum(), trials[rows].sum())


def test_differences_hold_at_once_and_holm_runs_over_all():
    success, trials, variables = _cohort()
    got = subgroups(success, trials, variables)
    assert len(got.differences) == 3 + 1
    assert [d.p_holm for d in got.differences] == pytest.approx(holm([d.p for d in got.differences]))
    d = got.disparity("pigment")
    rows = {name: variables["pigment"] == name for name in (d.first, d.second)}
    level = 1 - 0.05 / 3  # Bonferroni, of three pairs
    parts = [rao_scott(success[r], trials[r], level=level) for r in rows.values()]
    assert d.difference == difference(*parts)
    assert (d.second, d.p_holm < 0.001, d.difference.low > 0) == ("dark", True, True)
    assert got.disparity("sex").p_holm > 0.05
    assert got.disparity("sex").difference.value >= 0


def test_p_is_the_level_at_which_the_interval_ends_at_zero():
    success, trials, variables = _cohort(3)
    d = subgroups(success, trials, {"sex": variables["sex"]}, level=0.95).differences[0]
    again = subgroups(success, trials, {"sex": variables["sex"]}, level=1 - d.p).differences[0]
    assert again.difference.low == pytest.approx(0.0, abs=1e-7)


def test_means_are_compared_nearly_as_by_welch():
    """One error a patient. Welch adds the variances as here, and differs in the degrees of freedom only."""
    rng = np.random.default_rng(5)
    error, group = rng.normal(size=80), np.repeat(["a", "b"], [30, 50])
    error[:30] += 0.6
    got = subgroups(error, np.ones(80), {"group": group}, kind="mean")
    d = got.disparity("group")
    assert got.groups[0].estimate == ratio(error[:30], np.ones(30))
    assert d.difference.value == pytest.approx(error[:30].mean() - error[30:].mean())
    welch = stats.ttest_ind(error[:30], error[30:], equal_var=False).pvalue
    assert welch < d.p < 1.25 * welch  # Student's quantiles of each group are wider than Welch's of both


def test_small_groups_are_shown_but_not_compared():
    success, trials, variables = _cohort()
    rhythm = np.array(["sinus"] * 60 + ["AF"] * 24 + ["paced"] * 5 + ["flutter"])
    got = subgroups(success, trials, {"rhythm": rhythm})
    shown = {g.name: (g.patients, g.enough, g.estimate is not None) for g in got.groups}
    assert shown["paced"] == (5, False, True)
    assert shown["flutter"] == (1, False, False)
    assert {(d.first, d.second) for d in got.differences} <= {("sinus", "AF"), ("AF", "sinus")}
    assert subgroups(success, trials, {"rhythm": rhythm}, minimum=50).disparity("rhythm") is None


def test_equal_groups_do_not_differ():
    x = np.tile([8, 9, 10, 7, 8, 9, 10, 9, 8, 10], 2)
    got = subgroups(x, np.full(20, 10), {"half": np.repeat(["a", "b"], 10)})
    assert (got.differences[0].difference.value, got.differences[0].p) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: subgroups(np.ones(4), np.ones(4), {}), "give a variable"),
        (lambda: subgroups(np.ones(4), np.ones(4), {"sex": np.array(["m"] * 3)}), "lengths differ"),
        (lambda: subgroups(np.ones(4), np.ones(4), {"sex": np.array(["m"] * 4)}, minimum=1), "at least 2"),
        (lambda: subgroups(np.ones(4), np.array([1, 1, 1, 0.5]), {"sex": np.array(["m"] * 4)}), "more than trials"),
    ],
)
def test_bad_input_says_what_to_do(call, says):
    with pytest.raises(StatisticsError, match=says):
        call()
