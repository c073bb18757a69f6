"""A catheter in the artery as the reference of a cuff.

The artery's beats are averaged while the cuff measures, and their standard deviation is a band in which any reading of
the device is right: a single reading cannot be held against a pressure that moves by more than that.

*Known limits*: the catheter's transducer and tubing add nothing of their own.

**References:**

- ISO 81060-2:2018, 6.2.4 and 6.2.5 (as quoted in public code with clause and page)
"""

import dataclasses

import numpy as np
from jaxtyping import Float

from twinbed.core.errors import StatisticsError


@dataclasses.dataclass(frozen=True)
class Band:
    """Mean and standard deviation of the beats of one reading, mmHg."""

    mean: float
    sd: float


def band(beats: Float[np.ndarray, " beat"], start_s: Float[np.ndarray, " beat"], *, least_s: float = 30.0) -> Band:
    """The band of the beats that begin at 0 s or later.

    Args:
        beats: pressure of each, mmHg.
        start_s: of each, s; 0 is where the cuff begins.
        least_s: shortest time over which they must spread.

    Raises:
        StatisticsError: they spread over less.
    """
    kept = start_s >= 0.0
    if kept.sum() < 2 or np.ptp(start_s[kept]) < least_s:
        raise StatisticsError(f"the beats of the artery do not spread over {least_s:g} s: record for longer")
    return Band(float(beats[kept].mean()), float(beats[kept].std(ddof=1)))


def beyond(reading: float, of: Band) -> float:
    """By how much (mmHg) a reading is above the mean by more than the standard deviation, or below it; else 0."""
    difference = reading - of.mean
    return float(np.sign(difference) * max(0.0, abs(difference) - of.sd))
