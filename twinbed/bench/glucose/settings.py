"""A device of twinbed with other settings than its own."""

from collections.abc import Mapping
from typing import TypeVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, AbstractWrapper

D = TypeVar("D", bound=AbstractDevice)


def with_settings(device: D, values: Mapping[str, float]) -> D:
    """The device with those of the settings that it has, itself and under whatever is wrapped around it."""
    if isinstance(device, AbstractWrapper):
        device = eqx.tree_at(lambda d: d.device, device, with_settings(device.device, values))
    for name, value in values.items():
        if hasattr(device, name):
            device = eqx.tree_at(lambda d, n=name: getattr(d, n), device, jnp.asarray(value, float))
    return device
