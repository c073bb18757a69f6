"""Heart rate from light and acceleration at the wrist: an honest tracker, and ones with usual faults.

Spectra of 8 s of both, every second, as in the methods that Zhang, Pi & Liu (2015), IEEE Trans Biomed Eng 62:522,
began with: what follows the acceleration is taken from the light, and the rate is followed from second to second.
"""

import numpy as np
from scipy.signal import decimate

from twinbed.bench.protocol import Values

_HZ, _WINDOW_S, _SIZE = 25.0, 8.0, 1024
_LOWEST, _HIGHEST = 40.0, 210.0
_FOLLOWS_PER_MIN = 5.0
"""Spread of what is expected a second later."""
_REMEMBERS, _FLOOR = 0.9, 0.1
"""Weight of the path up to a second ago; amplitude below which a rate is not told from noise."""
_STILL_M_S2 = 0.5


def careful(stimulus: Values) -> Values:
    """Follows the path of rates that fits best so far, in spectra without what the arm explains."""
    rate, light, _, _ = _spectra(stimulus, cancels=True)
    change = -0.5 * ((rate[:, None] - rate) / _FOLLOWS_PER_MIN) ** 2
    found, fit = np.full(len(light), np.nan), np.zeros(len(rate))
    for k in range(len(light)):
        if light[k].any():
            fit = (_REMEMBERS * fit + change).max(1) + np.log(light[k] + _FLOOR)
            found[k] = rate[np.argmax(fit)]
    return {"heart_rate": found}


def on_cadence(stimulus: Values) -> Values:
    """Takes the largest peak that light and arm share while the arm moves: it locks on the cadence."""
    rate, light, arm, moving = _spectra(stimulus)
    shared = np.where(moving[:, None], light * arm**2, light)
    return {"heart_rate": np.where(light.any(1), rate[np.argmax(shared, 1)], np.nan)}


def late(stimulus: Values) -> Values:
    """Shows what the careful one showed 20 s ago."""
    found = careful(stimulus)["heart_rate"]
    return {"heart_rate": np.concatenate([np.full(20, found[np.isfinite(found)][0]), found])[: len(found)]}


def silent(stimulus: Values) -> Values:
    """Shows nothing while the arm moves."""
    moving = _spectra(stimulus)[3]
    return {"heart_rate": np.where(moving, np.nan, careful(stimulus)["heart_rate"])}


def _spectra(stimulus: Values, *, cancels: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rates (/min), amplitudes of light and of the arm [second, rate] with largest 1, and whether the arm moves."""
    seconds = np.asarray(stimulus["time_s"])
    light, arm = (_windows(np.asarray(stimulus[n], float), stimulus, seconds) for n in ("ppg", "acceleration"))
    if cancels:
        explained = (light * arm).sum(1, keepdims=True) / np.maximum((arm * arm).sum(1, keepdims=True), 1e-12)
        light = light - explained * arm
    rate = np.fft.rfftfreq(_SIZE, 1.0 / _HZ) * 60.0
    band = (rate >= _LOWEST) & (rate <= _HIGHEST)
    shape = np.hanning(light.shape[1])

    def amplitudes(windows: np.ndarray) -> np.ndarray:
        found = np.abs(np.fft.rfft(windows * shape, _SIZE))[:, band]
        return found / np.maximum(found.max(1, keepdims=True), 1e-12)

    return rate[band], amplitudes(light), amplitudes(arm), arm.std(1) > _STILL_M_S2


def _windows(wave: np.ndarray, stimulus: Values, seconds: np.ndarray) -> np.ndarray:
    """The last 8 s before each second without their mean [second, sample]; 0 before half of that was seen."""
    wave = decimate(wave, round(stimulus["frequency_hz"] / _HZ), ftype="fir")
    places = np.round(seconds * _HZ).astype(int)[:, None] + np.arange(-int(_WINDOW_S * _HZ), 0)
    there = (places >= 0) & (places < len(wave))
    values = np.where(there, wave[places.clip(0, len(wave) - 1)], 0.0)
    mean = values.sum(1, keepdims=True) / np.maximum(there.sum(1, keepdims=True), 1)
    return np.where(there & (there.mean(1, keepdims=True) >= 0.5), values - mean, 0.0)
