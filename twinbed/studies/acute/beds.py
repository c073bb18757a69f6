"""Puts patients into the beds of an arm of an acute study, and says what of them is kept.

**References:**

- ARDS Network (2000), N Engl J Med 342(18):1301, doi:10.1056/NEJM200005043421801 (predicted body weight)
"""

import dataclasses
import functools
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from twinbed.cohorts import acute_adults
from twinbed.cohorts.acute_adults import AcuteCohort, Organs, together
from twinbed.core.component import input_template, output_template
from twinbed.core.device import AbstractDevice
from twinbed.core.errors import StudyError, TwinbedError
from twinbed.core.quantities import quantities
from twinbed.core.scenario import Event, Scenario
from twinbed.engine.batch import Job, as_precision, prepare, repeat
from twinbed.engine.bed import Bed
from twinbed.engine.couple import couple, port_list
from twinbed.physiology.cardiovascular.mean_pressure import MeanPressure
from twinbed.physiology.whole_body import Person, adult, with_conditions
from twinbed.studies.acute.bedside import (
    FOREVER_S,
    PatientSpec,
    bed_of,
    build_devices,
    build_models,
    build_scenario,
    check_devices,
    check_events,
    places_of,
)
from twinbed.studies.acute.study import PER_KG, PER_KG_PREDICTED, AcuteStudy, ArmSpec
from twinbed.studies.components import component
from twinbed.studies.design import DeviceSpec
from twinbed.studies.tables import nearest

_DTYPES = {"float32": jnp.float32, "float64": jnp.float64}
_WAVEFORMS = ("ecg", "arm", "ppg", "impedance")
ALARMS = ("ventilator_alarm", "pump_alarm", "apnoea_alarm", "alarm_priority")
"""Signals that are above 0 while a device alarms."""


def draw_patients(study: AcuteStudy, first: int, count: int) -> AcuteCohort:
    """Patients `first` to `first + count - 1` of a study, without the conditions of its arms.

    Raises:
        StudyError: no plausible patient was found, or an organ does not exist.
    """
    if study.patient is not None:
        cohort = _the_same(study.patient, first, count)
    else:
        examine = not study.cohort.organs
        cohort = acute_adults.sample(
            count, study.seed, first=first, backend=study.backend, examine=examine, wanted=study.cohort.wanted
        )
    if not study.cohort.organs:
        return cohort
    for name in study.cohort.organs:
        if name not in cohort.organs:
            raise StudyError(f"cohort.organs: there is no {name!r}{nearest(name, cohort.organs)}")
    return dataclasses.replace(cohort, organs={n: m for n, m in cohort.organs.items() if n in study.cohort.organs})


def _the_same(patient: PatientSpec, first: int, count: int) -> AcuteCohort:
    organs = build_models(patient, waveforms=False) | {"mean_pressure": MeanPressure()}
    people = {
        "age_years": patient.age,
        "female": float(patient.sex == "female"),
        "height_cm": patient.height_cm,
        "body_weight_kg": patient.weight_kg,
        "bmi_kg_m2": patient.weight_kg / (patient.height_cm / 100.0) ** 2,
        "creatinine_mg_dl": patient.creatinine_mg_dl,
        "opioid": float(patient.opioid),
        "skin_pigment": patient.skin_pigment,
    }
    ids = tuple(f"patient-{i:06d}" for i in range(first, first + count))
    return AcuteCohort(repeat(organs, count), {k: np.full(count, v) for k, v in people.items()}, ids, {})


def pack(cohort: AcuteCohort) -> dict[str, np.ndarray]:
    """The numbers of the organs as arrays, to be kept in a file."""
    return {f"leaf_{i:04d}": np.asarray(a) for i, a in enumerate(jax.tree.leaves(cohort.organs))}


def unpack(study: AcuteStudy, arrays: Mapping[str, np.ndarray]) -> Organs:
    """The organs of `pack`."""
    structure = _structure(study.cohort.organs, study.patient is not None and study.patient.diabetes)
    return jax.tree.unflatten(structure, [jnp.asarray(arrays[k]) for k in sorted(arrays)])


@functools.cache
def _structure(organs: tuple[str, ...], diabetes: bool) -> Any:
    """How the numbers of patients stand, whoever they are."""
    whole = _the_same(PatientSpec(diabetes=diabetes), 0, 1).organs
    return jax.tree.structure({n: m for n, m in whole.items() if not organs or n in organs})


@dataclasses.dataclass(frozen=True)
class Ready:
    """Beds with what happens in them and what is kept of them."""

    bed: Bed
    scenarios: Scenario | list[Scenario]
    kept: dict[str, str]
    """Source by the name that the study gives it."""
    alarms: tuple[str, ...]
    missing: tuple[str, ...]
    """Signals that nothing in this arm shows."""


def make_ready(study: AcuteStudy, arm: ArmSpec, cohort: AcuteCohort, signals: Sequence[str], *, waves: bool) -> Ready:
    """The beds of an arm for some patients.

    Args:
        study: the study.
        arm: one of its arms, as declared.
        cohort: the patients.
        signals: what is to be kept.
        waves: whether all waveforms are made, or only those that a device reads or that are kept.

    Raises:
        StudyError: a device cannot be built, the bed cannot be wired, or an event cannot be played.
    """
    whole = study.of(arm)
    people = [cohort.person(i) for i in range(len(cohort.ids))]
    devices = _devices(whole, people)
    organs = eqx.filter_vmap(lambda own: with_conditions(own, whole.conditions))(cohort.organs)
    organs |= _waveform_organs(organs, devices, signals, every=waves, people=people)
    where = f"arms ({arm.name})"
    try:
        bed = bed_of(organs, devices, whole.links)
    except StudyError as error:
        raise StudyError(f"{where}.{error}") from None
    heaviest = max(p.weight_kg for p in people)
    ends_s = study.settle + study.duration
    stands = [*places_of(study.events, f"{where}: events"), *places_of(arm.events, f"{where}.events")]
    check_events(whole.events, bed, stands, heaviest_kg=heaviest, ends_s=ends_s)
    scenarios = _scenarios(study, whole, people, bed)
    try:
        couple(bed, (scenarios if isinstance(scenarios, Scenario) else scenarios[0]).signals())
    except TwinbedError as error:
        raise StudyError(f"{where}: {error}") from None
    found = {name: _source(name, bed, where) for name in signals}
    return Ready(
        bed=as_precision(bed, _DTYPES[study.precision]),
        scenarios=scenarios,
        kept={name: source for name, source in found.items() if source is not None},
        alarms=tuple(s for s in _shown(bed) if s.split(".", 1)[1] in ALARMS),
        missing=tuple(name for name, source in found.items() if source is None),
    )


def check_beds(study: AcuteStudy) -> dict[str, Ready]:
    """Builds and wires every arm with one typical patient.

    Raises:
        StudyError: an arm cannot be built or wired, or shows nothing of what an outcome is taken from.
    """
    typical = draw_patients(dataclasses.replace(study, patient=study.patient or PatientSpec()), 0, 1)
    out = {}
    for arm in study.arms:
        out[arm.name] = ready = make_ready(study, arm, typical, study.kept, waves=False)
        planned(study, ready, f"arms ({arm.name})")
        for outcome in study.outcomes:
            if outcome.signal in out[arm.name].missing:
                raise StudyError(
                    f"outcomes ({outcome.name}).signal: nothing in arm {arm.name!r} shows {outcome.signal!r}"
                    f"{nearest(outcome.signal, [s.split('.', 1)[1] for s in _shown(out[arm.name].bed)])}"
                )
    return out


def planned(study: AcuteStudy, ready: Ready, where: str) -> Job:
    """How an arm runs. Raises `StudyError` if its times do not fit."""
    length = study.settle + study.duration
    kept = list(ready.kept.values())
    try:
        return prepare(ready.bed, ready.scenarios, duration_s=length, record=kept, record_period_s=1.0)
    except TwinbedError as error:
        raise StudyError(f"{where}: settle and duration, {length:g} s together: {error}") from None


def _shown(bed: Bed) -> list[str]:
    parts = {**bed.models, **bed.devices}
    return [f"{name}.{p.signal}" for name, part in parts.items() for p in port_list(output_template(part))]


def _source(name: str, bed: Bed, where: str) -> str | None:
    found = [s for s in _shown(bed) if name in (s, s.split(".", 1)[1])]
    if len(found) > 1:
        chosen = {source for target, source in bed.links if target.split(".", 1)[1] == name} & set(found)
        if len(chosen) != 1:
            raise StudyError(f"{where}: {name} is shown by {', '.join(found)}; name one of these")
        found = list(chosen)
    return found[0] if found else None


def _waveform_organs(
    organs: Organs,
    devices: Mapping[str, AbstractDevice],
    signals: Sequence[str],
    *,
    every: bool,
    people: Sequence[Person],
) -> Organs:
    """Electrocardiogram and the like where something reads them; the arm is where a cuff may be beside an oximeter."""
    if "circulation" not in organs:
        return {}
    wanted = set(signals) | {p.signal for d in devices.values() for p in port_list(input_template(d))}
    whole = {name: model for name, model in adult().items() if name in _WAVEFORMS}
    shows = lambda model: {p.signal for p in port_list(output_template(model))} - {"heart_rate"}
    if any(p.signal == "cuff_over_oximeter" for d in devices.values() for p in port_list(output_template(d))):
        wanted |= shows(whole["arm"])
    found = repeat({name: m for name, m in whole.items() if every or shows(m) & wanted}, len(people))
    if "ppg" in found:
        pigment = jnp.asarray([person.skin_pigment for person in people])
        found["ppg"] = dataclasses.replace(found["ppg"], melanin=pigment)
    return found


def _devices(arm: ArmSpec, people: Sequence[Person]) -> dict[str, AbstractDevice]:
    """Devices with a leading axis, with each patient's own settings."""
    personal = any(_is_personal(spec) for spec in arm.devices)
    whom = people if personal else people[:1]
    built = []
    for person in whom:
        specs = [fitted(spec, person) for spec in arm.devices]
        if personal:
            check_devices(specs, f"arms ({arm.name}).devices")
        built.append(build_devices(specs, person, f"arms ({arm.name}).devices"))
    return together(built) if personal else repeat(built[0], len(people))


def _is_personal(spec: DeviceSpec) -> bool:
    cls: Any = component(spec.device)
    by_weight = any(name.endswith((PER_KG, PER_KG_PREDICTED)) for name in spec.parameters)
    weight_open = "body_weight" in quantities(cls) and "body_weight" not in spec.parameters
    by_person = "drug" in spec.parameters and "person" in inspect.signature(cls.of).parameters
    return by_weight or weight_open or by_person


def fitted(spec: DeviceSpec, person: Person) -> DeviceSpec:
    """A device with the settings of one person in numbers."""
    out: dict[str, Any] = {}
    for name, value in spec.parameters.items():
        if name.endswith(PER_KG_PREDICTED):
            out[name.removesuffix(PER_KG_PREDICTED)] = float(value) * predicted_body_weight_kg(person)
        elif name.endswith(PER_KG):
            out[name.removesuffix(PER_KG)] = float(value) * person.weight_kg
        else:
            out[name] = value
    if "body_weight" in quantities(component(spec.device)):
        out.setdefault("body_weight", person.weight_kg)
    return dataclasses.replace(spec, parameters=out)


def predicted_body_weight_kg(person: Person) -> float:
    """The weight that tidal volumes are set by (ARDS Network 2000)."""
    return (50.0 if person.sex == "male" else 45.5) + 0.91 * (person.height_cm - 152.4)


def _scenarios(study: AcuteStudy, arm: ArmSpec, people: Sequence[Person], bed: Bed) -> Scenario | list[Scenario]:
    """What happens to each patient, or to all; signals of other arms are there without happening.

    Arms that are fed the same signals share what is compiled.
    """
    elsewhere = {e.signal for a in study.arms for e in study.of(a).events} - {e.signal for e in arm.events}
    shown = {s.split(".", 1)[1] for s in _shown(bed)}
    idle = tuple(Event(signal, FOREVER_S, 1.0, 0.0) for signal in sorted(elsewhere - shown))
    personal = any(e.dose_mg_per_kg is not None for e in arm.events)
    every = [
        Scenario((*build_scenario(arm.events, person).events, *idle)) for person in (people if personal else people[:1])
    ]
    return every if personal else every[0]
