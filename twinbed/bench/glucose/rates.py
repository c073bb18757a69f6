"""How fast glucose changes, by the sensor and in truth.

A rate is the slope between two blood samples, usually 15 min apart; the sensor's is taken between its readings at
the same times, so that both mean the same stretch of time.

**References:**

- CLSI POCT05, 2nd edition (2020): trend accuracy, concurrence of rates
- 21 CFR 862.1355(b)(1)(v)(J) and (K): rates of opposite sign
"""

import numpy as np
from jaxtyping import Float, Int, Shaped

from twinbed.bench.statistics.interval import same_length

Values = Shaped[np.ndarray, "_"]

RATE_EDGES = (-2.0, -1.0, 0.0, 1.0, 2.0)
RATE_BINS = ("< -2", "-2 to -1", "-1 to 0", "0 to 1", "1 to 2", "> 2")
"""Classes of the rate of change, mg/dL/min."""


def rates(time_min: Values, glucose: Values) -> Float[np.ndarray, " stretch"]:
    """Slopes between successive values, mg/dL/min; one fewer than values, NaN beside a gap.

    Args:
        time_min: ascending.
        glucose: mg/dL, NaN where there is none.
    """
    same_length(time_min=np.asarray(time_min), glucose=np.asarray(glucose))
    return np.diff(np.asarray(glucose, float)) / np.diff(np.asarray(time_min, float))


def rate_bin(rate: Values) -> Int[np.ndarray, " stretch"]:
    """The class of every rate, a position in `RATE_BINS`; an edge belongs to the class nearer to zero."""
    rate = np.asarray(rate, float)
    falling = np.searchsorted(RATE_EDGES, rate, side="right")
    rising = np.searchsorted(RATE_EDGES, rate, side="left")
    return np.where(rate < 0.0, falling, np.where(rate > 0.0, rising, 3)).astype(np.int64)


def concurrence(true_rate: Values, shown_rate: Values) -> Int[np.ndarray, "6 6"]:
    """Counts of stretches by class of the sensor's rate (row) and of the true rate (column)."""
    same_length(true_rate=np.asarray(true_rate), shown_rate=np.asarray(shown_rate))
    both = np.isfinite(true_rate) & np.isfinite(shown_rate)
    n = len(RATE_BINS)
    at = n * rate_bin(np.asarray(shown_rate)[both]) + rate_bin(np.asarray(true_rate)[both])
    return np.bincount(at, minlength=n * n).reshape(n, n)
