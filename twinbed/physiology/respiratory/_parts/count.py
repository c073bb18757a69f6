"""Breaths as a bystander counts them: by the flow at the mouth, whoever makes it."""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var

_ASSUMED = "assumed"


class Counted(eqx.Module):
    """The breath that goes in or out now, and the last whole one."""

    inward: Scalar = var("1", "1 from the start of an inspiration to the start of expiration")
    since: Scalar = var("s", "time since the last inspiration began")
    volume: Scalar = var("L", "volume that it has brought in so far")
    lung_before: Scalar = var("L", "volume of the lungs when it began")
    last_volume: Scalar = var("L", "volume of the last whole breath, known when the next one begins")
    last_period: Scalar = var("s", "time between the last two inspirations")


class Count(eqx.Module):
    """How flow becomes breaths."""

    least_flow: Scalar = param(
        1.0, "L/min", "flow that counts as breathing; the uptake of oxygen alone draws a quarter of that",
        bounds=(0.1, 20.0), source=_ASSUMED,
    )  # fmt: skip
    least_volume: Scalar = param(
        0.03, "L", "volume below which nobody sees a breath", bounds=(0.001, 0.3), source=_ASSUMED
    )
    shortest: Scalar = param(
        0.4, "s", "time within which flow that stutters is one breath", bounds=(0.1, 1.0), source=_ASSUMED
    )

    def first(self, volume: Scalar, period: Scalar, lung: Scalar) -> Counted:
        """A breath is due; those before had this volume and came one in each period."""
        return Counted(jnp.zeros_like(volume), period, volume, lung, volume, period)

    def noted(self, x: Counted, flow: Scalar, lung: Scalar) -> Counted:
        """What is known once flow (L/min) and volume of the lungs (L) are these."""
        turns = (x.inward < 0.5) & (flow > self.least_flow)
        begins = turns & (x.since >= self.shortest)
        ends = (x.inward > 0.5) & (flow < -self.least_flow)
        return Counted(
            inward=jnp.where(turns, 1.0, jnp.where(ends, 0.0, x.inward)),
            since=jnp.where(begins, 0.0, x.since),
            volume=jnp.where(begins, 0.0, x.volume),
            lung_before=jnp.where(begins, lung, x.lung_before),
            last_volume=jnp.where(begins, x.volume, x.last_volume),
            last_period=jnp.where(begins, jnp.minimum(x.since, 4.0 * x.last_period), x.last_period),
        )

    def change(self, x: Counted, inward: Scalar) -> Counted:
        """How it changes while gas flows in (L/s, never less than zero)."""
        zero = jnp.zeros_like
        return Counted(
            inward=zero(x.inward),
            since=jnp.ones_like(x.since),
            volume=jnp.where(x.inward > 0.5, inward, 0.0),
            lung_before=zero(x.lung_before),
            last_volume=zero(x.last_volume),
            last_period=zero(x.last_period),
        )

    def shown(self, x: Counted) -> tuple[Scalar, Scalar]:
        """Breaths a second, and volume of a breath; a late breath makes the first fall, none makes both zero."""
        still = (x.since > 2.5 * x.last_period) | (x.last_volume < self.least_volume)
        late = jnp.where(x.since > 1.5 * x.last_period, x.since, x.last_period)
        return jnp.where(still, 0.0, 1.0) / late, jnp.where(still, 0.0, x.last_volume)
