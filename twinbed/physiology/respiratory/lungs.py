"""Two lungs in a chest: how gas gets in and out, and what it is made of.

Each lung holds amounts of oxygen, carbon dioxide and nitrogen, so that gas is neither made nor lost; its volume
follows from them. Recoil is a sigmoid of volume, the chest wall is linear and resists, each side has its own pleura,
and the mediastinum yields. Airways are resistances: an upper one that grows with flow and can be obstructed, a tube if
there is one, and a lower one for each lung that narrows with low volume and spasm and limits expiration. Gas passes a
dead space of three cells in a row, which makes the shape of the capnogram; under a mask it mixes with fresh gas
(`_parts/mask`). Alveoli without blood are dead space too.

Clots shut vessels, water that plasma lets into the lungs fills alveoli (`_parts/flooding`), and torn lung or a hole in
the chest let air into the pleura (`_parts/pleura`). Injury may be that of one lung.

An injured lung has alveoli that close and must be opened by pressure; closed ones let blood pass without gas. So has
a lung without the tone of its muscles (anaesthesia, relaxation, loss of effort), which is smaller and stiffer too.
Spasm takes calibre of the airways, to whose fourth power flow goes, lets them close sooner as the lungs empty, so that
gas is trapped, and leaves blood with little gas, as chronic obstruction does; oxygen helps such blood. Blood meets more
resistance where lungs are stretched, collapsed or short of oxygen.

*Known limits*: no inertia of gas, heliox or weight of lungs; gases in the pleura are one.

**References:**

- Venegas et al. (1998), J Appl Physiol 84(1):389, doi:10.1152/jappl.1998.84.1.389; Mead et al. (1967), ibid. 22(1):95
- Leaver, Tattersfield & Pride (1973), J Clin Invest 52(9):2117, doi:10.1172/JCI107396 (airways that close sooner)
- Ferris, Mead & Opie (1964), J Appl Physiol 19(4):653 (where breathing meets resistance)
- Rothen, Sporre, Engberg, Wegenius & Hedenstierna (1993), Br J Anaesth 71(6):788, doi:10.1093/bja/71.6.788
- Hedenstierna & Edmark (2005), Intensive Care Med 31(10):1327, doi:10.1007/s00134-005-2761-7 (anaesthesia)
- Tokics et al. (1987), Anesthesiology 66(2):157 (atelectasis)
- Pelosi et al. (1998), Anesth Analg 87(3):654; Pelosi et al. (1999), Anesthesiology 91(5):1221 (stiffness)
- Nuckton et al. (2002), N Engl J Med 346(17):1281, doi:10.1056/NEJMoa012835 (dead space in early injury)
- Agusti, Cardus, Roca, Grau, Xaubet & Rodriguez-Roisin (1997), Am J Respir Crit Care Med 156(4):1205 (effusion)
- Wagner (2015), Eur Respir J 45(1):227, doi:10.1183/09031936.00039214 (gas and blood that do not match)
"""

from typing import ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.model import AbstractModel, Scalar, Time
from twinbed.core.quantities import param
from twinbed.physiology.respiratory._parts.airways import UpperAirway, blocked, flows_of, in_trachea, pressure_lost
from twinbed.physiology.respiratory._parts.flooding import Embolus, Water
from twinbed.physiology.respiratory._parts.gas import Fractions, Gas, Mechanics, State, both, changed
from twinbed.physiology.respiratory._parts.mask import Mask
from twinbed.physiology.respiratory._parts.pleura import Pleura
from twinbed.physiology.respiratory._parts.ports import CARBON, OXYGEN, Inputs, Outputs
from twinbed.physiology.respiratory._parts.tissue import Lung, pleural_pressures
from twinbed.physiology.respiratory._parts.vessels import Vessels

_UNIT = "definition of the unit"
_ASSUMED = "assumed; the order of magnitude is what matters"
_TEXTBOOK = "textbook adult"
_TENSION = "calibrated: pressure and heart rate in moderate and severe tension"
_STIFFER = "0.052 and 0.061 L/cmH2O of lungs and chest under anaesthesia (Pelosi 1998 and 1999) against 0.1 awake"


def _injured(u: Inputs) -> tuple[Scalar, Scalar]:
    """How severely each lung is injured."""
    return jnp.maximum(u.lung_injury, u.lung_injury_left), jnp.maximum(u.lung_injury, u.lung_injury_right)


def _fluid(u: Inputs) -> tuple[Scalar, Scalar]:
    """Fluid in each pleura, mL: what is put there and what bled into it."""
    return u.pleural_fluid_left + u.pleural_blood_left, u.pleural_fluid_right + u.pleural_blood_right


class Lungs(AbstractModel[State, Inputs, Outputs]):
    """The lungs, airways and chest of one patient."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    order: ClassVar[Literal[2, 4]] = 2
    step_s: float = eqx.field(static=True, default=0.01)

    lung: Lung = eqx.field(default_factory=Lung)
    upper: UpperAirway = eqx.field(default_factory=UpperAirway)
    water: Water = eqx.field(default_factory=Water)
    embolus: Embolus = eqx.field(default_factory=Embolus)
    mask: Mask = eqx.field(default_factory=Mask)
    pleura: Pleura = eqx.field(default_factory=Pleura)
    vessels: Vessels = eqx.field(default_factory=Vessels)
    share_left: Scalar = param(
        0.45, "1", "share of the left lung", bounds=(0.0, 1.0), source="Pulse 4.2 (right 0.55, left 0.45)"
    )
    chest_compliance: Scalar = param(
        0.2, "L/cm[H2O]", "compliance of the chest wall", bounds=(0.01, 1.0), source="textbook adult, as Pulse 4.2"
    )
    chest_resistance: Scalar = param(
        1.0, "cm[H2O].s/L", "resistance of the chest wall to being moved", bounds=(0.0, 20.0),
        source="textbook adult: a third of what breathing meets (Ferris, Mead & Opie 1964)",
    )  # fmt: skip
    mediastinum: Scalar = param(
        0.03, "L/cm[H2O]", "volume that the mediastinum yields", bounds=(0.0, 1.0), source=_TENSION
    )
    rest_carbon_dioxide: Scalar = param(
        39.0, "mm[Hg]", "alveolar carbon dioxide at the start", bounds=(10.0, 120.0), source=_TEXTBOOK
    )
    tone_volume: Scalar = param(
        0.45, "L", "functional residual capacity that the tone of the muscles holds", bounds=(0.0, 1.5),
        source="about 20 % is lost on induction: Hedenstierna & Edmark 2005",
    )  # fmt: skip
    lower_resistance: Scalar = param(
        0.7, "cm[H2O].s/L", "resistance of the lower airways at rest", bounds=(0.01, 100.0), source=_TEXTBOOK
    )
    spasm_calibre: Scalar = param(
        0.75, "1", "share of the lower airways' calibre that full bronchospasm takes", bounds=(0.0, 0.95),
        source="calibrated: severity 0.3 hardly felt, 0.7 severe; resistance goes with the fourth power (Poiseuille)",
    )  # fmt: skip
    spasm_shunt: Scalar = param(
        0.88, "1", "share of blood that full bronchospasm leaves with little gas, by the cube of its severity",
        bounds=(0.0, 0.95), source="calibrated: 71.5 mmHg of oxygen in severe asthma, next to no loss at 0.3",
    )  # fmt: skip
    poorly: Scalar = param(
        0.0, "1", "share of blood that meets little gas in air", bounds=(0.0, 0.9), source="none in health"
    )
    poorly_served: Scalar = param(
        20.0, "mm[Hg]", "rise of inspired oxygen that serves all but 1/e of such blood", bounds=(5.0, 500.0),
        source="a tenth of the gas that their blood asks for leaves alveoli 47 mmHg in air; 80 fill it (Wagner 2015)",
    )  # fmt: skip
    spasm_unperfused: Scalar = param(
        0.2, "1", "share of alveoli without blood that full bronchospasm adds", bounds=(0.0, 0.9), source=_ASSUMED
    )
    tethering: Scalar = param(
        5.0, "cm[H2O]", "pressure that holds airways open in expiration", bounds=(0.0, 50.0), source="Mead 1967"
    )
    spasm_tethering: Scalar = param(
        13.0, "cm[H2O]", "how much of that full bronchospasm takes: airways close early", bounds=(0.0, 50.0),
        source="Leaver 1973: closing pressure; calibrated to the fall of stroke volume in severe asthma",
    )  # fmt: skip
    dead_space: Scalar = param(
        0.15, "L", "volume of the airways", bounds=(0.01, 1.0), source="2.2 mL/kg of ideal weight (Pulse 4.2)"
    )
    bypassed: Scalar = param(
        0.45, "1", "share of it that a tube passes by; filter and connectors of a circuit bring as much again",
        bounds=(0.0, 0.8), source="Nunn, Campbell & Peckett 1959: half lies above the trachea, a tube holds 10 mL",
    )  # fmt: skip
    mixing: Scalar = param(
        0.01, "s", "shortest time in which gas of a third of the airways is renewed", bounds=(0.001, 0.1),
        source="chosen: a step of the model, which rushes of gas as in decompression would outrun",
    )  # fmt: skip
    unperfused_share: Scalar = param(0.05, "1", "share of alveoli without blood", bounds=(0.0, 0.95), source=_TEXTBOOK)
    washed: Scalar = param(
        20.0, "s", "time in which alveoli that lose their blood fill with what is breathed", bounds=(1.0, 300.0),
        source="order of volume over ventilation: 2.4 L, 7 L/min",
    )  # fmt: skip
    shunt: Scalar = param(
        0.025, "1", "share of blood that meets no gas", bounds=(0.0, 0.9), source="Pulse 4.2: 0.02 to 0.05"
    )
    unstable_at_rest: Scalar = param(
        0.0, "1", "share of alveoli that need pressure to stay open", bounds=(0.0, 0.95), source="none in health"
    )
    unstable_injured: Scalar = param(
        0.4, "1", "share of alveoli that full injury makes unstable", bounds=(0.0, 0.95), source=_ASSUMED
    )
    filled_injured: Scalar = param(
        0.55, "1", "share of alveoli that full injury fills for good", bounds=(0.0, 0.9),
        source="calibrated: ratios of oxygen of mild, moderate and severe injury on a ventilator (Arnal 2013)",
    )  # fmt: skip
    unstable_relaxed: Scalar = param(
        0.145, "1", "share of alveoli that loss of tone makes unstable", bounds=(0.0, 0.5),
        source="calibrated: oxygen ratio under anaesthesia; Rothen 1993 finds 6 to 8 % of tissue, about twice as dense",
    )  # fmt: skip
    stiffer_chest: Scalar = param(
        0.35, "1", "share of the chest's compliance that loss of tone takes", bounds=(0.0, 0.9), source=_STIFFER
    )
    stiffer_lung: Scalar = param(
        1.3, "1", "rise of the lungs' elastance with loss of tone", bounds=(0.0, 5.0),
        source="calibrated to 52 mL/cmH2O and the oxygen ratio under anaesthesia (Arnal 2013; Pelosi 1998 and 1999)",
    )  # fmt: skip
    unperfused_injured: Scalar = param(
        0.5, "1", "share of alveoli without blood that full injury adds", bounds=(0.0, 0.9),
        source="dead space of 0.58 of a breath in early injury: Nuckton 2002",
    )  # fmt: skip
    opening: Scalar = param(
        22.0, "cm[H2O]", "recoil that opens half of the unstable alveoli", bounds=(0.0, 80.0), source="Rothen 1993"
    )
    closing: Scalar = param(4.0, "cm[H2O]", "recoil below which they close", bounds=(0.0, 40.0), source="AnaSim 1.7: 5")
    closing_relaxed: Scalar = param(
        11.0, "cm[H2O]", "how much loss of tone raises that: the abdomen presses on the lung", bounds=(0.0, 40.0),
        source="calibrated: closed at 0 to 5 cmH2O of PEEP, mostly open at 10 (Tokics 1987)",
    )  # fmt: skip
    closing_injured: Scalar = param(
        8.0, "cm[H2O]", "how much full injury raises that", bounds=(0.0, 40.0), source=_ASSUMED
    )
    opening_width: Scalar = param(4.5, "cm[H2O]", "spread of that", bounds=(0.5, 20.0), source="AnaSim 1.7")
    opening_time: Scalar = param(2.6, "s", "time in which they open", bounds=(0.1, 100.0), source="Rothen 1999")
    closing_time: Scalar = param(20.0, "s", "time in which they close", bounds=(0.1, 1e4), source=_ASSUMED)
    shunt_of_closed: Scalar = param(
        0.8, "1", "share of their blood flow that closed alveoli keep", bounds=(0.0, 1.0),
        source="calibrated: shunt and ratios of oxygen of mild, moderate and severe injury (Arnal 2013)",
    )  # fmt: skip
    pressed_by_fluid: Scalar = param(
        0.2, "1", "share of a lung that fluid of its resting volume presses shut", bounds=(0.0, 1.0),
        source="calibrated: 7 % of blood is shunted with 0.7 to 1 L in the pleura (Agusti 1997)",
    )  # fmt: skip
    vapour: Scalar = param(47.0, "mm[Hg]", "pressure of water vapour at 37 degrees", source="steam table")
    expansion: Scalar = param(
        862.95, "mm[Hg]", "760 mmHg times 310.15 K over 273.15 K", source="ideal gas: 37 and 0 degrees"
    )
    millilitres: Scalar = param(1000.0, "mL/L", "millilitres in a litre", source=_UNIT)
    minute: Scalar = param(60.0, "s/min", "seconds in a minute", source=_UNIT)

    def _shares(self) -> tuple[Scalar, Scalar]:
        return self.share_left, 1.0 - self.share_left

    def litres(self, amount: Scalar, ambient: Scalar) -> Scalar:
        """Volume in the body of an amount of dry gas."""
        return amount / self.millilitres * self.expansion / (ambient - self.vapour)

    def initial(self) -> State:
        """Rest at functional residual capacity, with gas after the alveolar gas equation (quotient 0.82)."""
        dry = 760.0 * self.vapour / 47.0 - self.vapour
        amount = self.lung.resting * self.millilitres * dry / self.expansion
        one = amount / amount
        carbon = self.rest_carbon_dioxide / dry
        alveolar = Fractions(oxygen=OXYGEN - carbon * (1.0 - OXYGEN * (1.0 - 0.82)) / 0.82, carbon_dioxide=carbon)

        def side(share: Scalar) -> Gas:
            oxygen, carbon = alveolar.oxygen * amount * share, alveolar.carbon_dioxide * amount * share
            return Gas(oxygen, carbon, amount * share - oxygen - carbon)

        left, right = self._shares()
        nothing = 0.0 * amount
        return State(
            side(left), side(right), Fractions(OXYGEN * one, CARBON * one), alveolar, alveolar, alveolar,
            Fractions(0.2 * one, 0.001 * one), nothing, nothing, one, one, self.unperfused_share,
        )  # fmt: skip

    def resting(self) -> Inputs:
        one = self.share_left / self.share_left
        water, zero = 0.0 * self.lung.recoil, 0.0 * one
        none = (
            "intubation", "oxygen_interface", "airway_obstruction", "bronchospasm", "lung_injury", "embolism",
            "dyspnoea", "pneumothorax_left", "pneumothorax_right", "chest_drain_left", "chest_drain_right",
            "lung_injury_left", "lung_injury_right", "chest_dressing_left", "chest_dressing_right",
            "oxygen_uptake_left", "oxygen_uptake_right", "carbon_dioxide_output_left", "carbon_dioxide_output_right",
            "nitrogen_output_left", "nitrogen_output_right",
        )  # fmt: skip
        return Inputs(
            respiratory_muscle_pressure=water,
            circuit_pressure=water,
            circuit_resistance=0.0 * self.lower_resistance,
            inspired_oxygen=OXYGEN * one,
            inspired_carbon_dioxide=CARBON * one,
            ambient_pressure=760.0 * self.vapour / 47.0,
            airway_patency=one,
            diaphragm_strength=one,
            oxygen_flow=zero * self.lung.resting * self.minute / self.mixing,
            **dict.fromkeys(("chest_wound_left", "chest_wound_right"), zero * self.pleura.smallest),
            **dict.fromkeys(("lung_water", "pleural_fluid_left", "pleural_fluid_right"), zero * self.millilitres),
            **dict.fromkeys(("pleural_blood_left", "pleural_blood_right"), zero * self.millilitres),
            **dict.fromkeys(none, zero),
        )

    def lost_tone(self, u: Inputs) -> Scalar:
        """Share of the tone of chest and diaphragm that anaesthesia, relaxation or weakness has taken."""
        strength = u.diaphragm_strength * (1.0 - u.dyspnoea)
        return 1.0 - jnp.clip(jnp.minimum(strength, u.airway_patency), 0.0, 1.0)

    def aerated(self, x: State, u: Inputs) -> tuple[Scalar, Scalar]:
        """Share of each lung's alveoli that is open."""
        flooded, foamy = self.water.fills(u.lung_water)

        def open_(share: Scalar, injury: Scalar) -> Scalar:
            filled = jnp.minimum(self.filled_injured * injury + flooded, 0.85)
            unstable = jnp.minimum(self._dry_unstable(u, injury) + foamy, 0.9 - filled)
            return 1.0 - filled - unstable * (1.0 - share)

        injured = _injured(u)
        return open_(x.open_left, injured[0]), open_(x.open_right, injured[1])

    def _dry_unstable(self, u: Inputs, injury: Scalar) -> Scalar:
        """Share of alveoli that need pressure to stay open without water in them."""
        of_tone = self.unstable_relaxed * self.lost_tone(u)
        return self.unstable_at_rest + of_tone + self.unstable_injured * injury

    def mechanics(self, x: State, u: Inputs) -> Mechanics:
        """Volumes, pressures and flows of a state."""
        shares = self._shares()
        volume = tuple(self.litres(g.total(), u.ambient_pressure) for g in (x.left, x.right))
        aerated, lost = self.aerated(x, u), self.lost_tone(u)
        stiff = 1.0 + self.stiffer_lung * lost
        recoil = tuple(
            stiff * self.lung.transpulmonary(v / (s * a)) for v, s, a in zip(volume, shares, aerated, strict=True)
        )
        gas, fluid = (x.pleural_gas_left, x.pleural_gas_right), _fluid(u)
        compliance = tuple(self.chest_compliance * s * (1.0 - self.stiffer_chest * lost) for s in shares)
        relaxed = self.lung.resting + self.chest_compliance * self.lung.recoil - self.tone_volume * lost
        held = tuple(
            v + self.litres(g, u.ambient_pressure) + f / self.millilitres - relaxed * s
            for v, g, f, s in zip(volume, gas, fluid, shares, strict=True)
        )
        pleura = pleural_pressures(held, compliance, self.mediastinum, u.respiratory_muscle_pressure)
        linear, turbulent = self.upper.resists(u.intubation, u.airway_obstruction, u.airway_patency)
        common = linear + u.circuit_resistance, turbulent
        spasm = 1.0 / (1.0 - self.spasm_calibre * u.bronchospasm) ** 4
        lower = tuple(
            block * self.lower_resistance * self._narrow(v, s) * spasm / s
            for v, s, block in zip(volume, shares, blocked(u.intubation), strict=True)
        )
        inside = (pleura[0] + recoil[0], pleura[1] + recoil[1])
        wall = tuple(self.chest_resistance / s for s in shares)
        moved = lower[0] + wall[0], lower[1] + wall[1]
        held_open = self.tethering - self.spasm_tethering * u.bronchospasm  # recoil that lost tone adds does not help
        free = flows_of(inside, u.circuit_pressure, common, moved)
        flow = tuple(
            jnp.maximum(q, -jnp.maximum(r / stiff + held_open, 0.05 * self.tethering) / low)
            for q, r, low in zip(free, recoil, lower, strict=True)
        )
        central = u.circuit_pressure - pressure_lost(flow[0] + flow[1], common)
        pleura = tuple(p + w * q for p, w, q in zip(pleura, wall, flow, strict=True))
        return Mechanics(volume, pleura, recoil, flow, aerated, central)

    def _narrow(self, volume: Scalar, share: Scalar) -> Scalar:
        """Airways narrow as a lung empties."""
        resting = self.lung.resting * share
        return resting / jnp.maximum(volume, 0.1 * resting)

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        m = self.mechanics(x, u)
        # mL STPD in a litre of the body
        amount = self.millilitres * (u.ambient_pressure - self.vapour) / self.expansion
        into = tuple(jnp.maximum(q, 0.0) for q in m.flow)
        out = tuple(jnp.maximum(-q, 0.0) for q in m.flow)
        total = m.total_flow()
        inward, outward = jnp.maximum(total, 0.0), jnp.maximum(-total, 0.0)
        composition = tuple(Fractions(g.oxygen / g.total(), g.carbon_dioxide / g.total()) for g in (x.left, x.right))
        torn, drained = (u.pneumothorax_left, u.pneumothorax_right), (u.chest_drain_left, u.chest_drain_right)
        hole = (u.chest_wound_left, u.chest_dressing_left), (u.chest_wound_right, u.chest_dressing_right)
        inside = tuple(jnp.maximum(m.alveolar(k), m.airway) for k in (0, 1))
        escape = tuple(amount * self.pleura.torn(inside[k], m.pleura[k], torn[k], drained[k], *hole[k]) for k in (0, 1))
        sucked = tuple(amount * self.pleura.sucked(m.pleura[k], *hole[k]) for k in (0, 1))
        injured = _injured(u)
        crosses = self._crosses(u)
        sides = tuple(changed(amount, into[k], out[k], x.carina, composition[k], escape[k], crosses[k]) for k in (0, 1))
        fresh = Fractions(u.inspired_oxygen, u.inspired_carbon_dioxide)
        bare = in_trachea(u.intubation) & (u.circuit_resistance <= 0.0)
        dead_space = jnp.where(bare, 1.0 - self.bypassed, 1.0) * self.dead_space
        cell = jnp.maximum(dead_space / 3.0, self.mixing * jnp.abs(total))
        arriving = lambda of: (
            out[0] * of(composition[0]) + out[1] * of(composition[1]) - (into[0] + into[1]) * of(x.carina)
        )
        carina = lambda of: (inward * of(x.trachea) - outward * of(x.carina) + arriving(of)) / cell
        flows = lambda of, before, here, after: (
            (inward * (of(before) - of(here)) + outward * (of(after) - of(here))) / cell
        )
        return State(
            left=sides[0],
            right=sides[1],
            under_mask=self.mask.mixes(x.under_mask, x.mouth, fresh, total, self._washed(u), self.mixing),
            mouth=both(lambda of: flows(of, fresh, x.mouth, x.trachea)),
            trachea=both(lambda of: flows(of, x.mouth, x.trachea, x.carina)),
            carina=both(carina),
            unperfused=both(lambda of: inward / (m.volume[0] + m.volume[1]) * (of(x.carina) - of(x.unperfused))),
            pleural_gas_left=escape[0] - drained[0] * x.pleural_gas_left / self.pleura.drain_time + sucked[0],
            pleural_gas_right=escape[1] - drained[1] * x.pleural_gas_right / self.pleura.drain_time + sucked[1],
            open_left=self._opening(x.open_left, m.recoil[0], u, injured[0]),
            open_right=self._opening(x.open_right, m.recoil[1], u, injured[1]),
            idle=(self._bloodless(u) - x.idle) / self.washed,
        )

    def _crosses(self, u: Inputs) -> tuple[Gas, Gas]:
        """What blood gives each lung, mL/s."""
        a_second = lambda taken, carbon, nitrogen: Gas(
            -taken / self.minute, carbon / self.minute, nitrogen / self.minute
        )
        return (
            a_second(u.oxygen_uptake_left, u.carbon_dioxide_output_left, u.nitrogen_output_left),
            a_second(u.oxygen_uptake_right, u.carbon_dioxide_output_right, u.nitrogen_output_right),
        )

    def _washed(self, u: Inputs) -> Scalar:
        """Flow of fresh gas under a mask, L/s."""
        return self.mask.washes(u.oxygen_flow, u.oxygen_interface, u.circuit_resistance, u.intubation) / self.minute

    def _opening(self, open_: Scalar, recoil: Scalar, u: Inputs, injury: Scalar) -> Scalar:
        """How the share of unstable alveoli that is open changes."""
        closing = self.closing + self.closing_relaxed * self.lost_tone(u) + self.closing_injured * injury
        closing = closing + self.water.closes(u.lung_water, self._dry_unstable(u, injury))
        pulled = jax.nn.sigmoid((recoil - self.opening) / self.opening_width)
        slack = jax.nn.sigmoid((closing - recoil) / (0.25 * self.opening_width))
        return (1.0 - open_) * pulled / self.opening_time - open_ * slack / self.closing_time

    def _bloodless(self, u: Inputs) -> Scalar:
        """Share of alveoli without blood."""
        more = tuple(s * (i - u.lung_injury) for s, i in zip(self._shares(), _injured(u), strict=True))
        idle = self.unperfused_share + self.unperfused_injured * (u.lung_injury + more[0] + more[1])
        idle = idle + self.spasm_unperfused * u.bronchospasm**2
        return jnp.minimum(idle + (1.0 - idle) * u.embolism, 0.95)

    def perfused(self, x: State, gas: Gas) -> Fractions:
        """Composition in the alveoli that blood reaches."""
        part = lambda mixed, dead: jnp.maximum(mixed - x.idle * dead, 0.0) / (1.0 - x.idle)
        whole = gas.total()
        return Fractions(
            part(gas.oxygen / whole, x.unperfused.oxygen), part(gas.carbon_dioxide / whole, x.unperfused.carbon_dioxide)
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        m = self.mechanics(x, u)
        dry = u.ambient_pressure - self.vapour
        alveoli = tuple(self.perfused(x, g) for g in (x.left, x.right))
        resistance = tuple(self._vessels(m, k, alveoli[k].oxygen * dry) for k in (0, 1))
        conductance = tuple(s / r for s, r in zip(self._shares(), resistance, strict=True))
        whole = conductance[0] + conductance[1]
        fluid = _fluid(u)
        empty = tuple(self._empty(m, k, fluid[k] / self.millilitres) for k in (0, 1))
        keeps = lambda k: self.shunt_of_closed * (1.0 - m.aerated[k] * (1.0 - empty[k]))
        richer = jnp.maximum(u.inspired_oxygen - OXYGEN, 0.0) * dry
        poorly = self.poorly + self.spasm_shunt * u.bronchospasm**3 + self.embolus.poorly * u.embolism
        poorly = jnp.minimum(poorly, 0.95) * jnp.exp(-richer / self.poorly_served)
        shunt = self.shunt + (1.0 - self.shunt) * poorly
        closed = tuple(shunt + (1.0 - shunt) * keeps(k) for k in (0, 1))
        total = m.total_flow()
        masked = self._washed(u) > 0.0
        sampled = both(lambda of: jnp.where(masked, of(x.under_mask), of(x.mouth)))
        return Outputs(
            airway_pressure=u.circuit_pressure - u.circuit_resistance * total,
            airway_flow=self.minute * total,
            airway_carbon_dioxide=jnp.maximum(sampled.carbon_dioxide, 0.0) * dry,  # a step in which flow turns
            airway_oxygen=jnp.maximum(sampled.oxygen, 0.0) * dry,  # leaves a billionth below nothing
            lung_volume=m.volume[0] + m.volume[1],
            lung_volume_left=m.volume[0],
            lung_volume_right=m.volume[1],
            alveolar_pressure=self.share_left * m.alveolar(0) + (1.0 - self.share_left) * m.alveolar(1),
            pleural_pressure=0.5 * (self.share_left * m.pleura[0] + (1.0 - self.share_left) * m.pleura[1])
            + 0.5 * jnp.maximum(m.pleura[0], m.pleura[1]),  # heart and veins between both feel the higher more
            alveolar_oxygen_left=alveoli[0].oxygen * dry,
            alveolar_oxygen_right=alveoli[1].oxygen * dry,
            alveolar_carbon_dioxide_left=alveoli[0].carbon_dioxide * dry,
            alveolar_carbon_dioxide_right=alveoli[1].carbon_dioxide * dry,
            shunt_left=closed[0],
            shunt_right=closed[1],
            lung_blood_flow_share_left=conductance[0] / whole,
            pulmonary_resistance_factor=self.embolus.resists(u.embolism) / whole,
            alveolar_flooding=jnp.add(*self.water.fills(u.lung_water)),
        )

    def _empty(self, m: Mechanics, side: int, fluid: Scalar) -> Scalar:
        """Share of a lung that is closed because it is small, or lies under litres of fluid."""
        rest = self.lung.resting * self._shares()[side]
        small = jnp.maximum(2.5 * (1.0 - m.volume[side] / (0.6 * rest)), 0.0)
        return jnp.minimum(small + self.pressed_by_fluid * fluid / rest, 0.95)

    def _vessels(self, m: Mechanics, side: int, oxygen: Scalar) -> Scalar:
        """Resistance of one lung's vessels, share of rest."""
        small = 0.6 * self.lung.resting * self._shares()[side] / m.volume[side]
        return self.vessels.resist(m.recoil[side] - 1.6 * self.lung.recoil, small, oxygen)
