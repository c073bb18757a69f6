"""Small honest algorithms, for protocols to show themselves with: they see what a device sees and nothing else.

**References:**

- Hughes, Babbs, Geddes & Bourland (1979), Ultrason Imaging 1:356 (stiffness grows exponentially with pressure)
- Geddes, Voelz, Combs, Reiner & Babbs (1982), Ann Biomed Eng 10:271, doi:10.1007/BF02367308 (shares of the largest
  oscillation: one half at systolic, 0.8 at diastolic pressure)
"""

import dataclasses
import functools

import numpy as np
from jaxtyping import Float
from scipy.ndimage import maximum_filter1d, minimum_filter1d, uniform_filter1d
from scipy.signal import butter, find_peaks, sosfiltfilt

from twinbed.core.errors import StudyError

Samples = Float[np.ndarray, " sample"]
_BEAT_S, _SMOOTH_S, _BAND_HZ = 1.25, 3.0, (0.5, 12.0)


@functools.cache
def _band(corners_hz: tuple[float, float], rate_hz: float) -> np.ndarray:
    return np.asarray(butter(2, corners_hz, "bandpass", fs=rate_hz, output="sos"))


@dataclasses.dataclass(frozen=True)
class Envelope:
    """How much the cuff's pressure oscillates, by falling cuff pressure.

    Attributes:
        pressure: mean pressure of the cuff, mmHg.
        size: from the lowest to the highest within a beat, mmHg.
    """

    pressure: Samples
    size: Samples


def envelope(cuff: Samples, rate_hz: float) -> Envelope:
    """The envelope of a recording of a deflation.

    Args:
        cuff: pressure, mmHg.
        rate_hz: samples a second.
    """
    swings = sosfiltfilt(_band(_BAND_HZ, rate_hz), cuff)
    beat, smooth = round(_BEAT_S * rate_hz), round(_SMOOTH_S * rate_hz)
    size = uniform_filter1d(maximum_filter1d(swings, beat) - minimum_filter1d(swings, beat), smooth)
    level = uniform_filter1d(cuff, beat, mode="nearest")
    inner = slice(smooth, -smooth)
    return Envelope(level[inner], size[inner])


def fixed_shares(
    of: Envelope, *, systolic_share: float = 0.5, diastolic_share: float = 0.8
) -> tuple[float, float, float]:
    """Systolic, mean and diastolic pressure where the envelope passes shares of its largest value.

    Raises:
        StudyError: the envelope does not fall below a share on its side.
    """
    top = int(np.argmax(of.size))
    above, below = of.size[: top + 1] < systolic_share * of.size[top], of.size[top:] < diastolic_share * of.size[top]
    if not above.any() or not below.any():
        raise StudyError("the cuff came down too late or stopped too early: oscillations do not fall below their share")
    return _at(of, int(np.flatnonzero(above)[-1])), float(of.pressure[top]), _at(of, top + int(np.argmax(below)))


def _at(of: Envelope, place: int) -> float:
    return float(of.pressure[place])


def levels_by_period(
    wave: Samples, rate_hz: float, starts_s: Float[np.ndarray, " period"]
) -> Float[np.ndarray, "period 3"]:
    """Mean height of the peaks, mean and mean height of the feet of a pulse wave, period by period, in its own units.

    Raises:
        StudyError: a period without two pulses.
    """
    inner = np.append(np.round(np.asarray(starts_s) * rate_hz).astype(int), len(wave))
    out = []
    for begin, end in zip(inner[:-1], inner[1:], strict=True):
        own = wave[begin:end]
        reach = float(np.quantile(own, 0.95) - np.quantile(own, 0.05))
        peaks, _ = find_peaks(own, distance=max(1, round(0.35 * rate_hz)), prominence=0.4 * reach)
        if len(peaks) < 2:
            raise StudyError(f"fewer than two pulses between samples {begin} and {end}")
        feet = [own[a:b].min() for a, b in zip(peaks[:-1], peaks[1:], strict=True)]
        out.append((own[peaks].mean(), own[peaks[0] : peaks[-1]].mean(), np.mean(feet)))
    return np.array(out)


def arrivals(light: Samples, rate_hz: float, r_peaks_s: Float[np.ndarray, " beat"]) -> Float[np.ndarray, " beat"]:
    """Time (s) from every R peak to the steepest rise of the pulse that follows within 0.5 s; NaN at the end."""
    slope = np.gradient(sosfiltfilt(_band((0.3, 12.0), rate_hz), light)) * rate_hz
    reach = round(0.5 * rate_hz)
    out = np.full(len(r_peaks_s), np.nan)
    for k, at in enumerate(r_peaks_s):
        begin = int(np.ceil(at * rate_hz))
        own = slope[begin : begin + reach]
        top = int(np.argmax(own)) if len(own) == reach else 0
        if 0 < top < reach - 1:
            before, here, after = own[top - 1 : top + 2]
            curve = before - 2.0 * here + after
            out[k] = (begin + top + (0.5 * (before - after) / curve if curve < 0.0 else 0.0)) / rate_hz - at
    return out


def pressure_change(transit_s: Samples, at_calibration_s: float, *, stiffening: float = 0.017) -> Samples:
    """Change of mean pressure (mmHg) since calibration from the pulse's time on its way.

    Moens and Korteweg with Hughes' stiffness: the square of the velocity grows as exp(stiffening p).

    Args:
        transit_s: time from heart to finger, s.
        at_calibration_s: the same at calibration, s.
        stiffening: of the artery, 1/mmHg.
    """
    return 2.0 / stiffening * np.log(at_calibration_s / transit_s)
