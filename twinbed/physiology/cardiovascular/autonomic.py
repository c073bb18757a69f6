"""The autonomic nerves: from pressures, blood gases, breath and pain to heart and vessels.

Receptors of the carotid sinus follow the arterial pressure and how fast it changes; they inhibit the sympathetic
nerves and excite the vagus. Chemoreceptors of the carotid body, stretch receptors of the lungs and of the right
atrium, the brain itself when it lacks oxygen or is full of carbon dioxide, pain and the will to exercise act on the
same nerves. Of these, three sympathetic lines go to arterioles, to veins and to the heart. Each effector answers
after a delay and with a lag of its own. Every influence but the baroreflex counts as a deviation from rest, so that
gains of different papers can stand side by side. Effects are shares of rest, so that any circulation can obey them;
drugs and disease multiply them. Drugs may also take a share of what sympathetic nerves send, of every reflex, which
leaves the answer to pain, and of air hunger.

A filling below rest excites vessels, veins and heart; when a third of the blood is lost and the heart is nearly
empty, what goes to vessels and veins is withdrawn, and pressure falls.

The step is fast enough for the pressure within a beat: receptors and nerves are not linear, so their mean over a beat
is not what they make of the mean pressure. What they send is averaged over a fifth of a second before it is delayed.

The vagus, but no sympathetic nerve, gets used to a pressure that stays high; to a low one it does not, since the fast
heart of tilt and of blood loss lasts.

*Known limits*: one set point for all effectors; no resetting over hours. Chemoreceptors that are less active than at
rest take nothing from the vagus, because oxygen does not speed the heart.

**References:**

- Ursino (1998), Am J Physiol 275(5):H1733, doi:10.1152/ajpheart.1998.275.5.H1733 (baroreflex, effectors)
- Ursino & Magosso (2000), Am J Physiol 279(1):H149, doi:10.1152/ajpheart.2000.279.1.H149 (hypoxia)
- Magosso & Ursino (2001), Am J Physiol 281(3):H343; Magosso & Ursino (2002), Med Biol Eng Comput 40(6):660 (exercise)
- Albanese, Cheng, Ursino & Chbat (2016), Am J Physiol 310(7):H899, doi:10.1152/ajpheart.00230.2014 (weights)
- Heldt (2004), thesis, MIT (cardiopulmonary reflex)
- Martinsson, Bevegard & Hjemdahl (1986), Eur J Clin Pharmacol 30:427 (heart rate under phenylephrine)
- Schadt & Ludbrook (1991), Am J Physiol 260(2):H305, doi:10.1152/ajpheart.1991.260.2.H305 (drive is withdrawn when a
  third of the blood is lost)
"""

from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port, var
from twinbed.physiology.cardiovascular._parts.effort import Effort
from twinbed.physiology.cardiovascular._parts.nerves import (
    Carbon,
    CarotidBody,
    Distress,
    Filling,
    Line,
    Weights,
    between,
    hungry,
    levelling,
    weights,
)  # fmt: skip
from twinbed.physiology.cardiovascular._parts.posture import axial_gravity
from twinbed.physiology.cardiovascular._parts.temperature import Temperature
from twinbed.physiology.cardiovascular._parts.vagus import Vagus

_URSINO = "Ursino 1998, tables 3 and 4 (two implementations agree)"
_ALBANESE = "Albanese 2016, table of the reflexes"
_UM = "Ursino & Magosso 2000"
_CALIBRATED = "calibrated to 91 mmHg of a resting adult; 92 in Ursino 1998 (docs/decisions/0007-resting-adult.md)"
_LEAD = "calibrated to head-up tilt (Hainsworth 1988) and Valsalva's manoeuvre; 6.37 in Ursino 1998"
_RESTING = "the effectors' values at rest and gains of Ursino 1998 give 1.17 to 1.22"
_CAROTID = (
    "Heldt 2004 and BXS-Lab's CVModel: 14 cm above the first branches, these 4.5 to 14.5 cm above the valve; calibrated"
    " within that to diastolic pressure and heart rate at 60 degrees of tilt (Hainsworth 1988)"
)
_ASSUMED, _UNIT = "assumed", "definition of the unit"
_PER_SAMPLE = 10
_SHORT, _LONG = 10, 25
"""Samples after which an effector feels what was sent: 2 and 5 s; the vagus feels the last one."""


class State(eqx.Module):
    """The receptors, what is on its way, and the effectors."""

    slow_pressure: Scalar = var("mm[Hg]", "arterial pressure behind the receptors' lag")
    chemical: Scalar = var("/s", "frequency of the chemoreceptors above rest")
    stretch: Scalar = var("/s", "frequency of the lungs' stretch receptors above rest")
    breath: Scalar = var("1", "share of the vagus' gate that breath holds shut, on average")
    accustomed: Scalar = var("mm[Hg]", "carotid pressure that the vagus has got used to")
    filling: Scalar = var("mm[Hg]", "transmural pressure of the right atrium behind its receptors' lag")
    brain_oxygen: Scalar = var("mm[Hg]", "oxygen that the brain feels")
    brain_carbon_dioxide: Scalar = var("mm[Hg]", "carbon dioxide that the brain feels")
    pain: Scalar = var("1", "pain behind its lag")
    effort: Scalar = var("1", "share of maximal effort that vagus and contraction have not recovered from")
    aroused: Scalar = var("/s", "what effort has added to the heart's line and catecholamines keep up")
    vessels_line: Line
    veins_line: Line
    heart_line: Line
    vagal_sum: Scalar = var("/s", "vagal frequency added up since the last sample")
    vagal: Scalar = var("/s", "last sample of vagal frequency")
    count: Scalar = var("1", "steps since the last sample")
    contraction: Scalar = var("1", "sympathetic drive that has reached contraction")
    exertion: Scalar = var("1", "contractility that exercise adds, behind its lag")
    vessels: Scalar = var("1", "sympathetic drive that has reached the resistances")
    veins: Scalar = var("1", "sympathetic drive that has reached the veins")
    sinus_sympathetic: Scalar = var("1", "sympathetic drive that has reached the sinus node")
    sinus_vagal: Scalar = var("/s", "vagal frequency that has reached the sinus node")


class Inputs(eqx.Module):
    """What receptors feel, and what drugs and disease do to nerves and effectors."""

    arterial_pressure: Scalar = port("arterial_pressure")
    central_venous_pressure: Scalar = port("central_venous_pressure", rest=4.9)
    pleural_pressure: Scalar = port("pleural_pressure", rest=-5.0)
    arterial_saturation: Scalar = port("arterial_saturation", rest=0.97)
    arterial_oxygen: Scalar = port("arterial_oxygen", rest=94.0)
    arterial_carbon_dioxide: Scalar = port("arterial_carbon_dioxide", rest=40.0)
    venous_content_cerebral: Scalar = port("venous_content_cerebral", rest=12.9)
    tidal_volume: Scalar = port("tidal_volume", rest=530.0)
    respiratory_muscle_pressure: Scalar = port("respiratory_muscle_pressure", rest=0.0)
    tilt: Scalar = port("tilt", rest=0.0)
    acceleration_x: Scalar = port("acceleration_x", rest=0.0)
    core_temperature: Scalar = port("core_temperature", rest=37.0)
    skin_temperature: Scalar = port("skin_temperature", rest=33.7)
    exercise_intensity: Scalar = port("exercise_intensity", rest=0.0)
    nociception: Scalar = port("nociception", rest=0.0)
    air_hunger: Scalar = port("air_hunger", rest=0.0)
    ischaemia: Scalar = port("ischaemia", rest=0.0)
    drug_resistance: Scalar = port("drug_resistance", rest=1.0)
    drug_contractility: Scalar = port("drug_contractility", rest=1.0)
    drug_venous_shift: Scalar = port("drug_venous_shift", rest=0.0)
    drug_heart_rate: Scalar = port("drug_heart_rate", rest=0.0)
    vagal_block: Scalar = port("vagal_block", rest=0.0)
    sympathetic_tone: Scalar = port("sympathetic_tone", rest=1.0)
    reflex_depression: Scalar = port("reflex_depression", rest=0.0)
    dyspnoea_relief: Scalar = port("dyspnoea_relief", rest=0.0)
    disease_resistance: Scalar = port("disease_resistance", rest=1.0)
    disease_contractility_left: Scalar = port("disease_contractility_left", rest=1.0)
    disease_contractility_right: Scalar = port("disease_contractility_right", rest=1.0)
    disease_venous_shift: Scalar = port("disease_venous_shift", rest=0.0)
    vascular_response: Scalar = port("vascular_response", rest=1.0)


class Outputs(eqx.Module):
    """What heart and vessels obey."""

    heart_period: Scalar = port("heart_period")
    contractility_left: Scalar = port("contractility_left")
    contractility_right: Scalar = port("contractility_right")
    resistance_splanchnic: Scalar = port("resistance_splanchnic")
    resistance_extrasplanchnic: Scalar = port("resistance_extrasplanchnic")
    resistance_muscle: Scalar = port("resistance_muscle")
    venous_shift_splanchnic: Scalar = port("venous_shift_splanchnic")
    venous_shift_extrasplanchnic: Scalar = port("venous_shift_extrasplanchnic")
    venous_shift_muscle: Scalar = port("venous_shift_muscle")


class Autonomic(AbstractHybridModel[State, Inputs, Outputs]):
    """The autonomic nerves of one patient."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    step_s: float = eqx.field(static=True, default=0.02)

    distress: Distress = eqx.field(default_factory=Distress)
    effort: Effort = eqx.field(default_factory=Effort)
    carotid_body: CarotidBody = eqx.field(default_factory=CarotidBody)
    carbon: Carbon = eqx.field(default_factory=Carbon)
    filling: Filling = eqx.field(default_factory=Filling)
    temperature: Temperature = eqx.field(default_factory=Temperature)
    vagus: Vagus = eqx.field(default_factory=Vagus)
    to_vessels: Weights = eqx.field(default_factory=lambda: weights(baro=1.3, filling=-8.0))
    to_veins: Weights = eqx.field(
        default_factory=lambda: weights(
            hunger=0.5, stretch=-0.2907, filling=-1.5, empty=-12.0, hypercapnia=0.0, cold=30.0,
            command=64.9, command_middle=0.42, command_width=0.09,
        )
    )  # fmt: skip
    to_heart: Weights = eqx.field(
        default_factory=lambda: weights(
            baro=1.75, hunger=1.0, cold=0.0, chemical=1.0, stretch=0.0, filling=-2.5, empty=0.0,
            hypoxia=53.0, hypoxia_middle=45.0, hypoxia_width=6.0, hypercapnia=1.0,
            command=50.0, command_middle=0.7, command_width=0.114, lasting=1.0,
        )
    )  # fmt: skip

    set_point: Scalar = param(
        86.8, "mm[Hg]", "pressure in the middle of the receptors' range", bounds=(40.0, 200.0), source=_CALIBRATED
    )
    above: Scalar = param(
        6.6, "mm[Hg]", "mean pressure at rest above it", bounds=(-40.0, 60.0),
        source="the resting adult of docs/decisions/0007-resting-adult.md",
    )  # fmt: skip
    width: Scalar = param(11.758, "mm[Hg]", "width of their range", bounds=(3.0, 50.0), source=_URSINO)
    lead: Scalar = param(3.15, "s", "weight of how fast the pressure changes", bounds=(0.0, 20.0), source=_LEAD)
    lag: Scalar = param(2.076, "s", "lag of the receptors", bounds=(0.2, 20.0), source=_URSINO)
    receptor_min: Scalar = param(2.52, "/s", "lowest frequency of the receptors", bounds=(0.0, 20.0), source=_URSINO)
    receptor_max: Scalar = param(
        47.78, "/s", "highest frequency of the receptors", bounds=(10.0, 200.0), source=_URSINO
    )
    sympathetic_zero: Scalar = param(
        16.11, "/s", "sympathetic frequency without receptors", bounds=(5.0, 60.0), source=_URSINO
    )
    sympathetic_end: Scalar = param(
        2.10, "/s", "sympathetic frequency that is left at high pressure", bounds=(0.0, 10.0), source=_URSINO
    )
    sympathetic_threshold: Scalar = param(
        2.66, "/s", "frequency below which effectors feel nothing", bounds=(0.0, 10.0), source=_URSINO
    )
    inhibition: Scalar = param(0.0675, "s", "how much the receptors inhibit", bounds=(1e-3, 1.0), source=_URSINO)
    one_per_second: Scalar = param(1.0, "/s", "the unit of frequency in the logarithm", source=_UNIT)
    drive_at_rest: Scalar = param(
        1.18, "1", "sympathetic drive of effectors at rest", bounds=(0.1, 3.0), source=_RESTING
    )
    contraction_left: Scalar = param(
        0.475 / 2.95, "1", "gain of left contractility, share of rest", bounds=(0.0, 2.0), source=_URSINO
    )
    contraction_right: Scalar = param(
        0.282 / 1.75, "1", "gain of right contractility, share of rest", bounds=(0.0, 2.0), source=_URSINO
    )
    splanchnic_gain: Scalar = param(
        0.695 / 3.307, "1", "gain of splanchnic resistance, share of rest", bounds=(0.0, 3.0), source=_URSINO
    )
    extrasplanchnic_gain: Scalar = param(
        0.53 / 1.407, "1", "gain of extrasplanchnic resistance, share of rest", bounds=(0.0, 3.0), source=_URSINO
    )
    splanchnic_veins: Scalar = param(
        265.4, "mL", "blood that drive moves out of the splanchnic veins", bounds=(0.0, 2000.0), source=_URSINO
    )
    extrasplanchnic_veins: Scalar = param(
        132.5, "mL", "blood that drive moves out of the extrasplanchnic veins", bounds=(0.0, 2000.0), source=_URSINO
    )
    period_intrinsic: Scalar = param(0.58, "s", "period without nerves", bounds=(0.2, 2.0), source=_URSINO)
    period_sympathetic: Scalar = param(0.13, "s", "how drive shortens the period", bounds=(0.0, 1.0), source=_URSINO)
    period_vagal: Scalar = param(0.09, "s2", "how the vagus lengthens it", bounds=(0.0, 1.0), source=_URSINO)
    contraction_lag: Scalar = param(8.0, "s", "lag of contraction", bounds=(0.5, 60.0), source=_URSINO)
    vessels_lag: Scalar = param(6.0, "s", "lag of the resistances", bounds=(0.5, 60.0), source=_URSINO)
    veins_lag: Scalar = param(20.0, "s", "lag of the veins", bounds=(0.5, 120.0), source=_URSINO)
    sinus_sympathetic_lag: Scalar = param(
        2.0, "s", "lag of the sinus node behind sympathetic nerves", bounds=(0.1, 60.0), source=_URSINO
    )
    sinus_vagal_lag: Scalar = param(
        1.5, "s", "lag of the sinus node behind the vagus", bounds=(0.1, 60.0), source=_URSINO
    )
    sympathetic_max: Scalar = param(
        60.0, "/s", "highest sympathetic frequency", bounds=(20.0, 200.0), source="Ursino & Magosso 2000"
    )
    receptors_at_rest: Scalar = param(
        23.8, "/s", "frequency of the baroreceptors that gives the drive at rest", bounds=(2.0, 60.0),
        source="from the drive at rest",
    )  # fmt: skip
    muscle_gain: Scalar = param(
        2.47 / 4.48 / 2.0, "1", "gain of the resistance of muscle, share of rest", bounds=(0.0, 3.0),
        source="Ursino & Magosso 2000: 2.47 of 4.48 mmHg s/mL; halved as the splanchnic gain was in 1998",
    )  # fmt: skip
    muscle_veins: Scalar = param(
        58.29, "mL", "blood that drive moves out of the veins of muscle", bounds=(0.0, 2000.0), source=_UM
    )
    stretch_gain: Scalar = param(
        0.01176, "/s/mL", "frequency of the lungs' receptors for their volume", bounds=(0.0, 0.1), source=_ALBANESE
    )
    tidal_volume_at_rest: Scalar = param(530.0, "mL", "tidal volume at rest", bounds=(20.0, 2000.0), source="7 mL/kg")
    stretch_scale: Scalar = param(
        6.0, "/s", "rise of it that counts, of half a litre", bounds=(0.5, 100.0),
        source="assumed; Albanese 2016 has tidal volumes up to 1 L",
    )  # fmt: skip
    stretch_lag: Scalar = param(2.0, "s", "lag of the lungs' receptors", bounds=(0.1, 30.0), source=_ALBANESE)
    oxygen_at_rest: Scalar = param(
        77.0, "mm[Hg]", "oxygen that the brain feels at rest", bounds=(20.0, 150.0), source=_ASSUMED
    )
    brain_lag: Scalar = param(30.0, "s", "lag of the brain behind blood", bounds=(1.0, 300.0), source=_UM)
    content_equivalent: Scalar = param(
        6.0, "mm[Hg].dL/mL", "arterial oxygen that counts as much as oxygen content of the brain's veins",
        bounds=(0.5, 20.0), source="12.9 mL/dL at rest; 30 mmHg of arterial oxygen leave 5",
    )  # fmt: skip
    slowest: Scalar = param(20.0, "/min", "slowest rate of the sinus node", bounds=(5.0, 60.0), source=_ASSUMED)
    fastest: Scalar = param(
        200.0, "/min", "fastest rate of the sinus node", bounds=(100.0, 300.0), source="208 - 0.7 age (Tanaka 2001)"
    )
    height_carotid: Scalar = param(
        25.0, "cm", "height of the carotid sinus above the heart, upright", bounds=(0.0, 50.0), source=_CAROTID
    )
    column: Scalar = param(0.7766, "mm[Hg]/cm", "pressure of a centimetre of blood", source="1,056 kg/m3")
    gravity: Scalar = param(9.80665, "m/s2", "standard gravity", source="definition")
    degree: Scalar = param(1.0, "deg", "the unit of angle", source=_UNIT)
    pressure_of_water: Scalar = param(
        0.73556, "mm[Hg]/cm[H2O]", "a centimetre of water in millimetres of mercury", source=_UNIT
    )
    minute: Scalar = param(60.0, "s/min", "seconds in a minute", source=_UNIT)
    percent: Scalar = param(0.01, "1/%", "a hundredth", source=_UNIT)

    def initial(self) -> State:
        drive, zero, silent = self.drive_at_rest, jnp.zeros_like(self.drive_at_rest), 0.0 * self.vagus.at_rest
        line = Line(zero, jnp.broadcast_to(drive, (_LONG,)))
        return State(
            slow_pressure=self.set_point + self.above,
            accustomed=self.set_point + self.above,
            chemical=silent,
            stretch=silent,
            breath=self.vagus.gate_at_rest,
            filling=self.filling.at_rest,
            brain_oxygen=self.oxygen_at_rest,
            brain_carbon_dioxide=self.carotid_body.carbon_dioxide_at_rest,
            pain=zero,
            effort=zero,
            aroused=silent,
            vessels_line=line,
            veins_line=line,
            heart_line=line,
            vagal_sum=silent,
            vagal=self.vagus.at_rest,
            count=zero,
            contraction=drive,
            exertion=zero,
            vessels=drive,
            veins=drive,
            sinus_sympathetic=drive,
            sinus_vagal=self.vagus.at_rest,
        )

    def resting(self) -> Inputs:
        one, mmhg = jnp.ones_like(self.drive_at_rest), self.width / 11.758
        zero = 0.0 * one
        return Inputs(
            arterial_pressure=self.set_point + self.above,
            central_venous_pressure=4.9 * mmhg,
            pleural_pressure=-5.0 * one,
            arterial_saturation=self.carotid_body.saturation_at_rest,
            arterial_oxygen=94.0 * mmhg,
            arterial_carbon_dioxide=self.carotid_body.carbon_dioxide_at_rest,
            venous_content_cerebral=12.9 * one,
            tidal_volume=self.tidal_volume_at_rest,
            respiratory_muscle_pressure=-0.0 * self.vagus.gate_effort,
            tilt=zero,
            acceleration_x=zero,
            core_temperature=self.temperature.normal,
            skin_temperature=self.temperature.cool_skin,
            exercise_intensity=zero,
            nociception=zero,
            air_hunger=zero,
            ischaemia=zero,
            drug_resistance=one,
            drug_contractility=one,
            drug_venous_shift=zero,
            drug_heart_rate=zero,
            vagal_block=zero,
            sympathetic_tone=one,
            reflex_depression=zero,
            dyspnoea_relief=zero,
            disease_resistance=one,
            disease_contractility_left=one,
            disease_contractility_right=one,
            disease_venous_shift=zero,
            vascular_response=one,
        )

    def carotid(self, x: State, u: Inputs) -> Scalar:
        """Pressure at the carotid sinus, less what exercise allows it to rise."""
        reset = self.effort.resets(self.percent * u.exercise_intensity)
        reset += self.distress.resets(x.pain, hungry(u.air_hunger, u.dyspnoea_relief))
        pulls = axial_gravity(u.tilt, u.acceleration_x, self.degree, self.gravity)
        return u.arterial_pressure - self.column * self.height_carotid * pulls - reset

    def receptors(self, x: State, u: Inputs, shift: Scalar | float = 0.0) -> Scalar:
        """Frequency of the arterial baroreceptors, whose range may have shifted."""
        share = self.lead / self.lag
        felt = share * self.carotid(x, u) + (1.0 - share) * x.slow_pressure
        return between(self.receptor_min, self.receptor_max, (felt - self.set_point - shift) / self.width)

    def used_to(self, x: State) -> Scalar:
        """How far the range of the receptors has shifted for the vagus."""
        return jnp.maximum(x.accustomed - self.set_point - self.above, 0.0)

    def sympathetic(self, line: Weights, receptors: Scalar, x: State, u: Inputs) -> Scalar:
        """Drive that one sympathetic line sends."""
        command = jnp.maximum(line.commands(self.percent * u.exercise_intensity), line.lasting * x.aroused)
        lacks = lambda oxygen: jax.nn.sigmoid((line.hypoxia_middle - oxygen) / line.hypoxia_width)
        reflexes = (
            line.chemical * x.chemical
            + line.stretch * levelling(x.stretch, self.stretch_scale)
            + self.filling.answer(line, x.filling)
            + line.hypoxia * (lacks(x.brain_oxygen) - lacks(self.oxygen_at_rest))
            + line.hypercapnia * self.carbon.excites(self._carbon(x))
            + line.cold * self.temperature.chill(u.skin_temperature)
            - line.baro * (receptors - self.receptors_at_rest)
        )
        distress = self.distress.excites(x.pain, hungry(u.air_hunger, u.dyspnoea_relief), line.hunger)
        felt = (1.0 - u.reflex_depression) * reflexes + command + distress - self.receptors_at_rest
        span = self.sympathetic_zero - self.sympathetic_end
        power = jnp.clip(self.inhibition * felt, -10.0, 3.0)
        frequency = jnp.minimum(self.sympathetic_end + span * jnp.exp(power), self.sympathetic_max)
        return jnp.log1p(jnp.maximum(frequency - self.sympathetic_threshold, 0.0) / self.one_per_second)

    def _carbon(self, x: State) -> Scalar:
        """Carbon dioxide of the brain above rest."""
        return x.brain_carbon_dioxide - self.carotid_body.carbon_dioxide_at_rest

    def felt_effort(self, x: State, u: Inputs) -> Scalar:
        """Share of maximal effort that vagus and contraction feel: that of now, or what is left of the one before."""
        return jnp.maximum(self.percent * u.exercise_intensity, x.effort)

    def vagal(self, receptors: Scalar, x: State, u: Inputs) -> Scalar:
        """Frequency of the vagus."""
        reflexes = self.vagus.reflexes(receptors, x.chemical, levelling(x.stretch, self.stretch_scale))
        distress = self.distress.calms_not(x.pain, hungry(u.air_hunger, u.dyspnoea_relief))
        gate = self.vagus.gate * (self.vagus.shut(u.respiratory_muscle_pressure) - x.breath)
        held = self.vagus.command_of(self.felt_effort(x, u)) + distress + gate
        return jnp.maximum(self.vagus.at_rest + (1.0 - u.reflex_depression) * reflexes - held, 0.0)

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        del t, dt
        full = x.count >= _PER_SAMPLE
        receptors = self.receptors(x, u)
        kept = lambda added: jnp.where(full, 0.0, added)

        def sends(line: Line, weights: Weights) -> Line:
            pushed = jnp.concatenate([(line.added / _PER_SAMPLE)[None], line.sent[:-1]])
            return Line(
                kept(line.added) + self.sympathetic(weights, receptors, x, u), jnp.where(full, pushed, line.sent)
            )

        changed = lambda s: (s.vessels_line, s.veins_line, s.heart_line, s.vagal_sum, s.vagal, s.count)
        return eqx.tree_at(
            changed,
            x,
            (
                sends(x.vessels_line, self.to_vessels),
                sends(x.veins_line, self.to_veins),
                sends(x.heart_line, self.to_heart),
                kept(x.vagal_sum) + self.vagal(self.receptors(x, u, self.used_to(x)), x, u),
                jnp.where(full, x.vagal_sum / _PER_SAMPLE, x.vagal),
                kept(x.count) + 1.0,
            ),
        )

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        still = lambda line: Line(jnp.zeros_like(line.added), jnp.zeros_like(line.sent))
        arrives = lambda sent: u.sympathetic_tone * sent
        heart, effort = x.heart_line.sent[_SHORT - 1], self.percent * u.exercise_intensity
        chemical = self.carotid_body.frequency(u.arterial_saturation, u.arterial_carbon_dioxide)
        stretch = self.stretch_gain * (u.tidal_volume - self.tidal_volume_at_rest)
        filling = u.central_venous_pressure - u.pleural_pressure * self.pressure_of_water
        oxygen = jnp.minimum(u.arterial_oxygen, self.content_equivalent * u.venous_content_cerebral)
        return State(
            slow_pressure=(self.carotid(x, u) - x.slow_pressure) / self.lag,
            accustomed=(self.carotid(x, u) - x.accustomed) / self.vagus.resetting,
            chemical=(chemical - x.chemical) / self.carotid_body.lag,
            stretch=(stretch - x.stretch) / self.stretch_lag,
            breath=(self.vagus.shut(u.respiratory_muscle_pressure) - x.breath) / self.vagus.gate_lag,
            filling=(filling - x.filling) / self.filling.lag,
            brain_oxygen=(oxygen - x.brain_oxygen) / self.brain_lag,
            brain_carbon_dioxide=(u.arterial_carbon_dioxide - x.brain_carbon_dioxide) / self.brain_lag,
            pain=(u.nociception - x.pain) / self.distress.lag,
            effort=self.effort.fades(x.effort, effort),
            aroused=self.effort.calms(x.aroused, self.to_heart.commands(effort), 1.0 / self.inhibition),
            vessels_line=still(x.vessels_line),
            veins_line=still(x.veins_line),
            heart_line=still(x.heart_line),
            vagal_sum=jnp.zeros_like(x.vagal_sum),
            vagal=jnp.zeros_like(x.vagal),
            count=jnp.zeros_like(x.count),
            contraction=(arrives(heart) - x.contraction) / self.contraction_lag,
            exertion=(self.effort.strengthens(self.felt_effort(x, u)) - x.exertion) / self.contraction_lag,
            vessels=(arrives(x.vessels_line.sent[_SHORT - 1]) - x.vessels) / self.vessels_lag,
            veins=(arrives(x.veins_line.sent[_LONG - 1]) - x.veins) / self.veins_lag,
            sinus_sympathetic=(arrives(heart) - x.sinus_sympathetic) / self.sinus_sympathetic_lag,
            sinus_vagal=(x.vagal - x.sinus_vagal) / self.sinus_vagal_lag,
        )

    def period(self, x: State, u: Inputs) -> Scalar:
        """Period of the sinus node."""
        vagal = self.period_vagal * x.sinus_vagal * (1.0 - u.vagal_block)
        period = self.period_intrinsic + vagal - self.period_sympathetic * x.sinus_sympathetic
        rate = self.minute / jnp.maximum(period, 0.5 * self.minute / self.fastest)
        wanted = (rate + u.drug_heart_rate) * self.temperature.hastens(u.core_temperature)
        return self.minute / jnp.clip(wanted, self.slowest, self.fastest)

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        rest, able = self.drive_at_rest, u.drug_contractility * (1.0 - u.ischaemia)
        tone = u.drug_resistance * u.disease_resistance
        tone = tone * self.temperature.narrows(u.core_temperature) * self.carbon.widens(self._carbon(x))
        shift = u.drug_venous_shift + u.disease_venous_shift
        all_veins = self.splanchnic_veins + self.extrasplanchnic_veins + self.muscle_veins
        able = able * (1.0 + x.exertion) * self.temperature.strengthens(u.skin_temperature)
        contracts = lambda gain: able * jnp.maximum(1.0 + gain * (x.contraction - rest), 0.05)
        vessels = jnp.where(x.vessels > rest, u.vascular_response, 1.0) * (x.vessels - rest)
        veins = jnp.where(x.veins > rest, u.vascular_response, 1.0) * (x.veins - rest)
        resists = lambda gain: tone * jnp.maximum(1.0 + gain * vessels, 0.2)
        pressed_out = self.effort.presses_out(self.percent * u.exercise_intensity)
        empties = lambda volume: shift * volume / all_veins - volume * veins
        return Outputs(
            heart_period=self.period(x, u),
            contractility_left=u.disease_contractility_left * contracts(self.contraction_left),
            contractility_right=u.disease_contractility_right * contracts(self.contraction_right),
            resistance_splanchnic=resists(self.splanchnic_gain),
            resistance_extrasplanchnic=resists(self.extrasplanchnic_gain),
            resistance_muscle=resists(self.muscle_gain),
            venous_shift_splanchnic=empties(self.splanchnic_veins),
            venous_shift_extrasplanchnic=empties(self.extrasplanchnic_veins),
            venous_shift_muscle=empties(self.muscle_veins) - pressed_out,
        )
