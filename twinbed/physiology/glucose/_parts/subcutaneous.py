"""Absorption of fast-acting insulin from the subcutaneous tissue.

Two compartments in a row, both of which leak into plasma, with or without a delay before
the first. Amounts are per kilogram of body weight.

*Known limits*: absorption does not depend on the dose, the site or the skin temperature.

**References:**

- Dalla Man, Raimondo, Rizza & Cobelli (2007), J Diabetes Sci Technol 1(3):323, doi:10.1177/193229680700100303
- Schiavon, Dalla Man & Cobelli (2018), IEEE Trans Biomed Eng 65(9):2079, doi:10.1109/TBME.2017.2784101
- Visentin et al. (2018), J Diabetes Sci Technol 12(2):273, doi:10.1177/1932296818757747
"""

import abc
from typing import Generic, TypeVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var
from twinbed.physiology.glucose._parts.delay import Line, delayed, full, pushed

S = TypeVar("S", bound=eqx.Module)

_GIM = "Dalla Man 2007, GIM (values as in LoopInsighT1 2.1)"
_SCHIAVON = "Schiavon 2018, as fixed in py_replay_bg 1.4 (model_parameters_t1d.py)"
_LINE_STEPS = 32


class AbstractSubcutaneous(eqx.Module, Generic[S]):
    """Insulin on its way from the skin to plasma."""

    @abc.abstractmethod
    def initial(self, rate: Scalar) -> S:
        """The depot in steady state with an infusion of `rate` pmol/kg/min."""

    @abc.abstractmethod
    def jump(self, dt: Scalar, x: S, rate: Scalar) -> S:
        """The depot when a step of `dt` minutes begins with an infusion of `rate`."""

    @abc.abstractmethod
    def rhs(self, x: S, rate: Scalar) -> S:
        """Time derivative of the depot."""

    @abc.abstractmethod
    def appearance(self, x: S) -> Scalar:
        """Insulin appearing in plasma, pmol/kg/min."""


class Depot(eqx.Module):
    """Insulin in the two compartments."""

    isc1: Scalar = var("pmol/kg", "insulin in the first subcutaneous compartment")
    isc2: Scalar = var("pmol/kg", "insulin in the second subcutaneous compartment")


def depot_at_rest(rate: Scalar, *, kd: Scalar, ka1: Scalar, ka2: Scalar) -> Depot:
    """Two compartments in steady state with an infusion."""
    isc1 = rate / (kd + ka1)
    return Depot(isc1, isc1 * kd / ka2)


def depot_slope(x: Depot, rate: Scalar, *, kd: Scalar, ka1: Scalar, ka2: Scalar) -> Depot:
    """Time derivative of two compartments."""
    return Depot(rate - (kd + ka1) * x.isc1, kd * x.isc1 - ka2 * x.isc2)


class TwoCompartment(AbstractSubcutaneous[Depot]):
    """Two compartments without a delay, as in S2008 and S2013."""

    kd: Scalar = param(
        0.0164, "1/min", "transfer between the subcutaneous compartments", bounds=(0.005, 0.1), source=_GIM
    )
    ka1: Scalar = param(0.0018, "1/min", "absorption from the first compartment", bounds=(0.0, 0.05), source=_GIM)
    ka2: Scalar = param(0.0182, "1/min", "absorption from the second compartment", bounds=(0.003, 0.1), source=_GIM)

    def initial(self, rate: Scalar) -> Depot:
        return depot_at_rest(rate, kd=self.kd, ka1=self.ka1, ka2=self.ka2)

    def jump(self, dt: Scalar, x: Depot, rate: Scalar) -> Depot:
        del dt, rate
        return x

    def rhs(self, x: Depot, rate: Scalar) -> Depot:
        return depot_slope(x, rate, kd=self.kd, ka1=self.ka1, ka2=self.ka2)

    def appearance(self, x: Depot) -> Scalar:
        return self.ka1 * x.isc1 + self.ka2 * x.isc2


class DelayedDepot(eqx.Module):
    """Insulin in the two compartments and what is on its way to them."""

    depot: Depot
    arriving: Scalar = var("pmol/kg/min", "insulin arriving in the first compartment")
    line: Line = var("pmol/kg/min", "infusion during the last steps, newest first")


class Schiavon(AbstractSubcutaneous[DelayedDepot]):
    """Two compartments behind a delay, as in S2017."""

    tau: Scalar = param(8.0, "min", "delay before absorption begins", bounds=(0.0, 30.0), source=_SCHIAVON)
    kd: Scalar = param(
        0.026,
        "1/min",
        "transfer between the subcutaneous compartments",
        bounds=(0.005, 0.1),
        source=_SCHIAVON,
    )
    ka1: Scalar = param(
        0.0, "1/min", "absorption from the first compartment", bounds=(0.0, 0.05),
        source=_SCHIAVON + ": zero in most subjects",
    )  # fmt: skip
    ka2: Scalar = param(0.014, "1/min", "absorption from the second compartment", bounds=(0.003, 0.1), source=_SCHIAVON)

    def initial(self, rate: Scalar) -> DelayedDepot:
        depot = depot_at_rest(rate, kd=self.kd, ka1=self.ka1, ka2=self.ka2)
        return DelayedDepot(depot, rate, full(rate, _LINE_STEPS))

    def jump(self, dt: Scalar, x: DelayedDepot, rate: Scalar) -> DelayedDepot:
        line = pushed(x.line, rate)
        return DelayedDepot(x.depot, delayed(line, self.tau, dt), line)

    def rhs(self, x: DelayedDepot, rate: Scalar) -> DelayedDepot:
        del rate
        depot = depot_slope(x.depot, x.arriving, kd=self.kd, ka1=self.ka1, ka2=self.ka2)
        return DelayedDepot(depot, jnp.zeros_like(x.arriving), jnp.zeros_like(x.line))

    def appearance(self, x: DelayedDepot) -> Scalar:
        return self.ka1 * x.depot.isc1 + self.ka2 * x.depot.isc2
