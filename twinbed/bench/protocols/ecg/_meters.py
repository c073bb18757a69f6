"""Heart rate meters that the protocol knows by name, and how a monitor of twinbed is put in their place."""

from collections.abc import Callable, Mapping

import jax.numpy as jnp
import numpy as np
from scipy import ndimage, signal

from twinbed.bench.ecg.rate_meter import read_rate
from twinbed.bench.play import play
from twinbed.bench.protocol import Values
from twinbed.core.device import AbstractDevice
from twinbed.core.errors import StudyError
from twinbed.devices.software.alarm_system import AlarmSystem

Meter = Callable[[Values], dict[str, np.ndarray]]


def _read(stimulus: Values) -> dict[str, np.ndarray]:
    found = read_rate(
        np.asarray(stimulus["ecg"], float), stimulus["sampling_frequency_hz"], np.asarray(stimulus["time_s"], float),
        alarm_low=float(stimulus["alarm_low"]), alarm_high=float(stimulus["alarm_high"]),
    )  # fmt: skip
    return {"heart_rate": found.heart_rate, "alarm": found.alarm}


def _slow(stimulus: Values) -> dict[str, np.ndarray]:
    """Shows and alarms twelve seconds late, as one that averages once more for a calm display."""
    late, found = round(12.0 / (stimulus["time_s"][1] - stimulus["time_s"][0])), _read(stimulus)
    held = lambda values, first: np.concatenate([np.full(late, first), values])[: len(values)]
    return {"heart_rate": held(found["heart_rate"], np.nan), "alarm": held(found["alarm"], 0.0)}


def _counts_pulses(stimulus: Values) -> dict[str, np.ndarray]:
    """No rejection of pacemaker pulses: what is steep is a complex."""
    frequency = stimulus["sampling_frequency_hz"]
    sos = signal.butter(2, [5.0, 40.0], "bandpass", fs=frequency, output="sos")
    height = np.abs(np.asarray(signal.sosfilt(sos, np.asarray(stimulus["ecg"], float))))
    return _of_peaks(stimulus, height, 0.1, 0.25)


def _counts_t_waves(stimulus: Values) -> dict[str, np.ndarray]:
    """Looks for complexes below 8 Hz, where T waves are as high: a tall one counts twice."""
    frequency = stimulus["sampling_frequency_hz"]
    calm = ndimage.median_filter(np.asarray(stimulus["ecg"], float), size=21, mode="nearest")
    sos = signal.butter(2, [1.0, 8.0], "bandpass", fs=frequency, output="sos")
    return _of_peaks(stimulus, np.asarray(signal.sosfilt(sos, calm)), 0.07, 0.2)


def _of_peaks(stimulus: Values, wave: np.ndarray, height: float, apart_s: float) -> dict[str, np.ndarray]:
    """The rate and its alarm by the peaks of a wave in the last eight seconds."""
    frequency, time = stimulus["sampling_frequency_hz"], np.asarray(stimulus["time_s"], float)
    beats = signal.find_peaks(wave, height=height, distance=round(apart_s * frequency))[0] / frequency
    kept = [beats[(beats <= now) & (beats > now - 8.0)] for now in time.tolist()]
    rate = np.array([60.0 * (len(k) - 1) / (k[-1] - k[0]) if len(k) > 1 else 0.0 for k in kept])
    beyond = (rate < stimulus["alarm_low"]) | (rate > stimulus["alarm_high"])
    return {"heart_rate": rate, "alarm": beyond.astype(float)}


def _blank(stimulus: Values) -> dict[str, np.ndarray]:
    """Goes blank, without an alarm, whenever the heart stands still or is fast."""
    found = _read(stimulus)
    odd = ~((found["heart_rate"] > 0.0) & (found["heart_rate"] < 150.0))
    return {"heart_rate": np.where(odd, np.nan, found["heart_rate"]), "alarm": np.where(odd, 0.0, found["alarm"])}


def _keeps_limits(stimulus: Values) -> dict[str, np.ndarray]:
    """Alarms beyond 60 to 100 bpm, whatever limits it is given."""
    return _read({**stimulus, "alarm_low": 60.0, "alarm_high": 100.0})


METERS: Mapping[str, Meter] = {
    "good": _read,
    "bad": _counts_pulses,
    "bad_t_wave": _counts_t_waves,
    "bad_slow": _slow,
    "bad_blank": _blank,
    "bad_limits": _keeps_limits,
}


def attached(device: AbstractDevice) -> Meter:
    """A monitor of twinbed that reads the lead as II, averaged over its own period, with twinbed's alarm system.

    The alarm system has the limits of the case and no time without alarms after switching on.
    """

    def answered(stimulus: Values) -> dict[str, np.ndarray]:
        frequency, time = stimulus["sampling_frequency_hz"], np.asarray(stimulus["time_s"], float)
        n = max(1, round(device.period_s * frequency))
        seen = signal.lfilter(np.full(n, 1.0 / n), [1.0], np.asarray(stimulus["ecg"], float))
        shown = play(device, {"ecg_ii": np.asarray(seen)}, 1.0 / frequency)
        if "monitor_heart_rate" not in shown:
            raise StudyError(f"{type(device).__name__} shows no heart rate (monitor_heart_rate)")
        at = np.minimum(np.round(time * frequency).astype(np.int64), len(seen) - 1)
        rate = shown["monitor_heart_rate"]
        valid = shown.get("monitor_heart_rate_valid", np.ones(len(rate)))
        watch = AlarmSystem(
            heart_rate_low=jnp.asarray(float(stimulus["alarm_low"])), grace_time=jnp.asarray(0.0),
            heart_rate_high=jnp.asarray(float(stimulus["alarm_high"])), latching=jnp.asarray(0.0),
            heart_rate_very_low=jnp.asarray(0.5 * float(stimulus["alarm_low"])),
            heart_rate_very_high=jnp.asarray(2.0 * float(stimulus["alarm_high"])),
        )  # fmt: skip
        signals = {"monitor_heart_rate": rate, "monitor_heart_rate_valid": valid}
        alarm = play(watch, signals, 1.0 / frequency)["alarm_priority"]
        return {
            "heart_rate": np.where(valid[at] > 0.5, rate[at], np.nan), "alarm": (alarm[at] > 0.5).astype(float),
        }  # fmt: skip

    return answered
