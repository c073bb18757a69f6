"""The bands and the rules of trends, by hand."""

import math

import pytest

from twinbed.credibility.validation.verdicts import Exact, Range, Trend, verdict


@pytest.mark.parametrize(
    ("ours", "reference", "grade", "error"),
    [
        (110.0, Exact(100.0), "good", 0.10),
        (111.0, Exact(100.0), "fair", 0.11),
        (70.0, Exact(100.0), "fair", 0.30),
        (69.0, Exact(100.0), "bad", 0.31),
        (-7.0, Exact(-10.0), "fair", 0.30),
        (5.0, Exact(-10.0), "bad", 1.5),
        (80.0, Range(60.0, 100.0), "good", 0.0),
        (108.0, Range(60.0, 100.0), "good", 0.08),
        (50.0, Range(60.0, 100.0), "fair", 1.0 / 6.0),
        (40.0, Range(60.0, 100.0), "bad", 1.0 / 3.0),
        (3.0, Range(-2.0, 2.0), "bad", 0.5),  # a range with zero: a share of its farther end
        (2.4, Range(-4.0, 2.0), "good", 0.1),
        (-1.0, Range(0.0, 6.0), "fair", 1.0 / 6.0),
        (200.0, Range(low=120.0), "good", 0.0),
        (100.0, Range(low=120.0), "fair", 1.0 / 6.0),
        (0.2, Range(high=0.05), "bad", 3.0),
        (math.inf, Range(low=420.0), "good", 0.0),  # never reached: later than any time
    ],
)
def test_values_and_ranges(ours, reference, grade, error):
    found = verdict(ours, reference)
    assert found.grade == grade
    assert found.error == pytest.approx(error)


@pytest.mark.parametrize(
    ("direction", "change", "grade"),
    [
        ("up", 0.05, "good"),
        ("up", 0.03, "fair"),
        ("up", 0.02, "bad"),
        ("up", -0.20, "bad"),
        ("down", -0.06, "good"),
        ("down", 0.06, "bad"),
        ("none", 0.049, "good"),
        ("none", -0.09, "fair"),
        ("none", 0.11, "bad"),
        ("up_or_none", 0.5, "good"),
        ("up_or_none", -0.04, "good"),
        ("up_or_none", -0.08, "fair"),
        ("up_or_none", -0.2, "bad"),
        ("down_or_none", 0.08, "fair"),
        ("down_or_none", -0.5, "good"),
        ("slight_up", 0.10, "good"),
        ("slight_up", 0.015, "fair"),
        ("slight_up", 0.30, "bad"),
        ("slight_down", -0.10, "good"),
        ("slight_down", 0.10, "bad"),
    ],
)
def test_trends(direction, change, grade):
    assert verdict(change, Trend(direction)).grade == grade


def test_the_least_change_of_a_trend_can_be_given():
    assert verdict(0.012, Trend("up", 0.01)).grade == "good"
    assert verdict(2e-6, Trend("none", 1e-6)).grade == "fair"
    assert verdict(1e-5, Trend("none", 1e-6)).grade == "bad"


def test_a_scale_takes_the_place_of_the_reference():
    """A pH of 7.3 is 1 % off 7.4, and a quarter of the way to a severe acidosis."""
    assert verdict(7.3, Exact(7.4)).grade == "good"
    assert verdict(7.3, Exact(7.4), scale=0.4).error == pytest.approx(0.25)
    assert verdict(90.0, Range(93.0, 95.0), scale=20.0).grade == "fair"


def test_what_is_no_number_is_bad():
    assert verdict(math.nan, Exact(1.0)).grade == "bad"
    found = verdict(math.inf, Exact(60.0))
    assert (found.grade, found.error) == ("bad", None)


def test_bad_says_by_how_much():
    assert verdict(50.0, Exact(100.0)).reason == "off by 50 %"
    of_change = verdict(1.13, Exact(1.10), against="share").reason  # 110 % of before against 113 %: 3 of the 10 %
    assert of_change == "off by 30 % of the change, or of what is left of the value where that is less"
    assert verdict(-3.0, Exact(-2.0), against="change").reason == "off by 50 % of the change"
    assert verdict(7.0, Exact(7.4), scale=0.4, against="change").reason == "off by 100 %"  # of a size that a row gives
    assert verdict(-0.2, Trend("up")).reason == "the wrong direction"


@pytest.mark.parametrize(
    ("share", "reference", "grade"),
    [
        (0.79, 0.8, "good"),
        (0.864, 0.8, "bad"),  # a fall by 14 % for one by 20 %: off by 32 %
        (0.85, 0.8, "fair"),
        (1.016, 0.95, "bad"),  # the other way
        (1.126, 1.0955, "bad"),
        (2.35, 2.25, "good"),
        (0.14, 0.05, "bad"),  # a tenth that is left is not nothing
        (0.6, 0.5, "fair"),
    ],
)
def test_a_share_and_a_change_by_the_value_before_are_graded_alike_by_the_change(share, reference, grade):
    by_share = verdict(share, Exact(reference), against="share")
    by_change = verdict(share - 1.0, Exact(reference - 1.0), against="relative")
    assert by_share.grade == by_change.grade == grade
    assert by_share.error == pytest.approx(by_change.error)


def test_ranges_of_shares_are_graded_by_the_change_too():
    assert verdict(0.743, Range(0.65, 0.70), against="share").grade == "fair"  # 4.3 points of 30
    assert verdict(0.72, Range(0.65, 0.70), against="share").grade == "good"
    assert verdict(1.05, Range(0.8, 1.0), against="share").grade == "fair"  # holds no change: a share of the fifth
    assert verdict(0.07, Range(high=0.05), against="share").grade == "bad"
    assert verdict(0.45, Range(low=0.5), against="share").error == pytest.approx(0.1)


@pytest.mark.parametrize("against", ["share", "relative", "change"])
@pytest.mark.parametrize("asked", [-0.5, -0.2, -0.02, 0.02, 0.2, 3.0])
def test_what_moved_the_wrong_way_is_never_good(against, asked):
    moved = -1e-3 * math.copysign(1.0, asked)
    none = 1.0 if against == "share" else 0.0
    low, high = sorted((asked, 2.0 * asked))
    assert verdict(none + moved, Exact(none + asked), against=against).grade != "good"
    assert verdict(none + moved, Range(none + low, none + high), against=against).grade != "good"


def test_a_range_of_mean_and_standard_deviation_is_graded_at_its_ends():
    plain, spread = Range(60.0, 100.0), Range(60.0, 100.0, spread=True)
    for ours, grades in ((100.0, ("good", "good")), (104.0, ("good", "fair")), (112.0, ("fair", "bad"))):
        assert (verdict(ours, plain).grade, verdict(ours, spread).grade) == grades
