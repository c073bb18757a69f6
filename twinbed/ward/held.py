"""A device that runs at its own, slower period in a bed that ticks more often, for the sake of who acts at the bed."""

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.device import AbstractDevice, AbstractWrapper, Nothing, Wrapped
from twinbed.core.model import Scalar
from twinbed.core.noise import Noise
from twinbed.core.quantities import var
from twinbed.devices._signals import read, replaced, shown_by


class State(eqx.Module):
    """The device, and what it showed at its last own tick."""

    inner: eqx.Module
    kept: tuple[Scalar, ...] = var("1", "last shown values, in the units of their signals")


class Held(AbstractWrapper[State, Nothing, eqx.Module]):
    """A device of a slower period. It reads and acts at its own ticks, and holds what it showed in between.

    A flag that a reading is new (`cgm_valid`) holds for the tick of the reading alone.
    """

    device: AbstractDevice
    often_s: float = eqx.field(static=True)

    @property
    def period_s(self) -> float:
        """The period of the bed, of which that of the device is a multiple."""
        return self.often_s

    def initial(self, noise: Noise) -> State:
        return State(self.device.initial(noise), (jnp.zeros((), noise.dtype),) * len(shown_by(self.device)))

    def step(self, t_s: Scalar, x: State, u: Wrapped, noise: Noise) -> tuple[State, eqx.Module]:
        inner, outputs = self.device.step(t_s, x.inner, u.inner, noise)
        every = round(self.device.period_s / self.often_s)
        due = jnp.mod(jnp.round(t_s / self.often_s), float(every)) == 0.0
        pick = lambda new, old: jnp.where(due, new, old)
        names = shown_by(self.device)
        kept = tuple(pick(read(outputs, name), old) for name, old in zip(names, x.kept, strict=True))
        now = {n: jnp.where(due, v, 0.0) if n.endswith("_valid") else v for n, v in zip(names, kept, strict=True)}
        return State(jax.tree.map(pick, inner, x.inner), kept), replaced(outputs, now)
