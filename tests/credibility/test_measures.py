"""Expressions over signals, and spans, against numbers worked out by hand."""

import numpy as np
import pytest

from twinbed.credibility.validation.measures import Amount, Measure, TableError, Trace
from twinbed.vocab.signals import UnknownSignal

PRESSURE = np.array([[80.0, 120.0, 90.0, 110.0, 70.0, 130.0, 100.0, 100.0]])
"""Two samples a second for four seconds."""


def measure(of, unit="1", span_s=1.0):
    return Measure("m", of, unit, "m", "m", span_s)


@pytest.fixture
def traces():
    return {
        "arterial_pressure": Trace.of(PRESSURE, 0.5),
        "central_venous_pressure": Trace.of(np.full((1, 8), 4.0), 0.5),
        "aortic_flow": Trace.of(np.full((1, 8), 6.0), 0.5),
        "heart_rate": Trace.of(np.full((1, 8), 60.0), 0.5),
    }


@pytest.mark.parametrize(
    ("of", "span_s", "unit", "expected"),
    [
        ("arterial_pressure", 1.0, "mm[Hg]", [100, 100, 100, 100]),
        ("max(arterial_pressure)", 1.0, "mm[Hg]", [120, 110, 130, 100]),
        ("min(arterial_pressure)", 2.0, "mm[Hg]", [80, 70]),
        ("amplitude(arterial_pressure)", 2.0, "mm[Hg]", [40, 60]),
        ("mean(arterial_pressure)", 4.0, "mm[Hg]", [100]),
        # 6 L/min at 60 beats a minute are 100 mL a beat
        ("aortic_flow / heart_rate", 4.0, "mL", [100]),
        # 96 mmHg over 100 mL/s
        ("(arterial_pressure - central_venous_pressure) / aortic_flow", 4.0, "mm[Hg].s/mL", [0.96]),
        ("aortic_flow / '2 m2'", 4.0, "L/min/m2", [3.0]),
        ("1 / heart_rate", 4.0, "ms", [1000]),
        ("2 * arterial_pressure", 4.0, "mm[Hg]", [200]),
    ],
)
def test_spans_of_expressions(traces, of, span_s, unit, expected):
    found = measure(of, span_s=span_s).spans(traces, (0.0, 4.0)).within(unit)
    np.testing.assert_allclose(found, [expected], rtol=1e-12)


def test_a_window_is_cut_into_whole_spans(traces):
    """Three seconds hold one span of two."""
    found = measure("max(arterial_pressure)", span_s=2.0).spans(traces, (1.0, 4.0)).within("mm[Hg]")
    np.testing.assert_allclose(found, [[130.0]])


def test_a_last_second_that_is_not_full_is_left_out():
    assert Trace.of(np.ones((2, 7)), 0.5).mean.shape == (2, 3)


@pytest.mark.parametrize(
    "of",
    [
        "arterial_pressure + heart_rate",
        "__import__('os')",
        "arterial_pressure ** 2",
        "abs(arterial_pressure)",
        "mean(arterial_pressure - central_venous_pressure)",
        "arterial_pressure +",
    ],
)
def test_what_is_no_arithmetic_of_like_things_is_refused(of):
    with pytest.raises(TableError):
        measure(of).dimension()


def test_an_unknown_signal_is_named():
    with pytest.raises(UnknownSignal, match="arterial_pressure"):
        measure("arterial_presure").dimension()


def test_a_unit_of_something_else_is_refused():
    with pytest.raises(TableError, match="cannot be given"):
        Amount.of(1.0, "L/min").within("Pa")


def test_signals_of_an_expression():
    assert measure("max(arterial_pressure) / heart_rate").signals() == {"arterial_pressure", "heart_rate"}
