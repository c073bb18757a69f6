"""Numbers are read alike wherever they stand: in a terminal, on a page, in a document."""

import dataclasses
import decimal
import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.bench import toy
from twinbed.bench import Function, run_bench
from twinbed.bench.log import Log
from twinbed.bench.numbers import number, readable, with_unit, written
from twinbed.bench.report import write_page
from twinbed.bench.report.page import sentences
from twinbed.bench.report.verdicts import shown, shown_limit
from twinbed.bench.verdict import Verdict
from twinbed.cli.verdicts import verdict_lines

DISCLOSED = Verdict("rr_error", "EC57", "pass", "", value=6778.1, low=889.4, high=14297.2, unit="ms", n=3)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "0"), (-0.0, "0"), (95.2349, "95.23"), (-6.0, "-6"), (6778.1, "6,778"), (14297.2, "14,297"),
        (999.96, "1,000"), (0.00012345, "0.0001234"), (1.2e-5, "1.2 × 10⁻⁵"), (-3.4e12, "-3.4 × 10¹²"), (None, "–"),
        (float("nan"), "–"), (float("inf"), "∞"), (float("-inf"), "-∞"),
    ],
)  # fmt: skip
def test_a_number_has_four_digits_or_all_before_the_point(value, said):
    assert number(value) == said


@pytest.mark.parametrize(
    ("value", "limit", "said"),
    [
        (94.99996, 95.0, "94.99996"), (95.0, 95.0, "95"), (95.2349, 95.0, "95.23"), (10000.4, 10000.0, "10,000.4"),
        (99.99899, 99.999, "99.99899"), (3.0, 0.3, "3"), (0.1 + 0.2, 0.3, "0.30000000000000004"),
        (94.99999999999999, 95.0, "94.99999999999999"), (123456.789012, 123456.789012, "123,456.789012"),
    ],
)  # fmt: skip
def test_a_number_is_never_rounded_onto_or_over_its_limit(value, limit, said):
    assert number(value, limit) == said
    assert (float(said.replace(",", "")) >= limit) == (value >= limit)


def test_a_number_with_a_power_of_ten_is_not_rounded_onto_its_limit():
    assert (number(1.00004e-5, 1e-5), written(1e-5)) == ("1.00004 × 10⁻⁵", "1 × 10⁻⁵")


def parsed(said):
    """The number that is shown, by all of its digits."""
    mantissa, _, power = said.replace(",", "").partition(" × 10")
    return decimal.Decimal(f"{mantissa}e{power.translate(str.maketrans('⁻⁰¹²³⁴⁵⁶⁷⁸⁹', '-0123456789')) or 0}")


@st.composite
def value_and_limit(draw):
    """A limit, and a value that is it, next to it, or anywhere."""
    limit = draw(st.floats(allow_nan=False, allow_infinity=False))
    near = limit
    for _ in range(draw(st.integers(0, 3))):
        near = math.nextafter(near, draw(st.sampled_from([-math.inf, math.inf])))
    close = limit * (1.0 + draw(st.sampled_from([0.0, 1e-15, -1e-12, 1e-9, -1e-6, 1e-5])))
    anywhere = draw(st.floats(allow_nan=False, allow_infinity=False))
    value = draw(st.sampled_from([near, close, anywhere]))
    return (value, limit) if math.isfinite(value) else (limit, limit)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(value_and_limit())
@example((1.00004e-5, 1e-5))
@example((999999999.99999, 1e9))
@example((5e-324, 5e-324))
def test_a_shown_value_compares_to_the_shown_limit_as_the_value_to_the_limit(pair):
    value, limit = pair
    shown_value, shown_bar = parsed(number(value, limit)), parsed(written(limit))
    assert float(shown_bar) == limit
    assert (shown_value > shown_bar, shown_value < shown_bar) == (value > limit, value < limit)


def test_a_limit_keeps_the_digits_that_it_was_given():
    assert written(123456.789012) == "123,456.789012"
    assert (written(99.9995), written(0.3), written(14300.0)) == ("99.9995", "0.3", "14,300")


@pytest.mark.parametrize(
    ("value", "unit", "said"), [(6778.0, "ms", "6.778 s"), (999.0, "ms", "999 ms"), (7.2e6, "ms", "120 min")]
)
def test_a_long_time_that_no_limit_holds_is_said_in_a_longer_unit(value, unit, said):
    found = readable(Verdict("c", "", "pass", "", value=value, unit=unit))
    assert with_unit(number(found.value), found.unit) == said


def test_a_time_stays_in_the_unit_of_its_limit():
    held = dataclasses.replace(DISCLOSED, limit=5000.0, outcome="fail")
    assert readable(held) == held
    assert (readable(DISCLOSED).low, readable(DISCLOSED).high) == (0.8894, 14.2972)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_terminal_and_page_say_the_same_digits(lang):
    (line,) = verdict_lines(Log({}, {}, {}, "", {}, (), (DISCLOSED,)))
    assert "6.778 s (0.8894 to 14.3)" in line
    found, words = readable(DISCLOSED), sentences(lang)
    page = [shown(v, "1", words) for v in (found.value, found.low, found.high)]
    assert page == ["6.778", "0.8894", "14.3"]
    assert shown(-6.0, "dB", words) == "−6\N{NO-BREAK SPACE}dB"
    assert shown(95.23, "%", words) == "95.23%"
    assert shown_limit(99.9995, "%", words) == "99.9995%"


def test_an_extreme_is_said_with_the_case_or_subject_it_is_of(tmp_path):
    made = toy.protocol()
    worst = lambda name: lambda table: dataclasses.replace(toy.largest(table), found_in=name)
    named = [
        dataclasses.replace(c, statistic=worst(n)) for c, n in zip(made.criteria, ("bath_3", "subject_1"), strict=True)
    ]
    log = run_bench(dataclasses.replace(made, criteria=named), Function(toy.bad, "bad"), tmp_path)
    assert [v.found_in for v in log.verdicts] == ["bath_3", "subject_1"]
    first, second, *_ = verdict_lines(log)
    assert "0.5 °C, case bath_3 " in first
    assert "0.5 °C, subject subject_1 " in second
    assert '<span class="second">case bath_3</span>' in write_page(tmp_path).read_text()
    assert '<span class="second">대상 subject_1</span>' in write_page(tmp_path, lang="ko").read_text()
