"""People who sit, walk, run and cycle with a watch: heart rate, pulse, cadence, and what a watch sees of them.

The heart rate goes to a share of the heart rate reserve that belongs to the activity, with a lag. Beats fill the
arteries of the wrist; the arm swings at the cadence. Light and acceleration are as in `devices/wearable/smart_watch`,
equation by equation and with its parameters, so that the same person can wear a device of twinbed.

*Known limits*: those of that watch: the artefact is in proportion to the acceleration, and skin, contact pressure and
cold hands are left out; a sinus rhythm without ectopic beats.

**References:**

- Tanaka, Monahan & Seals (2001), J Am Coll Cardiol 37:153 (greatest heart rate 208 - 0.7 age)
- Tudor-Locke et al. (2018), Br J Sports Med 52:776 (100 steps a minute at a moderate walk, 130 at a vigorous one)
"""

import dataclasses
import functools
import math

import numpy as np
from scipy.signal import lfilter

from twinbed.bench.draws import normals, uniforms
from twinbed.devices.wearable.smart_watch import SmartWatch

EVERY_S = 0.02
GRAVITY_M_S2 = 9.80665
_HEART_LAG_S = 30.0
"""Of the heart rate behind the activity (assumption; 20 to 60 s are usual)."""
_SINUS, _BREATHS_PER_MIN = 0.03, 15.0
_ARTERY_S, _BASELINE_S = 0.06, 2.0
_ALTERNATES_S = 40.0


@dataclasses.dataclass(frozen=True)
class Activity:
    """A condition: shares of the heart rate reserve before and in it, steps a minute, and irregular motion (m/s2).

    `then` is what it takes turns with.
    """

    before: float
    reserve: float
    cadence: float
    motion: float = 0.0
    then: "Activity | None" = None


ACTIVITIES = {
    "sit": Activity(0.03, 0.03, 0.0),
    "lifestyle": Activity(0.05, 0.15, 0.0, motion=0.5, then=Activity(0.0, 0.2, 0.0, motion=2.0)),
    "walk": Activity(0.1, 0.30, 112.0),
    "walk_jog": Activity(0.3, 0.30, 112.0, then=Activity(0.0, 0.65, 150.0)),
    "run": Activity(0.4, 0.75, 164.0),
    "cycle": Activity(0.2, 0.60, 0.0, motion=0.6),
}
"""The conditions of ANSI/CTA-2065 (names: Reece 2021); shares, cadences and motion are assumptions."""


@dataclasses.dataclass(frozen=True)
class Wrist:
    """What a watch on the wrist meets, one value every `EVERY_S`.

    Attributes:
        pressure: arterial, mm[Hg].
        steps: cadence, /min.
        exercise: intensity, %.
        motion: irregular, m/s2.
        beats_s: times of the beats.
    """

    pressure: np.ndarray
    steps: np.ndarray
    exercise: np.ndarray
    motion: np.ndarray
    beats_s: np.ndarray


def age_and_sex(seed: int, wearer: int) -> tuple[int, str]:
    """Years from 20 to 65, and `female` or `male`."""
    age, sex = uniforms(seed, f"wearer {wearer}", 2)
    return round(20.0 + 45.0 * float(age)), "female" if sex < 0.5 else "male"


@functools.lru_cache(maxsize=512)
def worn(seed: int, wearer: int, condition: str, lasts_s: float) -> Wrist:
    """A wearer in a condition; the same arguments give the same."""
    t = np.arange(round(lasts_s / EVERY_S)) * EVERY_S
    activity = ACTIVITIES[condition]
    other = activity.then or activity
    turns = t % (2.0 * _ALTERNATES_S) >= _ALTERNATES_S
    pick = lambda name: np.where(turns, getattr(other, name), getattr(activity, name))
    vigour, pace = normals(seed, f"wearer {wearer} in {condition}", 2)

    rest = 62.0 + 6.0 * float(normals(seed, f"wearer {wearer} at rest", 1)[0])
    reserve = 208.0 - 0.7 * age_and_sex(seed, wearer)[0] - rest
    target = rest + reserve * pick("reserve") * (1.0 + 0.1 * vigour)
    rate = _lagged(target, _HEART_LAG_S, rest + reserve * activity.before)
    rate = rate * (1.0 + _SINUS * np.sin(2.0 * math.pi * _BREATHS_PER_MIN / 60.0 * t))
    phase = np.cumsum(rate) * (EVERY_S / 60.0)
    beats = t[1:][np.diff(np.floor(phase)) > 0.5]
    steps = pick("cadence") * (1.0 + 0.05 * pace)
    return Wrist(_pressure(phase % 1.0), steps, 100.0 * pick("reserve"), pick("motion"), beats)


def _lagged(wave: np.ndarray, lag_s: float, start: float) -> np.ndarray:
    """What is behind a lag of first order, as in `devices`."""
    kept = math.exp(-EVERY_S / lag_s)
    return np.asarray(lfilter([1.0 - kept], [1.0, -kept], wave, zi=np.array([kept * start]))[0])


def _pressure(place: np.ndarray) -> np.ndarray:
    """A pulse with a systolic peak and a dicrotic wave between 80 and 125 mmHg; `place` in the beat from 0 to 1."""
    systole, dicrotic = np.exp(-(((place - 0.17) / 0.08) ** 2)), np.exp(-(((place - 0.45) / 0.12) ** 2))
    return 80.0 + 40.0 * (systole + 0.45 * dicrotic + 0.15 * (1.0 - place))


def seen(wrist: Wrist, seed: int, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Light at the detector (share of the mean) and acceleration along the arm with gravity (m/s2)."""
    watch, n = _watch(), len(wrist.pressure)
    phase = np.cumsum(wrist.steps / 2.0) * (EVERY_S / 60.0)
    regular = np.sin(4.0 * math.pi * phase) + 0.3 * np.sin(2.0 * math.pi * phase)
    exercise = float(watch.exercise_motion) * wrist.exercise / 100.0
    rough = np.sqrt(exercise**2 + wrist.motion**2 + float(watch.sensor_noise) ** 2)
    moved = float(watch.swing) * wrist.steps * regular + rough * normals(seed, f"{name} motion", n)
    smooth = _lagged(wrist.pressure, _ARTERY_S, wrist.pressure[0])
    pulse = float(watch.depth) * (smooth - _lagged(smooth, _BASELINE_S, smooth[0])) / 40.0
    noise = float(watch.light_noise) * normals(seed, f"{name} light", n)
    return 1.0 - pulse - float(watch.coupling) * moved + noise, GRAVITY_M_S2 + moved


@functools.cache
def _watch() -> SmartWatch:
    return SmartWatch()


def reference(beats_s: np.ndarray, seconds: np.ndarray, intervals: int = 5) -> np.ndarray:
    """Heart rate at each second by the last intervals between beats, as of a chest strap; NaN before the first."""
    last = np.searchsorted(beats_s, seconds, side="right") - 1
    first = np.maximum(last - intervals, 0)
    known = last > 0
    span = np.where(known, beats_s[last] - beats_s[first], 1.0)
    return np.where(known, 60.0 * (last - first) / span, np.nan)
