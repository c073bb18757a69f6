"""The decoder of FLAC on streams that are written here by hand, bit by bit, and on recordings with their MD5 sums."""

import hashlib

import numpy as np
import pytest

from twinbed.connect.flac import FlacError, decode


class Bits:
    """Bits written from the front."""

    def __init__(self):
        self.text = ""

    def add(self, value, width):
        self.text += format(value & ((1 << width) - 1), f"0{width}b") if width else ""
        return self

    def rice(self, value, width):
        folded = 2 * value if value >= 0 else -2 * value - 1
        self.text += "0" * (folded >> width) + "1"
        return self.add(folded, width)

    def packed(self):
        padded = self.text + "0" * (-len(self.text) % 8)
        return int(padded, 2).to_bytes(len(padded) // 8, "big")


def stream(samples, frames, bits=16):
    """A stream of frames (packed bits) whose samples are [channel, sample]."""
    raw = np.asarray(samples).T.astype("<i2").tobytes()
    info = Bits().add(16, 16).add(4096, 16).add(0, 24).add(0, 24).add(125, 20).add(len(samples) - 1, 3)
    info = info.add(bits - 1, 5).add(np.shape(samples)[1], 36).packed() + hashlib.md5(raw).digest()
    return b"fLaC" + bytes([0x80, 0, 0, len(info)]) + info + b"".join(frames)


def frame(size, assignment, *subframes):
    """A block: header with its size in 8 bits and 16-bit samples, subframes, and check sums, which are not read."""
    head = Bits().add(0x7FFC, 15).add(0, 1).add(6, 4).add(0, 4).add(assignment, 4).add(4, 3).add(0, 1)
    head.add(0, 8).add(size - 1, 8).add(0, 8)
    head.text += "".join(s.text for s in subframes)
    return head.packed() + b"\0\0"


def verbatim(values, bits=16):
    out = Bits().add(0b0_000001_0, 8)
    for value in values:
        out.add(value, bits)
    return out


def fixed(values, order, width, bits=16):
    """Differences of an order, coded as Rice with a parameter."""
    out = Bits().add(0, 1).add(8 + order, 6).add(0, 1)
    for value in values[:order]:
        out.add(value, bits)
    out.add(0, 2).add(0, 4).add(width, 4)
    for value in np.diff(values, order):
        out.rice(int(value), width)
    return out


def test_verbatim_and_constant_channels():
    samples = [[5, -3, 32767, -32768], [-7] * 4]
    constant = Bits().add(0, 8).add(-7, 16)
    np.testing.assert_array_equal(decode(stream(samples, [frame(4, 1, verbatim(samples[0]), constant)])), samples)


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("width", [0, 2])
def test_differences_of_every_order(order, width):
    values = [3, 5, 4, 9, -2, -4, 0, 1]
    np.testing.assert_array_equal(decode(stream([values], [frame(8, 0, fixed(values, order, width))])), [values])


def test_blocks_follow_each_other_with_predictions_of_their_own():
    first, second = [1, 2, 4, 8, 16], [100, 90, 70, 65]
    frames = [frame(5, 0, fixed(first, 2, 1)), frame(4, 0, fixed(second, 1, 3))]
    np.testing.assert_array_equal(decode(stream([first + second], frames)), [first + second])


def test_a_linear_prediction_is_rounded_down():
    """Weights 3 and -1 over 2: after 10 and 13 comes floor((3 x 13 - 10) / 2) = 14, and with -1 left over 13."""
    expected = [10, 13, 13, (3 * 13 - 13) // 2 + 4]
    out = Bits().add(0, 1).add(32 + 1, 6).add(0, 1).add(10, 16).add(13, 16).add(4 - 1, 4).add(1, 5).add(3, 4).add(-1, 4)
    out.add(0, 2).add(0, 4).add(1, 4).rice(-1, 1).rice(4, 1)
    np.testing.assert_array_equal(decode(stream([expected], [frame(4, 0, out)])), [expected])


def test_raw_residuals_and_wasted_bits():
    """Two wasted bits: multiples of 4; residuals of five raw bits."""
    values = np.array([4, 8, -16, 60])
    out = Bits().add(0, 1).add(8, 6).add(1, 1).add(0b01, 2).add(0, 2).add(0, 4).add(15, 4).add(5, 5)
    for value in values // 4:
        out.add(int(value), 5)
    np.testing.assert_array_equal(decode(stream([values], [frame(4, 0, out)])), [values])


@pytest.mark.parametrize("assignment", [8, 9, 10])
def test_stereo_as_one_side_and_a_difference(assignment):
    left, right = np.array([1000, -3, 7, 32767]), np.array([999, 4, -8, -32768])
    side = left - right
    parts = {
        8: (verbatim(left), verbatim(side, 17)),
        9: (verbatim(side, 17), verbatim(right)),
        10: (verbatim((left + right) >> 1), verbatim(side, 17)),
    }
    samples = [left, right]
    np.testing.assert_array_equal(decode(stream(samples, [frame(4, assignment, *parts[assignment])])), samples)


def test_samples_that_are_not_what_was_encoded_are_refused():
    with pytest.raises(FlacError, match="MD5"):
        decode(stream([[1, 2, 3]], [frame(3, 0, verbatim([1, 2, 4]))]))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"RIFF1234", "does not begin"),
        (stream([[1, 2, 3, 4]], [frame(4, 0, verbatim([1, 2, 3, 4]))])[:-8], "middle"),
        (stream([[1, 2]], [b"\0" * 40]), "does not begin where"),
    ],
)
def test_what_is_no_stream_is_refused(content, why):
    with pytest.raises(FlacError, match=why):
        decode(content)
