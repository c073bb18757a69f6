"""Where blood is in the circulation, and the pressures that follow."""

import functools
import operator
from collections.abc import Iterable

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import var

_STRAIGHT = 3.7


class State(eqx.Module):
    """Volumes, two flows with inertia, what the right heart has of oxygen, and where a contraction is."""

    left_atrium: Scalar = var("mL", "volume of the left atrium")
    left_ventricle: Scalar = var("mL", "volume of the left ventricle")
    arteries: Scalar = var("mL", "volume of the large arteries")
    arterial_flow: Scalar = var("mL/s", "flow into the small arteries")
    small_vessels: Scalar = var("mL", "volume of small arteries and capillaries, all beds")
    splanchnic_veins: Scalar = var("mL", "volume of the splanchnic veins")
    extrasplanchnic_veins: Scalar = var("mL", "volume of the extrasplanchnic veins")
    muscle_veins: Scalar = var("mL", "volume of the veins of muscle")
    cerebral_veins: Scalar = var("mL", "volume of the veins of the brain")
    coronary_veins: Scalar = var("mL", "volume of the veins of the heart")
    thoracic_veins: Scalar = var("mL", "volume of the veins in the chest")
    right_atrium: Scalar = var("mL", "volume of the right atrium")
    right_ventricle: Scalar = var("mL", "volume of the right ventricle")
    pulmonary_arteries: Scalar = var("mL", "volume of the pulmonary arteries")
    pulmonary_flow: Scalar = var("mL/s", "flow into the small vessels of the lungs")
    pulmonary_vessels: Scalar = var("mL", "volume of the small vessels of the lungs")
    pulmonary_veins: Scalar = var("mL", "volume of the pulmonary veins")
    septum: Scalar = var("mL", "volume by which the septum bulges to the right")
    right_spare: Scalar = var("1", "oxygen that can reach the right ventricle less what it asks for, share of rest")
    right_strength: Scalar = var("1", "share of the right ventricle's contractility that its oxygen allows")
    mean_flow: Scalar = var("mL/s", "flow through the systemic beds, averaged over beats")
    since_atria: Scalar = var("s", "time since the atria were activated")
    since_ventricles: Scalar = var("s", "time since the ventricles were activated")
    active: Scalar = var("1", "activation of the ventricles that fades, of this contraction or the last one")


class Pressures(eqx.Module):
    """Pressure everywhere, mmHg."""

    chest: Scalar
    left_atrium: Scalar
    left_ventricle: Scalar
    arteries: Scalar
    small_vessels: Scalar
    veins: tuple[Scalar, ...]
    thoracic_veins: Scalar
    right_atrium: Scalar
    right_ventricle: Scalar
    active: Scalar
    pulmonary_arteries: Scalar
    pulmonary_vessels: Scalar
    pulmonary_veins: Scalar
    flow_out_left: Scalar
    flow_out_right: Scalar


def summed(parts: Iterable[Scalar]) -> Scalar:
    """The sum of some."""
    return functools.reduce(operator.add, parts)


def veins_of(x: State) -> tuple[Scalar, ...]:
    """The veins of all beds."""
    return x.splanchnic_veins, x.extrasplanchnic_veins, x.muscle_veins, x.cerebral_veins, x.coronary_veins


def heart(x: State) -> Scalar:
    """Blood in the heart."""
    return x.left_atrium + x.left_ventricle + x.right_atrium + x.right_ventricle


def total(x: State) -> Scalar:
    """All blood."""
    lungs = x.pulmonary_arteries + x.pulmonary_vessels + x.pulmonary_veins
    return heart(x) + lungs + x.arteries + x.small_vessels + summed(veins_of(x)) + x.thoracic_veins


def stiffening(stretch: Scalar) -> Scalar:
    """Exponential up to forty times the scale, from there on straight, so that no step can run away."""
    within = jnp.minimum(stretch, _STRAIGHT)
    return jnp.exp(within) * (1.0 + (stretch - within))
