"""Devices that the protocols know by name: our own, others' that are installed, and bad ones."""

from collections.abc import Callable, Mapping

import numpy as np
from scipy import signal

from twinbed.bench.ecg import (
    classify_beats,
    detect_qrs,
    detect_qrs_online,
    find_fibrillation,
    find_ventricular_fibrillation,
)
from twinbed.bench.protocol import Values
from twinbed.connect.wfdb import package


def _qrs(stimulus: Values) -> dict[str, np.ndarray]:
    return {"beats": detect_qrs(stimulus["ecg"], stimulus["sampling_frequency_hz"])}


def _online(stimulus: Values) -> dict[str, np.ndarray]:
    return {"beats": detect_qrs_online(stimulus["ecg"], stimulus["sampling_frequency_hz"])[0]}


def _xqrs(stimulus: Values) -> dict[str, np.ndarray]:
    """The detector of the package wfdb, as it comes."""
    detector = package("wfdb.processing").XQRS(sig=np.asarray(stimulus["ecg"]), fs=stimulus["sampling_frequency_hz"])
    detector.detect(verbose=False)
    return {"beats": np.asarray(detector.qrs_inds, np.int64)}


def _fixed_threshold(stimulus: Values) -> dict[str, np.ndarray]:
    """Peaks above 0.6 mV of the ECG as it is: misses small beats, takes tall T waves and a wandering baseline."""
    ecg, frequency = np.asarray(stimulus["ecg"], float), stimulus["sampling_frequency_hz"]
    return {"beats": signal.find_peaks(np.nan_to_num(ecg), height=0.6, distance=int(0.2 * frequency))[0]}


def _late(stimulus: Values) -> dict[str, np.ndarray]:
    """A good detector whose time stamps are late by 200 ms, as one that forgets the delay of its filters."""
    beats = _qrs(stimulus)["beats"] + round(0.2 * stimulus["sampling_frequency_hz"])
    return {"beats": beats[beats < len(stimulus["ecg"])]}


def _steep(stimulus: Values) -> dict[str, np.ndarray]:
    """Whatever is steeper than 25 mV/s: muscle noise is full of it."""
    frequency = stimulus["sampling_frequency_hz"]
    slope = np.abs(np.diff(np.nan_to_num(np.asarray(stimulus["ecg"], float)), prepend=0.0)) * frequency
    return {"beats": signal.find_peaks(slope, height=25.0, distance=int(0.2 * frequency))[0]}


BEATS: Mapping[str, Callable[[Values], dict[str, np.ndarray]]] = {
    "good": _qrs,
    "qrs": _qrs,
    "qrs_online": _online,
    "xqrs": _xqrs,
    "bad": _fixed_threshold,
    "bad_late": _late,
}
"""`good` is our own detector for recordings."""


def _classified(stimulus: Values) -> dict[str, np.ndarray]:
    frequency = stimulus["sampling_frequency_hz"]
    beats = detect_qrs(stimulus["ecg"], frequency)
    leads = [stimulus[name] for name in ("ecg", "ecg_2") if name in stimulus]
    return {"beats": beats, "symbols": classify_beats(leads, frequency, beats)}


def _by_prematurity(stimulus: Values) -> dict[str, np.ndarray]:
    """Whatever comes early is ventricular."""
    beats = _qrs(stimulus)["beats"]
    rr = np.diff(beats, prepend=beats[:1] - 1)
    early = rr < 0.85 * np.median(rr)
    return {"beats": beats, "symbols": np.where(early, "V", "N")}


def _all_normal(stimulus: Values) -> dict[str, np.ndarray]:
    beats = _qrs(stimulus)["beats"]
    return {"beats": beats, "symbols": np.full(len(beats), "N")}


def _fibrillation(stimulus: Values) -> dict[str, np.ndarray]:
    found = _classified(stimulus)
    starts, ends = find_fibrillation(found["beats"], found["symbols"], stimulus["sampling_frequency_hz"])
    return {"starts": starts, "ends": ends}


def _any_irregularity(stimulus: Values) -> dict[str, np.ndarray]:
    """Every minute whose intervals vary by more than a tenth: ectopic beats and noise are fibrillation to it."""
    frequency, length = stimulus["sampling_frequency_hz"], len(stimulus["ecg"])
    beats = _qrs(stimulus)["beats"]
    edges = np.arange(0, length, int(60 * frequency))
    irregular = []
    for first in edges:
        rr = np.diff(beats[(beats >= first) & (beats < first + 60 * frequency)])
        irregular.append(len(rr) > 3 and rr.std() > 0.1 * rr.mean())
    starts = edges[np.array(irregular, bool)]
    return {"starts": starts, "ends": np.minimum(starts + int(60 * frequency) - 2, length - 1)}


def _rates(
    detect: Callable[[Values], dict[str, np.ndarray]], *, averaged: int | None = None
) -> Callable[[Values], dict[str, np.ndarray]]:
    """The heart rate at every beat that is found, by the mean of the intervals that are asked for, or of others."""

    def answered(stimulus: Values) -> dict[str, np.ndarray]:
        beats = detect(stimulus)["beats"]
        n = averaged or int(stimulus["averaged_intervals"])
        over = beats[n:] - beats[:-n] if len(beats) > n else np.zeros(0)
        return {"places": beats[n:], "heart_rate": 60.0 * stimulus["sampling_frequency_hz"] * n / over}

    return answered


def _usual_rate(stimulus: Values) -> dict[str, np.ndarray]:
    """Shows a rate only where intervals are even: where the rhythm is irregular, and counts, it is silent."""
    found = _rates(_qrs)(stimulus)
    rate = found["heart_rate"]
    calm = np.abs(rate - np.median(rate)) < 0.05 * np.median(rate) if len(rate) else np.zeros(0, bool)
    return {"places": found["places"], "heart_rate": np.where(calm, rate, np.nan)}


RATES = {
    "good": _rates(_qrs),
    "qrs_online": _rates(_online),
    "bad": _rates(_fixed_threshold),
    "bad_slow": _rates(_qrs, averaged=100),
    "bad_silent": _usual_rate,
}
"""`bad_slow` averages over a hundred intervals, so that a change shows a minute late."""


def _ventricular(stimulus: Values) -> dict[str, np.ndarray]:
    found = find_ventricular_fibrillation(np.asarray(stimulus["ecg"], float), stimulus["sampling_frequency_hz"])
    return {"starts": found[0], "ends": found[1]}


def _fast_is_fibrillation(stimulus: Values) -> dict[str, np.ndarray]:
    """Fibrillation wherever eight beats in a row come faster than 140 a minute, whatever they look like."""
    beats, frequency = _online(stimulus)["beats"], stimulus["sampling_frequency_hz"]
    fast = np.append(np.diff(beats) < 60.0 / 140.0 * frequency, False)
    edges = np.flatnonzero(np.diff(fast, prepend=False)).reshape(-1, 2)
    edges = edges[np.diff(edges)[:, 0] >= 8]
    return {"starts": beats[edges[:, 0]], "ends": beats[edges[:, 1]] - 1}


def _no_beat_is_fibrillation(stimulus: Values) -> dict[str, np.ndarray]:
    """Fibrillation wherever no steep complex is found for three seconds: standstill is fibrillation to it."""
    frequency, length = stimulus["sampling_frequency_hz"], len(stimulus["ecg"])
    beats = np.concatenate([[0], _steep({**stimulus})["beats"], [length - 1]])
    long = np.flatnonzero(np.diff(beats) > 3.0 * frequency)
    return {"starts": beats[long] + 1, "ends": beats[long + 1] - 1}


def _hesitant(stimulus: Values) -> dict[str, np.ndarray]:
    """The good one, but it waits for twenty seconds until it is sure: it is late, and misses what is short."""
    found, wait = _ventricular(stimulus), round(20.0 * stimulus["sampling_frequency_hz"])
    kept = found["ends"] - found["starts"] > wait
    return {"starts": found["starts"][kept] + wait, "ends": found["ends"][kept]}


VENTRICULAR = {
    "good": _ventricular,
    "bad": _fast_is_fibrillation,
    "bad_standstill": _no_beat_is_fibrillation,
    "bad_late": _hesitant,
}
NOISY = {**BEATS, "bad": _steep, "bad_threshold": _fixed_threshold}
CLASSIFIERS = {"good": _classified, "bad": _by_prematurity, "bad_normal": _all_normal}
FIBRILLATION = {"good": _fibrillation, "bad": _any_irregularity}
