"""Beds of people with type 1 diabetes: glucose and insulin alone, so that hours pass in seconds; `kind = "diabetes"`.

The file is that of an acute bedside (`studies.acute.bedside`) but for these tables: `[patient]` is `DiabetesPatient`
with parameters of `physiology/glucose/uva_padova`, or of `physiology/glucose/replay` for a twin that was fitted
(`ward.fitted`); `[therapy]` holds settings that devices get which have a field of that name and none of their own;
`[[daily]]` are events of every day; `begins` is when the bed is opened: what was before is played at once.
"""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from twinbed.core.component import output_template
from twinbed.core.device import AbstractDevice, innermost
from twinbed.core.errors import StudyError, TwinbedError
from twinbed.core.quantities import quantities
from twinbed.core.scenario import Scenario
from twinbed.engine.batch import as_precision
from twinbed.engine.bed import Bed
from twinbed.engine.couple import couple, port_list
from twinbed.physiology.glucose import Glucagon, HeartRateExercise, HypoglycaemiaRisk
from twinbed.physiology.glucose.replay import Replay
from twinbed.physiology.glucose.uva_padova import UvaPadova
from twinbed.physiology.whole_body import Person
from twinbed.studies.acute.bedside import (
    EventSpec,
    PatientSpec,
    bed_of,
    build_devices,
    build_scenario,
    check_devices,
    check_events,
    plain_events,
    seconds,
)
from twinbed.studies.design import DeviceSpec, check_id
from twinbed.studies.tables import key, nearest, read
from twinbed.ward.held import Held

PAGE_S = 60.0
"""A page, and the step of the model: acts are done within a minute of simulated time."""
_DAY_S = 86400.0
_FASTEST_AT_BIRTH, _FASTEST_PER_YEAR = 208.0, 0.7  # Tanaka 2001, doi:10.1016/S0735-1097(00)01054-8
_MODELS = {"uva_padova": UvaPadova, "replay": Replay}
DRAWN = ("vmx", "kp3", "p2u", "ki", "kabs", "kmax", "kmin", "b", "d")
"""What is not known of a person and may be drawn anew without moving the resting state: how strongly and how fast
insulin acts on tissue and liver, and how a meal is absorbed. What glucose and insulin stand at follows from others."""
_ADULT, _USUAL = 18.0, PatientSpec()
_THERAPY = ("basal_rate", "carbohydrate_ratio", "correction_factor", "total_daily_insulin", "body_weight")


@dataclasses.dataclass(frozen=True)
class DiabetesPatient:
    """A person with type 1 diabetes. What is left out of age, height and sex nobody knows."""

    age: float | None = key("age, years", default=None, low=1.0, high=100.0)
    weight_kg: float = key("weight, kg", default=76.0, low=30.0, high=200.0)
    weight_assumed: bool = key("whether nobody knows the weight, and the one given is assumed", default=False)
    height_cm: float | None = key("height, cm", default=None, low=120.0, high=230.0)
    sex: str | None = key("female or male", default=None, choices=("female", "male"))
    model: str = key("uva_padova, or replay for a twin that was fitted", default="uva_padova", choices=tuple(_MODELS))
    parameters: dict[str, float] = key("parameters of the model, physiology/glucose/MODEL, by name", default=dict)
    draws: dict[str, list[float]] = key("draws of what is known of them of a twin, by name", default=dict)

    @property
    def conditions(self) -> dict[str, float]:
        """Chronic conditions by name, as a report lists them."""
        return {"type 1 diabetes": 1.0}


@dataclasses.dataclass(frozen=True)
class DiabetesBedside:
    """A person with type 1 diabetes, the devices, and what happens."""

    name: str = key("short name", default="diabetes")
    title: str = key("what is shown as its title", default="")
    seed: int = key("any whole number; the same seed gives the same bits", default=1, low=0, high=2**63 - 1)
    begins: float = key("when the bed is opened; what was before is played at once", default=0.0, low=0.0, high=_DAY_S)
    days: int = key("for how many days daily events happen", default=14, low=1, high=60)
    precision: str = key("number format", default="float64", choices=("float32", "float64"))
    patient: DiabetesPatient = key("who it is", default=DiabetesPatient())
    therapy: dict[str, float] = key("settings of the therapy", default=dict)
    devices: tuple[DeviceSpec, ...] = key("the devices", default=())
    links: dict[str, str] = key("sources of inputs that several parts could feed", default=dict)
    daily: tuple[EventSpec, ...] = key("what happens every day", default=())
    events: tuple[EventSpec, ...] = key("what happens once", default=())


def diabetes_from(table: Mapping[str, Any]) -> tuple[DiabetesBedside, Bed, Scenario]:
    """A checked bedside from the tables of its file, its bed and what happens there.

    Raises:
        StudyError: it asks for what does not exist or cannot be; the message names the table and the key.
    """
    table = dict(table)
    if "begins" in table:
        table["begins"] = seconds(table["begins"], "begins")
    for name in ("daily", "events"):
        if name in table:
            table[name] = plain_events(table[name], name)
    bedside = read(DiabetesBedside, table, "")
    bedside = dataclasses.replace(bedside, title=bedside.title or bedside.name)
    if bedside.patient.model == "uva_padova" and _age(bedside.patient) < _ADULT:
        raise StudyError(f"patient.age: uva_padova stands for adults here; at least {_ADULT:g}")
    check_devices(bedside.devices, "devices")
    draws_of(bedside.patient)
    if bedside.patient.model == "replay" and not bedside.patient.draws:
        raise StudyError("patient: a twin (model = replay) needs its draws")
    bed = _bed(bedside)
    for name, events in (("daily", bedside.daily), ("events", bedside.events)):
        check_events(events, bed, name, heaviest_kg=bedside.patient.weight_kg)
    scenario = build_scenario(_all_events(bedside), person_of(bedside.patient))
    try:
        couple(bed, scenario.signals())
    except TwinbedError as error:
        raise StudyError(f"links: {error}") from None
    return bedside, bed, scenario


def _all_events(bedside: DiabetesBedside) -> tuple[EventSpec, ...]:
    daily = (dataclasses.replace(e, at=e.at + day * _DAY_S) for day in range(bedside.days) for e in bedside.daily)
    return (*daily, *bedside.events)


def person_of(patient: DiabetesPatient) -> Person:
    """The person whom devices know: an adult of usual age, height and sex where those are not known."""
    age, height_cm = max(_age(patient), _ADULT), patient.height_cm or _USUAL.height_cm
    return Person(age, patient.weight_kg, height_cm, patient.sex or _USUAL.sex)  # pyright: ignore[reportArgumentType]


def _age(patient: DiabetesPatient) -> float:
    return _USUAL.age if patient.age is None else patient.age


def model_of(patient: DiabetesPatient) -> UvaPadova | Replay:
    """Glucose and insulin of a person.

    Raises:
        StudyError: there is no such parameter, or it is out of bounds.
    """
    weight = jnp.asarray(patient.weight_kg)
    if patient.model == "replay":
        typical = Replay(body_weight=weight)
    else:
        fastest = _FASTEST_AT_BIRTH - _FASTEST_PER_YEAR * _age(patient)
        typical = UvaPadova(
            body_weight=weight,
            hypoglycaemia=HypoglycaemiaRisk(),
            glucagon=Glucagon(),
            exercise=HeartRateExercise(by_heart=False, maximal_heart_rate=jnp.asarray(fastest)),
        )
    given = {name: jnp.asarray(_checked(patient, name, v, "parameters")) for name, v in patient.parameters.items()}
    return dataclasses.replace(typical, **given)


def draws_of(patient: DiabetesPatient) -> dict[str, np.ndarray]:
    """What is known of the parameters of a twin: draws by name, as many of each; nothing where it is no twin.

    Raises:
        StudyError: there is no such parameter, one is out of bounds, or there are not as many of each.
    """
    for name, values in patient.draws.items():
        if not isinstance(values, list) or len(values) != len(next(iter(patient.draws.values()))) or len(values) < 2:
            raise StudyError(f"patient.draws.{name}: expected a list of draws, two at least, as many of each parameter")
    return {
        name: np.asarray([_checked(patient, name, v, "draws") for v in values])
        for name, values in patient.draws.items()
    }


def _checked(patient: DiabetesPatient, name: str, value: Any, where: str) -> float:
    known = {n: q for n, q in quantities(_MODELS[patient.model]).items() if n != "body_weight"}
    if name not in known:
        raise StudyError(f"patient.{where}: there is no parameter {name!r}{nearest(name, known)}")
    low, high = known[name].bounds or (-math.inf, math.inf)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise StudyError(f"patient.{where}.{name}: expected a number from {low:g} to {high:g}, found {value!r}")
    return float(value)


def therapy_of(bedside: DiabetesBedside) -> dict[str, float]:
    """Settings of the therapy by name; the basal rate is what holds the patient at rest, unless the file has one.

    Raises:
        StudyError: there is no such setting.
    """
    for name in bedside.therapy:
        if name not in _THERAPY:
            raise StudyError(f"therapy: there is no setting {name!r}{nearest(name, _THERAPY)}")
    basal = round(float(model_of(bedside.patient).basal_rate()), 3)
    return {"basal_rate": basal, "body_weight": bedside.patient.weight_kg, **bedside.therapy}


def _bed(bedside: DiabetesBedside) -> Bed:
    """The bed, every part of which steps once a page."""
    therapy = therapy_of(bedside)
    specs = [_with_therapy(spec, therapy) for spec in bedside.devices]
    devices = build_devices(specs, person_of(bedside.patient))
    held = {name: _at_pages(device, name) for name, device in devices.items()}
    return as_precision(bed_of({"body": model_of(bedside.patient)}, held, bedside.links), bedside.precision)


def _with_therapy(spec: DeviceSpec, therapy: Mapping[str, float]) -> DeviceSpec:
    fields = quantities(check_id(spec.device, "devices", spec.name))
    own = {name: value for name, value in therapy.items() if name in fields}
    return dataclasses.replace(spec, parameters={**own, **spec.parameters})


def _at_pages(device: Any, name: str) -> AbstractDevice:
    """The device, running once a page where that can be set, else held between its own ticks."""
    if device.period_s == PAGE_S:
        return device
    inner = innermost(device)
    if device is inner and any(f.name == "period_s" for f in dataclasses.fields(inner)) and _is_of_person(inner):
        return dataclasses.replace(device, period_s=PAGE_S)
    if device.period_s % PAGE_S:
        raise StudyError(f"devices ({name}): its period, {device.period_s:g} s, is no multiple of {PAGE_S:g} s")
    return Held(device=device, often_s=PAGE_S)  # pyright: ignore[reportCallIssue]


def _is_of_person(device: AbstractDevice) -> bool:
    """Whether somebody works it by hand: it answers at once."""
    return "meter_glucose" in {p.signal for p in port_list(output_template(device))}
