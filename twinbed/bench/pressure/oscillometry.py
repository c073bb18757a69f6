r"""What the pressure sensor of a cuff records while the cuff comes down on a virtual arm.

The artery under the cuff has the volume $V = V_0 e^{a p}$ at a transmural pressure $p \le 0$ and
$V_0 (1 + \frac{a}{b}(1 - e^{-b p}))$ above, and its pulsation compresses the cuff's air (Boyle). The valve makes up
for what changes slowly. An arm wider than the cuff is made for transmits less than the cuff's pressure.

*Known limits*: linear deflation; no movement and no arrhythmia; one artery, whose pressure is the same at both arms.
How widely arteries differ and how an arm that is too wide transmits pressure are assumptions.

**References:**

- Babbs (2012), BioMed Eng OnLine 11:56, doi:10.1186/1475-925X-11-56 (artery and cuff; its constants)
- Alexander, Cohen & Steinfeld (1977), Med Biol Eng Comput 15:2 (a cuff of 40 % of the circumference transmits all)
"""

import dataclasses

import numpy as np
from jaxtyping import Float
from scipy.signal import lfilter

from twinbed.bench.draws import normals, uniforms
from twinbed.bench.pressure.artery import arterial
from twinbed.bench.pressure.people import Person, beat_times

SAMPLE_RATE_HZ, DEFLATION_MMHG_S = 50.0, 3.0
_LAST, _AMBIENT, _SETTLES_S = 20.0, 760.0, 1.0
_VOLUME_ML, _COLLAPSE, _STRETCH, _CUFF_ML, _CUFF_AT_CM = 0.3, 0.11, 0.0453, 300.0, 32.0
_SPREAD_VOLUME, _SPREAD_COLLAPSE, _SPREAD_STRETCH = 0.3, 0.1, 0.12
_NOISE, _BREATH, _MAYER = 0.05, 2.0, 1.5
_LOST = 0.1


@dataclasses.dataclass(frozen=True)
class Arm:
    """What an arm and a cuff do to the pulse.

    Attributes:
        volume_ml: of the artery under the cuff without transmural pressure.
        collapse: stiffness of the collapsing artery, 1/mmHg.
        stretch: stiffness of the stretched artery, 1/mmHg.
        cuff_ml: air in the cuff.
        transmitted: share of the cuff's pressure that reaches the artery.
    """

    volume_ml: float = _VOLUME_ML
    collapse: float = _COLLAPSE
    stretch: float = _STRETCH
    cuff_ml: float = _CUFF_ML
    transmitted: float = 1.0

    def volume(self, transmural: Float[np.ndarray, " sample"]) -> Float[np.ndarray, " sample"]:
        """Volume (mL) of the artery at transmural pressures (mmHg)."""
        flat = np.exp(self.collapse * np.minimum(transmural, 0.0))
        stretched = -np.expm1(-self.stretch * np.maximum(transmural, 0.0))
        return self.volume_ml * (flat + self.collapse / self.stretch * stretched)


def arm_of(person: Person, *, seed: int, cuff_made_for_cm: float) -> Arm:
    """A person's arm in a cuff that transmits all of its pressure to arms of a circumference up to the one given.

    Arteries differ by factors (log-normal); a wider arm takes more air, with the square of its circumference, and
    loses a tenth of the share by which it exceeds the cuff.
    """
    z = normals(seed, f"{person.id} artery", 3)
    beyond = max(0.0, person.circumference_cm / cuff_made_for_cm - 1.0)
    return Arm(
        _VOLUME_ML * float(np.exp(_SPREAD_VOLUME * z[0])),
        _COLLAPSE * float(np.exp(_SPREAD_COLLAPSE * z[1])),
        _STRETCH * float(np.exp(_SPREAD_STRETCH * z[2])),
        _CUFF_ML * (person.circumference_cm / _CUFF_AT_CM) ** 2,
        1.0 - _LOST * beyond,
    )


def first_pressure(systolic: float) -> float:
    """Where the cuff begins, mmHg: one of four steps well above systolic pressure, so that it does not give it away."""
    return next((p for p in (180.0, 220.0, 260.0) if p >= systolic + 30.0), 300.0)


@dataclasses.dataclass(frozen=True)
class Beats:
    """What a catheter in the artery measures beat by beat, from before the cuff begins to after it ends.

    Attributes:
        start_s: of each beat, s since the cuff begins to come down.
        systolic: of each beat, mmHg.
        diastolic: likewise.
    """

    start_s: Float[np.ndarray, " beat"]
    systolic: Float[np.ndarray, " beat"]
    diastolic: Float[np.ndarray, " beat"]


def beats_of(systolic: float, diastolic: float, rate: float, *, seed: int, name: str) -> Beats:
    """The beats of a reading; arguments as of `recording`."""
    beats = beat_times(rate, float(_times(systolic)[-1]), seed=seed, name=name)
    turn = uniforms(seed, f"{name} slow waves", 2)
    wave = lambda hertz, phase: np.sin(2.0 * np.pi * (hertz * beats + phase))
    wander = _BREATH * wave(0.25, turn[0]) + _MAYER * wave(0.1, turn[1])
    return Beats(beats, systolic + wander, diastolic + 0.6 * wander)


def _times(systolic: float) -> Float[np.ndarray, " sample"]:
    return np.arange(0.0, (first_pressure(systolic) - _LAST) / DEFLATION_MMHG_S, 1.0 / SAMPLE_RATE_HZ)


def recording(
    arm: Arm, systolic: float, diastolic: float, rate: float, *, seed: int, name: str
) -> Float[np.ndarray, " sample"]:
    """The cuff's pressure (mmHg) at 50 samples a second while it comes down by 3 mmHg/s to 20 mmHg.

    Args:
        arm: in the cuff.
        systolic: mean over the beats of this reading, mmHg; breathing and slower waves move single beats around it.
        diastolic: likewise.
        rate: heart rate, /min.
        seed: of beats and noise.
        name: of the reading.
    """
    t = _times(systolic)
    cuff = first_pressure(systolic) - DEFLATION_MMHG_S * t
    beats = beats_of(systolic, diastolic, rate, seed=seed, name=name)
    pressure = arterial(t, beats.start_s, beats.systolic, beats.diastolic)
    volume = arm.volume(pressure - arm.transmitted * cuff)
    keep = np.exp(-1.0 / SAMPLE_RATE_HZ / _SETTLES_S)
    mean = lfilter([1.0 - keep], [1.0, -keep], volume, zi=[keep * volume[0]])[0]
    noise = _NOISE * normals(seed, f"{name} sensor", len(t))
    return cuff + (cuff + _AMBIENT) / arm.cuff_ml * (volume - mean) + noise
