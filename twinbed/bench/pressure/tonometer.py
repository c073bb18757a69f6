r"""What a sensor on an artery records while pressure moves: a pulse wave without a scale.

The sensor shows $g(t)\,(p(t) + o(t))$ plus noise: it flattens the artery, so it sees pressure, but neither its gain nor
its offset is known; both creep, and the offset wobbles as the wrist moves. Pressure swings by two slow sines, as
drugs and manoeuvres make it do.

*Known limits*: no movement artefacts; one shape of the pulse; sizes of swings, creep, wobble and cuff errors are
assumptions.
"""

import dataclasses

import numpy as np
from jaxtyping import Float

from twinbed.bench.draws import normals, uniforms
from twinbed.bench.pressure.artery import arterial, phases
from twinbed.bench.pressure.people import Person, beat_times

SAMPLE_RATE_HZ, PERIOD_S = 50.0, 10.0
_SWINGS = ((13.0, 150.0), (10.0, 340.0))
_DIASTOLIC_SHARE = 0.65
_GAIN_CREEP, _OFFSET_CREEP, _WOBBLE, _NOISE, _CUFF_ERROR = 0.02, 2.0, 2.0, 0.3, (2.5, 2.0)


@dataclasses.dataclass(frozen=True)
class Recording:
    """A subject's recording and what is true in each period of ten seconds.

    Attributes:
        wave: of the sensor, arbitrary units.
        starts_s: of the periods.
        pressures: systolic, mean and diastolic, mmHg: the means over the beats of a period, and of the wave.
        calibration: a cuff's systolic and diastolic pressure in the first period, mmHg, with its error.
    """

    wave: Float[np.ndarray, " sample"]
    starts_s: Float[np.ndarray, " period"]
    pressures: Float[np.ndarray, "period 3"]
    calibration: tuple[float, float]


def recorded(person: Person, periods: int, *, seed: int) -> Recording:
    """A recording of so many periods."""
    t = np.arange(round(periods * PERIOD_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    beats = beat_times(person.rate, float(t[-1]), seed=seed, name=person.id)
    turn = uniforms(seed, f"{person.id} swings", len(_SWINGS))
    swing = sum(
        size * np.sin(2.0 * np.pi * (beats / long + phase)) for (size, long), phase in zip(_SWINGS, turn, strict=True)
    )
    breath = 2.0 * np.sin(2.0 * np.pi * 0.25 * beats)
    systolic = person.systolic + swing + breath
    diastolic = np.minimum(person.diastolic + _DIASTOLIC_SHARE * swing + 0.6 * breath, systolic - 20.0)
    wave = arterial(t, beats, systolic, diastolic)
    number = phases(t, beats)[0]
    period = (t / PERIOD_S).astype(int)
    pressures = np.array([_true(systolic, diastolic, number[period == k], wave[period == k]) for k in range(periods)])
    z = normals(seed, f"{person.id} sensor", 5)
    along = t / t[-1]
    gain = 0.01 * np.exp(0.3 * z[0]) * (1.0 + _GAIN_CREEP * z[1] * along)
    knots = normals(seed, f"{person.id} wobble", periods + 1)
    offset = (
        20.0 * z[2] + _OFFSET_CREEP * z[3] * along + _WOBBLE * np.interp(t / PERIOD_S, np.arange(periods + 1), knots)
    )
    seen = gain * (wave + offset + _NOISE * normals(seed, f"{person.id} noise", len(t)))
    error = np.array(_CUFF_ERROR) * normals(seed, f"{person.id} cuff", 2)
    cuff = (float(pressures[0, 0] + error[0]), float(pressures[0, 2] + error[1]))
    return Recording(seen, PERIOD_S * np.arange(periods), pressures, cuff)


def _true(systolic: np.ndarray, diastolic: np.ndarray, number: np.ndarray, wave: np.ndarray) -> tuple[float, ...]:
    own = np.unique(number)
    return float(systolic[own].mean()), float(wave.mean()), float(diastolic[own].mean())
