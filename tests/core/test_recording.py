"""Channels keep their own times."""

import datetime

import numpy as np
import pytest

from twinbed.core.recording import Channel, Recording


def _channel(signal="cgm", t=(0.0, 300.0, 900.0), v=(100.0, 110.0, 130.0), **k):
    return Channel(signal, np.array(t), np.array(v), **k)


def test_held():
    at = np.array([-1.0, 0.0, 299.0, 300.0, 5000.0])
    np.testing.assert_array_equal(_channel().held(at), [np.nan, 100, 100, 110, 130])


def test_binned_means_and_sums():
    np.testing.assert_array_equal(_channel().binned(300.0, 4), [100, 110, np.nan, 130])
    doses = _channel("carbohydrate", duration_s=np.zeros(3))
    np.testing.assert_array_equal(doses.binned(600.0, 2), [210, 130])


def test_between_moves_the_clock():
    start = datetime.datetime(2024, 1, 1)
    part = Recording("p", start, {"cgm": _channel()}).between(300.0, 900.0)
    assert part.start == datetime.datetime(2024, 1, 1, 0, 5)
    np.testing.assert_array_equal(part["cgm"].time_s, [0.0])


def test_units():
    assert _channel().unit == "mg/dL"
    assert _channel("carbohydrate", duration_s=np.zeros(3)).unit == "g"


@pytest.mark.parametrize("t", [(0.0, 300.0), (300.0, 0.0, 600.0)])
def test_wrong_times_are_refused(t):
    with pytest.raises((ValueError, TypeError), match="times|sample"):
        _channel(t=t)


def test_a_missing_channel_lists_what_there_is():
    with pytest.raises(KeyError, match="it has cgm"):
        Recording("p", datetime.datetime(2024, 1, 1), {"cgm": _channel()})["injection"]
