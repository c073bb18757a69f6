"""What a ventilator measures of every breath, and what it alarms for."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.model import Scalar
from twinbed.core.quantities import var
from twinbed.devices._clock import SECONDS_PER_MINUTE
from twinbed.devices._recent import Recent, nothing_yet

_KEPT = 8
"""Breaths in the averages of rate and minute volume."""
_FEW = 4.0
"""Breaths before a minute volume is believed."""
_LEAK_WEIGHT = 0.3
"""Weight of the last breath in the estimate of the leak."""
_LEAST_DRIVE = 0.5
"""Difference of plateau and end-expiratory pressure, cmH2O, below which no compliance is measured."""
_CAME_BACK = 0.7
"""Share of the inspired volume that must come back for a compliance to be measured."""
MILLILITRES_PER_LITRE = 1000.0
_HIGH_PRESSURE, _LOW_PRESSURE, _APNOEA, _LOW_VOLUME, _HIGH_PEEP = 1.0, 2.0, 3.0, 4.0, 5.0


class Reading(eqx.Module):
    """What the sensors say at a tick; flows leave the machine."""

    pressure: Scalar = var("cm[H2O]", "pressure at the airway opening")
    flow: Scalar = var("L/s", "flow")
    mean_flow: Scalar = var("L/s", "mean flow since the last tick")
    patient_flow: Scalar = var("L/s", "flow less the leak")
    mean_patient_flow: Scalar = var("L/s", "mean flow less the leak since the last tick")
    inside: Scalar = var("cm[H2O]", "pressure in the lung, as estimated")


class Breath(eqx.Module):
    """Sums over the present breath, which begins with inspiration."""

    whole: Scalar = var("1", "1 if it began with an inspiration and the circuit stayed connected")
    duration: Scalar = var("s", "time since it began")
    peak_pressure: Scalar = var("cm[H2O]", "highest pressure")
    pressure_time: Scalar = var("cm[H2O].s", "integral of pressure")
    flow_time: Scalar = var("L", "integral of flow: what was lost")
    inspired: Scalar = var("L", "volume inspired")
    expired: Scalar = var("L", "volume expired")
    peak_flow: Scalar = var("L/s", "highest flow")
    inside_before: Scalar = var("cm[H2O]", "pressure in the lung when it began, as estimated")
    seeks_zero: Scalar = var("1", "1 until flow has turned after the last change of phase")
    pressure_before: Scalar = var("cm[H2O]", "pressure at the last tick")
    flow_before: Scalar = var("L/s", "flow to the patient at the last tick")


class Shown(eqx.Module):
    """Numbers of the last breath, and of the last few."""

    peak_pressure: Scalar = var("cm[H2O]", "peak pressure")
    plateau_pressure: Scalar = var("cm[H2O]", "pressure at zero flow after inspiration")
    mean_pressure: Scalar = var("cm[H2O]", "mean pressure")
    total_peep: Scalar = var("cm[H2O]", "pressure at zero flow after expiration")
    inspired: Scalar = var("L", "inspired volume")
    expired: Scalar = var("L", "expired volume")
    compliance: Scalar = var("L/cm[H2O]", "expired volume by what drove it")
    leak: Scalar = var("L/s/cm[H2O]", "conductance of the leak, as estimated")
    durations: Recent
    volumes: Recent

    def elastance(self) -> Scalar:
        """The compliance as an elastance, cmH2O/L; 0 while it is not known."""
        known = self.compliance > 0.0
        return jnp.where(known, 1.0 / jnp.where(known, self.compliance, 1.0), 0.0)


class Watch(eqx.Module):
    """Timers of the alarms."""

    was_high: Scalar = var("1", "1 from a pressure that was too high to the end of a breath without one")
    is_high: Scalar = var("1", "1 if pressure was too high in this breath")
    low_time: Scalar = var("s", "time without pressure")


class Limits(eqx.Module):
    """When to alarm."""

    high_pressure: Scalar
    low_pressure: Scalar
    low_pressure_time: Scalar
    apnoea_time: Scalar
    minute_volume: Scalar
    peep: Scalar


def first_breath(zero: Scalar) -> Breath:
    """No breath yet."""
    return Breath(**dict.fromkeys(_names(Breath), zero))


def nothing_shown(zero: Scalar) -> Shown:
    """Nothing measured yet."""
    none = nothing_yet(zero, _KEPT)
    return Shown(**{**dict.fromkeys(_names(Shown), zero), "durations": none, "volumes": none})


def _names(cls: type) -> list[str]:
    return [field.name for field in dataclasses.fields(cls)]


def at_zero_flow(b: Breath, now: Reading) -> Scalar:
    """Pressure where the line through the last two readings has no flow."""
    change = now.patient_flow - b.flow_before
    share = -b.flow_before / jnp.where(change == 0.0, 1.0, change)
    return b.pressure_before + jnp.clip(share, 0.0, 1.0) * (now.pressure - b.pressure_before)


def followed(b: Breath, now: Reading, expiring: Bool[Array, ""], turned: Bool[Array, ""], dt: float) -> Breath:
    """The present breath with one more tick."""
    into, out = jnp.maximum(now.mean_patient_flow, 0.0), jnp.maximum(-now.mean_patient_flow, 0.0)
    return Breath(
        whole=b.whole,
        duration=b.duration + dt,
        peak_pressure=jnp.maximum(b.peak_pressure, now.pressure),
        pressure_time=b.pressure_time + now.pressure * dt,
        flow_time=b.flow_time + now.mean_flow * dt,
        inspired=b.inspired + jnp.where(expiring, 0.0, into) * dt,
        expired=b.expired + jnp.where(expiring, out, 0.0) * dt,
        peak_flow=jnp.maximum(b.peak_flow, now.patient_flow),
        inside_before=b.inside_before,
        seeks_zero=jnp.where(turned, 0.0, b.seeks_zero),
        pressure_before=now.pressure,
        flow_before=now.patient_flow,
    )


def begun(b: Breath, now: Reading, starts: Bool[Array, ""], ends: Bool[Array, ""]) -> Breath:
    """Sums begin anew with an inspiration; after it begins and after it ends the turn of flow is sought."""
    kept = jax.tree.map(lambda old: jnp.where(starts, 0.0, old), b)
    others = lambda k: (k.whole, k.inside_before, k.seeks_zero, k.pressure_before, k.flow_before)
    whole = jnp.where(starts, 1.0, b.whole)
    inside = jnp.where(starts, now.inside, b.inside_before)
    seeks = jnp.where(starts | ends, 1.0, b.seeks_zero)
    return eqx.tree_at(others, kept, (whole, inside, seeks, b.pressure_before, b.flow_before))


class Turn(eqx.Module):
    """Whether flow turned at this tick, after which phase, and at which pressure."""

    now: Bool[Array, ""]
    expiring: Bool[Array, ""]
    pressure: Scalar


def published(x: Shown, b: Breath, now: Reading, turn: Turn, starts: Bool[Array, ""]) -> Shown:
    """What is shown after this tick; a breath is summed up when the next one starts, even if it moved nothing."""
    plateau = jnp.where(turn.now & turn.expiring, turn.pressure, x.plateau_pressure)
    total_peep = jnp.where(turn.now & ~turn.expiring, turn.pressure, x.total_peep)
    complete = starts & (b.whole > 0.5)
    drive = plateau - x.total_peep
    measured = (b.inspired > 0.0) & (drive > _LEAST_DRIVE) & (b.expired > _CAME_BACK * b.inspired)
    compliance = jnp.where(measured, b.expired / jnp.where(measured, drive, 1.0), x.compliance)
    stayed = x.compliance * (now.inside - b.inside_before)
    lost = jnp.maximum(b.flow_time - stayed, 0.0) / jnp.maximum(b.pressure_time, 1e-3)
    weight = jnp.where(x.durations.count > 1.0, _LEAK_WEIGHT, 0.0)  # the first breaths fill the lungs to PEEP
    kept = lambda new, old: jnp.where(complete, new, old)
    return Shown(
        peak_pressure=kept(b.peak_pressure, x.peak_pressure),
        plateau_pressure=plateau,
        mean_pressure=kept(b.pressure_time / jnp.maximum(b.duration, 1e-3), x.mean_pressure),
        total_peep=total_peep,
        inspired=kept(b.inspired, x.inspired),
        expired=kept(b.expired, x.expired),
        compliance=kept(compliance, x.compliance),
        leak=kept(x.leak + weight * (lost - x.leak), x.leak),
        durations=x.durations.with_value(b.duration, complete),
        volumes=x.volumes.with_value(b.expired, complete),
    )


def forgotten(x: Shown, when: Bool[Array, ""]) -> Shown:
    """The same, or without the breaths that rate and minute volume are of, where these are too old."""
    return eqx.tree_at(lambda s: (s.durations, s.volumes), x, (x.durations.cleared(when), x.volumes.cleared(when)))


def is_known(x: Shown) -> Bool[Array, ""]:
    """Whether a breath was measured lately: what is shown of the last one is a reading then, and else of the past."""
    return x.durations.count > 0.0


def per_minute(x: Shown, since: Scalar) -> tuple[Scalar, Scalar]:
    """Breaths a minute and minute volume (L/min) of the last breaths; both fall while none comes.

    Args:
        since: time since the last breath began, s.
    """
    lasts = x.durations.total() + jnp.maximum(since - x.durations.mean(), 0.0)
    per_second = jnp.where(x.durations.count > 0.0, 1.0 / jnp.maximum(lasts, 1e-3), 0.0)
    return SECONDS_PER_MINUTE * x.durations.count * per_second, SECONDS_PER_MINUTE * x.volumes.total() * per_second


def watched(x: Watch, now: Reading, high: Scalar, low: Scalar, starts: Bool[Array, ""], dt: float) -> Watch:
    """The timers after this tick."""
    is_high = jnp.where(starts, 0.0, x.is_high)
    was_high = jnp.where(starts, x.is_high, x.was_high)
    too_high = now.pressure >= high
    return Watch(
        was_high=jnp.where(too_high, 1.0, was_high),
        is_high=jnp.where(too_high, 1.0, is_high),
        low_time=jnp.where(now.pressure < low, x.low_time + dt, 0.0),
    )


def idle(standby: Bool[Array, ""], breath: Breath, shown: Shown, watch: Watch) -> tuple[Breath, Shown, Watch]:
    """What is known of breaths, and of their alarms, in standby: nothing."""
    zero = jnp.zeros_like(breath.duration)
    fresh = (first_breath(zero), nothing_shown(zero), Watch(zero, zero, zero))
    return jax.tree.map(lambda new, old: jnp.where(standby, new, old), fresh, (breath, shown, watch))


def alarm(x: Watch, shown: Shown, limits: Limits, since: Scalar, backup: Scalar) -> Scalar:
    """The most urgent alarm there is."""
    _, volume = per_minute(shown, since)
    known = shown.volumes.count >= _FEW
    code = jnp.where(shown.total_peep > limits.peep, _HIGH_PEEP, jnp.zeros_like(since))
    code = jnp.where(known & (volume < limits.minute_volume), _LOW_VOLUME, code)
    code = jnp.where((since > limits.apnoea_time) | (backup > 0.0), _APNOEA, code)
    code = jnp.where(x.low_time > limits.low_pressure_time, _LOW_PRESSURE, code)
    return jnp.where(jnp.maximum(x.was_high, x.is_high) > 0.0, _HIGH_PRESSURE, code)
