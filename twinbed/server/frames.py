"""Waves as binary frames (decision 0010): little endian, 16-bit integers."""

import struct
from collections.abc import Mapping, Sequence

import numpy as np

from twinbed.ward.views import Trace

VERSION = 1
_HEAD = struct.Struct("<BBHIdfI")
Packed = np.ndarray
"""Traces of a page as integers (`trace sample`)."""


def packed(traces: Sequence[Trace], recorded: Mapping[str, np.ndarray]) -> Packed:
    """What was recorded of traces, as integers."""
    return np.stack([trace.packed(recorded[trace.source]) for trace in traces]) if traces else np.zeros((0, 0), "<i2")


def frame(samples: Packed, places: Sequence[int], *, bed: int, seq: int, t0_s: float, period_s: float) -> bytes:
    """A frame of some of the traces.

    Args:
        samples: of all traces (`trace sample`).
        places: of the traces that are sent.
        bed: its index.
        seq: number of the frame.
        t0_s: time of the first sample.
        period_s: between two samples.
    """
    head = _HEAD.pack(VERSION, len(places), bed, seq % 2**32, t0_s, period_s, samples.shape[1])
    return head + np.asarray(places, "<u2").tobytes() + np.ascontiguousarray(samples[list(places)], "<i2").tobytes()


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
