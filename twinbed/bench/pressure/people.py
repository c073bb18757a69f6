"""Virtual subjects of a blood pressure investigation, and how their pressure moves.

Pressures and arms are spread over quantiles, as recruitment by strata does, so that few subjects suffice for what the
standards ask of their distribution; the rest is drawn.

*Known limits*: adults in sinus rhythm; arms do not depend on pressure; all spreads are assumptions of this project.

**References:**

- ISO 81060-2:2018, 5.1 (distributions that are asked for)
"""

import dataclasses

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from twinbed.bench.draws import normals, uniforms

_LOWEST_SYSTOLIC, _LOWEST_DIASTOLIC, _LEAST_PULSE_PRESSURE = 80.0, 42.0, 26.0


@dataclasses.dataclass(frozen=True)
class Person:
    """One subject at rest.

    Attributes:
        id: name of the subject.
        female: sex.
        systolic: at rest, mmHg.
        diastolic: at rest, mmHg.
        rate: heart rate, /min.
        circumference_cm: of the upper arm.
    """

    id: str
    female: bool
    systolic: float
    diastolic: float
    rate: float
    circumference_cm: float


def people(
    n: int, *, seed: int, systolic: tuple[float, float] = (130.0, 25.0), diastolic: tuple[float, float] = (79.0, 14.5),
    arm_cm: tuple[float, float] = (22.0, 42.0),
) -> list[Person]:  # fmt: skip
    """Subjects whose pressures at rest have these means and standard deviations (mmHg), and arms spread evenly.

    Systolic and diastolic pressure correlate by 0.75; half of the subjects are women.
    """
    level = ndtri((np.arange(n) + 0.5) / n)
    high = level[_order(seed, "systolic", n)]
    mixed = 0.75 * high + np.sqrt(1.0 - 0.75**2) * normals(seed, "diastolic", n)
    low = level[np.argsort(np.argsort(mixed))]
    place = (_order(seed, "arm", n) + 0.5) / n
    rates = np.clip(72.0 + 10.0 * normals(seed, "rate", n), 52.0, 105.0)
    out = []
    for i in range(n):
        top = max(systolic[0] + systolic[1] * high[i], _LOWEST_SYSTOLIC)
        bottom = min(max(diastolic[0] + diastolic[1] * low[i], _LOWEST_DIASTOLIC), top - _LEAST_PULSE_PRESSURE)
        arm = arm_cm[0] + (arm_cm[1] - arm_cm[0]) * place[i]
        out.append(Person(f"s{i:03d}", i % 2 == 0, float(top), float(bottom), float(rates[i]), float(arm)))
    return out


def _order(seed: int, name: str, n: int) -> np.ndarray:
    """A permutation."""
    return np.argsort(uniforms(seed, f"order {name}", n), kind="stable")


def beat_times(rate: float, length_s: float, *, seed: int, name: str) -> Float[np.ndarray, " beat"]:
    """Starts of beats (s) from before 0 to after the end, with breathing (0.25 /s) and chance in the intervals."""
    n = int(length_s * rate / 60.0 * 1.4) + 8
    starts = 60.0 / rate * np.arange(n)
    change = 0.03 * np.sin(2.0 * np.pi * 0.25 * starts) + 0.01 * normals(seed, f"{name} intervals", n)
    first = float(uniforms(seed, f"{name} phase", 1)[0])
    return np.concatenate([[0.0], np.cumsum(60.0 / rate * (1.0 + change))]) - (1.0 + first) * 60.0 / rate
