"""Accuracy of single doses.

**References:**

- IEC 60601-2-24:2012, 201.12.1.105 (bolus), from memory: 25 boluses in succession at the smallest and largest dose
"""

import numpy as np
from jaxtyping import Float

from twinbed.core.errors import StatisticsError


def errors(delivered_ml: Float[np.ndarray, " bolus"], dose_ml: float) -> Float[np.ndarray, " bolus"]:
    """Percentage error of every bolus.

    Raises:
        StatisticsError: a bolus without a volume, or no dose.
    """
    delivered = np.asarray(delivered_ml, float)
    if not len(delivered) or not np.isfinite(delivered).all():
        raise StatisticsError("a bolus has no volume: give one for every bolus that was asked for")
    if not dose_ml > 0.0:
        raise StatisticsError(f"a dose of {dose_ml} mL: errors are in percent of a dose above zero")
    return 100.0 * (delivered - dose_ml) / dose_ml
