"""The statistics of the protocols on few strips, worked out by hand."""

import math

import numpy as np
import pytest
from scipy.special import betaincinv

from twinbed.bench import Function, run_bench
from twinbed.bench.diagnostic.plan import Acceptance
from twinbed.bench.find import protocol
from twinbed.bench.judging import _against, judge
from twinbed.bench.log import Played
from twinbed.bench.protocol import Table
from twinbed.bench.protocols.software_as_device import change_control, diagnostic_accuracy, drift_monitor, robustness
from twinbed.bench.statistics import Interval
from twinbed.bench.statistics.sample_size import power_of_proportion, size_for_proportion
from twinbed.bench.verdict import Verdict
from twinbed.core.errors import NotFound, StatisticsError, StudyError


def table(rows, **groups):
    """Rows of subject, truth, probability, result and the result of the locked version."""
    who, truth, p, result, old = (np.array(column) for column in zip(*rows, strict=True))
    columns = {"truth": truth, "probability": p, "result": result, "old_result": old}
    return Table(
        who, {k: v.astype(float) for k, v in columns.items()}, who, {k: np.array(v) for k, v in groups.items()}
    )


ROWS = [
    ("a", 1, 0.9, 1, 1), ("b", 1, 0.8, 1, 0), ("c", 1, 0.5, 0.5, 1), ("d", 1, 0.2, 0, 0),
    ("e", 0, 0.1, 0, 0), ("f", 0, 0.5, 0.5, 0), ("g", 0, 0.7, 1, 1), ("h", 0, 0.2, 0, 1), ("i", 0, 0.3, 0, 0),
]  # fmt: skip


def test_a_result_that_is_none_counts_against_the_device_both_ways():
    t = table(ROWS)
    assert diagnostic_accuracy.sensitivity(t).value == 2 / 4
    assert diagnostic_accuracy.sensitivity(t, 1.0).value == 3 / 4
    assert diagnostic_accuracy.specificity(t).value == 3 / 5
    assert diagnostic_accuracy.specificity(t, 0.0).value == 4 / 5
    # pairs of with and without: 0.9 and 0.8 beat all five; 0.5 beats three and ties one; 0.2 beats one and ties one
    assert diagnostic_accuracy.area(t).value == pytest.approx((5 + 5 + 3.5 + 1.5) / 20)


def test_subgroups_count_patients_and_not_strips():
    rows = [(f"p{k}", 1, 0.9, float(k % 4 > 0), 1) for k in range(24) for _ in range(3)]
    sex = ["female" if int(r[0][1:]) < 12 else "male" for r in rows]
    found = diagnostic_accuracy.grouped(table(rows, sex=sex), 1.0, ("sex",))
    assert [(g.name, g.patients, g.observations, g.estimate.value) for g in found.groups] == [
        ("female", 12, 36, 0.75),
        ("male", 12, 36, 0.75),
    ]
    with pytest.raises(StatisticsError, match="name no age"):
        diagnostic_accuracy.grouped(table(rows, sex=sex), 1.0, ("age",))


def test_the_next_version_is_compared_strip_by_strip():
    t = table(ROWS)
    found = change_control.judged(t, Acceptance("", "sensitivity", "non-inferior", 0.1))
    assert found.value == 0.0  # one better, one worse (no result is no hit)
    assert change_control.judged(t, Acceptance("", "specificity", "superior", 0.0)).value == 0.0
    assert change_control.judged(t, Acceptance("", "specificity", "at least", 0.5)).value == 3 / 5


def test_the_worst_group_with_enough_patients_is_judged():
    rows = [(f"p{k}", 1, 0.9, 1.0, 1) for k in range(12)] + [(f"q{k}", 1, 0.9, float(k > 2), 1) for k in range(12)]
    rows += [("r", 1, 0.9, 0.0, 1)]
    sex = ["female"] * 12 + ["male"] * 12 + ["not given"]
    found = change_control.judged(table(rows, sex=sex), Acceptance("", "sensitivity", "non-inferior", 0.1, ("sex",)))
    assert found.value == -3 / 12
    assert found.method.startswith("sex: male")
    with pytest.raises(StatisticsError, match="12 patients|10 patients"):
        change_control.judged(table(rows[-1:], sex=sex[-1:]), Acceptance("", "sensitivity", "superior", 0.0, ("sex",)))


@pytest.mark.long
def test_uses_are_counted_and_the_last_is_refused_before_the_device_is_asked(tmp_path):
    asked = []

    def device(stimulus):
        asked.append(1)
        return {"probability": 0.5, "result": 0.0}

    def run(k, **settings):
        own = protocol("software_as_device/change_control", patients=6, strips=1, **settings)
        log = run_bench(own, Function(device, "device"), tmp_path / str(k))
        return {v.criterion: v for v in log.verdicts}["uses of the test set"]

    assert [run(k, ledger=str(tmp_path / "uses.jsonl")).value for k in range(3)] == [1, 2, 3]
    assert len(asked) == 18
    with pytest.raises(StudyError, match="collect new cases"):
        run(4, ledger=tmp_path / "uses.jsonl")
    assert len(asked) == 18
    assert run(5).outcome == "not applicable"  # without a ledger


@pytest.mark.long
def test_the_locked_version_may_be_a_function_in_a_file(tmp_path):
    (tmp_path / "old.py").write_text("def device(stimulus):\n    return {'probability': 0.25, 'result': 0.0}\n")
    own = protocol("software_as_device/change_control", patients=2, strips=1, locked=f"{tmp_path / 'old.py'}:device")
    log = run_bench(own, Function(own.devices["good"], "good"), tmp_path / "run")
    assert {row["old_probability"] for case in log.cases for row in case.rows} == {0.25}
    with pytest.raises(NotFound, match="cannot load"):
        protocol("software_as_device/change_control", locked=f"{tmp_path / 'none.py'}:device")


def test_development_strips_in_the_test_set_are_found(tmp_path):
    own = protocol("software_as_device/change_control", patients=8, strips=1, seed=20_260_101)
    log = run_bench(own, Function(own.devices["good"], "good"), tmp_path)
    (leak,) = (v for v in log.verdicts if v.criterion == "training data in the test set")
    assert (leak.outcome, leak.value) == ("fail", 8)


def test_a_laboratory_may_set_the_numbers_of_a_plan(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('["sensitivity not worse"]\nvalue = -0.01\n')
    limit = protocol("software_as_device/change_control", own).limits["sensitivity not worse"]
    assert (limit.value, limit.mark) == (-0.01, "laboratory")
    own.write_text("[speed]\nvalue = 1\n")
    with pytest.raises(NotFound, match="no limit 'speed'"):
        protocol("software_as_device/change_control", own)


def test_without_a_reference_standard_it_speaks_of_agreement():
    names = [c.name for c in protocol("software_as_device/diagnostic_accuracy", comparator=True).criteria]
    assert "positive agreement" in names
    assert not {"sensitivity", "specificity", "positive predictive value", "area"} & set(names)


def test_a_ladder_fails_where_either_kind_of_error_is_large():
    t = table(ROWS)
    found = robustness.performance(t)
    assert found.value == 2 / 4
    # the lower end is that of two of four, the upper one too: of three of five it is larger
    assert (found.low, found.high) == pytest.approx((betaincinv(2, 3, 0.025), betaincinv(3, 2, 0.975)))
    with pytest.raises(StatisticsError, match="lacks strips"):
        robustness.performance(t.where(t["truth"] == 1.0))


def rungs(right_of):
    """A run in which so many of 20 strips of either kind are right on each rung of a ladder, all of 40 elsewhere."""
    rows, groups = [], {"ladder": [], "rung": []}
    for number, ladder in enumerate(robustness.LADDERS):
        for rung in range(0 if number == 0 else 1, len(ladder.levels)):
            right = right_of.get((ladder.name, rung), 40)
            for truth in (0.0, 1.0):
                rows += [(truth, truth if k < right else 1.0 - truth) for k in range(40)]
                groups["ladder"] += [ladder.name if rung else "all ladders"] * 40
                groups["rung"] += [str(rung)] * 40
    truth, result = np.array(rows).T
    who = np.array([f"p{k % 80}" for k in range(len(rows))])
    columns = {"truth": truth, "result": result, "wrong": (truth != result).astype(float)}
    return Table(who, columns, who, {k: np.array(v) for k, v in groups.items()})


def judged(table, name):
    own = protocol("software_as_device/robustness")
    criterion = next(c for c in own.criteria if c.name == name)
    return _against(
        Verdict(name, "", "not tested", ""), criterion, criterion.statistic(table), own.limits[criterion.limit].value
    )


def test_a_rung_is_held_by_the_end_of_its_interval_and_not_by_chance():
    # of 40, 36 are 0.9, above the floor of 0.85, but the lower end is 0.76; of 39 it is 0.868
    assert judged(rungs({}), "dropout").outcome == "pass"
    assert judged(rungs({("dropout", 2): 39}), "dropout").outcome == "pass"
    short = rungs({("dropout", 2): 36})
    assert protocol("software_as_device/robustness").limits["stands_dropout"].value == 0.1
    assert judged(short, "dropout").outcome == "fail"
    assert statistic("dropout", short) == pytest.approx((0.05, 0.2, 0.2))
    assert judged(rungs({("dropout", 3): 0}), "dropout").outcome == "pass"  # beyond what is declared
    assert judged(rungs({("white noise", 2): 36}), "white noise").outcome == "fail"  # 12 dB is declared
    assert statistic("white noise", rungs({("white noise", 2): 36})) == pytest.approx((0.0, 0.0, 18.0))
    assert judged(rungs({("dropout", 3): 36}), "wrong without warning").outcome == "fail"  # 8 of 80: upper end 0.19


def statistic(name, table):
    found = next(c for c in protocol("software_as_device/robustness").criteria if c.name == name).statistic(table)
    return found.low, found.value, found.high


def test_so_many_patients_are_planned_that_a_sound_device_holds_its_rungs():
    plan = size_for_proportion(0.94, 0.85, power=0.99)
    assert plan.n == 217  # as the page says
    assert robustness.PLANNED == 480
    assert power_of_proportion(robustness.PLANNED // 2, 0.94, 0.85).power > 0.99
    assert power_of_proportion(8, 0.99, 0.85).power == 0.0  # eight of a kind show nothing


def test_alarms_before_a_change_are_false_and_find_nothing():
    own = protocol("software_as_device/drift_monitor", quiet=1, shifted=1)
    quiet, changed = list(own.cases())[:2]
    row = lambda case, *at: own.measure(case, {"alarm": np.isin(np.arange(20), at).astype(float)})[0]
    assert row(quiet)["false"] == 0.0
    assert row(quiet, 3)["false"] == 1.0
    at = changed.reference["changes_at"]
    late = row(changed, at + 2)
    assert (late["false"], late["delay"], late["found"]) == (0.0, 3.0, 1.0)
    assert (row(changed, at - 1, at + 2)["false"], row(changed, at - 1, at + 2)["found"]) == (1.0, 0.0)
    assert row(changed)["found"] == 0.0


def quiet_streams(alarms, n, stated):
    columns = {
        "false": np.r_[np.ones(alarms), np.zeros(n - alarms)],
        "changes": np.zeros(n),
        "stated": np.full(n, stated),
    }
    return Table(np.arange(n).astype(str), columns, np.arange(n).astype(str), {})


def test_false_alarms_are_held_against_the_stated_rate_by_the_end_of_their_interval():
    found = drift_monitor.beyond_stated(quiet_streams(0, 20, 0.05))
    # none of 20: the exact upper end u has (1 - u)^20 = 0.025
    assert (found.value, found.high) == pytest.approx((-0.05, 1.0 - 0.025 ** (1 / 20) - 0.05))
    upper = drift_monitor.beyond_stated(quiet_streams(3, 20, 0.05)).high + 0.05
    # three of 20: with the upper end as rate, three or fewer have a probability of 0.025
    of = lambda k: math.comb(20, k) * upper**k * (1.0 - upper) ** (20 - k)
    assert sum(of(k) for k in range(4)) == pytest.approx(0.025)


def test_a_silent_monitor_is_not_cleared_of_false_alarms_by_few_streams():
    judged = {c.name: c for c in protocol("software_as_device/drift_monitor").criteria}["false alarms as stated"]
    margin = protocol("software_as_device/drift_monitor").limits[judged.limit].value
    held = lambda n: judged.statistic(quiet_streams(0, n, 0.01)).high <= margin
    assert judged.judged == "bound"
    assert [held(n) for n in (20, 59, 60, 120)] == [False, False, True, True]  # (1 - 0.06)^60 < 0.025 < (1 - 0.06)^59


@pytest.mark.long
def test_the_window_of_a_change_is_drawn_for_each_stream():
    own = lambda seed: protocol("software_as_device/drift_monitor", quiet=0, shifted=40, seed=seed)
    at = lambda seed: [case.reference["changes_at"] for case in own(seed).cases()]
    assert set(at(4)) == set(range(5, 16))
    assert at(4) == at(4) != at(5)


@pytest.mark.long
def test_a_perfect_classifier_passes_and_a_timid_one_that_is_always_right_does_not():
    of = protocol("software_as_device/diagnostic_accuracy")
    cases = list(of.cases())

    def judged(low, high):
        played = []
        for case in cases:
            truth = case.reference["fibrillation"]
            answers = {"probability": np.array(high if truth else low), "result": np.array(truth)}
            rows = tuple(of.measure(case, answers))
            played.append(Played(case.id, case.subject, case.groups, "", 0.0, "", "", rows))
        return {v.criterion: v for v in judge(of, played)}

    found = judged(0.0, 1.0)
    assert {name for name, v in found.items() if v.limit is not None and v.outcome != "pass"} == set()
    with_ = sum(case.reference["fibrillation"] for case in cases)  # the fewer: as many pairs, all of them right
    assert found["area"].low == pytest.approx(0.025 ** (1.0 / with_))
    for name in ("slope", "slope not above"):
        assert (found[name].outcome, found[name].limit) == ("not applicable", None)
        assert "told wrongly" in found[name].reason
    timid = judged(0.45, 0.55)
    assert [name for name, v in timid.items() if v.outcome == "fail"] == ["Brier score", "calibration error"]


def test_a_group_of_which_no_interval_is_known_is_the_worst_wherever_it_stands(monkeypatch):
    t = table(ROWS * 6, sex=["female"] * 27 + ["male"] * 27)
    for unknown in ("female", "male"):
        end = lambda part, unknown=unknown: math.nan if part.groups["sex"][0] == unknown else 0.5
        monkeypatch.setattr(
            change_control, "_one", lambda part, of, end=end: Interval(0.6, end(part), 0.9, 0.95, "made", len(part))
        )
        found = change_control.judged(t, Acceptance("", "sensitivity", "at least", 0.1, groups=("sex",)), minimum=2)
        assert math.isnan(found.low)
        assert found.method == f"sex: {unknown}; made"


def people(women_found, men_found, each=12):
    """As many women and men with and without the condition; of those with it so many are found."""
    rows, groups = [], {"sex": [], "age": [], "sensor": []}
    for truth in (1, 0):
        for sex, found in (("female", women_found), ("male", men_found)):
            for k in range(each):
                right = k < found or not truth
                rows.append((f"{truth}{sex}{k}", truth, 0.5, float(right == bool(truth)), 0))
                groups["sex"].append(sex)
                groups["age"].append("old" if k % 2 else "young")
                groups["sensor"].append("wrist" if k % 2 else "chest strap")
    return table(rows, **groups)


def wilson(share, n, t):
    middle, width = share + t**2 / (2 * n), t * math.sqrt(share * (1 - share) / n + t**2 / (4 * n**2))
    return (middle - width) / (1 + t**2 / n), (middle + width) / (1 + t**2 / n)


def test_the_largest_difference_that_subgroups_may_have_is_worked_out_by_hand():
    found = diagnostic_accuracy.disparity(people(12, 9))
    t = 2.200985  # Student, 11 degrees of freedom, 97.5 %
    low, high = wilson(9 / 12, 11, t)  # Rao and Scott divide by 12 / 11, since the mean of 12 is estimated too
    least, _ = wilson(1.0, 12, t)
    assert found.value == pytest.approx(0.25)
    assert found.high == pytest.approx(0.25 + math.hypot(1.0 - 1.0, 0.75 - low), abs=1e-6)
    assert found.low == pytest.approx(0.25 - math.hypot(1.0 - least, high - 0.75), abs=1e-6)
    assert found.method.startswith("sensitivity, sex: female less male")


def test_equal_subgroups_pass_only_with_enough_patients():
    margin = protocol("software_as_device/diagnostic_accuracy").limits["subgroup_margin"].value
    few, many = (diagnostic_accuracy.disparity(people(n, n, each=n)) for n in (12, 60))
    assert few.value == many.value == 0.0
    assert few.high > margin  # 1 - 1 / (1 + t^2 / 12) = 0.29
    assert many.high < margin
    assert few.high == pytest.approx(1.0 - wilson(1.0, 12, 2.200985)[0], abs=1e-6)


def test_subgroups_of_too_few_patients_are_not_tested():
    with pytest.raises(StatisticsError, match="age: old has 6 patients: include more"):
        diagnostic_accuracy.disparity(people(6, 6, each=6))
    one_sex = people(12, 12)
    one_sex = one_sex.where(one_sex.groups["sex"] == "female")
    with pytest.raises(StatisticsError, match="has 6 patients"):
        diagnostic_accuracy.disparity(one_sex)  # six of each age are left
    many = people(40, 40, each=40)
    with pytest.raises(StatisticsError, match="between subgroups of sex"):
        diagnostic_accuracy.disparity(many.where(many.groups["sex"] == "female"))
