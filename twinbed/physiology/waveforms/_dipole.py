"""The heart as a dipole: waves along three axes, and what the leads on the body see of them.

Axes are Frank's: x to the left, y to the feet, z to the back. Every wave begins and ends at given times, so that
intervals of the electrocardiogram are what they are declared to be.

**References:**

- Dower, Machado & Osborne (1980), On deriving the electrocardiogram from vectorcardiographic leads, Clin Cardiol 3:87,
  doi:10.1002/clc.1980.3.2.87
- Reyna et al. (2022), PhysioNet/Computing in Cardiology Challenge 2021, doi:10.13026/34va-7q14 (recordings, CC BY 4.0)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param

LEADS: dict[str, tuple[float, float, float]] = {
    "i": (0.632, -0.235, 0.059),
    "ii": (0.235, 1.066, -0.132),
    "v1": (-0.515, 0.157, -0.917),
    "v2": (0.044, 0.164, -1.387),
    "v3": (0.882, 0.098, -1.277),
    "v4": (1.213, 0.127, -0.601),
    "v5": (1.125, 0.127, -0.086),
    "v6": (0.831, 0.076, 0.230),
}
"""Dower's matrix: how much each of the eight independent leads sees of each axis."""

_FITTED = "fitted through Dower's matrix to the mean beat of eight adults in sinus rhythm (Challenge 2021)"


class Dipole(eqx.Module):
    """The heart's dipole, mV along each axis."""

    x: Scalar
    y: Scalar
    z: Scalar

    def __add__(self, other: "Dipole") -> "Dipole":
        return Dipole(self.x + other.x, self.y + other.y, self.z + other.z)

    def scaled(self, by: Scalar) -> "Dipole":
        """The same, larger or smaller."""
        return Dipole(self.x * by, self.y * by, self.z * by)

    def seen(self, lead: str) -> Scalar:
        """What one of the eight independent leads sees, mV."""
        x, y, z = LEADS[lead]
        return x * self.x + y * self.y + z * self.z


class Wave(eqx.Module):
    """A hump of the dipole in one direction."""

    x: Scalar = param(0.0, "mV", "amplitude to the left", bounds=(-5.0, 5.0), source=_FITTED)
    y: Scalar = param(0.0, "mV", "amplitude to the feet", bounds=(-5.0, 5.0), source=_FITTED)
    z: Scalar = param(0.0, "mV", "amplitude to the back", bounds=(-5.0, 5.0), source=_FITTED)
    start: Scalar = param(0.0, "s", "begin after activation", bounds=(0.0, 0.5), source=_FITTED)
    lasts: Scalar = param(0.08, "s", "duration", bounds=(0.01, 0.5), source=_FITTED)

    def at(self, since: Scalar) -> Dipole:
        """The wave at a time after activation."""
        return Dipole(self.x, self.y, self.z).scaled(_hump((since - self.start) / self.lasts))


class Repolarisation(eqx.Module):
    """The T wave, which ends with the QT interval and falls faster than it rises, and the ST segment."""

    x: Scalar = param(0.27, "mV", "amplitude to the left", bounds=(-5.0, 5.0), source=_FITTED)
    y: Scalar = param(0.2, "mV", "amplitude to the feet", bounds=(-5.0, 5.0), source=_FITTED)
    z: Scalar = param(-0.12, "mV", "amplitude to the back", bounds=(-5.0, 5.0), source=_FITTED)
    start: Scalar = param(0.27, "1", "begin, share of the QT interval", bounds=(0.0, 0.9), source=_FITTED)
    skew: Scalar = param(0.7, "1", "0 symmetric, towards 1 a late peak", bounds=(0.0, 0.95), source=_FITTED)
    longer: Scalar = param(
        0.0, "s", "what a wide complex adds to the QT interval", bounds=(0.0, 0.3), source="none after a narrow one"
    )

    def at(self, since: Scalar, interval: Scalar) -> Dipole:
        """The T wave at a time after activation, with a QT interval."""
        ends = interval + self.longer
        share = jnp.clip((since / ends - self.start) / (1.0 - self.start), 0.0, 1.0)
        return Dipole(self.x, self.y, self.z).scaled(_hump(share * (1.0 - self.skew * (1.0 - share))))


class Complex(eqx.Module):
    """What a beat of the ventricles looks like: four waves of activation, and recovery."""

    first: Wave
    second: Wave
    third: Wave
    fourth: Wave
    recovery: Repolarisation

    def at(self, since: Scalar, interval: Scalar) -> Dipole:
        """The beat at a time after activation, with a QT interval."""
        waves = self.first.at(since) + self.second.at(since) + self.third.at(since) + self.fourth.at(since)
        return waves + self.recovery.at(since, interval)


def wave(x: float, y: float, z: float, start: float, lasts: float) -> Wave:
    """A wave of given numbers."""
    return Wave(*(jnp.asarray(value) for value in (x, y, z, start, lasts)))


def narrow() -> Complex:
    """A beat that came through the conduction system; 0.086 s wide."""
    return Complex(
        wave(-0.032, -0.032, -0.156, 0.0, 0.0281),
        wave(0.462, 0.35, -0.289, 0.0128, 0.0471),
        wave(0.766, 0.394, 0.469, 0.0238, 0.0391),
        wave(-0.061, 0.199, 0.53, 0.0139, 0.0722),
        Repolarisation(),
    )


def ventricular() -> Complex:
    """A beat from the outflow tract: like left bundle branch block, axis to the feet; 0.15 s wide."""
    return Complex(
        wave(0.1, 0.35, -0.1, 0.0, 0.08),
        wave(0.35, 0.75, 0.35, 0.02, 0.09),
        wave(0.3, 0.55, 0.55, 0.045, 0.09),
        wave(0.1, -0.1, 0.3, 0.08, 0.07),
        _discordant(-0.25, -0.35, -0.3),
    )


def paced() -> Complex:
    """A beat from the apex of the right ventricle: like left bundle branch block, axis to the head; 0.16 s wide."""
    return Complex(
        wave(0.2, -0.35, 0.1, 0.0, 0.08),
        wave(0.45, -0.6, 0.35, 0.025, 0.09),
        wave(0.4, -0.5, 0.5, 0.055, 0.085),
        wave(0.1, -0.1, 0.2, 0.09, 0.07),
        _discordant(-0.25, 0.35, -0.3),
    )


def _discordant(x: float, y: float, z: float) -> Repolarisation:
    """Recovery against the direction of activation, longer by what the complex is wider."""
    return Repolarisation(*(jnp.asarray(value) for value in (x, y, z, 0.28, 0.5, 0.065)))


def _hump(share: Scalar) -> Scalar:
    """Smoothly from 0 to 1 and back while the share goes from 0 to 1."""
    inside = jnp.clip(share, 0.0, 1.0)
    return jnp.square(4.0 * inside * (1.0 - inside))
