"""How near predicted glucose comes to measured glucose.

**References:**

- Clarke et al. (1987), Diabetes Care 10(5):622, doi:10.2337/diacare.10.5.622 (error grid)
- Battelino et al. (2019), Diabetes Care 42(8):1593, doi:10.2337/dci19-0028 (ranges)
"""

import dataclasses

import numpy as np
from jaxtyping import Bool, Float

Values = Float[np.ndarray, " reading"]

ZONES = ("A", "B", "C", "D", "E")


@dataclasses.dataclass(frozen=True)
class Accuracy:
    """Agreement over a set of readings; glucose in mg/dL, shares in per cent."""

    readings: int
    rmse: float
    mard: float
    bias: float
    clarke_ab: float
    clarke: dict[str, float]
    """Share of every zone of the error grid."""
    coverage: float
    tir_predicted: float
    tir_observed: float
    tbr_predicted: float
    tbr_observed: float


def clarke_zone(reference: Values, shown: Values) -> np.ndarray:
    """The Clarke error-grid zone, "A" to "E", of every pair.

    The zones are tested in the order A, E, D, C; what is left is B. Glucose in mg/dL.
    """
    r, p = np.asarray(reference, float), np.asarray(shown, float)
    low = 175.0 / 3.0  # where the upper line of zone A, 1.2 r, meets 70 mg/dL
    zone_a = (np.abs(p - r) <= 0.2 * r) | ((r < 70) & (p < 70))
    zone_e = ((r >= 180) & (p <= 70)) | ((r <= 70) & (p >= 180))
    zone_d = (
        ((r >= 240) & (p >= 70) & (p <= 180))
        | ((r <= low) & (p >= 70) & (p <= 180))
        | ((r >= low) & (r <= 70) & (p >= 1.2 * r) & (p <= 180))
    )
    zone_c = ((r >= 70) & (r <= 290) & (p >= r + 110)) | ((r >= 130) & (r <= 180) & (p <= 1.4 * r - 182))
    return np.select([zone_a, zone_e, zone_d, zone_c], ["A", "E", "D", "C"], "B")


def accuracy(
    measured: Values,
    predicted: Values,
    *,
    inside: Bool[np.ndarray, " reading"] | None = None,
    tir_predicted: float | None = None,
    tbr_predicted: float | None = None,
) -> Accuracy:
    """Agreement of a prediction with a sensor.

    Args:
        measured: sensor glucose, mg/dL.
        predicted: at the same times, mg/dL.
        inside: whether each reading lay in its 90 % interval; coverage is NaN without.
        tir_predicted: predicted time in 70-180 mg/dL in per cent, where the prediction is a
            distribution; counted from the point prediction if not given.
        tbr_predicted: the same for time below 70 mg/dL.

    Raises:
        ValueError: nothing to compare, or values that are not finite.
    """
    if not len(measured) or not (np.isfinite(measured).all() and np.isfinite(predicted).all()):
        raise ValueError("accuracy needs at least one reading, and finite values")
    error = predicted - measured
    zones = clarke_zone(measured, predicted)
    share = lambda condition: 100.0 * float(np.mean(condition))
    in_range = lambda g: share((g >= 70) & (g <= 180))
    return Accuracy(
        readings=len(measured),
        rmse=float(np.sqrt(np.mean(error**2))),
        mard=100.0 * float(np.mean(np.abs(error) / measured)),
        bias=float(np.mean(error)),
        clarke_ab=share(np.isin(zones, ["A", "B"])),
        clarke={zone: share(zones == zone) for zone in ZONES},
        coverage=float("nan") if inside is None else share(inside),
        tir_predicted=in_range(predicted) if tir_predicted is None else tir_predicted,
        tir_observed=in_range(measured),
        tbr_predicted=share(predicted < 70) if tbr_predicted is None else tbr_predicted,
        tbr_observed=share(measured < 70),
    )
