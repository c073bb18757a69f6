"""Classes of beats: normal, supraventricular ectopic, ventricular ectopic, by shape and time.

The usual shape of a person's beats is the median wave of the beats around. A beat unlike it in one of two leads, and
early or wide, is ventricular; one of the usual shape that comes early in a regular rhythm is supraventricular. Not
causal.

*Known limits*: thresholds were chosen on half the MIT-BIH Arrhythmia Database. Aberrant conduction is called
ventricular; supraventricular beats in an irregular rhythm are not looked for; fusion beats are called what they are
most like.

**References:**

- de Chazal, O'Dwyer & Reilly (2004), IEEE Trans Biomed Eng 51:1196, doi:10.1109/TBME.2004.827359 (shape and interval
  as features, and the halves of the database)
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy import ndimage, signal

from twinbed.bench.ecg._signal import FREQUENCY_HZ, band, resampled
from twinbed.core.errors import StatisticsError

_BEFORE_S, _AFTER_S, _SHIFT_S = 0.10, 0.14, 0.03
_AROUND, _AT_ONCE = 60, 20
"""Beats on either side that make the usual wave, and beats that share one."""
_UNLIKE, _UNLIKE_BOTH, _STRANGE = 0.72, (0.85, 0.6), 0.4
_EARLY_V, _EARLY_S, _WIDE, _LIKE, _REGULAR = 0.95, 0.86, 1.2, 0.85, 0.1


def classify_beats(
    leads: Sequence[Float[np.ndarray, " sample"]], sampling_frequency_hz: float, beats: Int[np.ndarray, " beat"]
) -> Shaped[np.ndarray, " beat"]:
    """`N`, `S` or `V` for every beat.

    Args:
        leads: one or two of them.
        sampling_frequency_hz: at least 100 Hz.
        beats: positions of the QRS complexes, ascending.

    Raises:
        StatisticsError: no lead, or one that is sampled too slowly.
    """
    if not leads:
        raise StatisticsError("no lead: at least one is needed to classify beats")
    if len(beats) < 5:
        return np.full(len(beats), "N")
    place = np.round(np.asarray(beats) * FREQUENCY_HZ / sampling_frequency_hz).astype(np.int64)
    shapes = [
        _shape(signal.sosfiltfilt(band(1.0, 30.0), resampled(lead, sampling_frequency_hz)), place) for lead in leads[:2]
    ]
    (likeness, width), (other, _) = shapes[0], shapes[-1]
    early, unrest = _timing(place / FREQUENCY_HZ)
    unlike = (np.minimum(likeness, other) < _UNLIKE) | ((likeness < _UNLIKE_BOTH[0]) & (other < _UNLIKE_BOTH[1]))
    ventricular = unlike & ((early < _EARLY_V) | (width > _WIDE) | (likeness < _STRANGE))
    supraventricular = ~ventricular & (early < _EARLY_S) & (unrest < _REGULAR) & (likeness > _LIKE)
    return np.where(ventricular, "V", np.where(supraventricular, "S", "N"))


def _timing(seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The interval before each beat beside those around it, and the usual change from one interval to the next."""
    rr = np.diff(seconds, prepend=seconds[0])
    rr[0] = rr[1]
    usual = ndimage.median_filter(rr, size=15, mode="nearest")
    changes = np.abs(np.diff(rr, prepend=rr[0])) / usual
    return rr / usual, ndimage.median_filter(changes, size=21, mode="nearest")


def _shape(x: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Correlation of each beat with the usual wave at its best shift, and its width beside that of the wave."""
    around = np.arange(-round(_BEFORE_S * FREQUENCY_HZ), round(_AFTER_S * FREQUENCY_HZ))
    waves = lambda at: x[np.clip(at[:, None] + around, 0, len(x) - 1)]
    shift = round(_SHIFT_S * FREQUENCY_HZ)
    own, shifted = waves(place), [waves(place + lag) for lag in range(-shift, shift + 1, 3)]
    likeness, width = np.zeros(len(place)), np.zeros(len(place))
    for first in range(0, len(place), _AT_ONCE):
        here = slice(first, first + _AT_ONCE)
        usual = _usual(own[max(0, first - _AROUND) : first + _AROUND])
        likeness[here] = np.max([_correlation(wave[here], usual) for wave in shifted], axis=0)
        width[here] = _width(own[here]) / max(float(_width(usual[None])[0]), 1e-9)
    return likeness, width


def _usual(waves: np.ndarray) -> np.ndarray:
    """The median of the half that is most like the median of all."""
    alike = _correlation(waves, np.median(waves, axis=0))
    return np.median(waves[alike >= np.median(alike)], axis=0)


def _correlation(waves: np.ndarray, wave: np.ndarray) -> np.ndarray:
    return waves @ wave / np.maximum(np.linalg.norm(waves, axis=1) * np.linalg.norm(wave), 1e-9)


def _width(waves: np.ndarray) -> np.ndarray:
    """The spread over time of the power of each wave, samples."""
    power = waves**2 / np.maximum(np.sum(waves**2, axis=1, keepdims=True), 1e-12)
    time = np.arange(waves.shape[1])
    middle = np.sum(power * time, axis=1, keepdims=True)
    return np.sqrt(np.sum(power * (time - middle) ** 2, axis=1))
