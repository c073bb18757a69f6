"""Frames are written byte by byte as decision 0010 says, and read back."""

import struct

import numpy as np
import pytest

from tests.server.frame_reader import read
from twinbed.server.frames import frame, packed
from twinbed.ward.views import NO_READING, Trace

ABP = Trace("arterial_pressure", "ABP", "arterial", 0.0, 160.0, full=(-50.0, 350.0), source="a")
CO2 = Trace("co2_wave", "CO2", "co2", 0.0, 50.0, full=(0.0, 150.0), source="b")


def test_a_frame_is_laid_out_as_the_decision_says():
    samples = np.asarray([[1, -2, 3], [4, 5, NO_READING]], "<i2")
    data = frame(samples, [1], bed=7, seq=300, t0_s=12.5, period_s=0.01)
    assert data[:24] == struct.pack("<BBHIdfI", 1, 1, 7, 300, 12.5, 0.01, 3)
    assert data[24:26] == struct.pack("<H", 1)
    assert data[26:] == struct.pack("<3h", 4, 5, -32768)


def test_what_was_sent_is_what_was_recorded_to_half_a_step():
    recorded = {"a": np.asarray([80.0, 120.0, np.nan, -60.0, 400.0]), "b": np.asarray([0.0, 40.0, 150.0, 1.0, 2.0])}
    head, waves = read(frame(packed([ABP, CO2], recorded), [0, 1], bed=0, seq=0, t0_s=0.0, period_s=0.01))
    assert head["samples"] == 5
    offset, scale = ABP.scale
    assert scale == pytest.approx(400.0 / 65534)
    shown = offset + scale * waves[0].astype(float)
    np.testing.assert_allclose(shown[:2], [80.0, 120.0], atol=scale / 2)
    assert waves[0][2] == NO_READING
    np.testing.assert_allclose(shown[3:], [-50.0, 350.0], atol=scale)


@pytest.mark.parametrize("data", [b"", b"\x01" * 23, b"\x02" + bytes(30), bytes([1, 1]) + bytes(22)])
def test_what_is_no_frame_is_refused(data):
    with pytest.raises(ValueError, match="no frame"):
        read(data)
