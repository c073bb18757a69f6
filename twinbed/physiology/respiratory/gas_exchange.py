"""Oxygen and carbon dioxide between lungs, blood and tissue.

Blood that meets gas leaves each lung with the pressures of its alveoli; what is shunted leaves as it came. An
arterial and a venous pool carry contents to and from brain, heart, muscle and all other tissue, which use oxygen as
long as there is some and store carbon dioxide. Contents are what is kept, so that nothing is lost between lungs,
blood and tissue; pressures and acidity follow from them. Tissue that lacks oxygen makes lactate, which is what the
base excess loses; tissue other than brain, heart and muscle lacks it already when flow is low, for its flow is
uneven; without any flow it uses up what it has.
How low counts against the flow and the demand of that person at rest, and so does what goes unmet at rest: people of
any size and blood are content with what they are used to.
Blood that stands keeps nearly what it had: arterial blood and its vessels use a little themselves, small veins share
gas with the tissue around them, and the lactate of tissue waits there until blood flows again (`_parts/lactate.py`).

What passes between lungs and blood is fixed at the start of a step, so that what blood takes is what lungs lose.

Both pools are shares of the blood, and what they hold is kept when it changes (`fluids`). What is given mixes at once
with all blood, as its haemoglobin does: fluids bring no oxygen, donors' blood brings as much for its haemoglobin
as the blood that it meets. Blood that is lost takes along all that it carries, from veins or through a `wound` from
arteries, which is then replaced through the lungs; the blood that capillaries hold is part of tissue. Fluid that
crosses their walls carries the carbon dioxide of where it comes from. As no fluid changes base excess, all count as
balanced: their acetate becomes bicarbonate.

*Known limits*: no limit by diffusion, one acid (lactate), no kidney's answer to acidity, no acid from saline or
citrate; what is lost while no blood flows leaves from all places alike.

**References:**

- Albanese, Cheng, Ursino & Chbat (2016), Am J Physiol 310(7):H899, doi:10.1152/ajpheart.00230.2014 (uses of oxygen)
- Farhi & Rahn (1960), Anesthesiology 21(6):604, doi:10.1097/00000542-196011000-00004 (stores of carbon dioxide)
- Dash, Korman & Bassingthwaighte (2016), Eur J Appl Physiol 116(1):97, doi:10.1007/s00421-015-3228-3
- Gibbs, Papadoyannis, Drake & Noble (1980), Circ Res 47(3):408, doi:10.1161/01.res.47.3.408 (the arrested heart)
- Hottenrott, Maloney & Buckberg (1974), J Thorac Cardiovasc Surg 68(4):615 (the fibrillating heart)
- Tucker, Idris, Wenzel & Orban (1994), Resuscitation 28(2):137 (blood in fibrillation)
- Mutschler et al. (2013), Crit Care 17(2):R42, doi:10.1186/cc12555 (base deficit by class of shock)
- Morgan (2005), Crit Care 9(2):204, doi:10.1186/cc2946 (fluids and base excess)
- Riddez, Hahn, Brismar, Strandberg, Svensen & Hedenstierna (1997), Crit Care Med 25(4):635,
  doi:10.1097/00003246-199704000-00013 (900 mL lost: flow falls by 16 to 20 %, uptake of oxygen by 13 %)
"""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port
from twinbed.physiology.respiratory._parts.blood import Blood
from twinbed.physiology.respiratory._parts.lactate import Lactate
from twinbed.physiology.respiratory._parts.stores import (
    ALBANESE,
    ASSUMED,
    TEXTBOOK,
    Contents,
    Passage,
    Rest,
    Standing,
    State,
    Tissue,
)

_UNEVEN = "calibrated to the base deficit by class of haemorrhage an hour later (ATLS 2018, Mutschler 2013)"
_UNIT = "definition of the unit"
_NONE_AT_REST = (
    "transcapillary_flow", "bleeding", "arterial_bleeding", "fluid_infused", "ventricular_fibrillation",
)  # fmt: skip


class Inputs(eqx.Module):
    """Gas, blood flow and what tissue asks for."""

    alveolar_oxygen_left: Scalar = port("alveolar_oxygen_left", rest=101.0)
    alveolar_oxygen_right: Scalar = port("alveolar_oxygen_right", rest=101.0)
    alveolar_carbon_dioxide_left: Scalar = port("alveolar_carbon_dioxide_left", rest=40.0)
    alveolar_carbon_dioxide_right: Scalar = port("alveolar_carbon_dioxide_right", rest=40.0)
    shunt_left: Scalar = port("shunt_left", rest=0.025)
    shunt_right: Scalar = port("shunt_right", rest=0.025)
    lung_blood_flow_share_left: Scalar = port("lung_blood_flow_share_left", rest=0.45)
    cerebral_blood_flow: Scalar = port("cerebral_blood_flow", rest=0.7)
    coronary_blood_flow: Scalar = port("coronary_blood_flow", rest=0.23)
    muscle_blood_flow: Scalar = port("muscle_blood_flow", rest=1.4)
    splanchnic_blood_flow: Scalar = port("splanchnic_blood_flow", rest=1.8)
    extrasplanchnic_blood_flow: Scalar = port("extrasplanchnic_blood_flow", rest=1.7)
    haemoglobin: Scalar = port("haemoglobin", rest=15.0)
    haemoglobin_mass: Scalar = port("haemoglobin_mass", rest=795.0)
    transcapillary_flow: Scalar = port("transcapillary_flow", rest=0.0)
    bleeding: Scalar = port("bleeding", rest=0.0)
    arterial_bleeding: Scalar = port("arterial_bleeding", rest=0.0)
    fluid_infused: Scalar = port("fluid_infused", rest=0.0)
    core_temperature: Scalar = port("core_temperature", rest=37.0)
    oxygen_demand: Scalar = port("oxygen_demand", rest=250.0)
    oxygen_demand_muscle: Scalar = port("oxygen_demand_muscle", rest=51.6)
    respiratory_quotient: Scalar = port("respiratory_quotient", rest=0.82)
    arterial_pressure: Scalar = port("arterial_pressure", rest=92.0)
    heart_rate: Scalar = port("heart_rate", rest=72.0)
    ventricular_fibrillation: Scalar = port("ventricular_fibrillation", rest=0.0)


class Outputs(eqx.Module):
    """What a laboratory would measure, and what lungs, nerves and vessels feel."""

    arterial_oxygen: Scalar = port("arterial_oxygen")
    arterial_carbon_dioxide: Scalar = port("arterial_carbon_dioxide")
    arterial_saturation: Scalar = port("arterial_saturation")
    arterial_ph: Scalar = port("arterial_ph")
    arterial_oxygen_content: Scalar = port("arterial_oxygen_content")
    arterial_carbon_dioxide_content: Scalar = port("arterial_carbon_dioxide_content")
    bicarbonate: Scalar = port("bicarbonate")
    base_excess: Scalar = port("base_excess")
    lactate: Scalar = port("lactate")
    venous_saturation: Scalar = port("venous_saturation")
    venous_oxygen: Scalar = port("venous_oxygen")
    venous_carbon_dioxide: Scalar = port("venous_carbon_dioxide")
    venous_content_cerebral: Scalar = port("venous_content_cerebral")
    venous_content_coronary: Scalar = port("venous_content_coronary")
    venous_content_muscle: Scalar = port("venous_content_muscle")
    oxygen_uptake_left: Scalar = port("oxygen_uptake_left")
    oxygen_uptake_right: Scalar = port("oxygen_uptake_right")
    carbon_dioxide_output_left: Scalar = port("carbon_dioxide_output_left")
    carbon_dioxide_output_right: Scalar = port("carbon_dioxide_output_right")
    oxygen_consumption: Scalar = port("oxygen_consumption")
    oxygen_missing: Scalar = port("oxygen_missing")
    carbon_dioxide_production: Scalar = port("carbon_dioxide_production")


def _tissue(oxygen: float, carbon_dioxide: float) -> Tissue:
    return Tissue(jnp.asarray(oxygen), jnp.asarray(carbon_dioxide))


class GasExchange(AbstractHybridModel[State, Inputs, Outputs]):
    """Blood gases and the oxygen of tissue in one patient."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=0.1)

    blood: Blood = eqx.field(default_factory=Blood)
    rest: Rest = eqx.field(default_factory=Rest)
    lactate: Lactate = eqx.field(default_factory=Lactate)
    standing: Standing = eqx.field(default_factory=Standing)
    brain: Tissue = eqx.field(default_factory=lambda: _tissue(0.15, 1.0))
    heart: Tissue = eqx.field(default_factory=lambda: _tissue(0.04, 0.25))
    muscle: Tissue = eqx.field(default_factory=lambda: _tissue(0.7, 9.0))
    other: Tissue = eqx.field(default_factory=Tissue)
    arterial_volume: Scalar = param(
        0.9, "L", "blood between lungs and tissue", bounds=(0.1, 5.0), source="AnaSim 1.7: a fifth of all blood"
    )
    venous_volume: Scalar = param(
        3.2, "L", "blood between tissue and lungs", bounds=(0.3, 12.0), source="AnaSim 1.7: the rest of the blood"
    )
    blood_volume: Scalar = param(
        5.3, "L", "all blood at rest, of which both are shares; the rest counts as tissue", bounds=(0.5, 12.0),
        source="as in the circulation",
    )  # fmt: skip
    brain_demand: Scalar = param(47.5, "mL/min", "oxygen that the brain uses", bounds=(5.0, 200.0), source=ALBANESE)
    heart_demand: Scalar = param(
        24.0, "mL/min", "oxygen that the heart uses at rest", bounds=(2.0, 300.0), source=ALBANESE
    )
    vessel_demand: Scalar = param(
        0.85, "mL/min", "oxygen that arterial blood and vessels use themselves", bounds=(0.0, 20.0),
        source="calibrated: 81 to 69 mmHg in five minutes without flow (Tucker 1994)",
    )  # fmt: skip
    heart_basal: Scalar = param(
        0.19, "1", "share of that which a heart at a standstill uses", bounds=(0.0, 0.9),
        source="Gibbs 1980: 1.74 mL/min/100 g arrested, 9.2 at work (dogs)",
    )  # fmt: skip
    heart_fibrillating: Scalar = param(
        0.62, "1", "share of it that a fibrillating heart uses", bounds=(0.0, 2.0),
        source="Hottenrott 1974: half more than beating empty, which is 3.8 of 9.2 mL/min/100 g (Gibbs 1980)",
    )  # fmt: skip
    rest_pressure: Scalar = param(92.0, "mm[Hg]", "arterial pressure at rest", bounds=(30.0, 200.0), source=TEXTBOOK)
    rest_rate: Scalar = param(72.0, "/min", "heart rate at rest", bounds=(30.0, 200.0), source=TEXTBOOK)
    starving: Scalar = param(
        1.5, "mL/dL", "oxygen content of tissue below which its use falls", bounds=(0.1, 10.0), source=ASSUMED
    )
    starving_muscle: Scalar = param(
        0.8, "mL/dL", "the same for muscle", bounds=(0.1, 10.0),
        source="calibrated: the hardest work leaves 2 to 3 mL/dL, and its muscle is served (Andersen & Saltin 1985)",
    )  # fmt: skip
    starving_other: Scalar = param(
        3.5, "mL/dL", "the same for other tissue, whose flow is spread unevenly", bounds=(0.1, 10.0),
        source="calibrated to the base deficit of haemorrhage (ATLS)",
    )  # fmt: skip
    reserve: Scalar = param(
        2.3, "1", "blood flow at rest, for what is asked for at rest, above that at which 1/e of other tissue lacks it",
        bounds=(1.0, 20.0), source=_UNEVEN,
    )  # fmt: skip
    unmet_at_rest: Scalar = param(
        0.00705, "1", "share of demand that goes unmet at rest; its lactate is part of that at rest",
        bounds=(0.0, 0.6), source="solved: `at_own_rest`",
    )  # fmt: skip
    base_excess_at_rest: Scalar = param(
        0.0, "mmol/L", "base excess at rest", bounds=(-30.0, 30.0), source="pH 7.40 at 40 mmHg"
    )
    fluid_bicarbonate: Scalar = param(
        24.0, "mmol/L", "bicarbonate that a balanced fluid becomes", bounds=(0.0, 60.0),
        source="Morgan 2005: fluid of this strong ion difference leaves base excess as it is",
    )  # fmt: skip
    decilitres: Scalar = param(10.0, "dL/L", "decilitres in a litre", source=_UNIT)
    millilitres: Scalar = param(1000.0, "mL/L", "millilitres in a litre", source=_UNIT)
    molar: Scalar = param(22.4, "mL/mmol", "volume of a millimole of gas", source="ideal gas at 0 degrees")

    def tissues(self) -> tuple[Tissue, ...]:
        """Brain, heart, muscle and what is left."""
        return self.brain, self.heart, self.muscle, self.other

    def _at_rest(self) -> tuple[Contents, tuple[Contents, ...], tuple[Scalar, ...]]:
        """What arterial blood and tissues hold at rest, and the oxygen that each tissue then uses."""
        u, rest, blood = self.resting(), self.rest, self.blood
        flows = self.flows(u)
        total = jnp.asarray(sum(flows))
        ph = blood.ph(rest.alveolar_carbon_dioxide, self.base_excess_at_rest, rest.temperature)
        saturation = blood.saturation(rest.alveolar_oxygen, ph, rest.alveolar_carbon_dioxide, rest.temperature)
        leaving = Contents(
            blood.oxygen_content(rest.alveolar_oxygen, saturation),
            blood.carbon_dioxide_content(rest.alveolar_carbon_dioxide, ph, saturation, rest.temperature),
        )
        uses = self.demands(u)
        for _ in range(6):  # what tissue uses depends on what it holds
            used = jnp.asarray(sum(uses))
            lost = self.vessel_demand + rest.shunt / (1.0 - rest.shunt) * (used + self.vessel_demand)
            arterial = self._after(leaving, lost, total)
            held = tuple(self._after(arterial, use, flow) for use, flow in zip(uses, flows, strict=True))
            uses = self.consumptions(held, u)
        return arterial, held, uses

    def _after(self, start: Contents, use: Scalar, flow: Scalar) -> Contents:
        """Blood that has given oxygen and taken up the carbon dioxide made of it."""
        gone = use / (flow * self.decilitres)
        return Contents(start.oxygen - gone, start.carbon_dioxide + self.rest.quotient * gone)

    @eqx.filter_jit  # compiled once: whoever builds a cohort builds many
    def at_own_rest(self) -> "GasExchange":
        """The same in a body that is used to what its own flow and blood leave unmet at rest."""
        demands, uses = self.demands(self.resting()), self._at_rest()[2]
        unmet = 1.0 - jnp.asarray(sum(uses)) / jnp.asarray(sum(demands))
        return eqx.tree_at(lambda g: g.unmet_at_rest, self, unmet)

    def initial(self) -> State:
        """What stays as it is at rest: every tissue gets what it uses, and the lungs what all of them use."""
        rest, blood, mmhg = self.rest, self.blood, self.blood.mmhg
        excess, lactate = self.base_excess_at_rest, self.lactate.at_rest
        arterial, held, uses = self._at_rest()
        venous = self._after(arterial, jnp.asarray(sum(uses)), jnp.asarray(sum(self.flows(self.resting()))))
        zero = 0.0 * self.brain_demand
        pressures = lambda c, oxygen, carbon: blood.pressures(
            c.oxygen, c.carbon_dioxide, excess, rest.temperature, oxygen, carbon
        )
        arterial_oxygen, arterial_carbon_dioxide = pressures(
            arterial, 0.94 * rest.alveolar_oxygen, rest.alveolar_carbon_dioxide
        )
        venous_oxygen, venous_carbon_dioxide = pressures(venous, 40.0 * mmhg, rest.alveolar_carbon_dioxide + 6.0 * mmhg)
        return State(
            arterial=arterial,
            venous=venous,
            brain=held[0],
            heart=held[1],
            muscle=held[2],
            other=held[3],
            haemoglobin=0.0 * blood.haemoglobin,
            blood_volume=self.blood_volume,
            oxygen_spent=self.millilitres * 0.0 * self.blood_volume,
            carbon_dioxide_gained=self.millilitres * 0.0 * self.blood_volume,
            lactate=lactate,
            lactate_waiting=self.lactate.waiting_at_rest(),
            arterial_oxygen=arterial_oxygen,
            arterial_carbon_dioxide=arterial_carbon_dioxide,
            venous_oxygen=venous_oxygen,
            venous_carbon_dioxide=venous_carbon_dioxide,
            **dict.fromkeys(("uptake_left", "uptake_right", "output_left", "output_right"), zero),
        )

    def resting(self) -> Inputs:
        rest, splanchnic, zero = self.rest, 0.5, 0.0 * self.rest.shunt
        return Inputs(
            alveolar_oxygen_left=rest.alveolar_oxygen,
            alveolar_oxygen_right=rest.alveolar_oxygen,
            alveolar_carbon_dioxide_left=rest.alveolar_carbon_dioxide,
            alveolar_carbon_dioxide_right=rest.alveolar_carbon_dioxide,
            shunt_left=rest.shunt,
            shunt_right=rest.shunt,
            lung_blood_flow_share_left=0.45 * jnp.ones_like(rest.shunt),
            cerebral_blood_flow=rest.brain_flow,
            coronary_blood_flow=rest.heart_flow,
            muscle_blood_flow=rest.muscle_flow,
            splanchnic_blood_flow=splanchnic * rest.other_flow,
            extrasplanchnic_blood_flow=(1.0 - splanchnic) * rest.other_flow,
            haemoglobin=self.blood.haemoglobin,
            haemoglobin_mass=self.blood.haemoglobin * self.decilitres * self.blood_volume,
            **dict.fromkeys(_NONE_AT_REST, zero),
            core_temperature=rest.temperature,
            oxygen_demand=rest.demand,
            oxygen_demand_muscle=rest.muscle_demand,
            respiratory_quotient=rest.quotient,
            arterial_pressure=self.rest_pressure,
            heart_rate=self.rest_rate,
        )

    def _blood(self, u: Inputs) -> Blood:
        """The blood with the haemoglobin of now."""
        return eqx.tree_at(lambda b: b.haemoglobin, self.blood, u.haemoglobin)

    def shares(self) -> tuple[Scalar, Scalar, Scalar]:
        """Shares of the blood that are arterial, venous and in capillaries."""
        arterial, venous = self.arterial_volume / self.blood_volume, self.venous_volume / self.blood_volume
        return arterial, venous, 1.0 - arterial - venous

    def _mixed(self, x: State, u: Inputs) -> State:
        """Takes over volume and haemoglobin of all blood: gas goes and comes with haemoglobin, water thins both.

        Blood that is lost is here lost from all places alike; `passage` moves it from there to where it leaves.
        """
        arterial, venous, _ = self.shares()
        volume = u.haemoglobin_mass / (u.haemoglobin * self.decilitres)
        seen = x.haemoglobin > 0.0  # what blood is like at first is no change
        thinned = u.haemoglobin / jnp.where(seen, x.haemoglobin, self.blood.haemoglobin)
        spread = jnp.where(seen, thinned, 1.0)
        more = jnp.where(seen, self.decilitres * (volume * thinned - x.blood_volume), 0.0 * self.decilitres * volume)
        held = lambda pick: arterial * pick(x.arterial) + venous * pick(x.venous)
        thin = lambda c: Contents(c.oxygen * thinned, c.carbon_dioxide * spread)
        spent = x.oxygen_spent - more * held(lambda c: c.oxygen)
        gained = x.carbon_dioxide_gained + more * held(lambda c: c.carbon_dioxide)
        found = lambda s: (
            s.arterial, s.venous, s.haemoglobin, s.blood_volume, s.oxygen_spent, s.carbon_dioxide_gained,
        )  # fmt: skip
        return eqx.tree_at(found, x, (thin(x.arterial), thin(x.venous), u.haemoglobin, volume, spent, gained))

    def passage(self, u: Inputs) -> Passage:
        """Blood through the lungs and out of capillaries, for that which is lost leaves from one place."""
        arterial, _, capillary = self.shares()
        lost = u.bleeding / self.millilitres
        cut = u.arterial_bleeding / self.millilitres
        total = sum(self.flows(u))
        lungs = jnp.maximum(total + cut - arterial * lost, 0.0)
        return Passage(lungs=lungs, veins=capillary * lost, outside=capillary * lost - (lungs - total))

    def base_excess(self, x: State) -> Scalar:
        """Base excess that is left, mmol/L."""
        return self.base_excess_at_rest - (x.lactate - self.lactate.at_rest)

    def flows(self, u: Inputs) -> tuple[Scalar, ...]:
        """Blood flow of brain, heart, muscle and what is left, L/min; never backwards."""
        other = u.splanchnic_blood_flow + u.extrasplanchnic_blood_flow
        return tuple(
            jnp.maximum(q, 0.0) for q in (u.cerebral_blood_flow, u.coronary_blood_flow, u.muscle_blood_flow, other)
        )

    def demands(self, u: Inputs) -> tuple[Scalar, ...]:
        """Oxygen that each tissue asks for, mL/min."""
        work = jnp.maximum(u.arterial_pressure * u.heart_rate, 0.0) / (self.rest_pressure * self.rest_rate)
        basal = self.heart_basal
        beating = basal + (1.0 - basal) * work
        heart = self.heart_demand * jnp.where(u.ventricular_fibrillation > 0.0, self.heart_fibrillating, beating)
        left = u.oxygen_demand - u.oxygen_demand_muscle - self.brain_demand - self.heart_demand - self.vessel_demand
        return self.brain_demand, heart, u.oxygen_demand_muscle, jnp.maximum(left, 0.05 * u.oxygen_demand)

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        del t, dt
        x = self._mixed(x, u)
        blood, excess, warm = self._blood(u), self.base_excess(x), u.core_temperature
        total = self.passage(u).lungs * self.decilitres
        share = u.lung_blood_flow_share_left
        taken, given = [], []
        for oxygen, carbon, shunt, part in (
            (u.alveolar_oxygen_left, u.alveolar_carbon_dioxide_left, u.shunt_left, share),
            (u.alveolar_oxygen_right, u.alveolar_carbon_dioxide_right, u.shunt_right, 1.0 - share),
        ):
            ph = blood.ph(carbon, excess, warm)
            saturation = blood.saturation(oxygen, ph, carbon, warm)
            meets = part * (1.0 - shunt) * total
            taken.append(meets * (blood.oxygen_content(oxygen, saturation) - x.venous.oxygen))
            leaves = blood.carbon_dioxide_content(carbon, ph, saturation, warm)
            given.append(meets * (x.venous.carbon_dioxide - leaves))
        arterial = blood.pressures(
            x.arterial.oxygen, x.arterial.carbon_dioxide, excess, warm, x.arterial_oxygen, x.arterial_carbon_dioxide
        )
        venous = blood.pressures(
            x.venous.oxygen, x.venous.carbon_dioxide, excess, warm, x.venous_oxygen, x.venous_carbon_dioxide
        )
        found = lambda s: (
            s.arterial_oxygen, s.arterial_carbon_dioxide, s.venous_oxygen, s.venous_carbon_dioxide,
            s.uptake_left, s.uptake_right, s.output_left, s.output_right,
        )  # fmt: skip
        return eqx.tree_at(found, x, (*arterial, *venous, *taken, *given))

    def consumptions(self, held: tuple[Contents, ...], u: Inputs) -> tuple[Scalar, ...]:
        """Oxygen that each tissue uses: what it asks for as long as it holds some, mL/min."""
        scales = (self.starving, self.starving, self.starving_muscle, self.starving_other)
        enough = lambda c, scale: 1.0 - jnp.exp(-jnp.maximum(c.oxygen, 0.0) / scale)
        demands, flows = self.demands(u), self.flows(u)
        unserved = self.standing.flowing(jnp.asarray(sum(flows))) * (1.0 - self.served(flows[3], demands[3]))
        served = (1.0, 1.0, 1.0, 1.0 - unserved)  # where blood stands, tissue uses what is there
        return tuple(d * enough(c, s) * p for d, c, s, p in zip(demands, held, scales, served, strict=True))

    def vessel_use(self, x: State) -> Scalar:
        """Oxygen that arterial blood and its vessels use, mL/min."""
        return self.vessel_demand * (1.0 - jnp.exp(-jnp.maximum(x.arterial.oxygen, 0.0) / self.starving))

    def served(self, flow: Scalar, demand: Scalar) -> Scalar:
        """Share of other tissue that gets the blood it needs, for constricted vessels spread flow unevenly."""
        at_rest = self.demands(self.resting())[3]
        ratio = self.reserve * (flow / self.rest.other_flow) * (at_rest / demand)
        return 1.0 - jnp.exp(-(ratio * ratio))

    def missing(self, u: Inputs, used: tuple[Scalar, ...]) -> Scalar:
        """Oxygen that is asked for and not there, more than at rest, mL/min."""
        return (1.0 - self.unmet_at_rest) * sum(self.demands(u)) - sum(used)

    def _crossing(self, x: State, u: Inputs) -> tuple[Scalar, Scalar]:
        """Carbon dioxide that crosses from other tissue into arteries and into veins, L/min.mL/dL."""
        arterial, venous, _ = self.shares()
        flow, plasma = u.transcapillary_flow / self.millilitres, self._blood(u).plasma
        inward, outward = plasma * jnp.maximum(flow, 0.0), plasma * jnp.maximum(-flow, 0.0)
        brings = lambda c: inward * x.other.carbon_dioxide - outward * c.carbon_dioxide
        return arterial * brings(x.arterial), venous * brings(x.venous)

    def _given(self, u: Inputs) -> Scalar:
        """Carbon dioxide that fluids bring, L/min.mL/dL."""
        content = self.fluid_bicarbonate * self.molar / self.decilitres
        return u.fluid_infused / self.millilitres * content

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        held = x.held()
        flows, used = self.flows(u), self.consumptions(held, u)
        total, passes = jnp.asarray(sum(flows)), self.passage(u)
        shares, crossing, fluid = self.shares(), self._crossing(x, u), self._given(u)
        change, drawn = [], self.standing.shares(total, x.venous, x.other)
        for tissue, c, q, m, more in zip(self.tissues(), held, flows, used, (0.0, 0.0, 0.0, 1.0), strict=True):
            oxygen = q * (x.arterial.oxygen - c.oxygen) - m / self.decilitres
            oxygen = oxygen - more * (passes.veins * c.oxygen + drawn.oxygen)
            carbon = q * (x.arterial.carbon_dioxide - c.carbon_dioxide) + u.respiratory_quotient * m / self.decilitres
            left = passes.veins * c.carbon_dioxide + drawn.carbon_dioxide
            carbon = carbon - more * (left + sum(crossing) - shares[2] * fluid)
            change.append(Contents(oxygen / tissue.oxygen_volume, carbon / tissue.carbon_dioxide_volume))
        back = lambda pick: sum(q * pick(c) for q, c in zip(flows, held, strict=True)) + passes.veins * pick(x.other)
        bled = lambda pick: (passes.lungs - total) * pick(x.arterial) + passes.outside * pick(x.venous)
        oxygen_of, carbon_of = (lambda c: c.oxygen), (lambda c: c.carbon_dioxide)
        brought = lambda pick: passes.lungs * (pick(x.venous) - pick(x.arterial))
        taken = (x.uptake_left + x.uptake_right) / self.decilitres
        given = (x.output_left + x.output_right) / self.decilitres
        own = self.vessel_use(x) / self.decilitres
        all_used = sum(used) + self.vessel_use(x)
        volumes = [share * x.blood_volume for share in shares]
        arterial = Contents(
            (brought(oxygen_of) + taken - own) / volumes[0],
            (brought(carbon_of) - given + u.respiratory_quotient * own + crossing[0] + shares[0] * fluid) / volumes[0],
        )
        out = total + passes.veins
        venous = Contents(
            (back(oxygen_of) - out * x.venous.oxygen + drawn.oxygen) / volumes[1],
            (back(carbon_of) - out * x.venous.carbon_dioxide + drawn.carbon_dioxide + crossing[1] + shares[1] * fluid)
            / volumes[1],
        )
        spent = all_used + self.decilitres * bled(oxygen_of)
        gained = u.respiratory_quotient * all_used + self.decilitres * (fluid - bled(carbon_of))
        missing, flowing = self.missing(u, used) / self.molar, self.standing.flowing(total)
        acid = self.lactate.changes(x.lactate_waiting, x.lactate, missing, flowing, u.splanchnic_blood_flow)
        moving = lambda s: (
            s.arterial, s.venous, *s.held(), s.oxygen_spent, s.carbon_dioxide_gained, s.lactate_waiting, s.lactate,
        )  # fmt: skip
        changes = (arterial, venous, *change, spent, gained, *acid)
        return eqx.tree_at(moving, jax.tree.map(jnp.zeros_like, x), changes)

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        blood, excess, warm = self._blood(u), self.base_excess(x), u.core_temperature
        ph = blood.ph(x.arterial_carbon_dioxide, excess, warm)
        full = blood.capacity * u.haemoglobin
        saturated = lambda content, p: jnp.clip((content - blood.dissolved_oxygen * p) / full, 0.0, 1.0)
        by_tissue = self.consumptions(x.held(), u)
        used = sum(by_tissue) + self.vessel_use(x)
        return Outputs(
            arterial_oxygen=x.arterial_oxygen,
            arterial_carbon_dioxide=x.arterial_carbon_dioxide,
            arterial_saturation=blood.saturation(x.arterial_oxygen, ph, x.arterial_carbon_dioxide, warm),
            arterial_ph=ph,
            arterial_oxygen_content=x.arterial.oxygen,
            arterial_carbon_dioxide_content=x.arterial.carbon_dioxide,
            bicarbonate=blood.bicarbonate(x.arterial_carbon_dioxide, ph, warm),
            base_excess=excess,
            lactate=x.lactate,
            venous_saturation=saturated(x.venous.oxygen, x.venous_oxygen),
            venous_oxygen=x.venous_oxygen,
            venous_carbon_dioxide=x.venous_carbon_dioxide,
            venous_content_cerebral=x.brain.oxygen,
            venous_content_coronary=x.heart.oxygen,
            venous_content_muscle=x.muscle.oxygen,
            oxygen_uptake_left=x.uptake_left,
            oxygen_uptake_right=x.uptake_right,
            carbon_dioxide_output_left=x.output_left,
            carbon_dioxide_output_right=x.output_right,
            oxygen_consumption=used,
            oxygen_missing=jnp.maximum(self.missing(u, by_tissue), 0.0),
            carbon_dioxide_production=u.respiratory_quotient * used,
        )
