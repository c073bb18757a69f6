"""Three compartments around plasma, the way to it, and sites that follow it, for many drugs side by side.

**References:**

- Shafer & Gregg (1992), J Pharmacokinet Biopharm 20(2):147, doi:10.1007/BF01071000
"""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var

Row = Float[Array, " drug"]
Held = Float[Array, " site"]
_FILE = "the drug's file in vocab/drugs"


class Amounts(eqx.Module):
    """Where the drugs are."""

    central: Row = var("mg", "amount in plasma and what mixes with it at once")
    fast: Row = var("mg", "amount in the fast compartment")
    slow: Row = var("mg", "amount in the slow compartment")


class OnTheWay(eqx.Module):
    """What is between the vein that it was given into and the arteries."""

    amount: Scalar = var("mg", "amount in a stretch of the way")


class Followed(eqx.Module):
    """What sites hold, one of each drug that has as many."""

    concentration: Held = var("mg/L", "concentration where drugs act")


class Mammillary(eqx.Module):
    """Volumes and clearances of one drug in one patient."""

    v1: Scalar = param(1.0, "L", "central volume", bounds=(1e-3, 1e3), source=_FILE)
    v2: Scalar = param(1.0, "L", "volume of the fast compartment", bounds=(1e-3, 1e4), source=_FILE)
    v3: Scalar = param(1.0, "L", "volume of the slow compartment", bounds=(1e-3, 1e4), source=_FILE)
    clearance: Scalar = param(1.0, "L/min", "elimination", bounds=(0.0, 100.0), source=_FILE)
    q2: Scalar = param(0.0, "L/min", "exchange with the fast compartment", bounds=(0.0, 100.0), source=_FILE)
    q3: Scalar = param(0.0, "L/min", "exchange with the slow compartment", bounds=(0.0, 100.0), source=_FILE)


class Site(eqx.Module):
    """A place where a concentration follows another."""

    rate: Scalar = param(1.0, "1/min", "how fast it follows", bounds=(0.0, 20.0), source=_FILE)


class Path(eqx.Module):
    """The way from a vein to the arteries, crossed as fast as the heart pumps."""

    volume: Scalar = param(1.9, "L", "blood between vein and artery", bounds=(1e-2, 20.0), source=_FILE)
    fastest: Scalar = param(
        60.0, "1/min", "how fast a stretch is crossed at most", bounds=(1.0, 60.0), source="chosen: a step of the model"
    )

    def rhs(self, x: tuple[OnTheWay, ...], given: Scalar, flow: Scalar) -> tuple[tuple[OnTheWay, ...], Scalar]:
        """Time derivative of its stretches, and what arrives, mg/min; `flow` is the cardiac output in L/min."""
        rate = jnp.minimum(len(x) * flow / self.volume, self.fastest)
        leaves = [rate * stretch.amount for stretch in x]
        enters = [given, *leaves[:-1]]
        return tuple(OnTheWay(a - b) for a, b in zip(enters, leaves, strict=True)), leaves[-1]


class Making(eqx.Module):
    """What the body makes of a drug itself."""

    rate: Scalar = param(0.0, "mg/min", "what is made", bounds=(0.0, 10.0), source=_FILE)


def spread(kinetics: Mammillary, x: Amounts, given: Row, made: Row, slowed: Row, flowing: Scalar) -> Amounts:
    """Time derivative per minute.

    Args:
        kinetics: side by side.
        x: the amounts.
        given: what is given, mg/min.
        made: what the body makes, mg/min.
        slowed: factor on the clearance.
        flowing: share of the blood that carries drugs.
    """
    plasma, fast, slow = x.central / kinetics.v1, x.fast / kinetics.v2, x.slow / kinetics.v3
    into_fast, into_slow = kinetics.q2 * (plasma - fast), kinetics.q3 * (plasma - slow)
    eliminated = kinetics.clearance * slowed * plasma
    central = given + flowing * (made - eliminated - into_fast - into_slow)
    return Amounts(central, flowing * into_fast, flowing * into_slow)
