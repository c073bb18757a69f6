"""Two-lead electrocardiograms of the virtual population, and devices that read their rhythm.

A beat is a sum of Gaussians for P, Q, R, S and T in leads I and II; sizes (mV) and widths (s) are of a normal adult
as textbooks draw it, assumed. In fibrillation there is no P wave and a wave of 0.05 mV at 6 Hz runs through. A minute
has about as many beats as the regression of `_classifiers` was made with.
"""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy import signal as dsp
from scipy.special import expit

from twinbed.bench.draws import placed_uniforms
from twinbed.bench.protocol import Case
from twinbed.bench.protocols.software_as_device import _classifiers, _strips

SAMPLING_HZ, SECONDS = 200.0, 60.0
_WAVES = (  # at s from R, width s, lead I mV, lead II mV
    (-0.16, 0.020, 0.08, 0.12),
    (-0.03, 0.008, -0.06, -0.08),
    (0.0, 0.010, 0.70, 1.00),
    (0.03, 0.009, -0.12, -0.18),
    (0.26, 0.045, 0.18, 0.28),
)
_FEWEST_KEPT, _MANY_KEPT, _CLEAR = 0.5, 0.7, 0.7
"""Shares of intervals that gaps leave: fewest, and those with which any probability will do; a clear probability."""
_REFRACTORY_S, _AROUND_S, _ALIKE, _MOST_LOST, _SLOWEST_HZ = 0.25, 0.06, 0.75, 0.3, 50.0
_SHORT_GAP_S, _MUCH_LONGER, _FEWEST_BEATS, _FEWEST_INTERVALS = 0.15, 1.6, 12, 8
"""A gap that hides one beat at most, and how much longer than the others an interval across it is if it does."""


def cases(n: int, seed: int) -> Iterator[Case]:
    """One recording of each of so many persons, half of them in fibrillation."""
    wanted = {True: n // 2, False: n - n // 2}
    for person in _strips.persons(20 * n, seed):
        fibrillates = person.rhythm_of(0) == _strips.FIBRILLATION
        if not wanted[fibrillates]:
            continue
        wanted[fibrillates] -= 1
        ecg = recording(person.strip(0, int(SECONDS / _REFRACTORY_S)), fibrillates, seed, person.number)
        name = f"p{person.number:03d}"
        groups = {k: v for k, v in _strips.groups(person, 0).items() if k != "sensor"}
        yield Case(
            name, name, {"ecg_mv": ecg, "sampling_hz": SAMPLING_HZ}, {"fibrillation": float(fibrillates)}, groups
        )


def recording(rr_s: np.ndarray, fibrillates: bool, seed: int, number: int) -> np.ndarray:
    """Leads I and II of beats with these intervals, mV [lead, sample]."""
    n = int(SECONDS * SAMPLING_HZ)
    out, phase = np.zeros((2, n)), placed_uniforms(1, seed, "f wave", number)[0]
    beats = np.cumsum(rr_s) - 0.5 * rr_s[0]
    for at in beats[beats < SECONDS + 0.5]:
        first, last = max(0, int((at - 0.35) * SAMPLING_HZ)), min(n, int((at + 0.5) * SAMPLING_HZ))
        own = np.arange(first, last) / SAMPLING_HZ - at
        for wave, (centre, width, one, two) in enumerate(_WAVES):
            if not (fibrillates and wave == 0):
                out[:, first:last] += np.outer((one, two), np.exp(-0.5 * ((own - centre) / width) ** 2))
    if fibrillates:
        out += 0.05 * np.sin(2.0 * np.pi * (6.0 * np.arange(n) / SAMPLING_HZ + phase))
    return out


@functools.cache
def _band(sampling_hz: float) -> np.ndarray:
    high = min(20.0, 0.45 * sampling_hz)
    return np.asarray(dsp.butter(2, (min(8.0, 0.5 * high), high), "bandpass", fs=sampling_hz, output="sos"))


def good(stimulus: Mapping[str, Any]) -> Mapping[str, Any]:
    """Band-pass, beats by the energy of both leads, intervals without gaps; no result where beats are not alike."""
    fs = float(stimulus["sampling_hz"])
    given = np.asarray(stimulus["ecg_mv"], float)
    lost = np.asarray(np.isnan(given).any(axis=0))
    none = {"probability": 0.5, "result": 0.5}
    if lost.mean() > _MOST_LOST or fs < _SLOWEST_HZ:
        return none
    band = dsp.sosfiltfilt(_band(fs), _bridged(given, lost), axis=1)
    width = max(1, int(0.08 * fs))
    energy = np.convolve((band**2).sum(axis=0), np.full(width, 1.0 / width), "same")
    peaks, _ = dsp.find_peaks(energy, height=0.25 * np.quantile(energy, 0.98), distance=max(1, int(_REFRACTORY_S * fs)))
    around = int(_AROUND_S * fs) + 2
    peaks = peaks[(peaks >= around) & (peaks < given.shape[1] - around)]
    if len(peaks) < _FEWEST_BEATS or _likeness(band, peaks, around) < _ALIKE:
        return none
    rr = _intervals(peaks, lost, around, fs)
    kept = len(rr) / (len(peaks) - 1)
    if len(rr) < _FEWEST_INTERVALS or kept < _FEWEST_KEPT:
        return none
    answer = _classifiers.good({"rr_s": rr})
    clear = max(answer["probability"], 1.0 - answer["probability"]) >= _CLEAR
    return answer if kept >= _MANY_KEPT or clear else none


def _intervals(peaks: np.ndarray, lost: np.ndarray, around: int, fs: float) -> np.ndarray:
    """The intervals between beats, s, that lost samples leave as they are.

    A complex beside a gap may be cut and its place wrong. An interval across a short gap is kept unless it is so long
    that a beat may be hidden there.
    """
    near = np.convolve(lost, np.ones(2 * around + 1), "same") > 0.5
    edges = np.flatnonzero(np.diff(np.r_[False, lost, False])).reshape(-1, 2)
    long = np.zeros(len(lost))
    for first, last in edges[np.diff(edges)[:, 0] > _SHORT_GAP_S * fs]:
        long[first:last] = 1.0
    same = lambda of: np.diff(np.cumsum(of)[peaks]) == 0.0
    rr, whole = np.diff(peaks) / fs, same(lost)
    kept = ~near[peaks[1:]] & ~near[peaks[:-1]] & same(long)
    if (kept & whole).any():
        kept &= whole | (rr <= _MUCH_LONGER * np.median(rr[kept & whole]))
    return rr[kept]


def _bridged(given: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """The signal with straight lines over its gaps."""
    if not lost.any():
        return given
    place = np.arange(given.shape[1])
    return np.stack([np.interp(place, place[~lost], lead[~lost]) for lead in given])


def _likeness(band: np.ndarray, peaks: np.ndarray, around: int) -> float:
    """The median correlation of beats with their mean, of the lead where it is larger."""
    beats = band[:, peaks[:, None] + np.arange(-around, around + 1)]
    beats = beats - beats.mean(axis=2, keepdims=True)
    mean = beats.mean(axis=1, keepdims=True)
    length = np.linalg.norm(beats, axis=2) * np.linalg.norm(mean, axis=2) + 1e-12
    return float(np.median((beats * mean).sum(axis=2) / length, axis=1).max())


def bad_unfiltered(stimulus: Mapping[str, Any]) -> Mapping[str, Any]:
    """Counts whatever in lead I rises above 0.35 mV, and always has a result."""
    fs = float(stimulus["sampling_hz"])
    lead = np.nan_to_num(np.asarray(stimulus["ecg_mv"], float)[0])
    peaks, _ = dsp.find_peaks(lead, height=0.35, distance=max(1, int(_REFRACTORY_S * fs)))
    if len(peaks) < _FEWEST_BEATS:
        return {"probability": 0.1, "result": 0.0}
    return {**_classifiers.good({"rr_s": np.diff(peaks) / fs}), "result": _decided(np.diff(peaks) / fs)}


def bad_closes_gaps(stimulus: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leaves lost samples out and joins what is left, so that beats come too early."""
    given = np.asarray(stimulus["ecg_mv"], float)
    kept = given[:, ~np.isnan(given).any(axis=0)]
    if kept.shape[1] < 400:
        return {"probability": 0.5, "result": 0.5}
    return good({**stimulus, "ecg_mv": kept})


def _decided(rr_s: np.ndarray) -> float:
    return float(expit(_classifiers.features(rr_s) @ _classifiers.WEIGHTS) >= 0.5)
