"""Reads and replaces what a wrapped device shows, by the name of the signal."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TypeVar

import equinox as eqx

from twinbed.core.component import output_template
from twinbed.core.device import AbstractDevice, Scalar
from twinbed.core.errors import WiringError
from twinbed.core.quantities import ports

O = TypeVar("O", bound=eqx.Module)

_COMPANION = {
    "cgm": "cgm_valid",
    "meter_glucose": "meter_valid",
    "bolus_command": "bolus_command_number",
    "meal_bolus": "meal_bolus_number",
}
"""The flag of a reading and the number of a bolus: one without the other means nothing."""


def _field_of_signal(outputs: type) -> dict[str, str]:
    return {port.signal: name for name, port in ports(outputs).items()}


def shown_by(device: AbstractDevice) -> tuple[str, ...]:
    """The signals that a device shows, in order of declaration."""
    return tuple(_field_of_signal(type(output_template(device))))


def require(wrapper: object, device: AbstractDevice, signals: Iterable[str]) -> None:
    """Raises `WiringError`, which lists what the device shows, if one of the signals is missing."""
    shown = shown_by(device)
    missing = [s for s in signals if s not in shown]
    if missing:
        raise WiringError(
            f"{type(wrapper).__name__} needs {', '.join(missing)}, which {type(device).__name__} "
            f"does not show; it shows {', '.join(shown)}"
        )


def read(outputs: eqx.Module, signal: str) -> Scalar:
    """The value shown under the name of a signal."""
    return getattr(outputs, _field_of_signal(type(outputs))[signal])


def replaced(outputs: O, values: Mapping[str, Scalar]) -> O:
    """The outputs with other values for some signals."""
    fields = _field_of_signal(type(outputs))
    return dataclasses.replace(outputs, **{fields[s]: v for s, v in values.items()})


def validity_of(device: AbstractDevice, signal: str) -> str | None:
    """The flag that says whether a reading is there, if the device shows one."""
    flag = _COMPANION.get(signal)
    return flag if flag is not None and flag.endswith("_valid") and flag in shown_by(device) else None


def with_companion(device: AbstractDevice, signal: str) -> tuple[str, ...]:
    """The signal and, if the device shows it, what belongs to it."""
    other = _COMPANION.get(signal)
    return (signal, other) if other is not None and other in shown_by(device) else (signal,)
