"""Reads frames of waves as decision 0010 writes them, apart from the code that makes them."""

import struct

import numpy as np

_HEAD = struct.Struct("<BBHIdfI")
VERSION = 1


def read(data: bytes) -> tuple[dict[str, float], dict[int, np.ndarray]]:
    """The head of a frame, and samples by the place of the trace.

    Raises:
        ValueError: it is no frame.
    """
    if len(data) < _HEAD.size:
        raise ValueError("this is no frame: it is too short")
    version, n, bed, seq, t0_s, period_s, length = _HEAD.unpack_from(data)
    if version != VERSION or len(data) != _HEAD.size + 2 * n * (1 + length):
        raise ValueError("this is no frame of this version")
    places = np.frombuffer(data, "<u2", n, _HEAD.size)
    samples = np.frombuffer(data, "<i2", n * length, _HEAD.size + 2 * n).reshape(n, length)
    head = {"bed": bed, "seq": seq, "t0_s": t0_s, "period_s": period_s, "samples": length}
    return head, {int(p): s for p, s in zip(places, samples, strict=True)}
