r"""Arterial pressure as a wave, beat by beat.

$p = d + (s - d)\,w(\phi)^k$ with the phase $\phi$ of a beat. $w$ is the sum of three sines that Babbs uses, scaled to
0..1, so that systolic and diastolic pressure of every beat are known exactly; $k$ makes the mean pressure lie 0.4 of
the pulse pressure above diastolic pressure, as in the brachial artery (Babbs' own lies at one half).

*Known limits*: one shape for all; no wave reflection that depends on stiffness.

**References:**

- Babbs (2012), BioMed Eng OnLine 11:56, doi:10.1186/1475-925X-11-56 (sin x + sin(2x)/2 + sin(3x)/4)
- Bos, Verrij, Vincent, Westerhof, Parati & van Montfrans (2007), J Hypertens 25:751 (mean at 0.4 of the pulse pressure)
"""

import numpy as np
from jaxtyping import Float

Wave = Float[np.ndarray, " sample"]
Beats = Float[np.ndarray, " beat"]


def _raw(phase: np.ndarray) -> np.ndarray:
    x = 2.0 * np.pi * phase
    return np.sin(x) + np.sin(2.0 * x) / 2.0 + np.sin(3.0 * x) / 4.0


_FINE = np.linspace(0.0, 1.0, 100_001)
_LOW, _HIGH = float(_raw(_FINE).min()), float(_raw(_FINE).max())
_FOOT = float(_FINE[int(np.argmin(_raw(_FINE)))])
MEAN_SHARE = 0.4
"""Mean pressure less diastolic, as a share of the pulse pressure."""
_SHARPER = 1.50975
_SHAPE = np.clip((_raw(_FINE + _FOOT) - _LOW) / (_HIGH - _LOW), 0.0, 1.0) ** _SHARPER


def pulse(phase: Wave) -> Wave:
    """The pulse (0 to 1) at a phase of the beat (0 to 1, from foot to foot)."""
    return np.interp(np.mod(phase, 1.0), _FINE, _SHAPE)


def phases(t_s: Wave, beats_s: Beats) -> tuple[np.ndarray, Wave]:
    """The number of the beat at each time, and the phase within it."""
    number = np.clip(np.searchsorted(beats_s, t_s, side="right") - 1, 0, len(beats_s) - 2)
    start = beats_s[number]
    return number, (t_s - start) / (beats_s[number + 1] - start)


def arterial(t_s: Wave, beats_s: Beats, systolic: Beats, diastolic: Beats) -> Wave:
    """Arterial pressure (mmHg) at times (s), given when beats begin and the pressures of each."""
    number, phase = phases(t_s, beats_s)
    low = diastolic[number]
    return low + (systolic[number] - low) * pulse(phase)
