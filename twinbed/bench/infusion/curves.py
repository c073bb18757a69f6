r"""Start-up curve, trumpet curve and mean errors of an infusion.

With the volume $V_i$ delivered until the end of sample $i$ of length $S$ and the rate $r$, the flow is
$Q_i = (V_i - V_{i-1}) / S$. In an analysis period of $n$ samples the error over an observation window of $P = kS$ is
between

$$E_{p}(\max) = \max_{1 \le j \le n-k+1} \frac{1}{k} \sum_{i=j}^{j+k-1} 100\,\frac{Q_i - r}{r}, \qquad
E_{p}(\min) = \min_j \dots$$

and the mean percentage error over the whole period is that of its volume: A in the first analysis period, B in the
last one before the administration set is changed.

**References:**

- IEC 60601-2-24:2012, 201.12.1.102 (infusion and syringe pumps), 201.12.1.103 and following (ambulatory pumps)
- B. Braun Perfusor compact plus and Infusomat Space, instructions for use (S = 0.5 min, T = 120 min, second hour)
"""

import dataclasses

import numpy as np
from jaxtyping import Float

from twinbed.core.errors import StatisticsError

_MINUTES_PER_HOUR = 60.0
_ROUNDING = 1e-9

Samples = Float[np.ndarray, " sample"]


@dataclasses.dataclass(frozen=True)
class Timing:
    """How the pumps of a kind are sampled, minutes.

    Attributes:
        sample: length of a sample, S.
        windows: observation windows, P.
        start_up: length of the start-up curve, at whose end the first analysis period ends.
        analysed: length of an analysis period.
    """

    sample: float
    windows: tuple[float, ...]
    start_up: float
    analysed: float


BEDSIDE = Timing(0.5, (2.0, 5.0, 11.0, 19.0, 31.0), 120.0, 60.0)
"""Syringe and volumetric pumps: the second hour. Confirmed by makers' instructions for use."""
AMBULATORY = Timing(15.0, (15.0, 60.0, 150.0, 330.0, 570.0, 930.0), 2880.0, 1440.0)
"""Ambulatory pumps: the second day. From memory of the standard, the length of the periods is this project's."""


def flows(volume_ml: Float[np.ndarray, " boundary"], sample_min: float) -> Samples:
    """Mean flow of every sample, mL/h, from the volumes at its ends (one more), mL."""
    return np.diff(np.asarray(volume_ml, float)) * (_MINUTES_PER_HOUR / sample_min)


def mean_error(flow_ml_h: Samples, rate_ml_h: float) -> float:
    """Mean percentage error of the flow of an analysis period.

    Raises:
        StatisticsError: no samples, or no rate.
    """
    _check(flow_ml_h, rate_ml_h)
    return float(100.0 * (np.mean(flow_ml_h) - rate_ml_h) / rate_ml_h)


def trumpet(flow_ml_h: Samples, rate_ml_h: float, samples: int) -> tuple[float, float]:
    """Ep(max) and Ep(min), percent, over windows of so many samples.

    Raises:
        StatisticsError: the period is shorter than a window, or there is no rate.
    """
    _check(flow_ml_h, rate_ml_h)
    if not 1 <= samples <= len(flow_ml_h):
        raise StatisticsError(f"a window of {samples} samples in a period of {len(flow_ml_h)}: measure for longer")
    summed = np.concatenate([[0.0], np.cumsum(flow_ml_h)])
    errors = 100.0 * ((summed[samples:] - summed[:-samples]) / samples - rate_ml_h) / rate_ml_h
    return float(errors.max()), float(errors.min())


def start_up(flow_ml_h: Samples, rate_ml_h: float, samples: int, tolerance: float) -> int:
    """How many samples pass until a window of so many is within a tolerance (a share of the rate) for the first time.

    The samples of that window count. One more than there are, if no window is.
    """
    _check(flow_ml_h, rate_ml_h)
    means = np.convolve(flow_ml_h, np.full(samples, 1.0 / samples), "valid")
    near = np.abs(means - rate_ml_h) <= tolerance * rate_ml_h * (1.0 + _ROUNDING)
    return int(np.argmax(near)) + samples if near.any() else len(flow_ml_h) + 1


def _check(flow_ml_h: Samples, rate_ml_h: float) -> None:
    if not len(flow_ml_h) or not np.isfinite(flow_ml_h).all():
        raise StatisticsError("the flow has gaps or no samples: give a volume for every time that was asked for")
    if not rate_ml_h > 0.0:
        raise StatisticsError(f"a rate of {rate_ml_h} mL/h: errors are in percent of a rate above zero")
