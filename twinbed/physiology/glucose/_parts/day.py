"""How insulin sensitivity and the liver change over the day.

Insulin sensitivity takes one value from 4 h, one from 11 h and one from 17 h (breakfast,
lunch and dinner). At dawn the production of glucose rises in a straight line and insulin
works less.

*Known limits*: no variation from day to day; the published description of dawn says how
production rises but not how it returns: here it returns at once when dawn ends.

**References:**

- Visentin et al. (2015), Diabetes Technol Ther 17(1):1, doi:10.1089/dia.2014.0192
- Visentin et al. (2018), J Diabetes Sci Technol 12(2):273, doi:10.1177/1932296818757747
- Hinshaw et al. (2013), Diabetes 62(7):2223, doi:10.2337/db12-1759
- Mallad et al. (2015), Diabetes Technol Ther 17(8):587 (as reported by Visentin 2018)
"""

import abc

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar, Time
from twinbed.core.quantities import param

_CLASSES = "Visentin 2015, as tabulated in bhurpeau/simglucose-s2017 (paper not reopened)"

VISENTIN_2015_CLASSES: tuple[tuple[float, float, float, float], ...] = (
    (0.10, 1.0, 1.0, 1.0),
    (0.05, 1.0, 1.0, 0.4),
    (0.05, 1.0, 0.4, 1.0),
    (0.10, 1.0, 0.4, 0.4),
    (0.20, 0.4, 1.0, 1.0),
    (0.20, 0.4, 1.0, 0.4),
    (0.30, 0.4, 0.4, 1.0),
)
"""Probability, and sensitivity at breakfast, lunch and dinner, of the seven patterns of a day."""


class Clock(eqx.Module):
    """When the parts of a day begin, in minutes from midnight."""

    breakfast: Scalar = param(240.0, "min", "begin of the breakfast part", bounds=(0.0, 720.0), source=_CLASSES)
    lunch: Scalar = param(660.0, "min", "begin of the lunch part", bounds=(300.0, 900.0), source=_CLASSES)
    dinner: Scalar = param(1020.0, "min", "begin of the dinner part", bounds=(600.0, 1440.0), source=_CLASSES)
    day: Scalar = param(1440.0, "min", "length of a day", source="definition")

    def time_of_day(self, t: Time) -> Scalar:
        """Minutes from midnight."""
        return jnp.mod(t, self.day)

    def choose(self, time_of_day: Scalar, *, breakfast: Scalar, lunch: Scalar, dinner: Scalar) -> Scalar:
        """The value of the present part of the day; the night belongs to dinner."""
        after_lunch = jnp.where(time_of_day < self.dinner, lunch, dinner)
        after_breakfast = jnp.where(time_of_day < self.lunch, breakfast, after_lunch)
        return jnp.where(time_of_day < self.breakfast, dinner, after_breakfast)


class AbstractSensitivity(eqx.Module):
    """Insulin sensitivity over the day."""

    @abc.abstractmethod
    def scaled(self, t: Time, gain: Scalar) -> Scalar:
        """A gain of insulin action at time `t`."""


class ConstantSensitivity(AbstractSensitivity):
    """The same insulin sensitivity all day, as in S2008 and S2013."""

    def scaled(self, t: Time, gain: Scalar) -> Scalar:
        del t
        return gain


class IntradaySensitivity(AbstractSensitivity):
    """An insulin sensitivity for breakfast, lunch and dinner, as in S2017."""

    breakfast: Scalar = param(
        0.4, "1", "sensitivity from the breakfast hour on", bounds=(0.1, 3.0), source=_CLASSES + ", class 5"
    )
    lunch: Scalar = param(
        1.0, "1", "sensitivity from the lunch hour on", bounds=(0.1, 3.0), source=_CLASSES + ", class 5"
    )
    dinner: Scalar = param(
        1.0,
        "1",
        "sensitivity from the dinner hour on and at night",
        bounds=(0.1, 3.0),
        source=_CLASSES + ", class 5",
    )
    clock: Clock = eqx.field(default_factory=Clock)

    def scaled(self, t: Time, gain: Scalar) -> Scalar:
        now = self.clock.time_of_day(t)
        return gain * self.clock.choose(now, breakfast=self.breakfast, lunch=self.lunch, dinner=self.dinner)


class AbstractDawn(eqx.Module):
    """What the early morning does to the liver and to insulin-dependent utilisation."""

    @abc.abstractmethod
    def production(self, t: Time, production: Scalar) -> Scalar:
        """Endogenous production at zero glucose and insulin, mg/kg/min."""

    @abc.abstractmethod
    def utilisation(self, t: Time, utilisation: Scalar) -> Scalar:
        """Insulin-dependent utilisation, mg/kg/min."""


class NoDawn(AbstractDawn):
    """The early morning is like the rest of the day."""

    def production(self, t: Time, production: Scalar) -> Scalar:
        del t
        return production

    def utilisation(self, t: Time, utilisation: Scalar) -> Scalar:
        del t
        return utilisation


class Dawn(AbstractDawn):
    """Production that rises from 3 to 7 h, and insulin that works less, as in S2017."""

    begin: Scalar = param(180.0, "min", "begin of dawn", bounds=(0.0, 480.0), source="Mallad 2015 (Visentin 2018)")
    end: Scalar = param(420.0, "min", "end of dawn", bounds=(60.0, 720.0), source="Mallad 2015 (Visentin 2018)")
    rise: Scalar = param(
        1.5, "mg/kg/min", "rise of endogenous production at the end of dawn", bounds=(0.0, 4.0),
        source="Mallad 2015 (Visentin 2018)",
    )  # fmt: skip
    resistance: Scalar = param(
        0.0, "1", "share of insulin-dependent utilisation lost at the end of dawn", bounds=(0.0, 0.9),
        source="Visentin 2018 describes a decrease without its size; none is assumed",
    )  # fmt: skip
    day: Scalar = param(1440.0, "min", "length of a day", source="definition")

    def course(self, t: Time) -> Scalar:
        """From 0 at the begin to 1 at the end of dawn, 0 outside."""
        now = jnp.mod(t, self.day)
        inside = (now >= self.begin) & (now < self.end)
        return jnp.where(inside, (now - self.begin) / (self.end - self.begin), 0.0)

    def production(self, t: Time, production: Scalar) -> Scalar:
        return production + self.rise * self.course(t)

    def utilisation(self, t: Time, utilisation: Scalar) -> Scalar:
        return utilisation * (1.0 - self.resistance * self.course(t))
