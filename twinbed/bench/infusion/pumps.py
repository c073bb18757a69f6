"""Puts infusion and insulin pumps of twinbed on the bench: told in mL/h, measured in mL.

A pump of a drug is told mg/min by the concentration of its container, an insulin pump [IU]/h of insulin of 100 [IU]/mL.
What is measured is what leaves the line, as a balance does, not what the pump believes.
"""

import dataclasses
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from twinbed.bench.play import ticks_of
from twinbed.core.component import types_of
from twinbed.core.device import AbstractDevice, AbstractWrapper
from twinbed.core.errors import NotFound
from twinbed.core.quantities import ports

_MINUTES_PER_HOUR, _SECONDS_PER_HOUR = 60.0, 3600.0
UNITS_PER_ML = 100.0
"""Insulin of the usual strength, [IU]/mL."""
_OCCLUDED = 1.0
_FAULTS = {"fault_over_delivery": 1.0}
"""A fault that is wrapped around a pump acts all the time."""

Ticks = Float[np.ndarray, " tick"]


@dataclasses.dataclass(frozen=True)
class Measured:
    """What left the line, tick by tick.

    Attributes:
        period_s: of the pump.
        flow: mL/h.
        pressure: in the line, kPa.
        alarm: 1 while the pump alarms for an occlusion.
    """

    period_s: float
    flow: Ticks
    pressure: Ticks
    alarm: Ticks

    def volume(self, times_s: np.ndarray) -> np.ndarray:
        """Delivered since the start at each of these times, mL."""
        given = np.concatenate([[0.0], np.cumsum(self.flow) * (self.period_s / _SECONDS_PER_HOUR)])
        return np.interp(times_s, np.arange(len(given)) * self.period_s, given)

    def at(self, values: Ticks, times_s: np.ndarray) -> np.ndarray:
        """Values in force at each of these times."""
        tick = np.ceil(np.asarray(times_s) / self.period_s - 1e-9).astype(int) - 1
        return values[np.clip(tick, 0, len(values) - 1)]


class Pump:
    """A pump of twinbed on the bench, with faults around it or not."""

    def __init__(self, device: AbstractDevice):
        """Raises `NotFound` for what cannot be told a rate."""
        self.device, inner = device, device
        while isinstance(inner, AbstractWrapper):
            inner = inner.device
        self.inner = inner
        self.inputs: dict[str, Any] = {name: port.signal for name, port in ports(types_of(type(inner)).inputs).items()}
        self.outputs: dict[str, Any] = {
            name: port.signal for name, port in ports(types_of(type(inner)).outputs).items()
        }
        self.is_insulin = {"basal_command", "bolus_command", "bolus_command_number"} <= set(self.inputs)
        if not self.is_insulin and not {"command", "venous_pressure"} <= set(self.inputs):
            raise NotFound(
                f"{type(inner).__name__} cannot be told a rate: give an infusion pump (devices/infusion/syringe_pump, "
                "devices/infusion/volumetric_pump) or an insulin pump (devices/delivery/...)"
            )

    @property
    def period_s(self) -> float:
        """The period of the pump."""
        return self.device.period_s

    def ticks(self, duration_s: float) -> int:
        """How many periods a time has, the last one whole."""
        return int(np.ceil(duration_s / self.period_s - 1e-9))

    def alarming_at(self, pressure_kpa: float) -> "Pump":
        """The same pump with another pressure of its occlusion alarm."""
        return Pump(_with(self.device, "alarm_pressure", pressure_kpa))

    def run(self, rate_ml_h: float | Ticks, ticks: int, *, seed: int, first: int = 0, **others: Any) -> Measured:
        """Tells the pump a rate, and measures.

        Args:
            rate_ml_h: one, or one for every tick.
            ticks: periods.
            seed: which copy of the pump.
            first: number of the first tick, where the same copy is switched on once more.
            others: further inputs by the name of their field, such as `occlusion`.
        """
        rate = np.asarray(rate_ml_h, float)
        if self.is_insulin:
            told = {"basal_command": rate * UNITS_PER_ML}
        else:
            told = {"command": rate * float(self.inner.concentration) / _MINUTES_PER_HOUR}  # pyright: ignore[reportAttributeAccessIssue]
        given = {self.inputs[name]: value for name, value in {**told, **others}.items() if name in self.inputs}
        shown = ticks_of(self.device, given | _FAULTS, ticks, seed=seed, first=first)
        if self.is_insulin:
            flow, alarm, pressure = shown["insulin_rate"] / UNITS_PER_ML, "pump_alarm", "pump_pressure"
        else:
            flow, alarm, pressure = shown[self.outputs["flow"]], self.outputs["alarm"], self.outputs["pressure"]
        return Measured(self.period_s, flow, shown[pressure], (shown[alarm] == _OCCLUDED).astype(float))


def _with(device: AbstractDevice, field: str, value: float) -> AbstractDevice:
    if isinstance(device, AbstractWrapper):
        return eqx.tree_at(lambda d: d.device, device, _with(device.device, field, value))
    return eqx.tree_at(lambda d: getattr(d, field), device, jnp.asarray(value))
