"""Sensors of twinbed in the place of the device under test, well and with the faults that occur in practice."""

from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from twinbed.bench.glucose.sensor import SteadyCgm
from twinbed.bench.play import play
from twinbed.bench.protocol import Values
from twinbed.core.device import AbstractDevice, AbstractWrapper
from twinbed.devices.faults.bias import Bias
from twinbed.devices.faults.delay import Delay
from twinbed.devices.faults.drift import Drift
from twinbed.devices.faults.stuck import Stuck
from twinbed.devices.sensing.compression import Compression

Device = Callable[[Values], Any]
_EVERY_S, _CLEAR_MG_DL = 300.0, 5.0


def shows(sensor: AbstractDevice, faults: Mapping[str, Callable[[np.ndarray], np.ndarray]] | None = None) -> Device:
    """A sensor as a device under test: it is worn since `wear_d` and sees `interstitial_glucose` every 5 min.

    Args:
        sensor: any that shows `cgm` and `cgm_valid`.
        faults: signals of the scenario, each as a function of the time in minutes.
    """

    def device(stimulus: Values) -> dict[str, np.ndarray]:
        time = np.asarray(stimulus["time_min"], float)
        signals = {"interstitial_glucose": np.asarray(stimulus["interstitial_glucose"], float)}
        signals |= {name: np.asarray(of(time), float) for name, of in (faults or {}).items()}
        shown = play(_worn(sensor, float(stimulus["wear_d"])), signals, _EVERY_S, unit=int(stimulus["sensor"]))
        return {"cgm": np.where(shown["cgm_valid"] > 0.5, shown["cgm"], np.nan)}

    return device


def alarmed(sensor: Device) -> Device:
    """A sensor with threshold alarms, which end once readings are 5 mg/dL away from the threshold again."""

    def device(stimulus: Values) -> dict[str, np.ndarray]:
        cgm = np.asarray(sensor(stimulus)["cgm"], float)
        low = _latched(-cgm, -float(stimulus["low_mg_dl"]))
        high = _latched(cgm, float(stimulus["high_mg_dl"]))
        return {"cgm": cgm, "low_alarm": low, "high_alarm": high}

    return device


def _latched(value: np.ndarray, threshold: float) -> np.ndarray:
    """1 from where the value reaches the threshold until it is 5 below; a missing reading changes nothing."""
    out, sounds = np.zeros(len(value)), False
    for k, now in enumerate(value):
        sounds = now >= threshold or (sounds and not now < threshold - _CLEAR_MG_DL)
        out[k] = float(sounds)
    return out


def _worn(device: AbstractDevice, wear_d: float) -> AbstractDevice:
    """The sensor with so many days of wear, under whatever is wrapped around it; one without an age has none."""
    if isinstance(device, AbstractWrapper):
        return eqx.tree_at(lambda d: d.device, device, _worn(device.device, wear_d))
    if hasattr(device, "age_at_start"):
        return eqx.tree_at(lambda d: d.age_at_start, device, jnp.asarray(wear_d, float))
    return device


def always(time_min: np.ndarray) -> np.ndarray:
    """A fault that lasts for the whole session."""
    return np.ones_like(time_min)


def lain_on(time_min: np.ndarray) -> np.ndarray:
    """Somebody lies on the sensor for an hour in every two."""
    return (np.mod(time_min, 120.0) >= 60.0).astype(float)


def frozen(time_min: np.ndarray) -> np.ndarray:
    """The reading stands still from the second hour on."""
    return (time_min >= 120.0).astype(float)


def faulty(sensor: AbstractDevice) -> dict[str, Device]:
    """The same sensor with one fault each; `bad_noise` is one of its own."""
    deep = Compression(sensor, amplitude=jnp.asarray(48.0))
    return {
        "bad": shows(Bias(sensor, relative=jnp.asarray(0.2)), {"fault_bias": always}),
        "bad_drift": shows(Drift(sensor, relative=jnp.asarray(0.06)), {"fault_drift": always}),
        "bad_compression": shows(deep, {"compression": lain_on}),
        "bad_stuck": shows(Stuck(sensor), {"fault_stuck": frozen}),
        "bad_noise": shows(SteadyCgm(noise_sd=jnp.asarray(25.0), memory=jnp.asarray(0.0))),
        "bad_late": shows(Delay(sensor, ticks=6), {"fault_delay": always}),
    }
