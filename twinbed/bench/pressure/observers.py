"""Two trained observers who listen with one stethoscope: the reference of a cuff.

Each hears the true pressure with an error and reads the scale to 2 mmHg. A reading on which they differ by more than
4 mmHg is taken again, as ISO 81060-2 asks. A subject's pressure wanders from reading to reading.

*Known limits*: Korotkoff sounds begin and end exactly at systolic and diastolic pressure, on average over both
observers; errors (standard deviation 1.5 mmHg) and wandering (2.5 and 1.8 mmHg) are assumptions.
"""

import dataclasses
import math

import numpy as np

from twinbed.bench.draws import normals
from twinbed.bench.pressure.people import Person

AGREE_MMHG = 4.0
_ERROR, _SCALE, _WANDERS = 1.5, 2.0, (2.5, 1.8)
_TRIES = 50


@dataclasses.dataclass(frozen=True)
class Reading:
    """What the device was to measure and what the observers say, both (systolic, diastolic) in mmHg."""

    true: tuple[float, float]
    reference: tuple[float, float]


def heard(true: tuple[float, float], *, seed: int, name: str) -> tuple[float, float]:
    """Mean of two observers who agree, mmHg."""
    z = normals(seed, f"{name} observers", 4 * _TRIES).reshape(_TRIES, 2, 2)
    read = _SCALE * np.round((np.array(true)[None, :, None] + _ERROR * z) / _SCALE)
    agrees = (np.abs(read[:, :, 0] - read[:, :, 1]) <= AGREE_MMHG).all(axis=1)
    systolic, diastolic = read[int(np.argmax(agrees))].mean(axis=1)
    return float(systolic), float(diastolic)


def wandering(person: Person, times: int, *, seed: int) -> list[tuple[float, float]]:
    """Systolic and diastolic pressure (mmHg) of a person at one time after the other."""
    z = normals(seed, f"{person.id} wanders", 2 * times).reshape(times, 2)
    common = math.sqrt(0.5)
    moved = np.stack([z[:, 0], common * z[:, 0] + common * z[:, 1]], axis=1) * np.array(_WANDERS)
    rest = np.array([person.systolic, person.diastolic])
    return [(float(s), float(d)) for s, d in rest + moved]


def same_arm_sequence(person: Person, readings: int, *, seed: int) -> list[Reading]:
    """Observers and device in turn at the same arm, observers first and last.

    The reference of a reading is the mean of what the observers heard before and after it.
    """
    times = 2 * readings + 1
    true = wandering(person, times, seed=seed)
    said = [heard(true[k], seed=seed, name=f"{person.id} {k}") for k in range(0, times, 2)]
    return [
        Reading(true[2 * k + 1], ((a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0))
        for k, (a, b) in enumerate(zip(said[:-1], said[1:], strict=True))
    ]
