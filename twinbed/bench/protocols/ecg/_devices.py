"""Devices that the protocols know by name: our own, others' that are installed, and bad ones."""

from collections.abc import Callable, Mapping

import numpy as np
from scipy import signal

from twinbed.bench.ecg import detect_qrs, detect_qrs_online
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


BEATS: Mapping[str, Callable[[Values], dict[str, np.ndarray]]] = {
    "good": _qrs,
    "qrs": _qrs,
    "qrs_online": _online,
    "xqrs": _xqrs,
    "bad": _fixed_threshold,
    "bad_late": _late,
}
"""`good` is our own detector for recordings."""
