"""The body's fluids: what is given, what bleeds, what crosses the capillaries and what leaves as urine.

Fluid leaves the capillaries by what lies above rest of two things: the volume of blood, which presses, and the volume
of plasma beyond what its protein can hold, which is dilution. For crystalloid both are the excess in plasma, so
its kinetics are those that Hahn found, with a return from tissue in proportion to the excess there. Blood lost
takes its protein along, so only the first draws fluid back, soon and in part; more returns over a day with
the protein of tissue. Colloid holds what its own osmotic pressure holds. Where capillaries leak, plasma goes through
their gaps as it is, and what dilution or volume press out goes faster; what comes back does not.

A haemothorax is part of `bleeding`, and lies in the pleura until a drain takes it.

Water alone goes into the lungs when left atrial pressure is above what protein of plasma holds, and comes back slowly
(`_parts/lung_filter`); so lungs fill at a lower pressure when plasma is dilute.

The circulation keeps the volume of blood: its change is `blood_infused` + `transcapillary_flow` - `bleeding`. All
that is not given or bled is in `transcapillary_flow`: filtration and return, urine, and the water drunk, which at
rest is the urine; who is unconscious or in shock drinks nothing. Nothing crosses capillaries without flow. Where no
circulation shows `blood_volume` (it is then 0), the model keeps that account itself.

*Known limits*: what is sequestered never returns; colloid is counted as protein of plasma and not broken down; no
protein and no red cells are made, so that two days after a loss of blood a third of its plasma is still missing; the
salt and citrate of fluids have no effect; blood in the pleura does not clot, no pressure there stops its source, and
a needle takes it as a drain does.

**References:**

- Hahn (2021), Perioper Med 10:38, doi:10.1186/s13741-021-00204-5 (crystalloid, 76 patients at 60 to 110 mmHg)
- Hahn (2020), Acta Anaesthesiol Scand 64(5):570, doi:10.1111/aas.13533 (volume kinetics, colloid)
- Drucker, Chadwick & Gann (1981), Arch Surg 116(10):1344, doi:10.1001/archsurg.1981.01380220088014 (refill)
- Landis & Pappenheimer (1963), Handbook of Physiology, Circulation II:961 (colloid osmotic pressure)
- Poortmans (1984), Sports Med 1(2):125, doi:10.2165/00007256-198401020-00003 (kidneys in exercise)
- Figueras & Weil (1977), Circulation 55(1):195, doi:10.1161/01.CIR.55.1.195 (no protein goes into wet lungs)
- Parving & Gyntelberg (1973), Circ Res 32(5):643, doi:10.1161/01.RES.32.5.643 (escape of albumin)
"""

from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.model import AbstractHybridModel, Scalar, Time
from twinbed.core.quantities import param, port, var
from twinbed.physiology.body._parts.lung_filter import LungFilter

_HAHN = "Hahn 2021, a patient of 40 years at 81.3 mmHg"
_ADULT = "ICRP 89, an adult"
_UNIT = "definition of the unit"
_BAG = "guide of the Council of Europe on blood components; a unit of 290 mL with 55 g"
_SHARE = (
    "ratio of 1/125 mmHg/mL (compliance of all vessels) to that and the slope of colloid osmotic pressure"
    " (Landis & Pappenheimer 1963 at 7 g/dL, reflected to 0.95)"
)


class State(eqx.Module):
    """Where cells, protein and water are."""

    blood_volume: Scalar = var("mL", "volume of blood")
    red_cells: Scalar = var("mL", "volume of red cells")
    haemoglobin: Scalar = var("g", "haemoglobin in blood")
    plasma_protein: Scalar = var("g", "protein in plasma, colloid included")
    tissue_protein: Scalar = var("g", "protein between the cells")
    tissue_excess: Scalar = var("mL", "fluid between the cells above rest that returns")
    sequestered: Scalar = var("mL", "fluid that does not return")
    lung_water: Scalar = var("mL", "water in the lungs outside of vessels, above rest")
    pleural_blood_left: Scalar = var("mL", "blood in the left pleura")
    pleural_blood_right: Scalar = var("mL", "blood in the right pleura")


class Inputs(eqx.Module):
    """What is given and lost, and what drives the kidneys."""

    crystalloid: Scalar = port("crystalloid", rest=0.0)
    colloid: Scalar = port("colloid", rest=0.0)
    whole_blood: Scalar = port("whole_blood", rest=0.0)
    red_cells: Scalar = port("red_cells", rest=0.0)
    bleeding: Scalar = port("bleeding", rest=0.0)
    blood_volume: Scalar = port("blood_volume", rest=0.0)
    arterial_pressure: Scalar = port("arterial_pressure", rest=92.0)
    left_atrial_pressure: Scalar = port("left_atrial_pressure", rest=8.0)
    capillary_leak: Scalar = port("capillary_leak", rest=1.0)
    drug_diuresis: Scalar = port("drug_diuresis", rest=1.0)
    exercise_intensity: Scalar = port("exercise_intensity", rest=0.0)
    bispectral_index: Scalar = port("bispectral_index", rest=93.0)
    cardiac_output: Scalar = port("cardiac_output", rest=5.6)
    crystalloid_rate: Scalar = port("crystalloid_rate", rest=0.0)
    colloid_rate: Scalar = port("colloid_rate", rest=0.0)
    whole_blood_rate: Scalar = port("whole_blood_rate", rest=0.0)
    red_cells_rate: Scalar = port("red_cells_rate", rest=0.0)
    haemothorax_left: Scalar = port("haemothorax_left", rest=0.0)
    haemothorax_right: Scalar = port("haemothorax_right", rest=0.0)
    chest_drain_left: Scalar = port("chest_drain_left", rest=0.0)
    chest_drain_right: Scalar = port("chest_drain_right", rest=0.0)


class Given(eqx.Module):
    """Fluids that enter the veins, by hand and by pumps."""

    crystalloid: Scalar = var("mL/min", "crystalloid")
    colloid: Scalar = var("mL/min", "colloid")
    whole_blood: Scalar = var("mL/min", "whole blood")
    red_cells: Scalar = var("mL/min", "packed red cells")

    @classmethod
    def of(cls, u: Inputs) -> "Given":
        """What is given."""
        return cls(
            u.crystalloid + u.crystalloid_rate,
            u.colloid + u.colloid_rate,
            u.whole_blood + u.whole_blood_rate,
            u.red_cells + u.red_cells_rate,
        )

    def volume(self) -> Scalar:
        """All of it, mL/min."""
        return self.crystalloid + self.colloid + self.whole_blood + self.red_cells


class Outputs(eqx.Module):
    """What blood gets, and what a laboratory and a bladder catheter would show."""

    blood_infused: Scalar = port("blood_infused")
    fluid_infused: Scalar = port("fluid_infused")
    transcapillary_flow: Scalar = port("transcapillary_flow")
    haemoglobin: Scalar = port("haemoglobin")
    haemoglobin_mass: Scalar = port("haemoglobin_mass")
    plasma_volume: Scalar = port("plasma_volume")
    urine_rate: Scalar = port("urine_rate")
    interstitial_volume: Scalar = port("interstitial_volume")
    lung_water: Scalar = port("lung_water")
    pleural_blood_left: Scalar = port("pleural_blood_left")
    pleural_blood_right: Scalar = port("pleural_blood_right")


class Flows(eqx.Module):
    """What crosses the walls, mL/min."""

    filtered: Scalar
    returned: Scalar
    sequestered: Scalar
    urine: Scalar
    drunk: Scalar
    into_lungs: Scalar


class Fluids(AbstractHybridModel[State, Inputs, Outputs]):
    """The fluids of one patient."""

    seconds_per_time_unit: ClassVar[float] = 60.0
    step_s: float = eqx.field(static=True, default=1.0)

    lungs: LungFilter = eqx.field(default_factory=LungFilter)
    blood_volume: Scalar = param(
        5300.0, "mL", "blood volume at rest, as in the circulation", bounds=(200.0, 12000.0), source="70 mL/kg, 76 kg"
    )
    haemoglobin: Scalar = param(15.0, "g/dL", "haemoglobin at rest", bounds=(3.0, 25.0), source=_ADULT)
    haematocrit: Scalar = param(0.45, "1", "share of red cells at rest", bounds=(0.1, 0.75), source=_ADULT)
    protein: Scalar = param(7.0, "g/dL", "protein in plasma at rest", bounds=(1.0, 12.0), source=_ADULT)
    interstitial_volume: Scalar = param(
        12000.0, "mL", "fluid between the cells at rest", bounds=(1000.0, 40000.0), source="0.16 L/kg, 76 kg"
    )
    tissue_protein_share: Scalar = param(
        1.5, "1", "protein between the cells for that in plasma", bounds=(0.3, 4.0), source="albumin: 60 to 40 %"
    )
    filtration: Scalar = param(0.0956, "1/min", "excess in plasma that is filtered", bounds=(0.0, 1.0), source=_HAHN)
    filtration_power: Scalar = param(
        2.34, "1", "power of arterial pressure on filtration", bounds=(0.0, 8.0), source=_HAHN
    )
    tissue_return: Scalar = param(
        0.0506, "1/min", "excess between the cells that returns", bounds=(0.0, 1.0), source=_HAHN
    )
    sequestration: Scalar = param(
        0.0052, "1/min", "excess in plasma that is sequestered", bounds=(0.0, 0.2), source=_HAHN
    )
    elimination: Scalar = param(
        0.0065,
        "1/min",
        "excess in plasma that leaves as urine",
        bounds=(0.0, 0.2),
        source=_HAHN,
    )
    elimination_power: Scalar = param(
        5.2, "1", "power of arterial pressure on elimination", bounds=(0.0, 12.0), source=_HAHN
    )
    pressure_reference: Scalar = param(
        81.3, "mm[Hg]", "arterial pressure of these rates", bounds=(40.0, 140.0), source=_HAHN
    )
    pressure_low: Scalar = param(
        40.0,
        "mm[Hg]",
        "pressure below which rates fall no further",
        bounds=(10.0, 100.0),
        source="Hahn 2021 studied 60 to 110; extrapolated",
    )
    pressure_high: Scalar = param(
        110.0, "mm[Hg]", "pressure above which rates rise no further", bounds=(80.0, 160.0), source="Hahn 2021, range"
    )
    pressing_share: Scalar = param(
        0.38, "1", "share of filtration by volume; the rest is by dilution", bounds=(0.0, 1.0), source=_SHARE
    )
    escape: Scalar = param(
        0.05 / 60.0, "1/min", "protein that escapes from plasma", bounds=(0.0, 0.02), source="Parving 1973: 5 %/h"
    )
    urine_at_rest: Scalar = param(
        1.0, "mL/min", "urine at rest, which is drunk again", bounds=(0.0, 10.0), source="0.5 to 1 mL/kg/h"
    )
    urine_none: Scalar = param(
        50.0, "mm[Hg]", "pressure below which no urine is made", bounds=(10.0, 80.0), source="Guyton; AnaSim 1.7"
    )
    urine_full: Scalar = param(
        80.0, "mm[Hg]", "pressure above which pressure does not limit it", bounds=(40.0, 120.0), source="AnaSim 1.7"
    )
    urine_deficit: Scalar = param(
        0.22,
        "1",
        "share of blood lost that lowers urine to 1/e",
        bounds=(0.02, 2.0),
        source="classes of the ATLS: 20 to 30 mL/h after 15 to 30 %, 5 to 15 after 30 to 40 %",
    )
    urine_exercise: Scalar = param(
        0.5, "1", "share of urine that maximal exercise takes", bounds=(0.0, 1.0),
        source="Poortmans 1984: filtration halves at maximal effort",
    )  # fmt: skip
    awake_index: Scalar = param(
        93.0, "1", "bispectral index of the awake, who drink what they pass at rest", bounds=(80.0, 100.0),
        source="Eleveld 2018",
    )  # fmt: skip
    asleep_index: Scalar = param(
        67.0, "1", "bispectral index below which nobody drinks", bounds=(20.0, 80.0),
        source="Glass 1997: half of people are unconscious at 67",
    )  # fmt: skip
    exchanging_flow: Scalar = param(
        1.0, "L/min", "cardiac output below which less crosses capillaries, in proportion", bounds=(0.05, 4.0),
        source="assumed: nothing is exchanged where nothing flows; three quarters of flow lost and refill goes on",
    )  # fmt: skip
    colloid_protein: Scalar = param(
        8.7,
        "g/dL",
        "protein of plasma that holds as much water as the colloid",
        bounds=(0.0, 40.0),
        source="6 % starch 130/0.4 has 36 mmHg, as has plasma of 8.7 g/dL by Landis & Pappenheimer 1963",
    )
    whole_blood_haemoglobin: Scalar = param(
        13.0,
        "g/dL",
        "haemoglobin of whole blood given",
        bounds=(5.0, 20.0),
        source="450 mL of a donor, 63 mL of citrate",
    )
    whole_blood_cells: Scalar = param(0.40, "1", "share of red cells in it", bounds=(0.1, 0.7), source="as above")
    whole_blood_protein: Scalar = param(
        3.6, "g/dL", "protein in it (of all its volume)", bounds=(0.0, 8.0), source="60 % plasma of 6 g/dL"
    )
    red_cells_haemoglobin: Scalar = param(
        19.0, "g/dL", "haemoglobin of packed red cells", bounds=(10.0, 30.0), source=_BAG
    )
    red_cells_share: Scalar = param(0.57, "1", "share of red cells in them", bounds=(0.3, 0.9), source=_BAG)
    drain_time: Scalar = param(
        1.0, "min", "time in which a drained pleura loses all but 1/e of its blood", bounds=(0.05, 1e3),
        source="assumed: a litre and a half is out in a few minutes",
    )  # fmt: skip
    percent: Scalar = param(100.0, "%", "the whole", source=_UNIT)
    millilitres_per_decilitre: Scalar = param(100.0, "mL/dL", "millilitres in a decilitre", source=_UNIT)

    def initial(self) -> State:
        volume, zero = self.blood_volume, jnp.zeros_like(self.blood_volume)
        held = self._plasma_at_rest() * self.protein / self.millilitres_per_decilitre
        return State(
            blood_volume=volume,
            red_cells=volume * self.haematocrit,
            haemoglobin=volume * self.haemoglobin / self.millilitres_per_decilitre,
            plasma_protein=held,
            tissue_protein=held * self.tissue_protein_share,
            tissue_excess=zero,
            sequestered=zero,
            lung_water=zero,
            pleural_blood_left=zero,
            pleural_blood_right=zero,
        )

    def resting(self) -> Inputs:
        one = jnp.ones_like(self.blood_volume)
        zero = jnp.zeros_like(one)
        return Inputs(
            crystalloid=zero,
            colloid=zero,
            whole_blood=zero,
            red_cells=zero,
            crystalloid_rate=zero,
            colloid_rate=zero,
            whole_blood_rate=zero,
            red_cells_rate=zero,
            bleeding=zero,
            blood_volume=zero,
            arterial_pressure=92.0 * one,
            left_atrial_pressure=8.0 * one,
            capillary_leak=one,
            drug_diuresis=one,
            exercise_intensity=zero,
            bispectral_index=self.awake_index,
            cardiac_output=5.6 * one,
            haemothorax_left=zero,
            haemothorax_right=zero,
            chest_drain_left=zero,
            chest_drain_right=zero,
        )

    def _plasma_at_rest(self) -> Scalar:
        return self.blood_volume * (1.0 - self.haematocrit)

    def flows(self, x: State, u: Inputs) -> Flows:
        """Filtration, return, sequestration, urine, drinking, and what the lungs take."""
        excess = x.blood_volume - self.blood_volume
        held = x.plasma_protein / self.protein * self.millilitres_per_decilitre
        protein = x.plasma_protein / (x.blood_volume - x.red_cells) * self.millilitres_per_decilitre
        diluted = x.blood_volume - x.red_cells - held
        drive = self.pressing_share * excess + (1.0 - self.pressing_share) * diluted
        outward = jnp.maximum(drive, 0.0)
        bounded = jnp.minimum(jnp.maximum(u.arterial_pressure, self.pressure_low), self.pressure_high)
        log_pressure = jnp.log(bounded / self.pressure_reference)
        pressed = jnp.where(drive > 0.0, jnp.exp(self.filtration_power * log_pressure), 1.0)
        eliminated = self.elimination * jnp.exp(self.elimination_power * log_pressure) * outward
        by_pressure = (u.arterial_pressure - self.urine_none) / (self.urine_full - self.urine_none)
        made = self.urine_at_rest * jnp.minimum(jnp.maximum(by_pressure, 0.0), 1.0)
        awake = (u.bispectral_index - self.asleep_index) / (self.awake_index - self.asleep_index)
        flowing = jnp.clip(u.cardiac_output / self.exchanging_flow, 0.0, 1.0)
        working = 1.0 - self.urine_exercise * u.exercise_intensity / self.percent
        lost = jnp.maximum(-excess, 0.0) / self.blood_volume
        gaps = self.escape * (u.capillary_leak - 1.0) * (x.blood_volume - x.red_cells)
        return Flows(
            filtered=flowing
            * (self.filtration * jnp.where(drive > 0.0, u.capillary_leak, 1.0) * pressed * drive + gaps),
            returned=flowing * self.tissue_return * x.tissue_excess,
            sequestered=flowing * self.sequestration * outward,
            urine=u.drug_diuresis * working * jnp.exp(-lost / self.urine_deficit) * (made + eliminated),
            drunk=made * jnp.clip(awake, 0.0, 1.0),
            into_lungs=flowing * self.lungs.passes(x.lung_water, u.left_atrial_pressure, protein),
        )

    def _into_blood(self, f: Flows) -> Scalar:
        return f.drunk + f.returned - f.filtered - f.sequestered - f.urine - f.into_lungs

    def jump(self, t: Time, dt: Time, x: State, u: Inputs) -> State:
        """Takes over the volume that the circulation shows."""
        del t, dt
        volume = jnp.where(u.blood_volume > 0.0, u.blood_volume, x.blood_volume)
        return eqx.tree_at(lambda s: s.blood_volume, x, volume)

    def rhs(self, t: Time, x: State, u: Inputs) -> State:
        del t
        f = self.flows(x, u)
        given = Given.of(u)
        change = given.volume() + self._into_blood(f) - u.bleeding
        lost = u.bleeding / x.blood_volume
        escaped = self.escape * (u.capillary_leak * x.plasma_protein - x.tissue_protein / self.tissue_protein_share)
        haemoglobin = given.whole_blood * self.whole_blood_haemoglobin + given.red_cells * self.red_cells_haemoglobin
        protein = given.whole_blood * self.whole_blood_protein + given.colloid * self.colloid_protein
        cells = given.whole_blood * self.whole_blood_cells + given.red_cells * self.red_cells_share
        return State(
            blood_volume=jnp.where(u.blood_volume > 0.0, 0.0, change),
            red_cells=cells - lost * x.red_cells,
            haemoglobin=haemoglobin / self.millilitres_per_decilitre - lost * x.haemoglobin,
            plasma_protein=protein / self.millilitres_per_decilitre - lost * x.plasma_protein - escaped,
            tissue_protein=escaped,
            tissue_excess=f.filtered - f.returned,
            sequestered=f.sequestered,
            lung_water=f.into_lungs,
            pleural_blood_left=u.haemothorax_left - u.chest_drain_left * x.pleural_blood_left / self.drain_time,
            pleural_blood_right=u.haemothorax_right - u.chest_drain_right * x.pleural_blood_right / self.drain_time,
        )

    def outputs(self, t: Time, x: State, u: Inputs) -> Outputs:
        del t
        f, given = self.flows(x, u), Given.of(u)
        return Outputs(
            blood_infused=given.volume(),
            fluid_infused=given.crystalloid + given.colloid,
            transcapillary_flow=self._into_blood(f),
            haemoglobin=x.haemoglobin / x.blood_volume * self.millilitres_per_decilitre,
            haemoglobin_mass=x.haemoglobin,
            plasma_volume=x.blood_volume - x.red_cells,
            urine_rate=f.urine,
            interstitial_volume=self.interstitial_volume + x.tissue_excess + x.sequestered,
            lung_water=x.lung_water,
            pleural_blood_left=x.pleural_blood_left,
            pleural_blood_right=x.pleural_blood_right,
        )
