"""Verdicts follow from the interval and the margin; arms and devices are laid out in the order of signals."""

import pytest

from tests.studies.report import example
from twinbed.studies.report.reading import read


def _verdict(low: float, high: float, **more: object) -> str | None:
    known = {"role": "primary", "better": "higher", **more}
    row = example.comparison("a.b", (low + high) / 2, (high - low) / 2, "%", **known)
    return read({"comparisons": [row]})["comparisons"][0].get("verdict")


@pytest.mark.parametrize(
    ("low", "high", "more", "verdict"),
    [
        (1.0, 3.0, {"shown": True}, "superior"),
        (-1.0, 3.0, {"shown": False}, "open"),
        (1.0, 3.0, {"shown": False}, "adjusted"),  # the interval would, the adjusted p-value does not
        (1.0, 3.0, {"shown": False, "margin": 2.0}, "open"),
        (-3.0, -1.0, {"shown": False}, "inferior"),
        (1.0, 3.0, {"shown": False, "better": "lower"}, "inferior"),
        (-3.0, -1.0, {"shown": True, "better": "lower"}, "superior"),
        (-3.0, 1.0, {"shown": True, "test": "non-inferiority", "margin": 4.0}, "non-inferior"),
        (-3.0, 1.0, {"shown": False, "test": "non-inferiority", "margin": 2.0}, "open"),
        (-3.0, 1.0, {"shown": False, "test": "non-inferiority", "margin": 4.0}, "adjusted"),
        (-3.0, -1.0, {"shown": None}, None),
    ],
)
def test_verdicts(low, high, more, verdict):
    assert _verdict(low, high, **more) == verdict


def test_devices_stand_in_the_order_of_signals():
    devices = read(example.full())["arms"][0]["devices"]
    assert [d["name"] for d in devices] == ["sensor", "therapy", "pump"]
    assert [d["role"] for d in devices] == ["sensor", "software", "actuator"]


def test_nothing_in_nothing_out():
    assert read({}) == {}


def test_warm_up_is_not_counted():
    study = read(example.full())["study"]
    assert study["days"] - study["warm_up_days"] == 14
