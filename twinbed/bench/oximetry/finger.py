r"""Red and infrared light through a finger: the equations of `physiology/waveforms/ppg` in NumPy, without its lags.

Light is lost in arterial and venous blood and in the skin's pigment as Beer and Lambert say; stray light passes by the
blood and dilutes the pulsation, the more the darker the skin. Motion moves venous blood.

*Known limits*: as of `physiology/waveforms/ppg`: no scattering, one wavelength a diode, no abnormal haemoglobins.

**References:**

- Prahl, Tabulated molar extinction coefficient for hemoglobin in water, Oregon Medical Laser Center (1998)
- Jacques, Melanosome absorption coefficient, Oregon Medical Laser Center (1998)
- Bickler, Feiner & Severinghaus (2005), Anesthesiology 102(4):715, doi:10.1097/00000542-200504000-00004
"""

import dataclasses
import math

import numpy as np
from jaxtyping import Float

from twinbed.bench.draws import normals
from twinbed.bench.pressure.artery import arterial

Wave = Float[np.ndarray, " sample"]
SAMPLE_RATE_HZ = 50.0
NOISE = 3e-5
"""Standard deviation of the detector's noise, share of the intensity; an assumption."""
_ARTERIAL_CM, _SCALE_MMHG, _VENOUS_CM, _SLOSH = 0.03, 60.0, 0.03, 0.002
_EPIDERMIS_CM = 0.012
_MOTION_HZ = (1.3, 2.17, 3.71)


def per_gram(molar: float) -> float:
    """Decadic extinction (L/mol/cm) of a tetramer of 64,500 g/mol as natural extinction, dL/g/cm."""
    return math.log(10.0) * molar * 10.0 / 64500.0


RED, INFRARED = (319.6, 3226.56), (1214.0, 693.44)
"""Molar extinction of oxygenated and reduced haemoglobin at 660 and 940 nm, L/mol/cm (Prahl 1998)."""
MELANOSOME = tuple(1.70e12 * nanometres**-3.48 for nanometres in (660.0, 940.0))
"""Absorption of melanosomes, 1/cm (Jacques 1998)."""


@dataclasses.dataclass(frozen=True)
class Finger:
    """What a finger does to light.

    Attributes:
        melanin: share of melanosomes in the epidermis.
        haemoglobin: g/dL.
        venous_saturation: 0 to 1.
        perfusion: factor on the size of the arteries.
        stray_light: that reaches the detector past the blood.
    """

    melanin: float = 0.02
    haemoglobin: float = 15.0
    venous_saturation: float = 0.75
    perfusion: float = 1.0
    stray_light: float = 0.045


def light(finger: Finger, pressure: Wave, saturation: Wave, motion: Wave | None = None) -> tuple[Wave, Wave]:
    """Red and infrared intensity, shares of what a bloodless finger without pigment lets through.

    Args:
        finger: whose.
        pressure: in its arteries, mmHg.
        saturation: of its arterial blood, 0 to 1.
        motion: acceleration, m/s2; none at rest.
    """
    artery = _ARTERIAL_CM * finger.perfusion * -np.expm1(-np.maximum(pressure, 0.0) / _SCALE_MMHG)
    vein = np.maximum(_VENOUS_CM + _SLOSH * (np.zeros(len(pressure)) if motion is None else motion), 0.0)
    s, venous = saturation, finger.venous_saturation
    out = []
    for (oxygenated, reduced), melanosome in zip((RED, INFRARED), MELANOSOME, strict=True):
        full, empty = (finger.haemoglobin * per_gram(molar) for molar in (oxygenated, reduced))
        lost = (s * full + (1.0 - s) * empty) * artery + (venous * full + (1.0 - venous) * empty) * vein
        out.append(np.exp(-lost - melanosome * finger.melanin * _EPIDERMIS_CM) + finger.stray_light)
    return out[0], out[1]


def modulation(infrared: Wave) -> float:
    """Pulsation of light from lowest to highest, % of its mean."""
    return 100.0 * float(np.ptp(infrared) / infrared.mean())


def with_modulation(finger: Finger, percent: float, pressure: Wave) -> Finger:
    """The same finger with arteries of such a size that its infrared light pulsates by so much, %."""
    pulsates = lambda f: modulation(light(f, pressure, np.full(len(pressure), 0.97))[1])
    for _ in range(6):  # pulsation is nearly in proportion to the arteries' size
        finger = dataclasses.replace(finger, perfusion=finger.perfusion * percent / pulsates(finger))
    return finger


def shaken(t_s: Wave, size_m_s2: float) -> Wave:
    """Motion of that root mean square (m/s2): three sines that never meet in the same way, as hands and vehicles."""
    return size_m_s2 * math.sqrt(2.0 / 3.0) * np.sum([np.sin(2.0 * np.pi * f * t_s) for f in _MOTION_HZ], axis=0)


def pulsing(t_s: Wave, beats_s: Float[np.ndarray, " beat"], systolic: float = 120.0, diastolic: float = 75.0) -> Wave:
    """Pressure in the finger's arteries, mmHg, with a little breathing in it."""
    breath = 1.5 * np.sin(2.0 * np.pi * 0.25 * beats_s)
    return arterial(t_s, beats_s, systolic + breath, diastolic + breath)


def seen(clean: Wave, *, seed: int, name: str) -> Wave:
    """Light with the detector's noise."""
    return clean * (1.0 + NOISE * normals(seed, name, len(clean)))
