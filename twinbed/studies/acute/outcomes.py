"""Numbers of every patient from signals that were kept every second; missing where the signal is."""

import numpy as np
from jaxtyping import Float

from twinbed.studies.acute.study import OutcomeSpec

Series = Float[np.ndarray, "patient time"]
_SECONDS_PER_MINUTE = 60.0


def outcome(spec: OutcomeSpec, values: Series, period_s: float) -> Float[np.ndarray, " patient"]:
    """An outcome of every patient.

    Args:
        spec: which.
        values: the signal, from the time that settling ends.
        period_s: seconds between two values.

    A limit that is never reached counts as reached at the end (`time_to`).
    """
    end = values.shape[1] if spec.until is None else round(spec.until / period_s)
    x = np.asarray(values, float)[:, round(spec.since / period_s) : end]
    minutes = period_s / _SECONDS_PER_MINUTE
    simple = {"mean": np.mean, "min": np.min, "max": np.max}
    if spec.of in simple:
        return simple[spec.of](x, axis=1)
    if spec.of == "last":
        return x[:, -1]
    reached = _reached(spec, x)
    if spec.of == "time_to":
        found = np.where(reached.any(axis=1), reached.argmax(axis=1), x.shape[1])
    else:
        found = reached.sum(axis=1)
    return np.where(np.isfinite(x).all(axis=1), found * minutes, np.nan)


def _reached(spec: OutcomeSpec, x: Series) -> np.ndarray:
    inside = np.ones(x.shape, bool)
    if spec.above is not None:
        inside &= x > spec.above
    if spec.below is not None:
        inside &= x < spec.below
    return inside
