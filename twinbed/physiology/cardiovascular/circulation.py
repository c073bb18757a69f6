"""The closed circulation: four chambers, pericardium, lungs' vessels and parallel systemic beds.

The states are volumes, so that blood is neither made nor lost; a pressure follows from a volume above the
unstressed one. The beds share the pressure of the small arteries and each has its own veins, which flow
into the thoracic veins. What lies in the chest feels the pleural pressure, what lies in the belly the abdominal one.
A compression presses on all in the chest alike: blood goes out where valves let it (Rudikoff 1980).
Who activates the heart (`conduction`), who governs vessels and contraction (`autonomic`), what tissue asks of its
vessels (`autoregulation`) and what the lungs do to theirs (`lungs`) are models of their own. The septum yields
to the difference of pressure between the ventricles; valves may leak. The right ventricle weakens when more is
asked of it than its own vessels can serve.

Veins collapse where they enter the chest when it sucks, and small arteries close before they are empty, so that little
blood returns to an empty heart and arteries keep some pressure when it stops.

Veins that hang narrow the arterioles before them, by a reflex within the limb; those of limbs have valves,
and all a greatest volume. A chamber of the heart that is empty folds and gives no more than comes.

*Known limits*: no wave travel between arteries; all beds share one pressure of the small arteries, and coronary flow is
not squeezed in systole.

**References:**

- Ursino (1998), Am J Physiol 275(5):H1733, doi:10.1152/ajpheart.1998.275.5.H1733
- Magosso & Ursino (2001), Am J Physiol 281(3):H343 (five beds)
- Albanese, Cheng, Ursino & Chbat (2016), Am J Physiol 310(7):H899, doi:10.1152/ajpheart.00230.2014
- Guyton, Lindsey, Abernathy & Richardson (1957), Am J Physiol 189(3):609 (venous return and collapse)
- Burton (1951), Am J Physiol 164(2):319 (closing of small vessels)
- Schipke, Heusch, Sanii, Gams & Winter (2003), Am J Physiol 285(6):H2510 (arteries in fibrillation)
- Weissler, Harris & Schoenfeld (1968), Circulation 37(2):149, doi:10.1161/01.CIR.37.2.149 (length of systole)
- Langewouters, Wesseling & Goedhard (1984), J Biomech 17(6):425, doi:10.1016/0021-9290(84)90034-4 (stiff arteries)
- Henriksen (1977), Acta Physiol Scand suppl 450 (veins that hang narrow their arterioles)
- Rudikoff, Maughan, Effron, Freund & Weisfeldt (1980), Circulation 61(2):345, doi:10.1161/01.CIR.61.2.345 (chest)
- Smith, Chase, Nokes, Shaw & Wake (2004), Med Eng Phys 26(2):131, doi:10.1016/j.medengphy.2003.10.001 (pericardium)
"""

from typing import Any, ClassVar, Literal

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port
from twinbed.physiology.cardiovascular._parts.beds import VascularBed, vein
from twinbed.physiology.cardiovascular._parts.blood import Pressures, State, heart, stiffening, summed, total, veins_of
from twinbed.physiology.cardiovascular._parts.chambers import (
    URSINO,
    Atrium,
    Systole,
    Ventricle,
    right_atrium,
    right_ventricle,
    squared_sine,
)
from twinbed.physiology.cardiovascular._parts.posture import Posture
from twinbed.physiology.cardiovascular._parts.right_heart import RightCoronary, widened

_ALBANESE = "Albanese 2016, table of the circulation"
_SMITH = "Smith 2004 as given by Revie 2012"
_CALIBRATED = "calibrated to pressures and flow of a resting adult (docs/decisions/0007-resting-adult.md)"
_WHOLE = "valves are tight in health"
_UNIT = "definition of the unit"
_FLABBY = "assumed; veins bear next to no suction"
_LANGEWOUTERS = "Langewouters 1984: at 160 mmHg compliance is a third of that at 100"
_LINEHAN = "Linehan 1992 and Reeves 2005: 2 % a mmHg in healthy people"
_CLOSING = "Schipke 2003: arteries stay at 24 mmHg, 13 above the veins, in fibrillation"
_CLOSES = "assumed; Burton 1951: vessels close at once where their tone outweighs what stretches them"
_PULMONARY = "calibrated to 22 to 25 mmHg of systolic pressure; Ursino 1998 has 0.76, Heldt 2004 3.4 +- 1.8"
_PERICARDIUM = "200 mL for two ventricles (Smith 2004) and the atria; calibrated: a loss of 10 % lowers filling"


class Inputs(eqx.Module):
    """What the circulation feels and obeys."""

    atrial_time: Scalar = port("atrial_time")
    ventricular_time: Scalar = port("ventricular_time")
    heart_rate: Scalar = port("heart_rate", rest=72.0)
    contractility_left: Scalar = port("contractility_left", rest=1.0)
    contractility_right: Scalar = port("contractility_right", rest=1.0)
    resistance_splanchnic: Scalar = port("resistance_splanchnic", rest=1.0)
    resistance_extrasplanchnic: Scalar = port("resistance_extrasplanchnic", rest=1.0)
    resistance_muscle: Scalar = port("resistance_muscle", rest=1.0)
    resistance_cerebral: Scalar = port("resistance_cerebral", rest=1.0)
    resistance_coronary: Scalar = port("resistance_coronary", rest=1.0)
    mechanical_coupling: Scalar = port("mechanical_coupling", rest=1.0)
    dilation_muscle: Scalar = port("dilation_muscle", rest=1.0)
    dilation_cerebral: Scalar = port("dilation_cerebral", rest=1.0)
    dilation_coronary: Scalar = port("dilation_coronary", rest=1.0)
    pulmonary_resistance_factor: Scalar = port("pulmonary_resistance_factor", rest=1.0)
    venous_shift_splanchnic: Scalar = port("venous_shift_splanchnic", rest=0.0)
    venous_shift_extrasplanchnic: Scalar = port("venous_shift_extrasplanchnic", rest=0.0)
    venous_shift_muscle: Scalar = port("venous_shift_muscle", rest=0.0)
    blood_loss: Scalar = port("blood_loss", rest=0.0)
    blood_infused: Scalar = port("blood_infused", rest=0.0)
    transcapillary_flow: Scalar = port("transcapillary_flow", rest=0.0)
    wound: Scalar = port("wound", rest=0.0)
    pericardial_fluid: Scalar = port("pericardial_fluid", rest=0.0)
    chest_compression: Scalar = port("chest_compression", rest=0.0)
    pleural_pressure: Scalar = port("pleural_pressure", rest=-5.0)
    abdominal_pressure: Scalar = port("abdominal_pressure", rest=0.0)
    tilt: Scalar = port("tilt", rest=0.0)
    acceleration_x: Scalar = port("acceleration_x", rest=0.0)
    haemothorax_left: Scalar = port("haemothorax_left", rest=0.0)
    haemothorax_right: Scalar = port("haemothorax_right", rest=0.0)


class Outputs(eqx.Module):
    """What can be measured in the circulation."""

    arterial_pressure: Scalar = port("arterial_pressure")
    central_venous_pressure: Scalar = port("central_venous_pressure")
    pulmonary_artery_pressure: Scalar = port("pulmonary_artery_pressure")
    left_atrial_pressure: Scalar = port("left_atrial_pressure")
    left_ventricular_pressure: Scalar = port("left_ventricular_pressure")
    left_ventricular_volume: Scalar = port("left_ventricular_volume")
    right_ventricular_volume: Scalar = port("right_ventricular_volume")
    aortic_flow: Scalar = port("aortic_flow")
    pulmonary_blood_flow: Scalar = port("pulmonary_blood_flow")
    cerebral_blood_flow: Scalar = port("cerebral_blood_flow")
    coronary_blood_flow: Scalar = port("coronary_blood_flow")
    splanchnic_blood_flow: Scalar = port("splanchnic_blood_flow")
    extrasplanchnic_blood_flow: Scalar = port("extrasplanchnic_blood_flow")
    muscle_blood_flow: Scalar = port("muscle_blood_flow")
    cardiac_output: Scalar = port("cardiac_output")
    bleeding: Scalar = port("bleeding")
    arterial_bleeding: Scalar = port("arterial_bleeding")
    blood_volume: Scalar = port("blood_volume")


def _leak(valve: str) -> Any:
    return param(0.0, "mL/s/mm[Hg]", f"leak of the closed {valve} valve", bounds=(0.0, 50.0), source=_WHOLE)


def _bed(values: tuple[float, ...]) -> VascularBed:
    return VascularBed(*map(jnp.asarray, values))


class Circulation(AbstractHybridModel[State, Inputs, Outputs]):
    """The circulation of one adult; its fields are the parameters of one patient."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    order: ClassVar[Literal[2, 4]] = 2
    step_s: float = eqx.field(static=True, default=0.002)

    left_atrium: Atrium = eqx.field(default_factory=Atrium)
    posture: Posture = eqx.field(default_factory=Posture)
    systole: Systole = eqx.field(default_factory=Systole)
    left_ventricle: Ventricle = eqx.field(default_factory=Ventricle)
    right_atrium: Atrium = eqx.field(default_factory=right_atrium)
    right_ventricle: Ventricle = eqx.field(default_factory=right_ventricle)
    right_coronary: RightCoronary = eqx.field(default_factory=RightCoronary)
    splanchnic: VascularBed = eqx.field(default_factory=lambda: _bed((1.23, 319.4, 2.483, 43.11, 1121.0, 0.038, 25.0)))
    extrasplanchnic: VascularBed = eqx.field(default_factory=lambda: _bed((0.401, 143.9, 2.225, 14.0, 550.0, 0.04)))
    muscle: VascularBed = eqx.field(default_factory=lambda: _bed((0.315, 113.1, 4.441, 11.0, 432.14, 0.05)))
    cerebral: VascularBed = eqx.field(default_factory=lambda: _bed((0.215, 77.1, 6.274, 7.5, 294.64, 0.075)))
    coronary: VascularBed = eqx.field(default_factory=lambda: _bed((0.0714, 25.6, 18.82, 2.5, 98.21, 0.224)))

    blood_volume: Scalar = param(5300.0, "mL", "blood volume at rest", bounds=(500.0, 12000.0), source=_CALIBRATED)
    arterial_compliance: Scalar = param(
        0.33, "mL/mm[Hg]", "compliance of the large arteries", bounds=(0.05, 3.0), source=_CALIBRATED
    )
    arterial_knee: Scalar = param(
        115.0, "mm[Hg]", "pressure above which they stiffen", bounds=(40.0, 200.0), source=_LANGEWOUTERS
    )
    arterial_stiffening: Scalar = param(
        0.035, "1/mm[Hg]", "how much they stiffen", bounds=(0.0, 0.1), source=_LANGEWOUTERS
    )
    arterial_resistance: Scalar = param(
        0.1, "mm[Hg].s/mL", "resistance of the large arteries", bounds=(0.001, 1.0), source=_CALIBRATED
    )
    arterial_inertance: Scalar = param(
        2.2e-4, "mm[Hg].s2/mL", "inertia of blood in them", bounds=(1e-5, 0.01), source=URSINO
    )
    pulmonary_arterial_compliance: Scalar = param(
        1.5, "mL/mm[Hg]", "compliance of the pulmonary arteries", bounds=(0.1, 10.0), source=_PULMONARY
    )
    pulmonary_arterial_resistance: Scalar = param(
        0.023, "mm[Hg].s/mL", "resistance of the pulmonary arteries", bounds=(0.001, 1.0), source=URSINO
    )
    pulmonary_arterial_inertance: Scalar = param(
        1.8e-4, "mm[Hg].s2/mL", "inertia of blood in them", bounds=(1e-5, 0.01), source=URSINO
    )
    pulmonary_compliance: Scalar = param(
        5.8, "mL/mm[Hg]", "compliance of the small vessels of the lungs", bounds=(0.5, 50.0), source=URSINO
    )
    pulmonary_volume_unstressed: Scalar = param(
        108.24, "mL", "unstressed volume of the small vessels of the lungs", bounds=(0.0, 500.0), source=_ALBANESE
    )
    pulmonary_resistance: Scalar = param(
        0.0483, "mm[Hg].s/mL", "resistance of the small vessels of the lungs at the pressure of rest all along",
        bounds=(0.005, 3.0), source=_CALIBRATED,
    )  # fmt: skip
    pulmonary_distensibility: Scalar = param(
        0.02, "1/mm[Hg]", "how much they widen with pressure", bounds=(0.0, 0.1), source=_LINEHAN
    )
    pulmonary_pressure: Scalar = param(
        19.0, "mm[Hg]", "transmural pressure before them at rest", bounds=(2.0, 40.0), source=_CALIBRATED
    )
    pulmonary_venous_compliance: Scalar = param(
        25.37, "mL/mm[Hg]", "compliance of the pulmonary veins", bounds=(2.0, 100.0), source=URSINO
    )
    pulmonary_venous_volume_unstressed: Scalar = param(
        105.6, "mL", "unstressed volume of the pulmonary veins", bounds=(0.0, 500.0), source=_ALBANESE
    )
    pulmonary_venous_resistance: Scalar = param(
        0.0056, "mm[Hg].s/mL", "resistance of the pulmonary veins", bounds=(0.0005, 0.5), source=URSINO
    )
    thoracic_compliance: Scalar = param(
        6.6667, "mL/mm[Hg]", "compliance of the veins in the chest", bounds=(0.5, 100.0), source=_ALBANESE
    )
    thoracic_volume_unstressed: Scalar = param(
        127.43, "mL", "unstressed volume of the veins in the chest", bounds=(0.0, 500.0), source=_ALBANESE
    )
    thoracic_resistance: Scalar = param(
        0.0331, "mm[Hg].s/mL", "resistance of the veins in the chest", bounds=(0.001, 0.5), source=_ALBANESE
    )
    collapse: Scalar = param(
        1.0, "mm[Hg]", "scale of the pressure of collapsing veins", bounds=(0.01, 20.0), source=_FLABBY
    )
    pericardial_scale: Scalar = param(
        0.5003, "mm[Hg]", "scale of the pressure in the pericardium", bounds=(0.0, 10.0), source=_SMITH
    )
    pericardial_stiffness: Scalar = param(
        0.03, "1/mL", "stiffness of the pericardium", bounds=(0.001, 0.2), source=_SMITH
    )
    pericardial_volume: Scalar = param(
        470.0, "mL", "volume of the heart and the fluid around it where the pericardium has its scale",
        bounds=(50.0, 2000.0), source=_PERICARDIUM,
    )  # fmt: skip
    septal_compliance: Scalar = param(
        0.3, "mL/mm[Hg]", "volume that the relaxed septum yields to the difference between the ventricles",
        bounds=(0.0, 5.0), source="Smith 2004: 2 mL at a few mmHg",
    )  # fmt: skip
    septal_stiffening: Scalar = param(
        10.0, "1", "how many times stiffer it is in systole", bounds=(1.0, 200.0), source="order of Smith 2004"
    )
    septal_lag: Scalar = param(
        0.01, "s", "time in which it moves", bounds=(0.002, 0.1), source="short against a beat, long against a step"
    )
    mitral_leak: Scalar = _leak("mitral")
    aortic_leak: Scalar = _leak("aortic")
    tricuspid_leak: Scalar = _leak("tricuspid")
    pulmonary_leak: Scalar = _leak("pulmonary")
    averaging: Scalar = param(
        3.0, "s", "time over which cardiac output is averaged", bounds=(0.1, 60.0), source="a few beats, as on monitors"
    )
    effusion: Scalar = param(0.0, "mL", "fluid in the pericardium", bounds=(0.0, 2000.0), source="none in health")
    closing_pressure: Scalar = param(
        24.0, "mm[Hg]", "pressure at which small arteries close", bounds=(0.0, 60.0), source=_CLOSING
    )
    closing_width: Scalar = param(
        10.0, "mm[Hg]", "width above it over which they open", bounds=(0.5, 40.0), source=_CLOSES
    )
    pressure_of_water: Scalar = param(
        0.73556, "mm[Hg]/cm[H2O]", "a centimetre of water in millimetres of mercury", source=_UNIT
    )
    seconds_per_minute: Scalar = param(60.0, "s/min", "seconds in a minute", source=_UNIT)
    millilitres_per_litre: Scalar = param(1000.0, "mL/L", "millilitres in a litre", source=_UNIT)
    second: Scalar = param(1.0, "s", "a second", source=_UNIT)

    def _beds(self) -> tuple[VascularBed, ...]:
        return self.splanchnic, self.extrasplanchnic, self.muscle, self.cerebral, self.coronary

    def initial(self) -> State:
        """A resting adult at the end of diastole; what is left of the blood goes to the splanchnic veins."""
        chest, beds = -5.0 * self.pressure_of_water, self._beds()
        diastolic, mean, veins = 74.0, 84.0, 6.8
        flow = summed((mean - veins) / b.resistance for b in beds)
        ebbing = 0.13 * flow  # the large arteries' share of what all arteries give, by compliance
        behind = diastolic - self.arterial_resistance * ebbing
        relaxed = lambda a, p: a.volume_unstressed + p / a.elastance_min
        vein = lambda b: b.venous_volume_unstressed + veins * b.venous_compliance
        x = State(
            left_atrium=relaxed(self.left_atrium, 8.6),
            left_ventricle=self.blood_volume * (135.0 / 5300.0),
            arteries=diastolic * self.arterial_compliance,
            arterial_flow=ebbing,
            small_vessels=summed(b.volume_unstressed + behind * b.compliance for b in beds),
            splanchnic_veins=jnp.zeros_like(self.blood_volume),
            extrasplanchnic_veins=vein(beds[1]),
            muscle_veins=vein(beds[2]),
            cerebral_veins=vein(beds[3]),
            coronary_veins=vein(beds[4]),
            thoracic_veins=self.thoracic_volume_unstressed + (5.0 - chest) * self.thoracic_compliance,
            right_atrium=relaxed(self.right_atrium, 4.8),
            right_ventricle=self.blood_volume * (155.0 / 5300.0),
            pulmonary_arteries=(11.6 - chest) * self.pulmonary_arterial_compliance,
            pulmonary_flow=0.1 * flow,
            pulmonary_vessels=self.pulmonary_volume_unstressed + (11.4 - chest) * self.pulmonary_compliance,
            pulmonary_veins=self.pulmonary_venous_volume_unstressed + (8.8 - chest) * self.pulmonary_venous_compliance,
            septum=jnp.zeros_like(self.blood_volume),
            right_spare=self.right_coronary.reserve - 1.0,
            right_strength=jnp.ones_like(self.blood_volume),
            mean_flow=flow,
            since_atria=0.8245 * self.second,
            since_ventricles=0.6645 * self.second,
            active=jnp.zeros_like(self.blood_volume),
        )
        return eqx.tree_at(lambda s: s.splanchnic_veins, x, self.blood_volume - total(x))

    def resting(self) -> Inputs:
        one, zero = jnp.ones_like(self.blood_volume), jnp.zeros_like(self.blood_volume)
        return Inputs(
            atrial_time=0.7 * one, ventricular_time=0.6 * one, heart_rate=72.0 * one, contractility_left=one,
            contractility_right=one, resistance_splanchnic=one, resistance_extrasplanchnic=one,
            resistance_muscle=one, resistance_cerebral=one, resistance_coronary=one, mechanical_coupling=one,
            dilation_muscle=one, dilation_cerebral=one, dilation_coronary=one, pulmonary_resistance_factor=one,
            venous_shift_splanchnic=zero, venous_shift_extrasplanchnic=zero, venous_shift_muscle=zero,
            blood_loss=zero, blood_infused=zero, transcapillary_flow=zero, wound=zero, pericardial_fluid=zero,
            chest_compression=zero, pleural_pressure=-5.0 * one, abdominal_pressure=zero, tilt=zero,
            acceleration_x=zero, haemothorax_left=zero, haemothorax_right=zero,
        )  # fmt: skip

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        del t, dt
        own = self.systole.activates(u.ventricular_time, self._period(u), u.contractility_left)
        clocks = lambda s: (s.since_atria, s.since_ventricles, s.active)
        return eqx.tree_at(clocks, x, (u.atrial_time, u.ventricular_time, jnp.maximum(own, x.active)))

    def _period(self, u: Inputs) -> Scalar:
        return self.seconds_per_minute / jnp.maximum(u.heart_rate, self.systole.slowest)

    def pressures(self, x: State, u: Inputs) -> Pressures:
        """Pressures and the flows out of the heart, from volumes."""
        chest, belly = u.pleural_pressure * self.pressure_of_water + u.chest_compression, u.abdominal_pressure
        period = self._period(u)
        atrial = u.mechanical_coupling * squared_sine(x.since_atria, self.systole.of_atria(period))
        own = self.systole.activates(x.since_ventricles, period, u.contractility_left)
        ventricular = u.mechanical_coupling * jnp.maximum(own, x.active)
        held = heart(x) + self.effusion + u.pericardial_fluid
        squeezed = self.pericardial_scale * stiffening(self.pericardial_stiffness * (held - self.pericardial_volume))
        around = chest + squeezed
        linear = lambda v, unstressed, c: (v - unstressed) / c
        arteries = self._arteries(x.arteries) + u.chest_compression
        pulmonary = chest + linear(x.pulmonary_arteries, 0.0, self.pulmonary_arterial_compliance)
        left = around + self.left_ventricle.potential(x.left_ventricle - x.septum, ventricular, u.contractility_left)
        right = around + self.right_ventricle.potential(
            x.right_ventricle + x.septum, ventricular, x.right_strength * u.contractility_right
        )
        out_left, lost_left = self.left_ventricle.ejects(x.left_ventricle, left, around, arteries)
        out_right, lost_right = self.right_ventricle.ejects(x.right_ventricle, right, around, pulmonary)
        beds = self._beds()
        held = summed(b.volume_unstressed for b in beds)
        shifts = (u.venous_shift_splanchnic, u.venous_shift_extrasplanchnic, u.venous_shift_muscle, 0.0, 0.0)
        trunk, legs, brain = self.posture.outside(u.tilt, u.acceleration_x)
        outside = (belly + trunk, legs, legs, brain, 0.0)
        wall = (self.collapse, 1e-6 * self.blood_volume)
        veins = tuple(
            p + b.veins(v, shift, *wall) for p, v, b, shift in zip(outside, veins_of(x), beds, shifts, strict=True)
        )
        thoracic = vein(x.thoracic_veins, self.thoracic_volume_unstressed, self.thoracic_compliance, *wall)
        return Pressures(
            chest=chest,
            left_atrium=around + self.left_atrium.pressure(x.left_atrium, atrial),
            left_ventricle=left - lost_left,
            arteries=arteries,
            small_vessels=linear(x.small_vessels, held, summed(b.compliance for b in beds)),
            veins=veins,
            thoracic_veins=chest + thoracic,
            right_atrium=around + self.right_atrium.pressure(x.right_atrium, atrial),
            right_ventricle=right - lost_right,
            active=ventricular,
            pulmonary_arteries=pulmonary,
            pulmonary_vessels=chest
            + linear(x.pulmonary_vessels, self.pulmonary_volume_unstressed, self.pulmonary_compliance),
            pulmonary_veins=chest
            + linear(x.pulmonary_veins, self.pulmonary_venous_volume_unstressed, self.pulmonary_venous_compliance),
            flow_out_left=out_left,
            flow_out_right=out_right,
        )

    def _arteries(self, volume: Scalar) -> Scalar:
        """Pressure of the large arteries, which stiffen when they are full."""
        slack = volume / self.arterial_compliance
        over = jnp.maximum(slack - self.arterial_knee, 0.0)
        return slack + self.arterial_stiffening * over * over

    def bed_flows(self, p: Pressures, u: Inputs) -> tuple[Scalar, ...]:
        """Flow through the small vessels of each bed, mL/s."""
        hangs = self.posture.narrows(u.tilt, u.acceleration_x)
        tone = (
            u.resistance_splanchnic, hangs * u.resistance_extrasplanchnic,
            hangs * u.resistance_muscle / u.dilation_muscle,
            u.resistance_cerebral / u.dilation_cerebral, u.resistance_coronary / u.dilation_coronary,
        )  # fmt: skip
        beds = zip(self._beds(), tone, p.veins, strict=True)
        openness = jnp.clip((p.small_vessels - self.closing_pressure) / self.closing_width, 0.0, 1.0)
        return tuple(openness * (p.small_vessels - vein) / (b.resistance * factor) for b, factor, vein in beds)

    def venous_return(self, p: Pressures, u: Inputs) -> tuple[Scalar, ...]:
        """Flow of each bed into the veins of the chest, mL/s; where these suck, veins collapse as they enter it."""
        belly, neck = u.abdominal_pressure, 0.0 * u.abdominal_pressure
        inlets = (belly, belly, belly, neck, p.chest)
        forward = lambda vein, inlet: jnp.maximum(vein - jnp.maximum(p.thoracic_veins, inlet), 0.0)
        trunk, limb, muscle, brain, heart = (
            (forward(vein, inlet) + jnp.minimum(vein - p.thoracic_veins, 0.0)) / b.venous_resistance
            for vein, inlet, b in zip(p.veins, inlets, self._beds(), strict=True)
        )
        return trunk, jnp.maximum(limb, 0.0), jnp.maximum(muscle, 0.0), brain, heart  # limbs' veins have valves

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        p = self.pressures(x, u)
        through = self.bed_flows(p, u)
        back = self.venous_return(p, u)
        gives_left, gives_right = self.left_atrium.gives(x.left_atrium), self.right_atrium.gives(x.right_atrium)
        into_right_atrium = jnp.maximum((p.thoracic_veins - p.right_atrium) / self.thoracic_resistance, -gives_right)
        into_right = self._valve(
            p.right_atrium - p.right_ventricle, gives_right, self.right_ventricle, self.tricuspid_leak
        )
        into_left = self._valve(p.left_atrium - p.left_ventricle, gives_left, self.left_ventricle, self.mitral_leak)
        out_left = p.flow_out_left - self.aortic_leak * jnp.maximum(p.arteries - p.left_ventricle, 0.0)
        out_right = p.flow_out_right - self.pulmonary_leak * jnp.maximum(p.pulmonary_arteries - p.right_ventricle, 0.0)
        across_lungs = self._across_lungs(p, u)
        into_left_atrium = jnp.maximum(
            (p.pulmonary_veins - p.left_atrium) / self.pulmonary_venous_resistance, -gives_left
        )
        along = p.arteries - p.small_vessels - self.arterial_resistance * x.arterial_flow
        along_lungs = p.pulmonary_arteries - p.pulmonary_vessels - self.pulmonary_arterial_resistance * x.pulmonary_flow
        one = jnp.ones_like(x.arteries)
        spare = self.right_coronary.spare(p.arteries, p.right_ventricle, p.chest, p.active)
        yields = self.septal_compliance / (1.0 + (self.septal_stiffening - 1.0) * p.active)
        return State(
            left_atrium=into_left_atrium - into_left,
            left_ventricle=into_left - out_left,
            arteries=out_left - x.arterial_flow - self._wound_flow(p, u) / self.seconds_per_minute,
            arterial_flow=along / self.arterial_inertance,
            small_vessels=x.arterial_flow - summed(through),
            splanchnic_veins=through[0] - back[0],
            extrasplanchnic_veins=through[1] - back[1],
            muscle_veins=through[2] - back[2],
            cerebral_veins=through[3] - back[3],
            coronary_veins=through[4] - back[4],
            thoracic_veins=summed(back)
            - into_right_atrium
            + (u.blood_infused + u.transcapillary_flow - self._lost(u)) / self.seconds_per_minute,
            right_atrium=into_right_atrium - into_right,
            right_ventricle=into_right - out_right,
            pulmonary_arteries=out_right - x.pulmonary_flow,
            pulmonary_flow=along_lungs / self.pulmonary_arterial_inertance,
            pulmonary_vessels=x.pulmonary_flow - across_lungs,
            pulmonary_veins=across_lungs - into_left_atrium,
            septum=(yields * (p.left_ventricle - p.right_ventricle) - x.septum) / self.septal_lag,
            right_spare=(spare - x.right_spare) / self.averaging,
            right_strength=self.right_coronary.recovers(x.right_strength, x.right_spare),
            mean_flow=(summed(through) - x.mean_flow) / self.averaging,
            since_atria=one,
            since_ventricles=one,
            active=-x.active / self.systole.fades(self._period(u), u.contractility_left),
        )

    def _across_lungs(self, p: Pressures, u: Inputs) -> Scalar:
        """Flow through the small vessels of the lungs, which widen under pressure, mL/s."""
        inside = (p.pulmonary_vessels - p.chest, p.pulmonary_veins - p.chest)
        wider = widened(*inside, self.pulmonary_pressure, self.pulmonary_distensibility)
        resistance = self.pulmonary_resistance * u.pulmonary_resistance_factor
        return (p.pulmonary_vessels - p.pulmonary_veins) * wider / resistance

    def _valve(self, forward: Scalar, gives: Scalar, beyond: Ventricle, leak: Scalar) -> Scalar:
        """Flow through a valve between atrium and ventricle under a difference of pressure."""
        return jnp.minimum(jnp.maximum(forward, 0.0) / beyond.inflow, gives) - leak * jnp.maximum(-forward, 0.0)

    def _lost(self, u: Inputs) -> Scalar:
        """Blood that veins lose, to outside and into the chest, mL/min."""
        return u.blood_loss + u.haemothorax_left + u.haemothorax_right

    def _wound_flow(self, p: Pressures, u: Inputs) -> Scalar:
        """Blood that an open artery loses, mL/min."""
        return u.wound * jnp.maximum(p.arteries, 0.0)

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        p = self.pressures(x, u)
        through = self.bed_flows(p, u)
        per_minute = self.seconds_per_minute / self.millilitres_per_litre
        return Outputs(
            arterial_pressure=p.arteries,
            central_venous_pressure=self.right_atrium.shows(x.right_atrium, p.right_atrium, p.thoracic_veins),
            pulmonary_artery_pressure=p.pulmonary_arteries,
            left_atrial_pressure=self.left_atrium.shows(x.left_atrium, p.left_atrium, p.pulmonary_veins),
            left_ventricular_pressure=p.left_ventricle,
            left_ventricular_volume=x.left_ventricle,
            right_ventricular_volume=x.right_ventricle,
            aortic_flow=per_minute * p.flow_out_left,
            pulmonary_blood_flow=per_minute * self._across_lungs(p, u),
            cerebral_blood_flow=per_minute * through[3],
            coronary_blood_flow=per_minute * through[4],
            splanchnic_blood_flow=per_minute * through[0],
            extrasplanchnic_blood_flow=per_minute * through[1],
            muscle_blood_flow=per_minute * through[2],
            cardiac_output=per_minute * x.mean_flow,
            bleeding=self._lost(u) + self._wound_flow(p, u),
            arterial_bleeding=self._wound_flow(p, u),
            blood_volume=total(x),
        )
