"""Decodes FLAC, the lossless format in which PhysioNet keeps signals (WFDB formats 508, 516 and 524), with NumPy alone.

Residuals are Rice codes: zeros up to a one, then some bits. Where a code ends depends on all before it, so a table of
the next one after every bit is made at once and only the hops from code to code are a loop. Predictions run over all
blocks and channels at once. The samples are checked against the MD5 sum that the encoder left.

*Known limits*: whole files in memory; blocks of a fixed or a variable size, up to 24 bits; no Ogg.

**References:**

- RFC 9639, Free Lossless Audio Codec (2024)
"""

import dataclasses
import hashlib

import numpy as np
from jaxtyping import Int

_BLOCK_SIZES = {1: 192, **{k: 576 << (k - 2) for k in range(2, 6)}, **{k: 256 << (k - 8) for k in range(8, 16)}}
_SAMPLE_BITS = {1: 8, 2: 12, 4: 16, 5: 20, 6: 24}
_RATE_BYTES = {12: 1, 13: 2, 14: 2}
_FIXED = {0: (), 1: (1,), 2: (2, -1), 3: (3, -3, 1), 4: (4, -6, 4, -1)}
_LEFT_SIDE, _SIDE_RIGHT, _MID_SIDE = 8, 9, 10


class FlacError(ValueError):
    """What is no FLAC stream, or a broken one."""


@dataclasses.dataclass(frozen=True)
class _Subframe:
    """One channel of a block: what is left after prediction; the first samples, one a coefficient, are themselves."""

    left: np.ndarray
    coefficients: tuple[int, ...]
    shift: int
    wasted: int


@dataclasses.dataclass(frozen=True)
class _Frame:
    size: int
    assignment: int
    subframes: list[_Subframe]


def decode(content: bytes) -> Int[np.ndarray, "channel sample"]:
    """The samples of a stream.

    Raises:
        FlacError: it is no FLAC stream, it is cut short, or its samples are not what the encoder was given.
    """
    try:
        bits, channels, digest, start = _stream(content)
        samples = _predicted(_frames(_Reader(content, start), bits))
    except IndexError:
        raise FlacError("it ends in the middle") from None
    if samples.shape[0] != channels:
        raise FlacError(f"{samples.shape[0]} channels where the header says {channels}")
    width = (bits + 7) // 8
    raw = np.ascontiguousarray(samples.T).astype("<i4").view(np.uint8).reshape(-1, 4)[:, :width].tobytes()
    if any(digest) and hashlib.md5(raw, usedforsecurity=False).digest() != digest:
        raise FlacError("its samples are not what the encoder was given (MD5 differs)")
    return samples


def _stream(content: bytes) -> tuple[int, int, bytes, int]:
    """Bits of a sample, channels, MD5, and where the frames begin."""
    if content[:4] != b"fLaC":
        raise FlacError("it does not begin as a FLAC stream")
    place, info, last = 4, b"", False
    while not last:
        last, kind = bool(content[place] & 0x80), content[place] & 0x7F
        length = int.from_bytes(content[place + 1 : place + 4], "big")
        if kind == 0:
            info = content[place + 4 : place + 4 + length]
        place += 4 + length
    if len(info) < 34:
        raise FlacError("it has no stream information")
    packed = int.from_bytes(info[10:18], "big")
    channels, bits = (packed >> 41 & 7) + 1, (packed >> 36 & 31) + 1
    return bits, channels, info[18:34], place


class _Reader:
    """Bits from the front."""

    def __init__(self, content: bytes, start: int):
        self.bits = np.unpackbits(np.frombuffer(content, np.uint8))
        ones = np.where(self.bits, np.arange(len(self.bits)), len(self.bits))
        self.next_one = np.minimum.accumulate(ones[::-1])[::-1].tolist()
        self.content, self.at = content, 8 * start

    def __bool__(self) -> bool:
        return self.at < len(self.bits)

    def number(self, width: int) -> int:
        """An unsigned number."""
        end = self.at + width
        if end > len(self.bits):
            raise IndexError
        first, last = self.at // 8, (end + 7) // 8
        value = int.from_bytes(self.content[first:last], "big") >> (8 * last - end)
        self.at = end
        return value & ((1 << width) - 1)

    def signed(self, width: int) -> int:
        """A number in two's complement."""
        value = self.number(width) if width else 0
        return value - (1 << width) if width and value >> (width - 1) else value

    def unary(self) -> int:
        """Zeros up to a one."""
        zeros = self.next_one[self.at] - self.at
        self.at += zeros + 1
        return zeros

    def rice(self, count: int, width: int) -> np.ndarray:
        """Signed numbers, each zeros up to a one and then some bits."""
        next_one, at, starts = self.next_one, self.at, []
        for _ in range(count):
            starts.append(at)
            at = next_one[at] + 1 + width
        if at > len(self.bits):
            raise IndexError
        self.at = at
        starts = np.array(starts, np.int64)
        ends = np.array([next_one[k] for k in starts.tolist()], np.int64)
        folded = ends - starts
        for k in range(1, width + 1):
            folded = folded << 1 | self.bits[ends + k]
        return folded >> 1 ^ -(folded & 1)


def _frames(reader: _Reader, depth: int) -> list[_Frame]:
    frames = []
    while reader:
        frames.append(_frame(reader, depth))
    if not frames:
        raise FlacError("it holds no samples")
    return frames


def _frame(reader: _Reader, depth: int) -> _Frame:
    if reader.number(15) != 0x7FFC:
        raise FlacError("a block does not begin where it should")
    reader.number(1)
    size_code, rate_code, assignment = reader.number(4), reader.number(4), reader.number(4)
    bits = _SAMPLE_BITS.get(reader.number(3), depth)
    reader.number(1)
    _skip_number(reader)
    size = reader.number(8 * (size_code - 5)) + 1 if size_code in (6, 7) else _BLOCK_SIZES.get(size_code, 0)
    reader.number(8 * _RATE_BYTES.get(rate_code, 0) + 8)  # sample rate and check sum of the header
    if assignment > _MID_SIDE or not size:
        raise FlacError("a block has a reserved layout")
    side = {_LEFT_SIDE: 1, _SIDE_RIGHT: 0, _MID_SIDE: 1}.get(assignment)
    channels = assignment + 1 if side is None else 2
    subframes = [_subframe(reader, size, bits + (channel == side)) for channel in range(channels)]
    reader.at = -(-reader.at // 8) * 8 + 16  # padding, and the check sum of the block
    return _Frame(size, assignment, subframes)


def _skip_number(reader: _Reader) -> None:
    """The number of the block, coded as in UTF-8."""
    first = reader.number(8)
    while first & 0x80 and first & 0x40:
        reader.number(8)
        first = (first << 1) & 0xFF


def _subframe(reader: _Reader, size: int, bits: int) -> _Subframe:
    reader.number(1)
    kind = reader.number(6)
    wasted = reader.unary() + 1 if reader.number(1) else 0
    bits -= wasted
    if kind == 0:
        return _Subframe(np.full(size, reader.signed(bits)), (), 0, wasted)
    if kind == 1:
        return _Subframe(np.array([reader.signed(bits) for _ in range(size)]), (), 0, wasted)
    if 8 <= kind <= 12:
        order = kind - 8
        first = [reader.signed(bits) for _ in range(order)]
        coefficients, shift = _FIXED[order], 0
    elif kind >= 32:
        order = kind - 31
        first = [reader.signed(bits) for _ in range(order)]
        precision, shift = reader.number(4) + 1, reader.signed(5)
        coefficients = tuple(reader.signed(precision) for _ in range(order))
    else:
        raise FlacError("a block is predicted in a reserved way")
    left = np.concatenate([np.array(first, np.int64), _residual(reader, size, order)])
    return _Subframe(left, coefficients, shift, wasted)


def _residual(reader: _Reader, size: int, order: int) -> np.ndarray:
    width = {0: 4, 1: 5}.get(reader.number(2))
    if width is None:
        raise FlacError("residuals are coded in a reserved way")
    partitions = 1 << reader.number(4)
    parts = []
    for k in range(partitions):
        count = size // partitions - (order if k == 0 else 0)
        parameter = reader.number(width)
        if parameter == (1 << width) - 1:
            raw = reader.number(5)
            parts.append(np.array([reader.signed(raw) for _ in range(count)], np.int64))
        else:
            parts.append(reader.rice(count, parameter))
    return np.concatenate(parts)


def _predicted(frames: list[_Frame]) -> Int[np.ndarray, "channel sample"]:
    """Samples of all channels, from what is left of them; all blocks and channels at once."""
    every = [s for frame in frames for s in frame.subframes]
    most, longest = max(1, *(len(s.coefficients) for s in every)), max(len(s.left) for s in every)
    left, weight = np.zeros((longest, len(every)), np.int64), np.zeros((most, len(every)), np.int64)
    for k, s in enumerate(every):
        left[: len(s.left), k] = s.left
        weight[most - len(s.coefficients) :, k] = s.coefficients[::-1]
    order, shift = (np.array([f(s) for s in every]) for f in (lambda s: len(s.coefficients), lambda s: s.shift))
    out = np.zeros((most + longest, len(every)), np.int64)
    for i in range(longest):
        expected = (weight * out[i : i + most]).sum(0) >> shift
        out[most + i] = left[i] + (expected if i >= most else expected * (i >= order))
    whole = iter(out[most:].T << np.array([[s.wasted] for s in every]))
    return np.concatenate([_joined(frame, [next(whole)[: frame.size] for _ in frame.subframes]) for frame in frames], 1)


def _joined(frame: _Frame, channels: list[np.ndarray]) -> np.ndarray:
    """Left and right, where a block holds one of them (or their mean) and their difference."""
    a, b = channels[0], channels[-1]
    if frame.assignment == _LEFT_SIDE:
        channels = [a, a - b]
    elif frame.assignment == _SIDE_RIGHT:
        channels = [a + b, b]
    elif frame.assignment == _MID_SIDE:
        twice = (a << 1) | (b & 1)
        channels = [(twice + b) >> 1, (twice - b) >> 1]
    return np.stack(channels)
