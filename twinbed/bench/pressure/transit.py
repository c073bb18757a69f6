r"""What a wearable without a cuff sees while pressure changes: heart beats, and the pulse at the finger.

The pulse arrives $t = t_{PEP} + K e^{-\alpha p / 2}$ after the R peak: the heart's pre-ejection period, and the way to
the finger with the velocity of Moens and Korteweg and a stiffness that grows exponentially with mean pressure (Hughes).
The tone of the arteries' muscle moves K, which a device takes for pressure. Windows of a dozen seconds follow each
other: the first is the calibration, in the others pressure has changed.

*Known limits*: no movement; the pulse at the finger has one shape; how much the pre-ejection period and the tone vary
is an assumption, and their real variation is what makes cuffless devices hard.

**References:**

- Hughes, Babbs, Geddes & Bourland (1979), Ultrason Imaging 1:356 (0.017 /mmHg)
- Mukkamala et al. (2015), IEEE Trans Biomed Eng 62:1879, doi:10.1109/TBME.2015.2441951 (pulse transit and its limits)
"""

import dataclasses
import math

import numpy as np
from jaxtyping import Float

from twinbed.bench.draws import normals
from twinbed.bench.pressure.artery import MEAN_SHARE
from twinbed.bench.pressure.people import Person, beat_times

SAMPLE_RATE_HZ, WINDOW_S = 100.0, 12.0
CHANGES = (0.0, -13.5, 8.5, 19.0, -7.5, 20.0, 10.0, -14.5, 1.0, 21.0, -7.0, 11.0, -8.0)
"""Change of systolic pressure since calibration in each window, mmHg, on average over subjects."""
_CHANGE_SPREAD, _DIASTOLIC_SHARE, _SHARE_SPREAD = 0.8, 0.55, 0.1
_STIFFENING, _WAY_S, _AT_MMHG = 0.017, 0.17, 95.0
_PEP_S, _PEP_SUBJECT, _PEP_WINDOW, _BEAT, _TONE = 0.085, 0.01, 0.002, 0.002, 0.015
_RISE_S, _NOISE, _CUFF_ERROR = 0.1, 0.01, (2.0, 1.8)


@dataclasses.dataclass(frozen=True)
class Wearable:
    """What is recorded, and what is true in each window.

    Attributes:
        light: pulse at the finger, arbitrary units.
        r_peaks_s: R peaks.
        starts_s: of the windows.
        systolic: mmHg, by window.
        diastolic: mmHg, by window.
        calibration: a cuff's systolic and diastolic pressure in the first window, mmHg, with its error.
    """

    light: Float[np.ndarray, " sample"]
    r_peaks_s: Float[np.ndarray, " beat"]
    starts_s: Float[np.ndarray, " window"]
    systolic: Float[np.ndarray, " window"]
    diastolic: Float[np.ndarray, " window"]
    calibration: tuple[float, float]


def worn(person: Person, *, seed: int) -> Wearable:
    """A subject's calibration and a dozen changes of pressure."""
    n = len(CHANGES)
    z = normals(seed, f"{person.id} changes", 4 * n + 4)
    change = np.array(CHANGES) + np.where(np.arange(n) > 0, _CHANGE_SPREAD * z[:n], 0.0)
    systolic = person.systolic + change
    diastolic = person.diastolic + (_DIASTOLIC_SHARE + _SHARE_SPREAD * z[4 * n]) * change
    mean = diastolic + MEAN_SHARE * (systolic - diastolic)
    tone = np.exp(_TONE * z[n : 2 * n])
    way = _WAY_S * math.exp(0.1 * z[4 * n + 1]) * tone * np.exp(-_STIFFENING * (mean - _AT_MMHG) / 2.0)
    late = _PEP_S + _PEP_SUBJECT * z[4 * n + 2] + _PEP_WINDOW * z[2 * n : 3 * n] + way
    beats = beat_times(person.rate, n * WINDOW_S, seed=seed, name=person.id)
    beats = beats[beats < n * WINDOW_S]
    window = np.clip((beats / WINDOW_S).astype(int), 0, n - 1)
    feet = beats + late[window] + _BEAT * normals(seed, f"{person.id} beats", len(beats))
    error = normals(seed, f"{person.id} cuff", 2)
    cuff = (float(systolic[0] + _CUFF_ERROR[0] * error[0]), float(diastolic[0] + _CUFF_ERROR[1] * error[1]))
    return Wearable(
        _light(feet, n, seed, person.id), beats[beats >= 0.0], WINDOW_S * np.arange(n), systolic, diastolic, cuff
    )  # fmt: skip


def _light(feet: Float[np.ndarray, " beat"], windows: int, seed: int, name: str) -> Float[np.ndarray, " sample"]:
    """Pulses that begin at their feet and fade: the last two of each moment."""
    t = np.arange(round(windows * WINDOW_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    last = np.searchsorted(feet, t, side="right") - 1
    out = np.zeros(len(t))
    for back in (0, 1):
        there = last - back >= 0
        x = np.where(there, t - feet[np.maximum(last - back, 0)], 0.0) / _RISE_S
        out += x**2 * np.exp(2.0 * (1.0 - x))
    return out + _NOISE * normals(seed, f"{name} light", len(t))
