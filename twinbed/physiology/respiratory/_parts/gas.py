"""Gas in its places, the state of the lungs, and the mechanics of one moment."""

from collections.abc import Callable

import equinox as eqx

from twinbed.core.model import Scalar
from twinbed.core.quantities import var


class Gas(eqx.Module):
    """Amounts of dry gas in one lung, at standard temperature and pressure."""

    oxygen: Scalar = var("mL", "oxygen")
    carbon_dioxide: Scalar = var("mL", "carbon dioxide")
    nitrogen: Scalar = var("mL", "nitrogen")

    def total(self) -> Scalar:
        """All of it."""
        return self.oxygen + self.carbon_dioxide + self.nitrogen


class Fractions(eqx.Module):
    """Composition of dry gas in one place; the rest is nitrogen."""

    oxygen: Scalar = var("1", "fraction of oxygen")
    carbon_dioxide: Scalar = var("1", "fraction of carbon dioxide")


class State(eqx.Module):
    """Gas everywhere, and how much of the lungs is open."""

    left: Gas
    right: Gas
    under_mask: Fractions
    mouth: Fractions
    trachea: Fractions
    carina: Fractions
    unperfused: Fractions
    pleural_gas_left: Scalar = var("mL", "gas in the left pleura, at standard temperature and pressure")
    pleural_gas_right: Scalar = var("mL", "gas in the right pleura, at standard temperature and pressure")
    open_left: Scalar = var("1", "share of the left lung's unstable alveoli that is open")
    open_right: Scalar = var("1", "share of the right lung's unstable alveoli that is open")
    idle: Scalar = var("1", "share of alveoli without blood that breathing has washed")


class Mechanics(eqx.Module):
    """Volumes, pressures and flows of one moment; tuples are left and right."""

    volume: tuple[Scalar, ...]
    pleura: tuple[Scalar, ...]
    recoil: tuple[Scalar, ...]
    flow: tuple[Scalar, ...]
    aerated: tuple[Scalar, ...]
    airway: Scalar

    def alveolar(self, side: int) -> Scalar:
        """Alveolar pressure of a side."""
        return self.pleura[side] + self.recoil[side]

    def total_flow(self) -> Scalar:
        """Flow into the airway, L/s."""
        return self.flow[0] + self.flow[1]


def oxygen_of(gas: Fractions) -> Scalar:
    """Its oxygen."""
    return gas.oxygen


def carbon_dioxide_of(gas: Fractions) -> Scalar:
    """Its carbon dioxide."""
    return gas.carbon_dioxide


def both(rate: Callable[[Callable[[Fractions], Scalar]], Scalar]) -> Fractions:
    """The same of both gases."""
    return Fractions(rate(oxygen_of), rate(carbon_dioxide_of))


def changed(
    amount: Scalar, into: Scalar, out: Scalar, entering: Fractions, own: Fractions, escape: Scalar, crosses: Gas
) -> Gas:  # fmt: skip
    """How the gas of one lung changes.

    Args:
        amount: mL of dry gas in a litre of it.
        into: flow in, L/s.
        out: flow out, L/s.
        entering: what flows in.
        own: what it holds.
        escape: what the pleura gets, mL/s.
        crosses: what blood gives, below zero what it takes, mL/s.
    """
    of = lambda pick: amount * (into * pick(entering) - out * pick(own)) - escape * pick(own)
    oxygen, carbon = of(oxygen_of), of(carbon_dioxide_of)
    everything = amount * (into - out) - escape
    nitrogen = everything - oxygen - carbon
    return Gas(oxygen + crosses.oxygen, carbon + crosses.carbon_dioxide, nitrogen + crosses.nitrogen)
