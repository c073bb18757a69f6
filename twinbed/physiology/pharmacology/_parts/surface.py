"""What concentrations do: sigmoid curves on which drugs of one kind add up.

Each drug counts in units of the concentration at which it has half of its effect; a blocker makes those units
larger. Units on one surface add up (Loewe), and the size and the steepness of the curve are the means of the
drugs' own by their share of the units, so that every drug alone has its published curve. Effects of different
surfaces multiply or add, as the target asks.

*Known limits*: within a surface drugs are additive, unless one of them makes the others more potent.

**References:**

- Minto, Schnider, Short, Gregg, Gentilini & Shafer (2000), Anesthesiology 92(6):1603,
  doi:10.1097/00000542-200006000-00017 (the surface, here with equal potency at every share)
- Gaddum (1937), J Physiol 89(7 suppl) (competitive antagonists)
"""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from twinbed.core.model import Scalar
from twinbed.core.quantities import param
from twinbed.physiology.pharmacology._parts.rows import cells, table

_FILE = "the drug's file in vocab/drugs"


class Exposure(eqx.Module):
    """What a drug is worth in units of another."""

    on: str = eqx.field(static=True)
    receptor: str = eqx.field(static=True)
    site: str = eqx.field(static=True)
    ec50: Scalar = param(1.0, "mg/L", "concentration that is one unit", bounds=(1e-9, 1e4), source=_FILE)


class Steeper(eqx.Module):
    """A curve that is not as steep above half the effect as below."""

    gamma: Scalar = param(1.0, "1", "steepness above half the effect", bounds=(0.2, 20.0), source=_FILE)


class Answered(eqx.Module):
    """Vessels whose answer disease changes in another way than that to nerves and catecholamines."""

    hyporeactivity: Scalar = param(
        1.0, "1", "share of what disease takes of vessels' answers that it takes of this one", bounds=(-10.0, 1.0),
        source=_FILE,
    )  # fmt: skip


class Effect(eqx.Module):
    """The curve of one drug on one target."""

    on: str = eqx.field(static=True)
    receptor: str = eqx.field(static=True)
    surface: str = eqx.field(static=True)
    site: str = eqx.field(static=True)
    emax: Scalar = param(1.0, "1", "size at the highest concentration", bounds=(-1e4, 1e4), source=_FILE)
    ec50: Scalar = param(1.0, "mg/L", "concentration of half the effect", bounds=(1e-9, 1e4), source=_FILE)
    gamma: Scalar = param(1.0, "1", "steepness", bounds=(0.2, 20.0), source=_FILE)
    above: tuple[Steeper, ...] = ()
    answered: tuple[Answered, ...] = ()


class Block(eqx.Module):
    """A competitive antagonist at a receptor."""

    receptor: str = eqx.field(static=True)
    site: str = eqx.field(static=True)
    kb: Scalar = param(1.0, "mg/L", "concentration that doubles what agonists need", bounds=(1e-9, 1e4), source=_FILE)


class Boost(eqx.Module):
    """What makes agonists at a receptor more potent on a target."""

    receptor: str = eqx.field(static=True)
    on: str = eqx.field(static=True)
    site: str = eqx.field(static=True)
    emax: Scalar = param(0.0, "1", "how much more potent at most", bounds=(-1.0, 100.0), source=_FILE)
    ec50: Scalar = param(1.0, "mg/L", "concentration of half of it", bounds=(1e-9, 1e4), source=_FILE)


def sigmoid(x: Float[Array, "*any"], steep: Float[Array, "*any"]) -> Float[Array, "*any"]:
    """x^steep / (1 + x^steep) for x at or above 0, with finite derivatives there."""
    some = x > 0.0
    return jnp.where(some, jax.lax.logistic(steep * jnp.log(jnp.where(some, x, 1.0))), 0.0)


def sizes(
    effects: Sequence[Effect], units: Float[Array, " curve"], surfaces: Sequence[Sequence[int]]
) -> Float[Array, " surface"]:
    """The effect of every surface.

    Args:
        effects: the curves.
        units: what the drug of each has at its site, in units of its `ec50`.
        surfaces: the places of the curves of each surface.
    """
    by_surface = table(units, surfaces)
    whole = by_surface.sum(axis=1)
    some = whole > 0.0
    shares = by_surface / jnp.where(some, whole, 1.0)[:, None]
    mean = lambda number: (shares * cells([[number(effects[k]) for k in s] for s in surfaces])).sum(axis=1)
    above = mean(lambda e: e.above[0].gamma if e.above else e.gamma)
    steep = jnp.where(whole > 1.0, above, mean(lambda e: e.gamma))
    return mean(lambda e: e.emax) * sigmoid(whole, jnp.where(some, steep, 1.0))
