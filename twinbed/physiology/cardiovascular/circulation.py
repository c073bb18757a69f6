"""The closed circulation: four chambers, pericardium, lungs' vessels and parallel systemic beds.

The states are volumes, so that blood is neither made nor lost; a pressure follows from a volume above the
unstressed one. The beds share the pressure of the small arteries and each has its own veins, which flow
into the thoracic veins. What lies in the chest feels the pleural pressure, what lies in the belly the abdominal one.
Who activates the heart (`conduction`) and who governs vessels and contraction (`autonomic`) are models of their own.

*Known limits*: no collapse of veins but in the chest, no wave travel between arteries, no regurgitation.

**References:**

- Ursino (1998), Am J Physiol 275(5):H1733, doi:10.1152/ajpheart.1998.275.5.H1733
- Magosso & Ursino (2001), Am J Physiol 281(3):H343 (five beds)
- Albanese, Cheng, Ursino & Chbat (2016), Am J Physiol 310(7):H899, doi:10.1152/ajpheart.00230.2014
- Smith, Chase, Nokes, Shaw & Wake (2004), Med Eng Phys 26(2):131, doi:10.1016/j.medengphy.2003.10.001 (pericardium)
"""

import functools
import operator
from collections.abc import Iterable
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port, var
from twinbed.physiology.cardiovascular._parts.beds import VascularBed
from twinbed.physiology.cardiovascular._parts.chambers import (
    URSINO,
    Atrium,
    Ventricle,
    right_atrium,
    right_ventricle,
    squared_sine,
)

_ALBANESE = "Albanese 2016, table of the circulation"
_SMITH = "Smith 2004 as given by Revie 2012"
_HELDT = "Heldt 2004, table of the heart"
_CALIBRATED = "calibrated to a resting adult (docs/decisions/0007-resting-adult.md)"
_UNIT = "definition of the unit"
_STRAIGHT = 3.7
_PERICARDIUM = "200 mL for two ventricles (Smith 2004), 220 mL for atria and filling; calibrated to 1 mmHg at rest"


class State(eqx.Module):
    """Volumes, two flows with inertia, and where the heart is in its contraction."""

    left_atrium: Scalar = var("mL", "volume of the left atrium")
    left_ventricle: Scalar = var("mL", "volume of the left ventricle")
    arteries: Scalar = var("mL", "volume of the large arteries")
    arterial_flow: Scalar = var("mL/s", "flow into the small arteries")
    small_vessels: Scalar = var("mL", "volume of small arteries and capillaries, all beds")
    splanchnic_veins: Scalar = var("mL", "volume of the splanchnic veins")
    extrasplanchnic_veins: Scalar = var("mL", "volume of the extrasplanchnic veins")
    muscle_veins: Scalar = var("mL", "volume of the veins of muscle")
    cerebral_veins: Scalar = var("mL", "volume of the veins of the brain")
    coronary_veins: Scalar = var("mL", "volume of the veins of the heart")
    thoracic_veins: Scalar = var("mL", "volume of the veins in the chest")
    right_atrium: Scalar = var("mL", "volume of the right atrium")
    right_ventricle: Scalar = var("mL", "volume of the right ventricle")
    pulmonary_arteries: Scalar = var("mL", "volume of the pulmonary arteries")
    pulmonary_flow: Scalar = var("mL/s", "flow into the small vessels of the lungs")
    pulmonary_vessels: Scalar = var("mL", "volume of the small vessels of the lungs")
    pulmonary_veins: Scalar = var("mL", "volume of the pulmonary veins")
    since_atria: Scalar = var("s", "time since the atria were activated")
    since_ventricles: Scalar = var("s", "time since the ventricles were activated")


class Inputs(eqx.Module):
    """What the circulation feels and obeys."""

    atrial_time: Scalar = port("atrial_time")
    ventricular_time: Scalar = port("ventricular_time")
    heart_period: Scalar = port("heart_period")
    contractility_left: Scalar = port("contractility_left", rest=1.0)
    contractility_right: Scalar = port("contractility_right", rest=1.0)
    resistance_splanchnic: Scalar = port("resistance_splanchnic", rest=1.0)
    resistance_extrasplanchnic: Scalar = port("resistance_extrasplanchnic", rest=1.0)
    resistance_muscle: Scalar = port("resistance_muscle", rest=1.0)
    resistance_cerebral: Scalar = port("resistance_cerebral", rest=1.0)
    resistance_coronary: Scalar = port("resistance_coronary", rest=1.0)
    venous_shift_splanchnic: Scalar = port("venous_shift_splanchnic", rest=0.0)
    venous_shift_extrasplanchnic: Scalar = port("venous_shift_extrasplanchnic", rest=0.0)
    venous_shift_muscle: Scalar = port("venous_shift_muscle", rest=0.0)
    blood_loss: Scalar = port("blood_loss", rest=0.0)
    blood_infused: Scalar = port("blood_infused", rest=0.0)
    pleural_pressure: Scalar = port("pleural_pressure", rest=-5.0)
    abdominal_pressure: Scalar = port("abdominal_pressure", rest=0.0)


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
    blood_volume: Scalar = port("blood_volume")


class Pressures(eqx.Module):
    """Pressure everywhere, mmHg."""

    left_atrium: Scalar
    left_ventricle: Scalar
    arteries: Scalar
    small_vessels: Scalar
    veins: tuple[Scalar, ...]
    thoracic_veins: Scalar
    right_atrium: Scalar
    right_ventricle: Scalar
    pulmonary_arteries: Scalar
    pulmonary_vessels: Scalar
    pulmonary_veins: Scalar
    flow_out_left: Scalar
    flow_out_right: Scalar


def _bed(values: tuple[float, ...]) -> VascularBed:
    return VascularBed(*map(jnp.asarray, values))


class Circulation(AbstractHybridModel[State, Inputs, Outputs]):
    """The circulation of one adult; its fields are the parameters of one patient."""

    seconds_per_time_unit: ClassVar[float] = 1.0
    step_s: float = eqx.field(static=True, default=0.002)

    left_atrium: Atrium = eqx.field(default_factory=Atrium)
    left_ventricle: Ventricle = eqx.field(default_factory=Ventricle)
    right_atrium: Atrium = eqx.field(default_factory=right_atrium)
    right_ventricle: Ventricle = eqx.field(default_factory=right_ventricle)
    splanchnic: VascularBed = eqx.field(default_factory=lambda: _bed((2.05, 241.47, 2.48, 43.11, 1121.0, 0.038)))
    extrasplanchnic: VascularBed = eqx.field(default_factory=lambda: _bed((0.668, 118.48, 2.64, 14.0, 550.0, 0.04)))
    muscle: VascularBed = eqx.field(default_factory=lambda: _bed((0.525, 93.1, 3.36, 11.0, 432.14, 0.05)))
    cerebral: VascularBed = eqx.field(default_factory=lambda: _bed((0.358, 63.47, 6.57, 7.5, 294.64, 0.075)))
    coronary: VascularBed = eqx.field(default_factory=lambda: _bed((0.119, 21.12, 19.71, 2.5, 98.21, 0.224)))

    blood_volume: Scalar = param(5350.0, "mL", "blood volume at rest", bounds=(500.0, 12000.0), source=_CALIBRATED)
    arterial_compliance: Scalar = param(
        0.4, "mL/mm[Hg]", "compliance of the large arteries", bounds=(0.05, 3.0), source=_CALIBRATED
    )
    arterial_resistance: Scalar = param(
        0.06, "mm[Hg].s/mL", "resistance of the large arteries", bounds=(0.001, 1.0), source=URSINO
    )
    arterial_inertance: Scalar = param(
        2.2e-4, "mm[Hg].s2/mL", "inertia of blood in them", bounds=(1e-5, 0.01), source=URSINO
    )
    pulmonary_arterial_compliance: Scalar = param(
        0.76, "mL/mm[Hg]", "compliance of the pulmonary arteries", bounds=(0.1, 10.0), source=URSINO
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
        0.06, "mm[Hg].s/mL", "resistance of the small vessels of the lungs", bounds=(0.005, 3.0), source=_CALIBRATED
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
    inflow_resistance: Scalar = param(
        2.5e-3,
        "mm[Hg].s/mL",
        "resistance of the open valves between atria and ventricles",
        bounds=(1e-4, 0.5),
        source=URSINO,
    )
    pericardial_scale: Scalar = param(
        0.5003, "mm[Hg]", "scale of the pressure in the pericardium", bounds=(0.0, 10.0), source=_SMITH
    )
    pericardial_stiffness: Scalar = param(
        0.03, "1/mL", "stiffness of the pericardium", bounds=(0.001, 0.2), source=_SMITH
    )
    pericardial_volume: Scalar = param(
        420.0,
        "mL",
        "volume of the heart and the fluid around it where the pericardium has its scale",
        bounds=(50.0, 2000.0),
        source=_PERICARDIUM,
    )
    effusion: Scalar = param(0.0, "mL", "fluid in the pericardium", bounds=(0.0, 2000.0), source="none in health")
    systole: Scalar = param(
        0.5, "s", "duration of systole at an infinite heart rate's limit", bounds=(0.2, 0.8), source=URSINO
    )
    systole_slope: Scalar = param(
        0.075, "s2", "how much it shortens with the heart rate", bounds=(0.0, 0.2), source=URSINO
    )
    atrial_systole: Scalar = param(
        0.25, "s", "duration of atrial contraction at a period of a second", bounds=(0.05, 0.5), source=_HELDT
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
        """Mean pressures of a resting adult everywhere; what is left of the blood goes to the splanchnic veins."""
        outside = -5.0 * self.pressure_of_water
        pulmonary, veins = 12.0, 6.0
        beds = self._beds()
        volume = lambda p, c, v: v + c * p
        chest = lambda p, c, v: v + c * (p - outside)
        x = State(
            left_atrium=chest(8.0, 1.0 / self.left_atrium.elastance_min, self.left_atrium.volume_unstressed),
            left_ventricle=jnp.full_like(self.blood_volume, 125.0),
            arteries=volume(100.0, self.arterial_compliance, 0.0),
            arterial_flow=jnp.full_like(self.blood_volume, 90.0),
            small_vessels=_sum(volume(95.0, b.compliance, b.volume_unstressed) for b in beds),
            splanchnic_veins=jnp.zeros_like(self.blood_volume),
            extrasplanchnic_veins=volume(veins, beds[1].venous_compliance, beds[1].venous_volume_unstressed),
            muscle_veins=volume(veins, beds[2].venous_compliance, beds[2].venous_volume_unstressed),
            cerebral_veins=volume(veins, beds[3].venous_compliance, beds[3].venous_volume_unstressed),
            coronary_veins=volume(veins, beds[4].venous_compliance, beds[4].venous_volume_unstressed),
            thoracic_veins=chest(4.0, self.thoracic_compliance, self.thoracic_volume_unstressed),
            right_atrium=chest(4.0, 1.0 / self.right_atrium.elastance_min, self.right_atrium.volume_unstressed),
            right_ventricle=jnp.full_like(self.blood_volume, 125.0),
            pulmonary_arteries=chest(18.0, self.pulmonary_arterial_compliance, 0.0),
            pulmonary_flow=jnp.full_like(self.blood_volume, 90.0),
            pulmonary_vessels=chest(pulmonary, self.pulmonary_compliance, self.pulmonary_volume_unstressed),
            pulmonary_veins=chest(8.0, self.pulmonary_venous_compliance, self.pulmonary_venous_volume_unstressed),
            since_atria=0.7 * self.second,
            since_ventricles=0.6 * self.second,
        )
        return eqx.tree_at(lambda s: s.splanchnic_veins, x, self.blood_volume - _total(x))

    def resting(self) -> Inputs:
        one = jnp.ones_like(self.blood_volume)
        zero = jnp.zeros_like(one)
        return Inputs(
            atrial_time=0.7 * one,
            ventricular_time=0.6 * one,
            heart_period=0.833 * one,
            contractility_left=one,
            contractility_right=one,
            resistance_splanchnic=one,
            resistance_extrasplanchnic=one,
            resistance_muscle=one,
            resistance_cerebral=one,
            resistance_coronary=one,
            venous_shift_splanchnic=zero,
            venous_shift_extrasplanchnic=zero,
            venous_shift_muscle=zero,
            blood_loss=zero,
            blood_infused=zero,
            pleural_pressure=-5.0 * one,
            abdominal_pressure=zero,
        )

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        del t, dt
        clocks = lambda s: (s.since_atria, s.since_ventricles)
        return eqx.tree_at(clocks, x, (u.atrial_time, u.ventricular_time))

    def pressures(self, x: State, u: Inputs) -> Pressures:
        """Pressures and the flows out of the heart, from volumes."""
        chest, belly = u.pleural_pressure * self.pressure_of_water, u.abdominal_pressure
        atrial = squared_sine(x.since_atria, self.atrial_systole * jnp.sqrt(u.heart_period / self.second))
        ventricular = squared_sine(x.since_ventricles, self.systole - self.systole_slope / u.heart_period)
        heart = x.left_atrium + x.left_ventricle + x.right_atrium + x.right_ventricle + self.effusion
        squeezed = self.pericardial_scale * _stiffening(self.pericardial_stiffness * (heart - self.pericardial_volume))
        around = chest + squeezed
        linear = lambda v, unstressed, c: (v - unstressed) / c
        arteries = linear(x.arteries, 0.0, self.arterial_compliance)
        pulmonary = chest + linear(x.pulmonary_arteries, 0.0, self.pulmonary_arterial_compliance)
        left = around + self.left_ventricle.potential(x.left_ventricle, ventricular, u.contractility_left)
        right = around + self.right_ventricle.potential(x.right_ventricle, ventricular, u.contractility_right)
        out_left, lost_left = _ejection(left, arteries, self.left_ventricle.ejection)
        out_right, lost_right = _ejection(right, pulmonary, self.right_ventricle.ejection)
        beds = self._beds()
        held = _sum(b.volume_unstressed for b in beds)
        shifts = (u.venous_shift_splanchnic, u.venous_shift_extrasplanchnic, u.venous_shift_muscle, 0.0, 0.0)
        outside = (belly, 0.0, 0.0, 0.0, 0.0)
        veins = tuple(
            p + linear(v, b.venous_volume_unstressed + shift, b.venous_compliance)
            for p, v, b, shift in zip(outside, _veins(x), beds, shifts, strict=True)
        )
        return Pressures(
            left_atrium=around + self.left_atrium.pressure(x.left_atrium, atrial),
            left_ventricle=left - lost_left,
            arteries=arteries,
            small_vessels=linear(x.small_vessels, held, _sum(b.compliance for b in beds)),
            veins=veins,
            thoracic_veins=chest + linear(x.thoracic_veins, self.thoracic_volume_unstressed, self.thoracic_compliance),
            right_atrium=around + self.right_atrium.pressure(x.right_atrium, atrial),
            right_ventricle=right - lost_right,
            pulmonary_arteries=pulmonary,
            pulmonary_vessels=chest
            + linear(x.pulmonary_vessels, self.pulmonary_volume_unstressed, self.pulmonary_compliance),
            pulmonary_veins=chest
            + linear(x.pulmonary_veins, self.pulmonary_venous_volume_unstressed, self.pulmonary_venous_compliance),
            flow_out_left=out_left,
            flow_out_right=out_right,
        )

    def bed_flows(self, p: Pressures, u: Inputs) -> tuple[Scalar, ...]:
        """Flow through the small vessels of each bed, mL/s."""
        tone = (
            u.resistance_splanchnic, u.resistance_extrasplanchnic, u.resistance_muscle,
            u.resistance_cerebral, u.resistance_coronary,
        )  # fmt: skip
        beds = zip(self._beds(), tone, p.veins, strict=True)
        return tuple((p.small_vessels - vein) / (b.resistance * factor) for b, factor, vein in beds)

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        p = self.pressures(x, u)
        through = self.bed_flows(p, u)
        back = tuple((v - p.thoracic_veins) / b.venous_resistance for v, b in zip(p.veins, self._beds(), strict=True))
        into_right_atrium = (p.thoracic_veins - p.right_atrium) / self.thoracic_resistance
        into_right = jnp.maximum(p.right_atrium - p.right_ventricle, 0.0) / self.inflow_resistance
        into_left = jnp.maximum(p.left_atrium - p.left_ventricle, 0.0) / self.inflow_resistance
        across_lungs = (p.pulmonary_vessels - p.pulmonary_veins) / self.pulmonary_resistance
        into_left_atrium = (p.pulmonary_veins - p.left_atrium) / self.pulmonary_venous_resistance
        along = p.arteries - p.small_vessels - self.arterial_resistance * x.arterial_flow
        along_lungs = p.pulmonary_arteries - p.pulmonary_vessels - self.pulmonary_arterial_resistance * x.pulmonary_flow
        one = jnp.ones_like(x.arteries)
        return State(
            left_atrium=into_left_atrium - into_left,
            left_ventricle=into_left - p.flow_out_left,
            arteries=p.flow_out_left - x.arterial_flow,
            arterial_flow=along / self.arterial_inertance,
            small_vessels=x.arterial_flow - _sum(through),
            splanchnic_veins=through[0] - back[0],
            extrasplanchnic_veins=through[1] - back[1],
            muscle_veins=through[2] - back[2],
            cerebral_veins=through[3] - back[3],
            coronary_veins=through[4] - back[4],
            thoracic_veins=_sum(back) - into_right_atrium + (u.blood_infused - u.blood_loss) / self.seconds_per_minute,
            right_atrium=into_right_atrium - into_right,
            right_ventricle=into_right - p.flow_out_right,
            pulmonary_arteries=p.flow_out_right - x.pulmonary_flow,
            pulmonary_flow=along_lungs / self.pulmonary_arterial_inertance,
            pulmonary_vessels=x.pulmonary_flow - across_lungs,
            pulmonary_veins=across_lungs - into_left_atrium,
            since_atria=one,
            since_ventricles=one,
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        p = self.pressures(x, u)
        through = self.bed_flows(p, u)
        per_minute = self.seconds_per_minute / self.millilitres_per_litre
        return Outputs(
            arterial_pressure=p.arteries,
            central_venous_pressure=p.right_atrium,
            pulmonary_artery_pressure=p.pulmonary_arteries,
            left_atrial_pressure=p.left_atrium,
            left_ventricular_pressure=p.left_ventricle,
            left_ventricular_volume=x.left_ventricle,
            right_ventricular_volume=x.right_ventricle,
            aortic_flow=per_minute * p.flow_out_left,
            pulmonary_blood_flow=per_minute * (p.pulmonary_vessels - p.pulmonary_veins) / self.pulmonary_resistance,
            cerebral_blood_flow=per_minute * through[3],
            coronary_blood_flow=per_minute * through[4],
            blood_volume=_total(x),
        )


def _sum(parts: Iterable[Scalar]) -> Scalar:
    return functools.reduce(operator.add, parts)


def _veins(x: State) -> tuple[Scalar, ...]:
    return x.splanchnic_veins, x.extrasplanchnic_veins, x.muscle_veins, x.cerebral_veins, x.coronary_veins


def _total(x: State) -> Scalar:
    """All blood."""
    lungs = x.pulmonary_arteries + x.pulmonary_vessels + x.pulmonary_veins
    heart = x.left_atrium + x.left_ventricle + x.right_atrium + x.right_ventricle
    return heart + lungs + x.arteries + x.small_vessels + _sum(_veins(x)) + x.thoracic_veins


def _stiffening(stretch: Scalar) -> Scalar:
    """Exponential up to forty times the scale, from there on straight, so that no step can run away."""
    within = jnp.minimum(stretch, _STRAIGHT)
    return jnp.exp(within) * (1.0 + (stretch - within))


def _ejection(potential: Scalar, beyond: Scalar, resistance_per_pressure: Scalar) -> tuple[Scalar, Scalar]:
    """Flow out of a ventricle, and the pressure that it costs."""
    over = jnp.maximum(potential - beyond, 0.0)
    pushing = over > 0.0
    resistance = resistance_per_pressure * jnp.where(pushing, potential, 1.0)
    return jnp.where(pushing, over / resistance, 0.0), over
