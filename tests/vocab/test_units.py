"""Conversions are checked against the definitions of the units."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinbed.vocab.signals import SIGNALS
from twinbed.vocab.units import UnitError, exponents, factor, label, parse, ranged


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("mg/dL", "mg/L", 10.0),
        ("mg/dL", "kg/m3", 0.01),
        ("mm[Hg]", "mm[Hg]", 1.0),
        ("cm[H2O]", "mm[Hg]", 98.0665 / 133.322387415),
        ("[IU]/h", "m[IU]/min", 1000 / 60),
        ("/h", "/d", 24.0),
        ("%", "1", 0.01),
    ],
)
def test_conversion(source, target, expected):
    assert factor(source, target) == pytest.approx(expected, rel=1e-12)


def test_glucose_by_molar_mass():
    """1 mmol/L of glucose (180.156 g/mol) is 18.0156 mg/dL."""
    assert factor("mmol/L", "mg/dL", substance="glucose") == pytest.approx(18.0156, rel=1e-12)
    assert factor("mg/dL", "mmol/L", substance="glucose") == pytest.approx(1 / 18.0156, rel=1e-12)


@pytest.mark.parametrize(("source", "target"), [("mg", "mL"), ("mmol/L", "mg/dL"), ("[IU]", "pmol")])
def test_different_things_do_not_convert(source, target):
    with pytest.raises(UnitError, match="different things"):
        factor(source, target)


@pytest.mark.parametrize("unit", ["", "mg//dL", "mg/dl2x!", "mg dL", "furlong"])
def test_unreadable(unit):
    with pytest.raises(UnitError, match="unit"):
        parse(unit)


def test_exponents():
    assert exponents("L/m[IU]/min2") == {"L": 1, "m[IU]": -1, "min": -2}
    assert exponents("mg/dL.h") == {"mg": 1, "dL": -1, "h": 1}  # from left to right
    assert exponents("/min") == {"min": -1}
    assert exponents("1") == {}
    assert exponents("g.g/g") == {"g": 1}


def test_labels():
    assert [label(u) for u in ("mm[Hg]", "[IU]/h", "ug/mL", "1", "Cel")] == ["mmHg", "U/h", "µg/mL", "", "°C"]
    assert [label(u) for u in ("{beat}/min", "m/s2", "us", "Cel/h", "deg")] == ["bpm", "m/s²", "µs", "°C/h", "°"]


@given(st.sampled_from(sorted(SIGNALS)))
def test_every_signal_has_readable_units(name):
    signal = SIGNALS[name]
    parse(signal.unit)
    if signal.dose_unit is not None:
        per_time = signal.unit.removeprefix(signal.dose_unit)
        assert per_time in ("/min", "/h")
    assert signal.plausible[0] < signal.plausible[1]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("mmHg", "mm[Hg]"),
        ("mmHg/min", "mm[Hg]"),
        ("cmH2O", "cm[H2O]"),
        ("degC", "Cel"),
        ("°C", "Cel"),
        ("bpm", "{beat}/min"),
        ("U/h", "[IU]"),
        ("mcg/mL", "ug"),
        ("µg/mL", "ug"),
        ("ml", "mL"),
        ("mm[HG]", "mm[Hg]"),
    ],
)
def test_a_unit_as_people_write_it_is_answered_with_that_of_ucum(written, meant):
    with pytest.raises(UnitError, match=re.escape(f"did you mean {meant}?")):
        parse(written)
    parse(meant)


def test_a_unit_like_no_other_is_answered_with_the_standard():
    with pytest.raises(UnitError, match="unknown symbol 'furlong' in the unit 'furlong'; units are those of UCUM"):
        parse("furlong")


def test_a_range_of_a_pure_number_has_no_unit():
    assert (ranged(0.0, 1.0, "1"), ranged(-20.0, 150.0, "mm[Hg]")) == ("0 to 1", "-20 to 150 mm[Hg]")
