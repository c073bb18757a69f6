"""Charts that add up small changes until they are too many.

**References:**

- Page (1954), Continuous inspection schemes, Biometrika 41:100, doi:10.1093/biomet/41.1-2.100
- Siegmund (1985), Sequential Analysis: Tests and Confidence Intervals, 2.6 (average run length, corrected by 1.166)
- Hinkley (1971), Inference about the change-point from cumulative sum tests, Biometrika 58:509,
  doi:10.1093/biomet/58.3.509
"""

import math

import numpy as np
from jaxtyping import Float
from scipy.optimize import root_scalar

from twinbed.core.errors import StatisticsError

Series = Float[np.ndarray, " time"]


def cusum(z: Series, allowance: float) -> Series:
    """The upper cumulative sum: each value less the allowance is added, and never below zero.

    Args:
        z: standardised values, 0 and 1 where nothing has changed.
        allowance: half the change to be found, in standard deviations.
    """
    out, level = np.empty(len(z)), 0.0
    for k, value in enumerate(np.asarray(z, float)):
        level = max(0.0, level + float(value) - allowance)
        out[k] = level
    return out


def average_run_length(threshold: float, allowance: float, shift: float = 0.0) -> float:
    """Values until the upper cumulative sum first exceeds a threshold, on average (Siegmund).

    Args:
        threshold: in standard deviations.
        allowance: of the chart.
        shift: mean of the values, in standard deviations.
    """
    drift, height = shift - allowance, threshold + 1.166
    if abs(drift) < 1e-9:
        return height**2
    return (math.exp(-2.0 * drift * height) + 2.0 * drift * height - 1.0) / (2.0 * drift**2)


def cusum_threshold(false_alarm: float, values: int, allowance: float) -> float:
    """The threshold that a chart exceeds within so many values with a given probability where nothing has changed.

    Run lengths are taken as exponential about their average, which is a little too cautious at the start.

    Raises:
        StatisticsError: a probability that is not between 0 and 1.
    """
    if not 0.0 < false_alarm < 1.0 or values < 1:
        raise StatisticsError(f"a false alarm rate of {false_alarm} in {values} values: give one between 0 and 1")
    wanted = -values / math.log1p(-false_alarm)
    excess = lambda h: math.log(average_run_length(h, allowance) / wanted)
    return float(root_scalar(excess, bracket=(0.0, 200.0 / max(allowance, 0.05))).root) if excess(0.0) < 0.0 else 0.0


def page_hinkley(x: Series, tolerance: float) -> Series:
    """How far the sum of values above their running mean has risen from its lowest; no reference is needed.

    Args:
        x: values in time.
        tolerance: what is taken from each, in the unit of the values.
    """
    values = np.asarray(x, float)
    mean = np.cumsum(values) / np.arange(1, len(values) + 1)
    total = np.cumsum(values - mean - tolerance)
    return total - np.minimum.accumulate(np.minimum(total, 0.0))
