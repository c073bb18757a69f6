"""The error grid against points read off its published drawing, the rest by hand."""

import numpy as np
import pytest

from twinbed.personalise.accuracy import accuracy, clarke_zone


@pytest.mark.parametrize(
    ("reference", "shown", "zone"),
    [
        (100, 100, "A"), (100, 119, "A"), (100, 121, "B"), (50, 65, "A"), (60, 75, "D"),
        (50, 100, "D"), (300, 150, "D"), (60, 200, "E"), (200, 60, "E"), (100, 215, "C"),
        (170, 40, "C"), (170, 60, "B"), (250, 190, "B"), (350, 430, "B"), (65, 190, "E"),
    ],
)  # fmt: skip
def test_clarke(reference, shown, zone):
    assert clarke_zone(np.array([float(reference)]), np.array([float(shown)]))[0] == zone


def test_numbers_by_hand():
    found = accuracy(
        np.array([100.0, 200.0, 60.0]), np.array([110.0, 180.0, 75.0]), inside=np.array([True, True, False])
    )
    assert found.rmse == pytest.approx(np.sqrt((100 + 400 + 225) / 3))
    assert found.mard == pytest.approx(100 * (0.1 + 0.1 + 0.25) / 3)
    assert found.bias == pytest.approx(5 / 3)
    assert found.coverage == pytest.approx(200 / 3)
    assert (found.tir_observed, found.tir_predicted) == (pytest.approx(100 / 3), 100.0)
    assert found.clarke_ab == pytest.approx(200 / 3)


@pytest.mark.parametrize("measured", [np.array([]), np.array([np.nan])])
def test_nothing_to_compare(measured):
    with pytest.raises(ValueError, match="at least one"):
        accuracy(measured, measured)
