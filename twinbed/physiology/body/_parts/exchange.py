"""What the surroundings take from a body: convection, radiation, evaporation and breath, or water.

Of one square metre of skin. Clothing is a layer of insulation that also slows vapour.

**References:**

- Gagge, Fobelets & Berglund (1986), ASHRAE Trans 92(2B):709; ASHRAE Handbook Fundamentals, chapter 9
- Boutelier, Bougues & Timbal (1977), J Appl Physiol 42(1):93 (convection of water)
"""

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import Scalar
from twinbed.core.quantities import param
from twinbed.physiology.body._parts.regulation import GAGGE

_UNIT = "definition of the unit"
_ANTOINE = "Antoine's equation as in Gagge 1986"
_ROUNDS = 3
"""Rounds for the temperature of the clothes, on which radiation depends little."""


class Air(eqx.Module):
    """What surrounds the body."""

    temperature: Scalar
    """Cel."""
    pressure: Scalar
    """Share of that at sea level."""
    speed: Scalar
    """m/s."""


class Exchange(eqx.Module):
    """Clothes, room and how heat leaves."""

    clothing: Scalar = param(
        0.227,
        "m2.Cel/W",
        "insulation of clothes and bedding; a clo is 0.155",
        bounds=(0.0, 1.5),
        source="chosen: the core at 37 Cel at rest in 22",
    )
    humidity: Scalar = param(0.5, "1", "relative humidity of the air", bounds=(0.0, 1.0), source="a room")
    radiant_excess: Scalar = param(
        0.0, "Cel", "how much warmer walls are than air", bounds=(-30.0, 60.0), source="a room"
    )
    free_convection: Scalar = param(3.0, "W/m2/Cel", "convection of still air", bounds=(0.5, 10.0), source=GAGGE)
    forced_convection: Scalar = param(8.6, "W/m2/Cel", "convection of 1 m/s", bounds=(2.0, 30.0), source=GAGGE)
    convection_power: Scalar = param(0.53, "1", "power of speed and pressure", bounds=(0.1, 1.0), source=GAGGE)
    moving_convection: Scalar = param(5.66, "W/m2/Cel", "convection of a moving body", bounds=(0.0, 30.0), source=GAGGE)
    moving_power: Scalar = param(0.39, "1", "power of its metabolism", bounds=(0.1, 1.0), source=GAGGE)
    moving_least: Scalar = param(0.85, "1", "metabolism of lying still", bounds=(0.3, 2.0), source=GAGGE)
    metabolic_unit: Scalar = param(58.2, "W/m2", "heat made by a sitting adult", bounds=(30.0, 100.0), source=GAGGE)
    stefan_boltzmann: Scalar = param(5.6697e-8, "W/m2/Cel4", "radiation of a black body", source=GAGGE)
    radiating: Scalar = param(
        0.95 * 0.73, "1", "emissivity of clothes, and share of the skin that radiates", bounds=(0.3, 1.0), source=GAGGE
    )
    kelvin: Scalar = param(273.15, "Cel", "absolute temperature of melting ice", source=_UNIT)
    growth: Scalar = param(
        0.15 / 0.155, "W/m2/Cel", "growth of the surface with clothing", bounds=(0.0, 5.0), source=GAGGE
    )
    permeability: Scalar = param(0.45, "1", "vapour through clothing", bounds=(0.1, 1.0), source=GAGGE)
    lewis: Scalar = param(2.2, "Cel/mm[Hg]", "evaporation for convection at sea level", bounds=(1.0, 4.0), source=GAGGE)
    dry: Scalar = param(0.06, "1", "wettedness of dry skin", bounds=(0.0, 0.2), source=GAGGE)
    wet_clothed: Scalar = param(0.59, "1", "most wettedness, clothed", bounds=(0.1, 1.0), source=GAGGE)
    wet_clothed_power: Scalar = param(0.08, "1", "power of wind on it", bounds=(0.0, 1.0), source=GAGGE)
    wet_nude: Scalar = param(0.38, "1", "most wettedness, nude", bounds=(0.1, 1.0), source=GAGGE)
    wet_nude_power: Scalar = param(0.29, "1", "power of wind on it", bounds=(0.0, 1.0), source=GAGGE)
    breath_vapour: Scalar = param(0.0023, "1/mm[Hg]", "heat of vapour breathed out", bounds=(0.0, 0.01), source=GAGGE)
    breath_vapour_full: Scalar = param(44.0, "mm[Hg]", "vapour in breath", bounds=(30.0, 50.0), source=GAGGE)
    breath_warmth: Scalar = param(0.0014, "1/Cel", "heat of air breathed out", bounds=(0.0, 0.01), source=GAGGE)
    breath_temperature: Scalar = param(34.0, "Cel", "temperature of breath", bounds=(25.0, 38.0), source=GAGGE)
    water_convection: Scalar = param(
        200.0, "W/m2/Cel", "convection of water", bounds=(30.0, 800.0), source="Boutelier 1977: still to stirred"
    )
    vapour_constant: Scalar = param(18.6686, "1", "constant of the vapour pressure of water", source=_ANTOINE)
    vapour_slope: Scalar = param(4030.183, "Cel", "slope of the vapour pressure of water", source=_ANTOINE)
    vapour_offset: Scalar = param(235.0, "Cel", "offset of the vapour pressure of water", source=_ANTOINE)
    metre_per_second: Scalar = param(1.0, "m/s", "the unit of speed", source=_UNIT)
    millimetre: Scalar = param(1.0, "mm[Hg]", "the unit of pressure", source=_UNIT)

    def vapour(self, temperature: Scalar) -> Scalar:
        """Pressure of saturated vapour, mmHg."""
        return self.millimetre * jnp.exp(self.vapour_constant - self.vapour_slope / (temperature + self.vapour_offset))

    def convection(self, air: Air, activity: Scalar) -> Scalar:
        """Coefficient, W/m2/Cel, of air around a body that makes `activity` W/m2 without shivering."""
        free = self.free_convection * air.pressure**self.convection_power
        blown = air.speed / self.metre_per_second * air.pressure
        moving = jnp.maximum(activity / self.metabolic_unit - self.moving_least, 1e-3)
        return jnp.maximum(
            jnp.maximum(free, self.forced_convection * blown**self.convection_power),
            self.moving_convection * moving**self.moving_power,
        )

    def dry_loss(self, skin: Scalar, air: Air, convection: Scalar) -> Scalar:
        """Convection and radiation through the clothes, W/m2."""
        walls = air.temperature + self.radiant_excess
        surface = skin
        loss = jnp.zeros_like(skin)
        for _ in range(_ROUNDS):
            radiation = 4.0 * self.radiating * self.stefan_boltzmann * (0.5 * (surface + walls) + self.kelvin) ** 3
            total = radiation + convection
            operative = (radiation * walls + convection * air.temperature) / total
            layer = 1.0 / ((1.0 + self.growth * self.clothing) * total)
            loss = (skin - operative) / (layer + self.clothing)
            surface = operative + layer * loss
        return loss

    def wet_loss(self, skin: Scalar, air: Air, convection: Scalar, sweat: Scalar) -> Scalar:
        """Evaporation from the skin, W/m2, of sweat that could take away `sweat` W/m2."""
        lewis = self.lewis / air.pressure
        layer = 1.0 / (lewis * (1.0 + self.growth * self.clothing) * convection)
        through = layer + self.clothing / (lewis * self.permeability)
        room = self.humidity * self.vapour(air.temperature)
        most = jnp.maximum(self.vapour(skin) - room, 1e-3 * self.millimetre) / through
        wind = air.speed / self.metre_per_second
        clothed = self.wet_clothed * wind**-self.wet_clothed_power
        nude = self.wet_nude * wind**-self.wet_nude_power
        wettest = jnp.where(self.clothing > 0.0, clothed, nude)
        return most * jnp.minimum(self.dry + (1.0 - self.dry) * sweat / most, wettest)

    def breath_loss(self, air: Air, activity: Scalar) -> Scalar:
        """Heat of breath, W/m2."""
        vapour = self.breath_vapour * (self.breath_vapour_full - self.humidity * self.vapour(air.temperature))
        return activity * (vapour + self.breath_warmth * (self.breath_temperature - air.temperature))
