"""NEWS2 band by band as the Royal College of Physicians printed it (2017, ISBN 978-1-86016-682-2), and whole patients."""

import numpy as np
import pytest

from tests.devices.play import play
from twinbed.devices.software.early_warning_score import EarlyWarningScore

TICKS = 64
NORMAL = {
    "monitor_respiratory_rate": 16.0, "spo2": 97.0, "spo2_valid": 1.0, "supplemental_oxygen": 0.0,
    "monitor_systolic": 125.0, "monitor_heart_rate": 75.0, "consciousness": 0.0, "body_temperature": 37.0,
}  # fmt: skip
# of every part: points, lowest and highest value of the band
CHART = {
    "monitor_respiratory_rate": [(3, 0, 8), (1, 9, 11), (0, 12, 20), (2, 21, 24), (3, 25, 60)],
    "spo2": [(3, 60, 91), (2, 92, 93), (1, 94, 95), (0, 96, 100)],
    "supplemental_oxygen": [(0, 0, 0), (2, 1, 1)],
    "monitor_systolic": [(3, 40, 90), (2, 91, 100), (1, 101, 110), (0, 111, 219), (3, 220, 260)],
    "monitor_heart_rate": [(3, 20, 40), (1, 41, 50), (0, 51, 90), (1, 91, 110), (2, 111, 130), (3, 131, 200)],
    "consciousness": [(0, 0, 0), (3, 1, 4)],
    "body_temperature": [(3, 33.0, 35.0), (1, 35.1, 36.0), (0, 36.1, 38.0), (1, 38.1, 39.0), (2, 39.1, 42.0)],
}
SCALE_2 = {
    0.0: [(3, 60, 83), (2, 84, 85), (1, 86, 87), (0, 88, 92), (0, 93, 100)],
    1.0: [(3, 60, 83), (2, 84, 85), (1, 86, 87), (0, 88, 92), (1, 93, 94), (2, 95, 96), (3, 97, 100)],
}


def score(scale=1.0, **signals):
    """One value a tick, up to 64."""
    return play(EarlyWarningScore(scale=scale), TICKS, **{**NORMAL, **signals})


def column(values):
    """Values one a tick; the last one goes on."""
    return np.r_[values, np.full(TICKS - len(values), values[-1])]


@pytest.mark.parametrize("part", CHART)
def test_the_ends_of_every_band(part):
    ends = [(points, value) for points, low, high in CHART[part] for value in (low, high)]
    found = score(**{part: column([v for _, v in ends])})["news2"][0][: len(ends)]
    assert found.tolist() == [points for points, _ in ends]


@pytest.mark.parametrize("oxygen", SCALE_2)
def test_the_second_scale_of_saturation(oxygen):
    ends = [(points, value) for points, low, high in SCALE_2[oxygen] for value in (low, high)]
    found = score(2.0, supplemental_oxygen=oxygen, spo2=column([v for _, v in ends]))["news2"][0][: len(ends)]
    assert found.tolist() == [points + 2.0 * oxygen for points, _ in ends]


def test_values_are_rounded_as_on_the_chart():
    found = score(monitor_respiratory_rate=column([20.4, 20.6]), body_temperature=column([38.04, 38.06]))
    assert found["news2"][0][:2].tolist() == [0.0, 3.0]


def patient(scale, rate, saturation, oxygen, systolic, pulse, aware, temperature):
    played = score(
        scale, monitor_respiratory_rate=rate, spo2=saturation, supplemental_oxygen=oxygen, monitor_systolic=systolic,
        monitor_heart_rate=pulse, consciousness=aware, body_temperature=temperature,
    )  # fmt: skip
    return played["news2"][0, 0], played["news2_response"][0, 0]


def test_whole_patients():
    """The first is the documentation's example of the R package cliot (score 4, high saturation scale)."""
    assert patient(2.0, 22.0, 90.0, 1.0, 130.0, 80.0, 0.0, 37.0) == (4.0, 0.0)
    assert patient(1.0, 16.0, 98.0, 0.0, 120.0, 80.0, 0.0, 37.0) == (0.0, 0.0)
    assert patient(1.0, 26.0, 98.0, 0.0, 120.0, 80.0, 0.0, 37.0) == (3.0, 1.0)  # a single red part
    assert patient(1.0, 22.0, 94.0, 1.0, 120.0, 80.0, 0.0, 37.0) == (5.0, 2.0)
    assert patient(1.0, 22.0, 94.0, 1.0, 105.0, 95.0, 0.0, 37.0) == (7.0, 3.0)
    assert patient(1.0, 30.0, 85.0, 1.0, 80.0, 140.0, 4.0, 34.0) == (20.0, 3.0)  # the highest there is


@pytest.mark.long
def test_what_is_no_reading_has_no_points():
    """At switch-on a monitor shows 0; where that is a reading, it is an arrest: 3 points each for pulse and breathing."""
    zero = {"monitor_respiratory_rate": 0.0, "monitor_systolic": 0.0, "monitor_heart_rate": 0.0}
    flags = ("monitor_respiratory_rate_valid", "monitor_pressure_valid", "monitor_heart_rate_valid")
    starting = score(**zero, **dict.fromkeys(flags, 0.0))
    assert (starting["news2"][0, 0], starting["news2_response"][0, 0]) == (0.0, 0.0)
    assert starting["news2_complete"].max() == 0.0
    for flag in flags:
        assert score(**{flag: 0.0})["news2_complete"].max() == 0.0
    arrest = score(**{**zero, "monitor_systolic": 15.0}, **dict.fromkeys(flags, 1.0))
    assert (arrest["news2"][0, 0], arrest["news2_complete"][0, 0]) == (9.0, 1.0)


def test_a_missing_part_keeps_its_points():
    k = np.arange(TICKS)
    for part, lost in (("spo2_valid", 0.0), ("monitor_systolic", 0.0), ("body_temperature", np.nan)):
        ill = {"spo2": 90.0, "monitor_systolic": 85.0, "body_temperature": 39.5}
        gone = {**ill, part: np.where(k < 10, ill.get(part, 1.0), lost)}
        played = score(**gone)
        assert set(played["news2"][0]) == {8.0}
        assert set(played["news2_complete"][0][:10]) == {1.0}
        assert set(played["news2_complete"][0][10:]) == {0.0}


def seen(**signals):
    """Without a chart of oxygen and consciousness."""
    return score(**{"supplemental_oxygen": -1.0, "consciousness": -1.0, **signals})


def test_oxygen_is_what_the_patient_breathes():
    """Air has 0.2095, a ventilator that gives air is set to 0.21; a cannula at 1 L/min gives 0.24."""
    gas = column([0.16, 0.2095, 0.21, 0.24, 0.5, 1.0])
    found = seen(inspired_oxygen=gas, bispectral_index=93.0)
    assert found["news2"][0][:6].tolist() == [0.0, 0.0, 0.0, 2.0, 2.0, 2.0]
    assert set(found["news2_complete"][0]) == {1.0}
    too_much = score(2.0, supplemental_oxygen=-1.0, inspired_oxygen=0.5)["news2"][0, 0]
    assert too_much == 5.0, "97 % on the second scale are 3 points with oxygen, and oxygen 2"


def test_consciousness_goes_with_the_depth_of_hypnosis():
    """Johansen 2000: below 80 it takes a loud voice, pain, or nothing wakes: 3 points and a red part for any of these."""
    found = seen(bispectral_index=column([93.0, 80.0, 79.0, 59.0, 30.0, 0.0, 90.0]), inspired_oxygen=0.2095)
    assert found["news2"][0][:7].tolist() == [0.0, 0.0, 3.0, 3.0, 3.0, 3.0, 0.0]
    assert found["news2_response"][0][:7].tolist() == [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0]


def test_what_is_charted_counts_instead():
    asleep = {"bispectral_index": 40.0, "inspired_oxygen": 0.5}
    assert seen(**asleep)["news2"][0, 0] == 5.0
    assert score(**asleep)["news2"][0, 0] == 0.0, "charted as alert and without oxygen"
    awake = {"bispectral_index": 93.0, "inspired_oxygen": 0.2095}
    assert score(**awake, consciousness=1.0, supplemental_oxygen=1.0)["news2"][0, 0] == 5.0


@pytest.mark.parametrize("known", [{"inspired_oxygen": 0.5}, {"bispectral_index": 40.0}, {}])
def test_what_nobody_sees_or_charts_is_missing(known):
    unseen = seen(**{"inspired_oxygen": -1.0, "bispectral_index": -1.0, **known})
    assert unseen["news2"][0, 0] == {"inspired_oxygen": 2.0, "bispectral_index": 3.0}.get(next(iter(known), ""), 0.0)
    assert unseen["news2_complete"].max() == 0.0
