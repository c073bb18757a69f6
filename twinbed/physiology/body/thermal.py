"""Heat in the body: core, limbs and skin, and what the surroundings take from them.

The two nodes of Gagge with the coefficients of ASHRAE: heat is made in the core, blood carries it to the skin, the
skin loses it to air by convection, radiation and evaporation, or to water. Warm skin and core open the skin's vessels
and make sweat, cold ones close the vessels and make the body shiver. Beneath that, half of the heat on its way to the
skin passes through the limbs, which are therefore cooler than the core; anaesthesia opens their vessels, so that
heat of the core spreads into them, and lowers the thresholds of closing and of shivering. Without blood flow tissue
alone conducts, and nobody shivers.

The heat of shivering is shown, and comes back as part of `metabolic_heat` from the model of metabolism.
`ambient_temperature` is that of air or water.

*Known limits*: shivering does not tire; fever comes only as a disease asks for it (`fever`); the shell that cold makes
thicker takes its heat from nowhere, as Gagge has it; fat, swimming and the speed of water do not count.

**References:**

- Gagge, Fobelets & Berglund (1986), ASHRAE Trans 92(2B):709; ASHRAE Handbook Fundamentals, chapter 9
- Matsukawa et al. (1995), Anesthesiology 82(3):662, doi:10.1097/00000542-199503000-00008 (heat under anaesthesia)
- Sessler (2000), Anesthesiology 92(2):578, doi:10.1097/00000542-200002000-00042 (core and limbs)
"""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param, port, var
from twinbed.physiology.body._parts.exchange import Air, Exchange
from twinbed.physiology.body._parts.regulation import GAGGE, Regulation, Responses

_LIMBS = "arms and legs have about half of the body"
_KEPT = "calibrated to Eyolfson 2001: core at 35 Cel and 385 W after an hour in water of 8 Cel; Gagge has 1"
_COOLER = "Sessler 2000: 2 to 4 Cel cooler than the core"
_SPREAD = "calibrated to Matsukawa 1995, 1.6 Cel in the first hour"
_ROUNDS, _DAMPING = 40, 8.0


class State(eqx.Module):
    """Temperatures."""

    core: Scalar = var("Cel", "temperature of the core")
    limbs: Scalar = var("Cel", "mean temperature of the limbs beneath the skin")
    skin: Scalar = var("Cel", "mean temperature of the skin")


class Inputs(eqx.Module):
    """Heat made, the surroundings, and what drugs do."""

    metabolic_heat: Scalar = port("metabolic_heat", rest=84.1)
    ambient_temperature: Scalar = port("ambient_temperature", rest=22.0)
    ambient_pressure: Scalar = port("ambient_pressure", rest=760.0)
    wind: Scalar = port("wind", rest=0.0)
    immersion: Scalar = port("immersion", rest=0.0)
    warming: Scalar = port("warming", rest=0.0)
    bispectral_index: Scalar = port("bispectral_index", rest=95.0)
    train_of_four: Scalar = port("train_of_four", rest=1.0)
    fever: Scalar = port("fever", rest=0.0)
    cardiac_output: Scalar = port("cardiac_output", rest=5.6)


class Outputs(eqx.Module):
    """What thermometers show, and the heat of shivering."""

    core_temperature: Scalar = port("core_temperature")
    skin_temperature: Scalar = port("skin_temperature")
    shivering: Scalar = port("shivering")


class Thermal(AbstractModel[State, Inputs, Outputs]):
    """The heat of one patient in bed; starts in balance with the surroundings of rest."""

    seconds_per_time_unit: ClassVar[float] = 3600.0
    step_s: float = eqx.field(static=True, default=10.0)

    regulation: Regulation = eqx.field(default_factory=Regulation)
    exchange: Exchange = eqx.field(default_factory=Exchange)
    mass: Scalar = param(76.0, "kg", "mass of the body", bounds=(2.0, 300.0), source="an adult")
    area: Scalar = param(1.9, "m2", "surface of the body", bounds=(0.15, 4.0), source="DuBois & DuBois 1916, 174 cm")
    heat_at_rest: Scalar = param(
        84.1, "W", "heat made at rest", bounds=(5.0, 300.0), source="250 mL/min of oxygen at 20.2 J/mL"
    )
    specific_heat: Scalar = param(0.97, "W.h/kg/Cel", "specific heat of the body", bounds=(0.7, 1.2), source=GAGGE)
    tissue_conductance: Scalar = param(
        5.28, "W/m2/Cel", "conductance of tissue without blood", bounds=(1.0, 30.0), source=GAGGE
    )
    blood_heat: Scalar = param(1.163, "W.h/L/Cel", "heat that blood carries", bounds=(1.0, 1.3), source=GAGGE)
    shivering_kept: Scalar = param(
        0.17, "1", "share of the heat of shivering that warms the core, not the skin", bounds=(0.0, 1.0), source=_KEPT
    )
    limb_share: Scalar = param(0.46, "1", "share of the body beneath the skin", bounds=(1e-4, 0.7), source=_LIMBS)
    limb_heat: Scalar = param(0.5, "1", "share of the skin's heat that they pass on", bounds=(0.0, 0.9), source=_LIMBS)
    limb_place: Scalar = param(
        0.95, "1", "where their temperature lies at rest, 0 core to 1 skin", bounds=(0.1, 1.0), source=_COOLER
    )
    limb_opening: Scalar = param(
        3.0, "1", "growth of their blood flow under anaesthesia", bounds=(0.0, 20.0), source=_SPREAD
    )
    awake: Scalar = param(
        90.0, "1", "index above which one is awake", bounds=(60.0, 100.0), source="scale of the index"
    )
    asleep: Scalar = param(
        45.0, "1", "index of general anaesthesia", bounds=(10.0, 80.0), source="scale of the index: 40 to 60"
    )
    carrying_flow: Scalar = param(
        1.0, "L/min", "cardiac output below which skin and muscle get less than they ask for", bounds=(0.05, 4.0),
        source="assumed, as for what crosses capillaries",
    )  # fmt: skip
    air_speed: Scalar = param(0.1, "m/s", "speed of still air", bounds=(0.05, 1.0), source=GAGGE)
    atmosphere: Scalar = param(760.0, "mm[Hg]", "pressure at sea level", source="definition of the unit")

    def initial(self) -> State:
        """In balance with the surroundings of rest, shivering if need be, by Newton's method, at first damped."""
        u = self.resting()
        start = self.regulation.core_neutral, self.regulation.skin_neutral

        def net(core: Scalar, skin: Scalar) -> tuple[Scalar, Scalar]:
            x = self._with_limbs(core, skin)
            heat = u.metabolic_heat + self.area * self.responses(x, u).shivering
            slope = self.rhs(jnp.zeros_like(core), x, eqx.tree_at(lambda v: v.metabolic_heat, u, heat))
            return slope.core, slope.skin

        def closer(at: tuple[Scalar, Scalar], damped: Scalar) -> tuple[tuple[Scalar, Scalar], None]:
            one, zero = jnp.ones_like(at[0]), jnp.zeros_like(at[0])
            (a, b), (a_core, b_core) = jax.jvp(net, at, (one, zero))
            _, (a_skin, b_skin) = jax.jvp(net, at, (zero, one))
            a_core, b_skin = damped * a_core, damped * b_skin
            scale = a_core * b_skin - a_skin * b_core
            core, skin = (a * b_skin - b * a_skin) / scale, (b * a_core - a * b_core) / scale
            return (at[0] - core, at[1] - skin), None

        damping = 1.0 + _DAMPING * jnp.exp(-jnp.arange(_ROUNDS, dtype=self.mass.dtype))
        (core, skin), _ = jax.lax.scan(closer, start, damping)
        return self._with_limbs(core, skin)

    def resting(self) -> Inputs:
        one = jnp.ones_like(self.mass)
        zero = jnp.zeros_like(one)
        return Inputs(
            metabolic_heat=self.heat_at_rest,
            ambient_temperature=22.0 * one,
            ambient_pressure=760.0 * one,
            wind=zero,
            immersion=zero,
            warming=zero,
            bispectral_index=95.0 * one,
            train_of_four=one,
            fever=zero,
            cardiac_output=5.6 * one,
        )

    def _depth(self, u: Inputs) -> Scalar:
        depth = (self.awake - u.bispectral_index) / (self.awake - self.asleep)
        return jnp.minimum(jnp.maximum(depth, 0.0), 1.0)

    def _flowing(self, u: Inputs) -> Scalar:
        """Share of the blood flow asked for that skin, limbs and muscle get."""
        return jnp.clip(u.cardiac_output / self.carrying_flow, 0.0, 1.0)

    def responses(self, x: State, u: Inputs) -> Responses:
        """What the body does about its heat: in fever as if it were that much cooler."""
        flowing = self._flowing(u)
        strength = flowing * u.train_of_four
        does = self.regulation.responses(x.core - u.fever, x.skin - u.fever, self._depth(u), strength)
        return eqx.tree_at(lambda r: r.blood_flow, does, flowing * does.blood_flow)

    def _conductance(self, does: Responses) -> Scalar:
        """Of tissue and blood from within to the skin, W/Cel."""
        return self.area * (self.tissue_conductance + self.blood_heat * does.blood_flow)

    def _with_limbs(self, core: Scalar, skin: Scalar) -> State:
        """The state of rest, in which the limbs pass on what they get."""
        return State(core, core - self.limb_place * (core - skin), skin)

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        does = self.responses(x, u)
        activity = u.metabolic_heat / self.area - does.shivering
        air = Air(u.ambient_temperature, u.ambient_pressure / self.atmosphere, self.air_speed + u.wind)
        convection = self.exchange.convection(air, activity)
        dry = self.exchange.dry_loss(x.skin, air, convection)
        wet = self.exchange.wet_loss(x.skin, air, convection, does.sweat)
        water = self.exchange.water_convection * (x.skin - u.ambient_temperature)
        outside = self.area * ((1.0 - u.immersion) * (dry + wet) + u.immersion * water) - u.warming
        breath = self.area * self.exchange.breath_loss(air, activity)
        conductance = self._conductance(does)
        to_skin = conductance * (x.core - x.skin)
        through_limbs = self.limb_heat * to_skin
        opened = conductance * (1.0 + self._flowing(u) * self.limb_opening * self._depth(u))
        to_limbs = self.limb_heat / self.limb_place * opened * (x.core - x.limbs)
        capacity = self.specific_heat * self.mass
        to_surface = self.area * (1.0 - self.shivering_kept) * does.shivering
        within = capacity * (1.0 - does.shell)
        return State(
            core=(u.metabolic_heat - to_surface - breath - to_limbs - (to_skin - through_limbs))
            / (within * (1.0 - self.limb_share)),
            limbs=(to_limbs - through_limbs) / (within * self.limb_share),
            skin=(to_skin + to_surface - outside) / (capacity * does.shell),
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        return Outputs(x.core, x.skin, self.area * self.responses(x, u).shivering)
