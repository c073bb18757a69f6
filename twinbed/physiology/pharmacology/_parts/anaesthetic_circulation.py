"""What hypnotics and opioids do to resistance, stroke volume and heart rate.

The turnover model of Su for propofol and remifentanil. Its feedback is of the pressure that tone, stroke volume and
rate make by themselves, so that loss of blood or other drugs do not move it. Concentrations are plasma's, in
propofol's and remifentanil's units; with the feedback what they ask for comes within five minutes.

*Known limits*: estimated in healthy volunteers who breathed by themselves; without the fall of stroke volume by rate,
which the circulation gives. Above `saturation` more opioid does no more, as in patients.

**References:**

- Su, Koomen, Eleveld, Struys & Colin (2023), Br J Anaesth 131(2):222, doi:10.1016/j.bja.2023.04.043
- Sjøen et al. (2024): the falls after induction are the same at 2, 4 and 8 ug/L of remifentanil
"""

import math

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param, var
from twinbed.physiology.pharmacology._parts.surface import sigmoid

_SU = "Su 2023, doi:10.1016/j.bja.2023.04.043"
_LEAST = 0.05
"""Pressure, as a share of rest, below which feedback rises no more."""


class Tone(eqx.Module):
    """Where the turnover stands, as shares of rest."""

    resistance: Scalar = var("1", "vascular tone")
    stroke: Scalar = var("1", "stroke volume at an unchanged load")
    rate: Scalar = var("1", "rate of the sinus node")


class AnaestheticCirculation(eqx.Module):
    """The parameters of one patient."""

    turnover: Scalar = param(0.072, "1/min", "how fast tone follows", bounds=(0.005, 5.0), source=_SU)
    feedback: Scalar = param(0.661, "1", "power of pressure with which tone is made", bounds=(0.0, 3.0), source=_SU)
    hypnotic_resistance: Scalar = param(-0.778, "1", "most a hypnotic does to tone", bounds=(-1.0, 0.0), source=_SU)
    hypnotic_resistance_half: Scalar = param(
        3.21, "1", "hypnotic that does half of it, propofol's mg/L", bounds=(0.1, 20.0), source=_SU
    )
    hypnotic_resistance_steep: Scalar = param(1.83, "1", "steepness", bounds=(0.5, 6.0), source=_SU)
    hypnotic_stroke: Scalar = param(
        -0.154, "1", "most a hypnotic does to stroke volume, at 35 years", bounds=(-0.9, 0.0), source=_SU
    )
    hypnotic_stroke_half: Scalar = param(
        0.44, "1", "hypnotic that does half of it, propofol's mg/L", bounds=(0.01, 20.0), source=_SU
    )
    opioid_resistance: Scalar = param(-1.0, "1", "most an opioid does to tone", bounds=(-5.0, 0.0), source=_SU)
    opioid_resistance_half: Scalar = param(
        4.59, "1", "opioid that does half of it, remifentanil's ug/L", bounds=(0.1, 50.0), source=_SU
    )
    opioid_stroke: Scalar = param(0.0581, "1", "slope of stroke volume by opioid", bounds=(-1.0, 1.0), source=_SU)
    opioid_rate: Scalar = param(
        0.0,
        "1",
        "slope of heart rate by opioid",
        bounds=(-1.0, 1.0),
        source="0.0327 in Su 2023, whose volunteers retained carbon dioxide; what that does is the chemoreflex's",
    )
    both_resistance: Scalar = param(1.0, "1", "what an opioid takes from a hypnotic", bounds=(0.0, 2.0), source=_SU)
    both_stroke: Scalar = param(
        -0.212, "1", "what a hypnotic adds to the slope of stroke volume", bounds=(-1.0, 1.0), source=_SU
    )
    both_stroke_half: Scalar = param(0.44, "1", "hypnotic that adds half of it", bounds=(0.01, 20.0), source=_SU)
    both_rate: Scalar = param(
        -0.119, "1", "what a hypnotic adds to the slope of heart rate", bounds=(-1.0, 1.0), source=_SU
    )
    both_rate_half: Scalar = param(0.196, "1", "hypnotic that adds half of it", bounds=(0.01, 20.0), source=_SU)
    saturation: Scalar = param(
        2.5, "1", "opioid above which more does no more", bounds=(0.5, 1e9), source="AnaSim 1.7, after Sjøen 2024"
    )

    @staticmethod
    def of(age: float) -> "AnaestheticCirculation":
        """Those of a typical person of an age in years."""
        return AnaestheticCirculation(hypnotic_stroke=jnp.asarray(-0.154 * math.exp(0.0333 * (age - 35.0))))

    def initial(self) -> Tone:
        one = jnp.ones_like(self.turnover)
        return Tone(one, one, one)

    def turnovers(self, hypnotic: Scalar, opioid: Scalar) -> tuple[Tone, Tone]:
        """Factors on how fast tone is made and lost, from exposures in mg/L of propofol and ug/L of remifentanil."""
        c, r = hypnotic, self.saturation * jnp.tanh(opioid / self.saturation)
        bound = r / (self.opioid_resistance_half + r)
        resistance = self.hypnotic_resistance + self.both_resistance * bound
        stroke = self.opioid_stroke + self.both_stroke * c / (self.both_stroke_half + c)
        rate = self.opioid_rate + self.both_rate * c / (self.both_rate_half + c)
        made = Tone(
            resistance=1.0 + resistance * sigmoid(c / self.hypnotic_resistance_half, self.hypnotic_resistance_steep),
            stroke=1.0 + self.hypnotic_stroke * c / (self.hypnotic_stroke_half + c),
            rate=jnp.ones_like(c),
        )
        return made, Tone(1.0 - self.opioid_resistance * bound, 1.0 - stroke * r, 1.0 - rate * r)

    def rhs(self, x: Tone, hypnotic: Scalar, opioid: Scalar) -> Tone:
        """Time derivative per minute."""
        made, lost = self.turnovers(hypnotic, opioid)
        pressure = jnp.maximum(x.resistance * x.stroke * x.rate, _LEAST)
        fed = jnp.exp(-self.feedback * jnp.log(pressure))
        follow = lambda tone, gain, loss: self.turnover * (fed * gain - tone * loss)
        return Tone(
            follow(x.resistance, made.resistance, lost.resistance),
            follow(x.stroke, made.stroke, lost.stroke),
            follow(x.rate, made.rate, lost.rate),
        )
