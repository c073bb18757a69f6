"""Puts a patient together from organs, scaled to a person.

The organs are calibrated to a man of 40 years, 76 kg and 175 cm. In others blood volume sets volumes and compliances,
body surface sets flows, ideal weight and height set the lungs, weight sets metabolism, and age stiffens
arteries, takes flow and slows the fastest heart rate; the greatest oxygen uptake follows age, sex, weight and height.
Obesity takes residual capacity, and with age leaves part of the blood with little gas; those who live with that lack of
oxygen are used to it. Where a formula gives a level, its ratio to that of the reference man is what counts.

**References:**

- Nadler, Hidalgo & Bloch (1962), Surgery 51(2):224 (blood volume)
- Du Bois & Du Bois (1916), Arch Intern Med 17(6):863, doi:10.1001/archinte.1916.00080130010002 (surface)
- Quanjer et al. (1993), Eur Respir J 6(Suppl 16):5 (volumes of the lungs)
- Pelosi et al. (1998), Anesth Analg 87(3):654, doi:10.1097/00000539-199809000-00031 (obesity)
- Carlsson et al. (2012), J Cardiovasc Magn Reson 14:51, doi:10.1186/1532-429X-14-51 (flow by age)
- de Souza e Silva et al. (2018), Eur J Prev Cardiol 25(7):742, PMID 29517365 (greatest uptake)
- Sorbini, Grassi, Solinas & Muiesan (1968), Respiration 25(1):3 (arterial oxygen by age, lying)
- Cerveri et al. (1995), Am J Respir Crit Care Med 152(3):934 (by age and obesity)
- Deurenberg, Weststrate & Seidell (1991), Br J Nutr 65(2):105, doi:10.1079/BJN19910073 (fat)
- Tanaka, Monahan & Seals (2001), J Am Coll Cardiol 37(1):153, doi:10.1016/S0735-1097(00)01054-8 (fastest rate)
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import TypeVar

import equinox as eqx
import jax.numpy as jnp

from twinbed.core.errors import SettingError
from twinbed.core.model import AbstractModel, Scalar
from twinbed.physiology.body._parts.lung_filter import LungFilter
from twinbed.physiology.body.environment import Environment
from twinbed.physiology.body.fluids import Fluids
from twinbed.physiology.body.metabolism import Metabolism
from twinbed.physiology.body.thermal import Thermal
from twinbed.physiology.cardiovascular._parts.beds import VascularBed
from twinbed.physiology.cardiovascular._parts.chambers import Atrium, Ventricle
from twinbed.physiology.cardiovascular.autonomic import Autonomic
from twinbed.physiology.cardiovascular.autoregulation import Autoregulation
from twinbed.physiology.cardiovascular.circulation import Circulation
from twinbed.physiology.cardiovascular.conduction import Conduction
from twinbed.physiology.glucose import Glucagon, HeartRateExercise, HypoglycaemiaRisk
from twinbed.physiology.glucose.uva_padova import UvaPadova
from twinbed.physiology.pharmacology.drugs import Drugs
from twinbed.physiology.respiratory.breathing import Breathing
from twinbed.physiology.respiratory.gas_exchange import GasExchange
from twinbed.physiology.respiratory.lungs import Lungs
from twinbed.physiology.respiratory.nitrogen import Nitrogen
from twinbed.physiology.waveforms.arm import Arm
from twinbed.physiology.waveforms.ecg import Ecg
from twinbed.physiology.waveforms.impedance import Impedance
from twinbed.physiology.waveforms.ppg import Ppg
from twinbed.physiology.waveforms.radial import Radial
from twinbed.physiology.whole_body._conditions import with_conditions
from twinbed.physiology.whole_body.disease import Disease
from twinbed.vocab.drugs.person import Person

T = TypeVar("T", bound=eqx.Module)
REFERENCE = Person(age=40.0, weight_kg=76.0, height_cm=175.0, sex="male")
ADULT = {"age": (18.0, 100.0), "weight_kg": (30.0, 300.0), "height_cm": (120.0, 230.0)}
"""Who can be put together: lowest and highest age in years, weight in kg and height in cm."""
INDEX = (10.0, 100.0)
"""The same of the body-mass index, kg/m2: a choice, wide enough for everybody who could be measured."""
_DEMAND, _QUOTIENT, _RATE, _EFFORT, _TIDAL = 250.0, 0.8, 13.0, 5.8, 0.5
"""Of the reference man: oxygen demand mL/min, quotient, breaths a minute, effort cmH2O and its tidal volume L."""

_WOMENS_HAEMOGLOBIN = 0.9
"""13.5 g/dL against a man's 15: middles of the ranges of reference of women (12 to 15) and men (13.5 to 17)."""
_FLOW_FOR_BLOOD = 0.65
"""Power of women's haemoglobin on their resting flow of other tissue, which leaves the more to brain and muscle.

So do women of 60 combinations of age, weight and height rest against men when they are played.
"""
_LEAST_UPTAKE = 10.0
_FLOW_OF_AGE = 0.0026
"""What a year takes of flow and, as the rate stays, of the heart's size: 8 mL/min of 3.1 L/min/m2 (Carlsson 2012)."""
_UNPERFUSED = 0.05
POORLY_FOR_OXYGEN = 0.0058
"""Share of blood that meets little gas for each mmHg that it takes from arterial oxygen, as people show when played."""
_DESATURATED = 0.0013
"""Arterial saturation that a mmHg takes, between 95 and 70 mmHg (Dash 2016)."""
_OXYGEN_LOST_MOST = 40.0  # mmHg: a choice, beyond whom the equations are of
_WARMER = 0.25
"""Power of metabolism on the resting flow of tissue other than brain, heart and muscle, at a given surface.

So do people of 18 combinations of age, sex, weight and height rest when they are played: within 9 %.
"""


@dataclasses.dataclass(frozen=True)
class Size:
    """A person against the reference man."""

    blood: float
    surface: float
    flow_of_age: float
    mass: float
    ideal: float
    capacity: float
    residual: float
    resting: float
    compliance: float
    metabolism: float
    haemoglobin: float


def blood_volume(person: Person) -> float:
    """Blood volume by Nadler's formula, L."""
    cubed, weight = (person.height_cm / 100.0) ** 3, person.weight_kg
    if person.sex == "male":
        return 0.3669 * cubed + 0.03219 * weight + 0.6041
    return 0.3561 * cubed + 0.03308 * weight + 0.1833


def body_surface(person: Person) -> float:
    """Body surface by Du Bois' formula, m2."""
    return 0.007184 * person.weight_kg**0.425 * person.height_cm**0.725


def ideal_weight(person: Person) -> float:
    """Ideal weight as ventilators use it, kg."""
    return (50.0 if person.sex == "male" else 45.5) + 0.91 * (person.height_cm - 152.4)


def uptake_most(person: Person) -> float:
    """Greatest oxygen uptake of the healthy on a treadmill, mL/kg/min: the FRIEND registry's equation (SD 6.6).

    Not below 10, which is less than anybody without a failing heart has (Weber's class D); the equation, a straight
    line, falls lower for the very heavy and old.
    """
    pounds, inches = person.weight_kg / 0.45359237, person.height_cm / 2.54
    sex = 1.0 if person.sex == "male" else 2.0
    return max(45.2 - 0.35 * person.age - 10.9 * sex - 0.15 * pounds + 0.68 * inches - 0.46, _LEAST_UPTAKE)


def lung_volumes(person: Person) -> tuple[float, float, float]:
    """Total, residual and resting volume of lungs of normal weight, sitting, L."""
    height, age = person.height_cm / 100.0, person.age
    if person.sex == "male":
        return 7.99 * height - 7.08, 1.31 * height + 0.022 * age - 1.23, 2.34 * height + 0.009 * age - 1.09
    return 6.60 * height - 5.79, 1.81 * height + 0.016 * age - 2.00, 2.24 * height + 0.001 * age - 1.00


def _shrinks(index: float) -> float:
    """Residual capacity lying down, against an index of 24."""
    below = math.exp(-0.04 * (min(index, 32.0) - 24.0))
    return below * (11.97 * math.exp(-0.096 * max(index, 32.0)) + 0.46) / (11.97 * math.exp(-0.096 * 32.0) + 0.46)


def _index(person: Person) -> float:
    """Body-mass index, kg/m2."""
    return person.weight_kg / (person.height_cm / 100.0) ** 2


def _stiffens(index: float) -> float:
    """Compliance of lungs and chest, against an index of 23."""
    below = math.exp(-0.0277 * (max(min(index, 32.0), 18.0) - 23.0))
    return below * (233.3 * math.exp(-0.086 * max(index, 32.0)) + 40.0) / (233.3 * math.exp(-0.086 * 32.0) + 40.0)


def size_of(person: Person) -> Size:
    """A person against the reference man."""
    mine, reference = lung_volumes(person), lung_volumes(REFERENCE)
    fat = _shrinks(_index(person)) / _shrinks(_index(REFERENCE))
    mass = person.weight_kg / REFERENCE.weight_kg
    return Size(
        blood=blood_volume(person) / blood_volume(REFERENCE),
        surface=body_surface(person) / body_surface(REFERENCE),
        flow_of_age=1.0 - _FLOW_OF_AGE * (person.age - REFERENCE.age),
        mass=mass,
        ideal=ideal_weight(person) / ideal_weight(REFERENCE),
        capacity=mine[0] / reference[0],
        residual=mine[1] / reference[1] * min(1.0, fat + 0.15),
        resting=mine[2] / reference[2] * fat,
        compliance=_stiffens(_index(person)) / _stiffens(_index(REFERENCE)),
        metabolism=mass**0.75 * (0.93 if person.sex == "female" else 1.0) * (1.0 - 0.003 * (person.age - 40.0)),
        haemoglobin=_WOMENS_HAEMOGLOBIN if person.sex == "female" else 1.0,
    )


def _scaled(part: T, factors: Mapping[str, float]) -> T:
    """A copy in which fields are multiplied."""
    return dataclasses.replace(part, **{name: getattr(part, name) * by for name, by in factors.items()})


def _circulation(person: Person, size: Size) -> Circulation:
    v, f, h = size.blood, size.surface * size.flow_of_age, size.blood * size.flow_of_age
    whole = Circulation()
    bed = lambda b: _scaled(
        b,
        {"compliance": v, "volume_unstressed": v, "resistance": 1.0 / f, "venous_compliance": v,
         "venous_volume_unstressed": v, "venous_resistance": 1.0 / f},
    )  # fmt: skip
    ventricle = lambda c: _scaled(
        c,
        {"elastance_max": 1.0 / h, "volume_unstressed": h, "stiffness": 1.0 / h, "ejection": 1.0 / f,
         "ejection_least": 1.0 / f, "inflow": 1.0 / f},
    )  # fmt: skip
    atrium = lambda c: _scaled(c, {"elastance_min": 1.0 / h, "elastance_rise": 1.0 / h, "volume_unstressed": h})
    parts: dict[str, eqx.Module] = {}
    for name, part in vars(whole).items():
        if isinstance(part, VascularBed):
            parts[name] = bed(part)
        elif isinstance(part, Ventricle):
            parts[name] = ventricle(part)
        elif isinstance(part, Atrium):
            parts[name] = atrium(part)
    whole = dataclasses.replace(whole, **parts)
    volumes = (
        "blood_volume", "pulmonary_arterial_compliance", "pulmonary_compliance", "pulmonary_volume_unstressed",
        "pulmonary_venous_compliance", "pulmonary_venous_volume_unstressed", "thoracic_compliance",
        "thoracic_volume_unstressed",
    )  # fmt: skip
    resistances = (
        "arterial_resistance", "arterial_inertance", "pulmonary_arterial_resistance", "pulmonary_arterial_inertance",
        "pulmonary_resistance", "pulmonary_venous_resistance", "thoracic_resistance",
    )  # fmt: skip
    stiffer = max(1.0 - 0.008 * (person.age - 40.0), 0.4) if person.age > 40.0 else 1.0
    return _scaled(
        whole,
        dict.fromkeys(volumes, v)
        | dict.fromkeys(resistances, 1.0 / f)
        | {"pericardial_volume": h, "septal_compliance": h, "pericardial_stiffness": 1.0 / h}
        | {"arterial_compliance": v * stiffer},
    )


def _oxygen_lost(person: Person) -> float:
    """Arterial oxygen at rest below that of the reference man, mmHg: 0.43 a year (Sorbini), 0.56 for a kg/m2 (Cerveri).

    Their airways close in part of each breath. The young and lean are as the reference man.
    """
    lost = 0.43 * (person.age - REFERENCE.age) + 0.56 * (_index(person) - _index(REFERENCE))
    return min(max(lost, 0.0), _OXYGEN_LOST_MOST)


def _lungs(person: Person, size: Size) -> Lungs:
    whole = Lungs()
    resting = whole.lung.resting * size.resting
    residual = jnp.minimum(whole.lung.residual * size.residual, 0.75 * resting)
    lung = dataclasses.replace(
        whole.lung,
        capacity=whole.lung.capacity * size.capacity,
        residual=residual,
        resting=resting,
        compliance=whole.lung.compliance * size.capacity * size.compliance,
    )
    upper = _scaled(whole.upper, {"resistance": 1.0 / size.capacity, "turbulence": 1.0 / size.capacity**2})
    water = _scaled(whole.water, {"harmless": size.ideal, "flooding": 1.0 / size.ideal})
    poorly = whole.poorly + POORLY_FOR_OXYGEN * _oxygen_lost(person)
    whole = dataclasses.replace(whole, lung=lung, upper=upper, water=water, poorly=poorly)
    return _scaled(
        whole,
        {"chest_compliance": size.capacity * size.compliance, "dead_space": size.ideal, "tone_volume": size.resting,
         "lower_resistance": 1.0 / size.capacity, "chest_resistance": 1.0 / size.capacity},
    )  # fmt: skip


def _metabolism(person: Person, size: Size) -> Metabolism:
    at_rest, most = size.metabolism / size.mass, uptake_most(person) / uptake_most(REFERENCE)
    return _scaled(Metabolism(), {"mass": size.mass, "uptake_at_rest": at_rest, "uptake_most": most})


def _above_rest(metabolism: Metabolism) -> Scalar:
    """Multiples of the resting uptake that the greatest exercise adds."""
    return metabolism.uptake_most / metabolism.uptake_at_rest - 1.0


def _breathing(person: Person, size: Size, lungs: Lungs, metabolism: Metabolism) -> tuple[Breathing, float]:
    """The control of breathing, with the effort that holds carbon dioxide at 40 mmHg, and the tidal volume, mL."""
    alveolar = 0.863 * _DEMAND * _QUOTIENT * size.metabolism / 40.0
    of_alveolar = lambda flow, dead: (flow / _RATE + dead) / (1.0 - _UNPERFUSED)
    fitted = of_alveolar(0.863 * _DEMAND * _QUOTIENT / 40.0, 0.15)
    tidal = of_alveolar(alveolar, float(lungs.dead_space))
    stiff = lambda l: 1.0 / float(l.lung.compliance) + 1.0 / float(l.chest_compliance)
    effort = _EFFORT * tidal / fitted * stiff(lungs) / stiff(Lungs())
    whole = Breathing()
    return dataclasses.replace(
        whole,
        heavy=whole.heavy * _above_rest(metabolism) / _above_rest(Metabolism()),
        effort=jnp.asarray(effort),
        tidal=jnp.asarray(_TIDAL * tidal / fitted),
        rest_demand=jnp.asarray(_DEMAND * size.metabolism),
        rest_oxygen=whole.rest_oxygen - _oxygen_lost(person),
    ), 1000.0 * _TIDAL * tidal / fitted


def _fastest(person: Person) -> float:
    """The fastest heart rate that a person reaches, 1/min, by Tanaka."""
    return 208.0 - 0.7 * person.age


def _autonomic(person: Person, size: Size, tidal_ml: float) -> Autonomic:
    whole = Autonomic()
    volumes = ("splanchnic_veins", "extrasplanchnic_veins", "muscle_veins")
    whole = _scaled(whole, dict.fromkeys(volumes, size.blood))
    used_to = whole.carotid_body.saturation_at_rest - _DESATURATED * _oxygen_lost(person)
    return dataclasses.replace(
        whole,
        carotid_body=dataclasses.replace(whole.carotid_body, saturation_at_rest=used_to),
        effort=_scaled(whole.effort, {"pump": size.blood}),
        fastest=jnp.asarray(_fastest(person)),
        tidal_volume_at_rest=jnp.asarray(tidal_ml),
        set_point=whole.set_point + 0.15 * (person.age - 40.0),
    )


_resting_core = eqx.filter_jit(lambda thermal: thermal.initial().core)
"""Compiled once: whoever builds a cohort builds many."""


def _gas_exchange(size: Size, lungs: Lungs, metabolism: Metabolism, thermal: Thermal) -> GasExchange:
    whole = GasExchange()
    demand = metabolism.uptake_at_rest * metabolism.mass
    flows: dict[str, float] = dict.fromkeys(
        ("brain_flow", "heart_flow", "muscle_flow"), size.surface * size.flow_of_age
    )
    flows["other_flow"] = size.surface * size.flow_of_age * size.metabolism**_WARMER * size.haemoglobin**_FLOW_FOR_BLOOD
    rest = dataclasses.replace(
        _scaled(whole.rest, flows),
        shunt=whole.rest.shunt + (1.0 - whole.rest.shunt) * lungs.poorly,
        demand=demand,
        muscle_demand=metabolism.muscle_share * demand,
        quotient=metabolism.quotient_at_rest,
        temperature=_resting_core(thermal),
    )
    tissue = lambda t: _scaled(t, {"oxygen_volume": size.mass, "carbon_dioxide_volume": size.mass})
    blood = _scaled(whole.blood, {"haemoglobin": size.haemoglobin})
    lactate = _scaled(whole.lactate, {"volume": size.mass, "liver_flow": flows["other_flow"]})
    whole = dataclasses.replace(
        whole, blood=blood, rest=rest, lactate=lactate, muscle=tissue(whole.muscle), other=tissue(whole.other)
    )
    return _scaled(
        whole,
        {"arterial_volume": size.blood, "vessel_demand": size.blood, "venous_volume": size.blood,
         "blood_volume": size.blood,
         "heart_demand": size.surface},
    ).at_own_rest()  # fmt: skip


def _fat(person: Person) -> float:
    """Fat by Deurenberg, kg; a tenth of the weight at least."""
    sex = 1.0 if person.sex == "male" else 0.0
    percent = 1.2 * _index(person) + 0.23 * person.age - 10.8 * sex - 5.4
    return person.weight_kg * min(max(percent, 10.0), 60.0) / 100.0


def _nitrogen(person: Person) -> Nitrogen:
    """Fat of the person, 0.92 kg/L; lean tissue in proportion."""
    lean = (person.weight_kg - _fat(person)) / (REFERENCE.weight_kg - _fat(REFERENCE))
    whole = dataclasses.replace(Nitrogen(), fat_volume=jnp.asarray(_fat(person) / 0.92))
    return _scaled(whole, {"organs_volume": lean, "muscle_volume": lean})


def _fluids(person: Person, size: Size, circulation: Circulation) -> Fluids:
    """Elimination by age is Hahn's (2021)."""
    lungs = _scaled(LungFilter(), {"filtration": size.ideal})
    whole = dataclasses.replace(Fluids(), blood_volume=circulation.blood_volume, lungs=lungs)
    return _scaled(
        whole,
        {"interstitial_volume": size.mass, "urine_at_rest": size.mass, "haemoglobin": size.haemoglobin,
         "haematocrit": size.haemoglobin, "elimination": (person.age / REFERENCE.age) ** -1.5},
    )  # fmt: skip


def _glucose(person: Person) -> UvaPadova:
    """Sugar and insulin: muscles at work use sugar, a heart that races in shock does not."""
    return UvaPadova(
        body_weight=jnp.asarray(person.weight_kg),
        hypoglycaemia=HypoglycaemiaRisk(),
        glucagon=Glucagon(),
        exercise=HeartRateExercise(by_heart=False, maximal_heart_rate=jnp.asarray(_fastest(person))),
    )


def check_adult(person: Person) -> None:
    """Refuses who is no adult that can be put together.

    Raises:
        SettingError: age, weight, height or body-mass index is out of range.
    """
    for name, (low, high) in ADULT.items():
        if not low <= getattr(person, name) <= high:
            raise SettingError(f"{name} = {getattr(person, name):g}: an adult has {low:g} to {high:g}")
    index = _index(person)
    if not INDEX[0] <= index <= INDEX[1]:
        raise SettingError(
            f"weight_kg = {person.weight_kg:g} at height_cm = {person.height_cm:g} is a body-mass index of "
            f"{index:.3g} kg/m2: an adult here has {INDEX[0]:g} to {INDEX[1]:g}"
        )


def adult(
    person: Person = REFERENCE,
    conditions: Mapping[str, float] | None = None,
    *,
    waveforms: bool = True,
    diabetes: bool = False,
    kinetics: Mapping[str, Mapping[str, float]] | None = None,
) -> dict[str, AbstractModel]:
    """The organs of an adult, by name: what `Bed` takes as its patient.

    Args:
        person: who it is.
        conditions: severity of chronic conditions from 0 to 1, by the names in `CONDITIONS`.
        waveforms: whether electrocardiogram, plethysmogram, impedance and the pulse at the wrist are there.
        diabetes: whether the person has type 1 diabetes; `insulin_rate` must then be fed, by a pump or a scenario.
        kinetics: how drugs differ from the typical, as `draws` of `Drugs.of`.

    Raises:
        ValueError: a condition is unknown, or a severity out of range.
        SettingError: as `check_adult`.
    """
    check_adult(person)
    size = size_of(person)
    lungs = _lungs(person, size)
    metabolism = _metabolism(person, size)
    breathing, tidal_ml = _breathing(person, size, lungs, metabolism)
    circulation = _circulation(person, size)
    thermal = _scaled(Thermal(), {"mass": size.mass, "area": size.surface, "heat_at_rest": size.metabolism})
    models: dict[str, AbstractModel] = {
        "environment": Environment(),
        "disease": Disease(),
        "drugs": Drugs.of(person, draws=kinetics),
        "thermal": thermal,
        "metabolism": metabolism,
        "fluids": _fluids(person, size, circulation),
        "autoregulation": _scaled(Autoregulation(), {"muscle_demand": size.metabolism}),
        "gas_exchange": _gas_exchange(size, lungs, metabolism, thermal),
        "nitrogen": _nitrogen(person),
        "autonomic": _autonomic(person, size, tidal_ml),
        "breathing": breathing,
        "lungs": lungs,
        "circulation": circulation,
        "conduction": Conduction(),
    }
    if diabetes:
        models["glucose"] = _glucose(person)
    if waveforms:
        models |= {"ecg": Ecg(), "ppg": Ppg(melanin=jnp.asarray(person.skin_pigment)), "impedance": Impedance()}
        models |= {"arm": Arm(), "radial": Radial()}
    return with_conditions(models, conditions or {})
