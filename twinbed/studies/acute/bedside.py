"""One acute bedside: who the patient is, which devices are there, and what happens; read from a TOML file.

`[patient]` is `PatientSpec`, `[[devices]]` is `studies.design.DeviceSpec` (with `drug = "..."` for a pump or a loop of
another drug than the one it is written for), `[links]` says what feeds an input that several parts could feed, and
`[[events]]` is `EventSpec`. Times are seconds, "5 min" or "00:05:00".

Links that are taken for granted unless the file says otherwise are those of every bed (`engine.links`).

*Known limits*: an event cannot give a drug that a pump gives; it tells the pump instead (`propofol_command`).
"""

import dataclasses
import functools
import importlib
import inspect
import math
import pathlib
import re
import tomllib
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from twinbed.core.choices import none_of
from twinbed.core.component import input_template, output_template
from twinbed.core.device import AbstractDevice
from twinbed.core.discover import look_in
from twinbed.core.errors import SettingError, StudyError, TwinbedError
from twinbed.core.model import AbstractModel
from twinbed.core.scenario import Event, Scenario, impossible_level
from twinbed.engine.batch import as_precision, sources_of
from twinbed.engine.bed import Bed
from twinbed.engine.couple import couple, port_list
from twinbed.physiology.cardiovascular.conduction import RHYTHMS
from twinbed.physiology.whole_body import CONDITIONS, Person, adult, check_adult
from twinbed.studies.design import DeviceSpec, check_id, check_settings, settings_of, unique
from twinbed.studies.tables import key, nearest, read
from twinbed.vocab.signals import UnknownSignal
from twinbed.vocab.signals import signal as signal_of
from twinbed.vocab.words import meaning

FOREVER_S = 1e9
"""How long an event lasts that has no end."""
_AT_ONCE_S = 60.0
_UNITS_S = {"": 1.0, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN = re.compile(r"\s*([0-9.]+)\s*([a-z]*)\s*")
_TIME = re.compile(r"(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)")
_VENTILATOR_MODE = "ventilator_mode_set"
_PACING_MODE = "pacemaker_mode_set"


@dataclasses.dataclass(frozen=True)
class PatientSpec:
    """Who lies in the bed."""

    age: float = key("age, years", default=40.0, low=18.0, high=100.0)
    weight_kg: float = key("weight, kg", default=76.0, low=30.0, high=300.0)
    height_cm: float = key("height, cm", default=175.0, low=120.0, high=230.0)
    sex: str = key("female or male", default="male", choices=("female", "male"))
    creatinine_mg_dl: float = key("creatinine in serum, mg/dL", default=0.9, low=0.1, high=30.0)
    opioid: bool = key("whether kinetics of hypnotics are those beside an opioid", default=True)
    skin_pigment: float = key(
        "share of melanosomes in the epidermis: 0.013 to 0.063 light skin, 0.11 to 0.16 brown, 0.18 to 0.43 dark",
        default=0.02, low=0.001, high=0.45,
    )  # fmt: skip
    diabetes: bool = key("whether the patient has type 1 diabetes; something must give insulin", default=False)
    conditions: dict[str, float] = key("severity of chronic conditions, 0 to 1, by name", default=dict)


@dataclasses.dataclass(frozen=True)
class EventSpec:
    """Something that happens once. `lasts` left out: a dose is given at once, a level stays."""

    signal: str = key("the signal, such as rhythm or propofol_rate")
    at: float = key("when it begins", low=0.0)
    lasts: float | None = key("how long it lasts", default=None, low=0.0)
    amount: float | None = key("level, or dose in the dose unit of the signal", default=None)
    dose_mg_per_kg: float | None = key("dose of a drug, mg per kg of body weight", default=None, low=0.0)


@dataclasses.dataclass(frozen=True)
class Bedside:
    """One bedside with what happens there."""

    name: str = key("short name", default="bedside")
    title: str = key("what is shown as its title", default="")
    seed: int = key("any whole number; the same seed gives the same bits", default=1, low=0, high=2**63 - 1)
    duration: float = key("how long it runs if nothing else is asked for", default=600.0, low=1.0)
    precision: str = key("number format", default="float64", choices=("float32", "float64"))
    patient: PatientSpec = key("who lies in the bed", default=PatientSpec())
    devices: tuple[DeviceSpec, ...] = key("the devices", default=())
    links: dict[str, str] = key("sources of inputs that several parts could feed", default=dict)
    events: tuple[EventSpec, ...] = key("what happens", default=())
    record: tuple[str, ...] = key(
        "signals that a recording has; if left out, all of devices and of the screen", default=()
    )


def load_bedside(path: pathlib.Path | str) -> Bedside:
    """Reads and checks the file of a bedside.

    Raises:
        StudyError: the file is not TOML, or asks for something that does not exist or cannot be; the message names
            the table and the key.
    """
    path = pathlib.Path(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        look_in(path.parent)
        return bedside_from(table)
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"{path} is not TOML: {error}") from None
    except StudyError as error:
        raise StudyError(f"{path}: {error}") from None


def bedside_from(table: Mapping[str, Any]) -> Bedside:
    """A checked bedside from the tables of its file.

    Raises:
        StudyError: as `load_bedside`.
    """
    table = dict(table)
    if "arms" in table:
        raise StudyError("this is a study, with arms: run it with `twinbed run`")
    if "format" in table:
        raise StudyError('format: a bedside has none; format = "acute" is of studies, which have arms')
    if "duration" in table:
        table["duration"] = seconds(table["duration"], "duration")
    if "events" in table:
        table["events"] = plain_events(table["events"], "events")
    bedside = read(Bedside, table, "")
    bedside = dataclasses.replace(bedside, title=bedside.title or bedside.name)
    check_patient(bedside.patient, "patient")
    check_devices(bedside.devices, "devices")
    bed = build_bed(bedside)
    check_events(bedside.events, bed, "events", heaviest_kg=bedside.patient.weight_kg, ends_s=bedside.duration)
    scenario = build_scenario(bedside.events, person_of(bedside.patient))
    try:
        wiring = couple(bed, scenario.signals())
    except TwinbedError as error:
        raise StudyError(f"links: {error}") from None
    try:
        recorded = tuple(sources_of(wiring, bedside.record))
    except TwinbedError as error:
        raise StudyError(f"record: {error}") from None
    return dataclasses.replace(bedside, record=recorded)


def seconds(value: Any, where: str) -> float:
    """A time as seconds: a number of them, "90 s", "5 min", "1.5 h" or "00:05:00".

    Raises:
        StudyError: it is none of these.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    if isinstance(value, str):
        if found := _TIME.fullmatch(value.strip()):
            hours, minutes, rest = found.groups()
            return int(hours) * 3600.0 + int(minutes) * 60.0 + float(rest)
        found = _SPAN.fullmatch(value)
        if found and found[2] in _UNITS_S and found[1].count(".") <= 1 and found[1] != ".":
            return float(found[1]) * _UNITS_S[found[2]]
    raise StudyError(f'{where}: expected seconds, or a time such as "90 s", "5 min" or "00:05:00", found {value!r}')


def plain_events(tables: Any, where: str) -> Any:
    """Tables of events with times in seconds, and numbers in place of the names of rhythms and ventilator modes.

    Raises:
        StudyError: a time or a name cannot be understood.
    """
    if not isinstance(tables, list | tuple) or not all(isinstance(t, Mapping) for t in tables):
        raise StudyError(f"{where}: expected a list of tables, [[{where}]]")
    return [_plain_event(dict(table), f"{where}[{i}]") for i, table in enumerate(tables, 1)]


def _plain_event(table: dict[str, Any], where: str) -> dict[str, Any]:
    for name in ("at", "lasts"):
        if name in table:
            table[name] = seconds(table[name], f"{where}.{name}")
    amount = table.get("amount")
    if isinstance(amount, str):
        names = _names_of(table.get("signal"))
        if amount not in names:
            why = none_of(amount, names) if names else f"expected a number, found {amount!r}"
            raise StudyError(f"{where}.amount: {why}")
        table["amount"] = float(names[amount])
    return table


def _names_of(signal: Any) -> Mapping[str, int]:
    """What may be written in place of a number of a signal."""
    if signal == "rhythm":
        return RHYTHMS
    if signal == _VENTILATOR_MODE:
        return importlib.import_module("twinbed.devices.ventilation.ventilator").MODES
    if signal == _PACING_MODE:
        return importlib.import_module("twinbed.devices.rhythm.pacemaker").MODES
    return {}


def check_patient(patient: PatientSpec, where: str) -> None:
    """Raises `StudyError` for who is no adult, a condition that is unknown or a severity out of range."""
    try:
        check_adult(person_of(patient))
    except SettingError as error:
        raise StudyError(f"{where}: {error}") from None
    for name, severity in patient.conditions.items():
        place = f"{where}.conditions.{name}"
        if name not in CONDITIONS:
            hint = f"; that is {said}" if (said := meaning(name)) else nearest(name, CONDITIONS)
            raise StudyError(f"{where}.conditions: there is no condition {name!r}{hint}")
        if isinstance(severity, bool) or not isinstance(severity, int | float) or not 0.0 <= severity <= 1.0:
            raise StudyError(f"{place}: expected a severity from 0 to 1, found {severity!r}")


def check_devices(devices: Sequence[DeviceSpec], where: str) -> None:
    """Raises `StudyError` for a device that does not exist, a setting that it does not have, or one out of bounds."""
    unique([d.name for d in devices], where)
    for i, spec in enumerate(devices, 1):
        place = f"{where}[{i}] ({spec.name})"
        for layer, inner in [(spec, place), *((w, f"{place}.wrap[{j}]") for j, w in enumerate(spec.wrap, 1))]:
            cls = check_id(layer.device, "devices", f"{inner}.device")
            if "drug" in layer.parameters and hasattr(cls, "of"):
                _check_made(cls, layer.parameters, inner)
            else:
                check_settings(cls, layer.parameters, inner)
            if layer is not spec and "device" not in {f.name for f in dataclasses.fields(cls)}:
                raise StudyError(f"{inner}.device: {layer.device} is no wrapper")


def _check_drug(cls: Any, name: Any, where: str) -> None:
    from twinbed.vocab.drugs import DRUGS

    known = getattr(cls, "gives", DRUGS)
    if name not in known:
        raise StudyError(f"{where}: there is no drug {name!r}{nearest(str(name), known)}")


def _check_made(cls: Any, given: Mapping[str, Any], where: str) -> None:
    """Checks the settings that the maker of a device for a drug passes on.

    They are settings of the device, or of the part of it that is called as the maker calls them (`**pump`).
    """
    _check_drug(cls, given["drug"], f"{where}.drug")
    named = inspect.signature(cls.of).parameters
    rest = next((p.name for p in named.values() if p.kind is p.VAR_KEYWORD), "")
    inner = typing.get_type_hints(cls).get(rest, cls)
    passed = {k: v for k, v in given.items() if k not in named or k in settings_of(inner)}
    check_settings(inner, passed, where)


def build_devices(devices: Sequence[DeviceSpec], person: Person, where: str = "devices") -> dict[str, AbstractDevice]:
    """Devices by name. Raises `StudyError` for one that cannot be built."""
    return {spec.name: _built(spec, person, f"{where} ({spec.name})") for spec in devices}


def _built(spec: DeviceSpec, person: Person, where: str) -> AbstractDevice:
    device: AbstractDevice | None = None
    for layer in (spec, *spec.wrap):
        cls: Any = check_id(layer.device, "devices", f"{where}.device")
        inner = {} if device is None else {"device": device}
        parameters = dict(layer.parameters)
        make = cls
        if "drug" in parameters:
            if not hasattr(cls, "of"):
                raise StudyError(f"{where}: {layer.device} is no device for a drug; leave out drug")
            make = cls.of
            parameters |= {"person": person} if "person" in inspect.signature(make).parameters else {}
        try:
            device = make(**inner, **parameters)
        except (TypeError, ValueError, KeyError, TwinbedError) as error:
            raise StudyError(f"{where}: {layer.device}: {error}") from error
    assert device is not None
    return device


def person_of(patient: PatientSpec) -> Person:
    """The person whom drugs and machines know."""
    return Person(
        patient.age, patient.weight_kg, patient.height_cm, patient.sex,  # pyright: ignore[reportArgumentType]
        patient.creatinine_mg_dl, patient.opioid, patient.skin_pigment,
    )  # fmt: skip


def build_models(
    patient: PatientSpec, *, waveforms: bool = True, longest_s: float = math.inf
) -> dict[str, AbstractModel]:
    """The organs of a patient by name.

    Args:
        patient: who it is.
        waveforms: whether electrocardiogram, plethysmogram and impedance are there.
        longest_s: slower organs get this step, so that a live bed may be stopped as often.
    """
    organs = _organs(person_of(patient), tuple(patient.conditions.items()), waveforms, patient.diabetes)
    return {name: _with_step(model, longest_s) for name, model in organs.items()}


@functools.lru_cache(maxsize=64)
def _organs(
    person: Person, conditions: tuple[tuple[str, float], ...], waveforms: bool, diabetes: bool
) -> Mapping[str, AbstractModel]:
    return adult(person, dict(conditions), waveforms=waveforms, diabetes=diabetes)


def _with_step(model: Any, longest_s: float) -> Any:
    return dataclasses.replace(model, step_s=longest_s) if model.step_s > longest_s else model


def build_bed(bedside: Bedside, *, waveforms: bool = True, longest_s: float = math.inf) -> Bed:
    """The bed of a bedside, in its precision.

    Args:
        bedside: what is there.
        waveforms, longest_s: as `build_models`.

    Raises:
        StudyError: a device cannot be built.
    """
    models = build_models(bedside.patient, waveforms=waveforms, longest_s=longest_s)
    bed = bed_of(models, build_devices(bedside.devices, person_of(bedside.patient)), bedside.links)
    return as_precision(bed, bedside.precision)


def bed_of(models: Mapping[str, AbstractModel], devices: Mapping[str, AbstractDevice], links: Mapping[str, str]) -> Bed:
    """A bed of organs and devices by name.

    Raises:
        StudyError: a device has the name of an organ.
    """
    try:
        return Bed(models, devices, links=links)
    except TwinbedError as error:
        raise StudyError(f"devices: {error}") from None


def _signals(template: object) -> set[str]:
    return {port.signal for port in port_list(template)}


def places_of(events: Sequence[EventSpec], where: str) -> list[str]:
    """Where events stand in a file, from their list on."""
    return [f"{where}[{i}]" for i in range(1, len(events) + 1)]


def check_events(
    events: Sequence[EventSpec], bed: Bed, where: str | Sequence[str], *, heaviest_kg: float, ends_s: float = FOREVER_S
) -> None:
    """Refuses an event that the bed cannot play.

    Args:
        events: what is to happen.
        bed: where.
        where: the place in the file of their list, or of each of them, for messages.
        heaviest_kg: weight of the heaviest patient, for doses by weight.
        ends_s: when everything is over.

    Raises:
        StudyError: there is no such signal, nothing reads it, an amount that cannot be, or an event after the end.
    """
    shown = {s: n for n, part in {**bed.models, **bed.devices}.items() for s in _signals(output_template(part))}
    read_ = {s for part in bed.components.values() for s in _signals(input_template(part))}
    linked = {source for _, source in bed.links}
    stands = places_of(events, where) if isinstance(where, str) else where
    for event, at in zip(events, stands, strict=True):
        place = f"{at} ({event.signal})"
        check_signal(event.signal, f"{at}.signal")
        if event.signal not in read_:
            raise StudyError(
                f"{place}: nothing in the bed reads {event.signal}{nearest(event.signal, read_ - set(shown))}"
            )
        if event.signal in shown and f"scenario.{event.signal}" not in linked:
            raise StudyError(_taken(event.signal, shown[event.signal], read_, place))
        if event.at >= ends_s:
            raise StudyError(f"{place}.at: it would never happen, for all is over by then")
        _check_amount(event, place, heaviest_kg)
    _check_levels(events, stands)


def check_signal(name: str, where: str) -> None:
    """Raises `StudyError` if there is no such signal."""
    try:
        signal_of(name)
    except UnknownSignal as error:
        raise StudyError(f"{where}: {error}") from None


def _check_levels(events: Sequence[EventSpec], stands: Sequence[str]) -> None:
    """Refuses levels of one signal at the same time: they would add, which nobody who writes them means."""
    until: dict[str, tuple[float, str]] = {}
    for place, event in sorted(zip(stands, events, strict=True), key=lambda one: one[1].at):
        if signal_of(event.signal).dose_unit is not None:
            continue
        ends_s, before = until.get(event.signal, (-math.inf, ""))
        if event.at < ends_s - 1e-6:
            raise StudyError(
                f"{place} ({event.signal}): {before} holds a level of it until then; end that one first, with lasts"
            )
        until[event.signal] = event.at + (FOREVER_S if event.lasts is None else event.lasts), place


def _taken(signal: str, part: str, read_: set[str], where: str) -> str:
    command = signal.removesuffix("_rate") + "_command"
    instead = (
        f"; tell it with an event of {command}" if command in read_ else f"; or link an input to scenario.{signal}"
    )
    return f"{where}: {part} feeds {signal} already{instead}"


def _check_amount(event: EventSpec, where: str, heaviest_kg: float) -> None:
    known = signal_of(event.signal)
    if (event.amount is None) == (event.dose_mg_per_kg is None):
        raise StudyError(f"{where}: needs amount" + (" or dose_mg_per_kg" if known.dose_unit == "mg" else ""))
    if event.dose_mg_per_kg is not None and known.dose_unit != "mg":
        raise StudyError(f"{where}.dose_mg_per_kg: {event.signal} is no dose of a drug; give amount")
    if known.dose_unit is not None:
        _check_dose(event, where, heaviest_kg)
    elif event.amount is not None and (why := impossible_level(known, event.amount)):
        raise StudyError(f"{where}.amount: {why}")


def _check_dose(event: EventSpec, where: str, heaviest_kg: float) -> None:
    """Refuses a dose whose rate is not plausible; what is given within a minute counts as given in one."""
    known = signal_of(event.signal)
    name = "amount" if event.dose_mg_per_kg is None else "dose_mg_per_kg"
    dose = event.amount if event.dose_mg_per_kg is None else event.dose_mg_per_kg * heaviest_kg
    assert dose is not None
    per = _UNITS_S[known.unit.rpartition("/")[2]]
    rate, highest = dose / max((event.lasts or 0.0) / per, _AT_ONCE_S / per), known.plausible[1]
    if dose < 0.0:
        raise StudyError(f"{where}.{name}: a dose cannot be negative")
    if rate > highest:
        raise StudyError(f"{where}.{name}: {rate:g} {known.unit} is more than {highest:g}")


def build_scenario(events: Sequence[EventSpec], person: Person, *, after_s: float = 0.0) -> Scenario:
    """What happens to a person; checked events (`check_events`), moved to `after_s` later."""
    return Scenario(tuple(_event(e, person, after_s) for e in events))


def _event(event: EventSpec, person: Person, after_s: float) -> Event:
    dose = signal_of(event.signal).dose_unit is not None
    lasts = event.lasts if event.lasts is not None else (0.0 if dose else FOREVER_S)
    amount = event.amount if event.dose_mg_per_kg is None else event.dose_mg_per_kg * person.weight_kg
    assert amount is not None
    return Event(event.signal, event.at + after_s, lasts, float(amount))
