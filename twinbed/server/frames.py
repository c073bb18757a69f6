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
    return np.stack([trace.packed(trace.read(recorded)) for trace in traces]) if traces else np.zeros((0, 0), "<i2")


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
