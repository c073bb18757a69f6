r"""Small pulse oximeters, for protocols to show themselves with.

`attached` is a device of twinbed. The others take the ratio of ratios $R = (AC/DC)_{red} / (AC/DC)_{infrared}$, by a
slope of one pulsation on the other (honest), or by the sizes of both, which noise and motion pull to one.

**References:**

- Webster (ed., 1997), Design of Pulse Oximeters, doi:10.1201/9781420050790
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.signal import butter, find_peaks, sosfiltfilt

from twinbed.bench.oximetry.finger import INFRARED, RED
from twinbed.bench.protocol import Values

Wave = Float[np.ndarray, " sample"]
LEAST_QUALITY, MOST_SUDDEN = 0.98, 1.4
"""Share of red that infrared must explain, and how many times larger than usual a pulsation may be."""
_WINDOW_S = 8.0


def saturation(ratio: Wave) -> Wave:
    """Saturation (%) of a ratio of ratios, as Beer and Lambert say for two kinds of haemoglobin."""
    whole = RED[1] - RED[0] + ratio * (INFRARED[0] - INFRARED[1])
    return np.clip(100.0 * (RED[1] - ratio * INFRARED[1]) / whole, 0.0, 100.0)


@functools.cache
def _band(rate_hz: float, low: float, high: float) -> np.ndarray:
    return np.asarray(butter(2, (low, high), "bandpass", fs=rate_hz, output="sos"))


def pulsations(stimulus: Values, low: float = 0.5, high: float = 6.0) -> tuple[Wave, Wave, float]:
    """Band-passed logarithms of red and infrared light, and the sample rate."""
    rate = float(stimulus["sample_rate"])
    logs = [np.log(np.asarray(stimulus[name], float)) for name in ("red", "infrared")]
    red, infrared = (sosfiltfilt(_band(rate, low, high), v) for v in logs)
    return red, infrared, rate


def by_slope(red: Wave, infrared: Wave) -> tuple[float, float]:
    """Ratio of ratios as the slope of red on infrared, and the share of red that infrared explains."""
    both, own = float((red * infrared).sum()), float((infrared**2).sum())
    return both / own, both**2 / (own * float((red**2).sum()))


def by_size(red: Wave, infrared: Wave) -> float:
    """Ratio of ratios as that of both pulsations' sizes, whatever makes them."""
    return float(np.std(red) / np.std(infrared))


def pulse_rate(infrared: Wave, rate_hz: float) -> float:
    """Pulses a minute from the first to the last; 0 with fewer than three. Light falls while the pulse rises."""
    peaks, _ = find_peaks(-infrared, distance=max(1, round(0.25 * rate_hz)), prominence=1.2 * float(np.std(infrared)))
    return 60.0 * rate_hz * (len(peaks) - 1) / float(peaks[-1] - peaks[0]) if len(peaks) > 2 else 0.0


def second_by_second(
    stimulus: Values,
    of: Callable[[Wave, Wave, float], tuple[float, float, bool]],
    waves: tuple[Wave, Wave, float] | None = None,
) -> Values:
    """Saturation, pulse rate and validity at the times of the display, each from the eight seconds before.

    Args:
        stimulus: what the device is given, with `shown_at` (s).
        of: from red and infrared pulsation and sample rate to the three.
        waves: pulsations and sample rate; those of `pulsations` if left out.
    """
    red, infrared, rate = waves or pulsations(stimulus)
    shown = []
    for end in (np.asarray(stimulus["shown_at"], float) * rate).round().astype(int):
        own = slice(max(0, end - round(_WINDOW_S * rate)), end)
        shown.append(of(red[own], infrared[own], rate))
    spo2, pulses, valid = np.array(shown, float).T
    return {"spo2": spo2, "pulse_rate": pulses, "valid": valid}


def played(device: Any, stimulus: Values) -> dict[str, Wave]:
    """What a device of twinbed shows at the time of every sample."""
    from twinbed.bench.play import play

    light = {"ppg_red": np.asarray(stimulus["red"]), "ppg_infrared": np.asarray(stimulus["infrared"])}
    return play(device, light, 1.0 / float(stimulus["sample_rate"]))


@functools.cache
def of_twinbed() -> Any:
    """The pulse oximeter of twinbed as it comes."""
    from twinbed.devices.monitoring.pulse_oximeter import PulseOximeter

    return PulseOximeter()
