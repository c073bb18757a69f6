"""Instances to check: a component with its defaults, a wrapper around a plain device."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.component import Component, input_template, is_port
from twinbed.core.device import AbstractDevice, AbstractWrapper, Nothing, Role
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import port, quantities
from twinbed.vocab.signals import signal as signal_of


class SensorInputs(eqx.Module):
    """What the plain sensor reads."""

    interstitial_glucose: Scalar = port("interstitial_glucose")


class SensorOutputs(eqx.Module):
    """What the plain sensor shows."""

    cgm: Scalar = port("cgm")
    cgm_valid: Scalar = port("cgm_valid")


class PlainSensor(AbstractDevice[Nothing, SensorInputs, SensorOutputs]):
    """A sensor without error, to wrap in checks."""

    role: ClassVar[Role] = "sensor"
    period_s: float = eqx.field(static=True, default=300.0)

    def initial(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: SensorInputs, noise: Noise) -> tuple[Nothing, SensorOutputs]:
        return x, SensorOutputs(u.interstitial_glucose, jnp.ones_like(u.interstitial_glucose))


class SoftwareInputs(eqx.Module):
    """What the plain software reads."""

    cgm: Scalar = port("cgm")


class SoftwareOutputs(eqx.Module):
    """What the plain software commands."""

    basal_command: Scalar = port("basal_command")
    bolus_command: Scalar = port("bolus_command")
    bolus_command_number: Scalar = port("bolus_command_number")


class PlainSoftware(AbstractDevice[Nothing, SoftwareInputs, SoftwareOutputs]):
    """Proportional dosing, to wrap in checks."""

    role: ClassVar[Role] = "software"
    period_s: float = eqx.field(static=True, default=300.0)

    def initial(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: SoftwareInputs, noise: Noise) -> tuple[Nothing, SoftwareOutputs]:
        zero = jnp.zeros_like(u.cgm)
        return x, SoftwareOutputs(u.cgm / 100.0, zero, zero)


class PumpInputs(eqx.Module):
    """What the plain pump reads."""

    basal_command: Scalar = port("basal_command")


class PumpOutputs(eqx.Module):
    """What the plain pump delivers."""

    insulin_rate: Scalar = port("insulin_rate")
    insulin_reported: Scalar = port("insulin_reported")


class PlainPump(AbstractDevice[Nothing, PumpInputs, PumpOutputs]):
    """A pump that delivers what it is told, to wrap in checks."""

    role: ClassVar[Role] = "actuator"
    period_s: float = eqx.field(static=True, default=60.0)

    def initial(self, noise: Noise) -> Nothing:
        return Nothing()

    def step(self, t_s: Scalar, x: Nothing, u: PumpInputs, noise: Noise) -> tuple[Nothing, PumpOutputs]:
        return x, PumpOutputs(u.basal_command, u.basal_command)


def example(cls: type) -> Any:
    """The component with its defaults; a wrapper is put around the first plain device it accepts.

    Raises:
        TypeError: the class needs arguments that have no default.
    """
    if not issubclass(cls, AbstractWrapper):
        return cls()
    reasons = []
    make: Any = cls
    for inner in (PlainSensor(), PlainSoftware(), PlainPump()):
        try:
            wrapper = make(inner)
        except Exception as error:  # a wrapper says in its own words why it refuses a device
            reasons.append(str(error))
        else:
            return wrapper
    raise TypeError(f"{cls.__name__} accepts none of the plain devices: {'; '.join(reasons)}")


def filled(cls: type, value: float | None = None) -> eqx.Module:
    """Inputs or outputs with a plausible value (or the given one) for every signal."""
    numbers = {name: jnp.asarray(float(value if value is not None else 1.0)) for name in quantities(cls)}
    return cls(**numbers)


def plausible_inputs(
    component: Component, share: float, dtype: type = jnp.float64, *, flags: float | None = None
) -> eqx.Module:
    """Inputs at a share (0 to 1) of each signal's plausible range, wrapped ones included; `flags` of signals 0 to 1."""

    def pick(found: Any) -> Any:
        low, high = signal_of(found.signal).plausible if is_port(found) else (0.0, 0.0)
        at = share if flags is None or (low, high) != (0.0, 1.0) else flags
        return jnp.asarray(low + at * (high - low), dtype)

    return jax.tree.map(pick, input_template(component), is_leaf=is_port)
