"""What fat and protein do to a meal of carbohydrate.

Fat slows the stomach and lowers insulin sensitivity, protein turns into glucose late. The
fat that counts is what was eaten since the meal began; it counts until the next meal begins.
Protein adds glucose through two compartments in a row.

Every number comes from one small study or convention (each parameter's source); the form of
the dependence on the amount, 1 / (1 + c fat), is an interpolation of two measured amounts.

*Known limits*: average effects with large differences between people; no early slowing by
protein; no effect of the kind of fat, of fibre or of alcohol.

**References:**

- Laxminarayan et al. (2015), Diabetes Technol Ther 17(11):785, doi:10.1089/dia.2015.0118
- Wolpert et al. (2013), Diabetes Care 36(4):810, doi:10.2337/dc12-0092
- Pankowska et al. (2009), Pediatr Diabetes 10(5):298
- Paterson et al. (2017), Diabet Med 34(6):851, doi:10.1111/dme.13347
"""

import abc
from typing import Generic, TypeVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool

from twinbed.core.device import Nothing
from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var

S = TypeVar("S", bound=eqx.Module)


class AbstractFood(eqx.Module, Generic[S]):
    """What is in a meal besides carbohydrate."""

    @abc.abstractmethod
    def initial(self) -> S:
        """Nothing eaten."""

    @abc.abstractmethod
    def jump(self, dt: Scalar, x: S, fat: Scalar, starts: Bool[Array, ""]) -> S:
        """After the fat of a step of `dt` minutes, in g/min; `starts` with a new meal."""

    @abc.abstractmethod
    def rhs(self, x: S, protein: Scalar) -> S:
        """Time derivative, with protein in g/min."""

    @abc.abstractmethod
    def emptying(self, x: S, rate: Scalar) -> Scalar:
        """Rate at which the stomach empties."""

    @abc.abstractmethod
    def sensitivity(self, x: S, gain: Scalar) -> Scalar:
        """A gain of insulin action."""

    @abc.abstractmethod
    def appearance(self, x: S, appearance: Scalar, amount_per_g: Scalar) -> Scalar:
        """Appearance of glucose from the gut, in the model's amount per minute."""


class CarbohydrateOnly(AbstractFood[Nothing]):
    """Only carbohydrate counts."""

    def initial(self) -> Nothing:
        return Nothing()

    def jump(self, dt: Scalar, x: Nothing, fat: Scalar, starts: Bool[Array, ""]) -> Nothing:
        del dt, fat, starts
        return x

    def rhs(self, x: Nothing, protein: Scalar) -> Nothing:
        del protein
        return x

    def emptying(self, x: Nothing, rate: Scalar) -> Scalar:
        del x
        return rate

    def sensitivity(self, x: Nothing, gain: Scalar) -> Scalar:
        del x
        return gain

    def appearance(self, x: Nothing, appearance: Scalar, amount_per_g: Scalar) -> Scalar:
        del x, amount_per_g
        return appearance


class State(eqx.Module):
    """Fat of the present meal and protein on its way."""

    fat: Scalar = var("g", "fat eaten since the meal began")
    protein1: Scalar = var("g", "protein in the first compartment")
    protein2: Scalar = var("g", "protein in the second compartment")


class MixedMeal(AbstractFood[State]):
    """Fat and protein count too."""

    fat_slowing: Scalar = param(
        0.0096, "1/g", "slowing of the stomach by fat", bounds=(0.0, 0.05),
        source="Laxminarayan 2015: time to peak 71 min with 10 g, 102 min with 60 g of fat",
    )  # fmt: skip
    fat_resistance: Scalar = param(
        0.0042, "1/g", "loss of insulin sensitivity by fat", bounds=(0.0, 0.05),
        source="Laxminarayan 2015: sensitivity 8.72 with 10 g, 7.25 with 60 g of fat",
    )  # fmt: skip
    protein_glucose: Scalar = param(
        0.4, "1", "glucose from protein, as eaten carbohydrate", bounds=(0.0, 1.0),
        source="Pankowska 2009: 100 kcal count as 10 g of carbohydrate, at 4 kcal/g",
    )  # fmt: skip
    protein_time: Scalar = param(
        120.0, "min", "time constant of each of the two protein compartments", bounds=(30.0, 400.0),
        source="chosen so that glucose rises from 150 to 300 min after it, as Paterson 2017 saw; not fitted",
    )  # fmt: skip

    def initial(self) -> State:
        zero = jnp.zeros_like(self.fat_slowing)
        return State(zero, zero, zero)

    def jump(self, dt: Scalar, x: State, fat: Scalar, starts: Bool[Array, ""]) -> State:
        return State(jnp.where(starts, 0.0, x.fat) + fat * dt, x.protein1, x.protein2)

    def rhs(self, x: State, protein: Scalar) -> State:
        moving = x.protein1 / self.protein_time
        return State(jnp.zeros_like(x.fat), protein - moving, moving - x.protein2 / self.protein_time)

    def emptying(self, x: State, rate: Scalar) -> Scalar:
        return rate / (1.0 + self.fat_slowing * x.fat)

    def sensitivity(self, x: State, gain: Scalar) -> Scalar:
        return gain / (1.0 + self.fat_resistance * x.fat)

    def appearance(self, x: State, appearance: Scalar, amount_per_g: Scalar) -> Scalar:
        return appearance + amount_per_g * self.protein_glucose * x.protein2 / self.protein_time
