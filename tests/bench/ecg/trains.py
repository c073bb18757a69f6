"""ECGs made of triangular complexes, whose beats are known."""

import numpy as np

FREQUENCY = 360.0


def ecg_of(times_s, duration_s, *, frequency=FREQUENCY, width_s=0.08, height=1.0, t_wave=0.2):
    """A complex at each time and a rounded T wave 0.28 s later."""
    t = np.arange(round(duration_s * frequency)) / frequency
    out = np.zeros(len(t))
    heights = np.broadcast_to(height, len(times_s))
    for time, h in zip(times_s, heights, strict=True):
        out += h * np.maximum(0.0, 1.0 - np.abs(t - time) / (width_s / 2))
        out += t_wave * np.exp(-0.5 * ((t - time - 0.28) / 0.05) ** 2)
    return out


def regular(rr_s=0.8, duration_s=60.0, first_s=0.5):
    return np.arange(first_s, duration_s - 0.3, rr_s)
