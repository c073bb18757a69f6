"""Figures that reviewers of blood pressure devices expect."""

import numpy as np
from jaxtyping import Float

from twinbed.bench.charts import Chart, Curve, Level, Points

Values = Float[np.ndarray, " pair"]
LEVELS = ("systolic", "mean", "diastolic")


def bland_altman(name: str, reference: Values, error: Values, allowed: float) -> Chart:
    """Error against the mean of device and reference, with bias and limits of agreement of all pairs."""
    bias, reach = float(error.mean()), 1.96 * float(error.std(ddof=1)) if len(error) > 1 else 0.0
    return Chart(
        f"Bland-Altman, {name}",
        "Bias and limits of agreement; the cloud is flat where the error does not depend on level.",
        "mean of device and reference, mmHg", "device less reference, mmHg",
        [
            Points(reference + error / 2.0, error),
            Level(bias, "bias"), Level(bias - reach, "limits of agreement"), Level(bias + reach, "limits of agreement"),
            Level(allowed, "allowed bias", "bad"), Level(-allowed, "allowed bias", "bad"),
        ],
    )  # fmt: skip


def against(name: str, by: str, label: str, value: Values, error: Values) -> Chart:
    """Error against a property of the subjects, with the straight line through it."""
    order = np.argsort(value)
    marks: list = [Points(value, error), Level(0.0, "no error")]
    if np.ptp(value) > 0.0:
        slope, start = np.polyfit(value, error, 1)
        ends = value[order][[0, -1]]
        marks.append(Curve(ends, start + slope * ends, "second", "straight line"))
    return Chart(
        f"Error against {by}, {name}", "A slope shows that the device depends on it.", label,
        "device less reference, mmHg", marks,
    )  # fmt: skip
