"""A study: who takes part, what is compared, what happens to everyone, how it is judged.

One TOML file declares it all. `load_study` reads the file, checks it against the components
it names and says what is wrong by table and key. A study is a value with a hash, so that a
folder of results knows which study it belongs to.

The tables of the file are the classes below: `[[cohort.populations]]` is `Population`,
`[[arms]]` is `Arm`, and so on. Keys of a device that are not declared here are its settings.
"""

import dataclasses
import functools
import hashlib
import json
import math
import pathlib
import re
import tomllib
from typing import Any

from twinbed.core.choices import none_of
from twinbed.core.device import AbstractDevice
from twinbed.core.discover import class_name, ids, look_in
from twinbed.core.errors import NotFound, StudyError
from twinbed.core.quantities import Quantity, Word, quantities, words
from twinbed.studies.components import component
from twinbed.studies.outcomes import Outcome, outcomes
from twinbed.studies.scenarios import ScenarioSpec
from twinbed.studies.tables import key, nearest, read, rest
from twinbed.vocab.signals import UnknownSignal
from twinbed.vocab.signals import signal as signal_of
from twinbed.vocab.units import ranged

FORMAT = "twinbed-study/1"
ENDPOINTS = "studies/endpoints"
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclasses.dataclass(frozen=True)
class Population:
    """Virtual patients drawn from a population."""

    id: str = key("the population, such as cohorts/populations/uva_padova_adults")
    n: int = key("how many patients", low=1)


@dataclasses.dataclass(frozen=True)
class Twins:
    """Digital twins of real persons, fitted before."""

    path: str = key("file, folder or pattern of fitted twins, from the folder of the study file")
    draws: int = key("draws of each person's posterior, each a patient of its own", default=1, low=1)
    optional: bool = key("whether the study runs without them when nothing is there", default=False)


@dataclasses.dataclass(frozen=True)
class CohortSpec:
    """Who takes part."""

    populations: tuple[Population, ...] = key("virtual populations", default=())
    twins: tuple[Twins, ...] = key("fitted twins", default=())


@dataclasses.dataclass(frozen=True)
class Layer:
    """A wrapper around a device: a fault or a safety layer."""

    device: str = key("the wrapper, such as devices/faults/dropout")
    parameters: dict[str, Any] = rest("settings of the wrapper")


@dataclasses.dataclass(frozen=True)
class DeviceSpec:
    """A device of an arm; keys that are not declared are its settings."""

    name: str = key("its name in the bed")
    device: str = key("the device, such as devices/delivery/insulin_pump")
    wrap: tuple[Layer, ...] = key("wrappers, from the inside out", default=())
    parameters: dict[str, Any] = rest("settings of the device")


@dataclasses.dataclass(frozen=True)
class Arm:
    """One of the things that are compared: every patient goes through every arm."""

    name: str = key("its name")
    title: str = key("its name in a report", default="")
    devices: tuple[DeviceSpec, ...] = key("the devices of the arm", default=())
    links: dict[str, str] = key("sources of inputs that several parts could feed", default=dict)


@dataclasses.dataclass(frozen=True)
class Subgroup:
    """A division of the patients: by the values of a characteristic, or at cuts of a number."""

    by: str = key("a characteristic of the patients, or `group` for where they come from")
    cuts: tuple[float, ...] = key("where a number is cut", default=())


@dataclasses.dataclass(frozen=True)
class Analysis:
    """How the arms are judged; fixed before the study runs."""

    reference: str = key("the arm that the others are compared with", default="")
    primary: str = key("the outcome that decides, endpoint.outcome", default="glucose_control.time_in_range")
    test: str = key("what is to be shown", default="superiority", choices=("superiority", "non-inferiority"))
    margin: float = key("difference that matters, in the unit of the primary outcome", default=0.0, low=0.0)
    better: str = key("direction that favours the patient", default="", choices=("higher", "lower", ""))
    confidence: float = key("confidence level of intervals", default=0.95, low=0.5, high=0.9999)
    resamples: int = key("bootstrap resamples", default=10000, low=200, high=1000000)
    secondary: tuple[str, ...] = key("outcomes tested after the primary", default=())
    subgroups: tuple[Subgroup, ...] = key("divisions of the patients", default=())


@dataclasses.dataclass(frozen=True)
class Input:
    """A file that a study reads, and what it held."""

    path: str
    sha256: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Study:
    """A checked study, with every default filled in."""

    name: str = key("short name, letters, digits and underscores")
    title: str = key("title for a report", default="")
    question: str = key("the question that the study answers", default="")
    seed: int = key("any whole number; the same seed gives the same study", low=0, high=2**63 - 1)
    days: int = key("length of the study in days", low=1, high=3650)
    warm_up_days: int = key("days at the start that no endpoint counts", default=0, low=0)
    precision: str = key("number format", default="float64", choices=("float32", "float64"))
    backend: str = key(
        "what computes: xla, native (C++), cuda (an NVIDIA GPU), or native where that is possible",
        default="auto",
        choices=("auto", "xla", "native", "cuda"),
    )
    glucose: str = key("the signal that endpoints of glucose read, such as sensor.cgm", default="interstitial_glucose")
    sampled_patients: int = key(
        "patients of each group whose signals are kept, for figures", default=6, low=0, high=100
    )
    cohort: CohortSpec = key("who takes part", default=CohortSpec())
    arms: tuple[Arm, ...] = key("what is compared", default=())
    scenario: ScenarioSpec = key("what happens to everyone", default=ScenarioSpec())
    endpoints: tuple[str, ...] = key("what is measured; empty for everything known", default=())
    analysis: Analysis = key("how the arms are judged", default=Analysis())
    folder: pathlib.Path = pathlib.Path()
    inputs: tuple[tuple[Input, ...], ...] = ()

    def resolved(self) -> dict[str, Any]:
        """Everything that decides the results, as plain values."""
        plain = {k: v for k, v in dataclasses.asdict(self).items() if k != "folder"}
        return {"format": FORMAT, **json.loads(json.dumps(plain))}

    def hash(self) -> str:
        """SHA-256 of the resolved study."""
        text = json.dumps(self.resolved(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @functools.cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """Every outcome of the study's endpoints, by `endpoint.outcome`."""
        return {
            f"{name}.{field}": known
            for name in self.endpoints
            for field, known in outcomes(component(f"{ENDPOINTS}/{name}")).items()
        }

    def better(self, outcome: str) -> str | None:
        """The direction of an outcome that favours the patient."""
        declared = self.outcomes[outcome].better
        return (self.analysis.better or declared) if outcome == self.analysis.primary else declared


_ACUTE = ("settle", "trends", "waves", "patient", "events")
"""Keys that only acute studies have."""


def load_study(
    path: pathlib.Path | str, *, backend: str | None = None, patients: int | None = None, seed: int | None = None
) -> Study:
    """Reads and checks a study file.

    Args:
        path: the file.
        backend: what computes, in place of what the file says.
        patients: how many of every population, in place of what the file says.
        seed: in place of that of the file.

    Raises:
        StudyError: the file is not TOML, or asks for something that does not exist or
            cannot be; the message names the table and the key.
    """
    path = pathlib.Path(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"{path} is not TOML: {error}") from None
    if table.get("format") == "acute":
        raise StudyError(f"{path} is an acute study: read it with twinbed.studies.acute.study.load_acute_study")
    if "format" in table:
        kinds = 'an acute study has format = "acute", a study of glucose has none'
        raise StudyError(f"{path}: format: there is no {table['format']!r}; {kinds}")
    if "arms" in table and (found := [name for name in _ACUTE if name in table]):
        raise StudyError(f'{path}: {found[0]} is of acute studies: write format = "acute", or leave it out')
    if "patient" in table and "arms" not in table:
        raise StudyError(f"{path} is a bedside, without arms: run it with `twinbed simulate`")
    table |= {k: v for k, v in (("backend", backend), ("seed", seed)) if v is not None}
    try:
        look_in(path.parent)
        study = study_from(table, folder=path.resolve().parent)
        return study if patients is None else with_patients(study, patients)
    except StudyError as error:
        raise StudyError(f"{path}: {error}") from None


def with_patients(study: Study, n: int) -> Study:
    """The same study with so many patients of every population.

    Raises:
        StudyError: only twins take part, whose number is that of their files.
    """
    if not study.cohort.populations:
        raise StudyError("cohort: only twins take part; change draws in the study file to have more patients")
    if n < 1:
        raise StudyError(f"cohort.populations: {n} patients; give 1 or more")
    populations = tuple(dataclasses.replace(p, n=n) for p in study.cohort.populations)
    return dataclasses.replace(study, cohort=dataclasses.replace(study.cohort, populations=populations))


def study_from(table: dict[str, Any], *, folder: pathlib.Path) -> Study:
    """A checked study from the tables of its file; twins are looked for from `folder`.

    Raises:
        StudyError: as `load_study`.
    """
    study = read(Study, table, "")
    known = [i.rsplit("/", 1)[1] for i in ids(ENDPOINTS)]
    names = tuple(e.removeprefix(f"{ENDPOINTS}/") for e in study.endpoints) or tuple(known)
    for name in names:
        if name not in known:
            raise StudyError(f"endpoints: there is no endpoint {name!r}{nearest(name, known)}")
    arms = tuple(dataclasses.replace(a, title=a.title or a.name) for a in study.arms)
    reference = study.analysis.reference or (arms[0].name if arms else "")
    study = dataclasses.replace(
        study,
        title=study.title or study.name,
        arms=arms,
        endpoints=names,
        analysis=dataclasses.replace(study.analysis, reference=reference),
        folder=folder,
        inputs=tuple(_inputs(t, folder) for t in study.cohort.twins),
    )
    _check(study)
    return study


def _inputs(twins: Twins, folder: pathlib.Path) -> tuple[Input, ...]:
    base = folder / twins.path
    if base.is_dir():
        files = sorted(base.glob("*.json"))
    else:
        files = [base] if base.is_file() else sorted(folder.glob(twins.path))
    if not files and not twins.optional:
        raise StudyError(f"cohort.twins: nothing at {base}; fit twins first, or set optional = true")
    named = lambda file: (file.relative_to(folder) if file.is_relative_to(folder) else file).as_posix()
    return tuple(Input(named(f), hashlib.sha256(f.read_bytes()).hexdigest()) for f in files)


def _check(study: Study) -> None:
    if not _NAME.fullmatch(study.name):
        raise StudyError(f"name: {study.name!r} must be small letters, digits and underscores")
    if study.warm_up_days >= study.days:
        raise StudyError(f"warm_up_days: {study.warm_up_days} leaves nothing of {study.days} days to count")
    _check_cohort(study)
    if not study.arms:
        raise StudyError("arms: nothing is compared; add [[arms]]")
    unique([a.name for a in study.arms], "arms")
    for i, arm in enumerate(study.arms):
        _check_arm(arm, f"arms[{i + 1}] ({arm.name})")
    _check_scenario(study)
    _check_analysis(study)


def _check_cohort(study: Study) -> None:
    if not study.cohort.populations and not any(study.inputs):
        raise StudyError("cohort: nobody takes part; add a [[cohort.populations]] with id and n")
    ids_ = [p.id for p in study.cohort.populations]
    for id_ in ids_:
        if ids_.count(id_) > 1:
            raise StudyError(f"cohort.populations: {id_} is there twice and would give the same people; use a larger n")
    files = [f.path for inputs in study.inputs for f in inputs]
    for file in files:
        if files.count(file) > 1:
            raise StudyError(f"cohort.twins: {file} is found by two entries; a person takes part once")
    for i, population in enumerate(study.cohort.populations):
        check_id(population.id, "cohorts/populations", f"cohort.populations[{i + 1}].id")


def unique(names: list[str], where: str) -> None:
    """Raises `StudyError` for a name that is there twice, or is more than small letters, digits and underscores."""
    for name in names:
        if not _NAME.fullmatch(name):
            raise StudyError(f"{where}: the name {name!r} must be small letters, digits and underscores")
        if names.count(name) > 1:
            raise StudyError(f"{where}: {name!r} is there twice; give each its own name")


def check_id(id_: str, kind: str, where: str) -> type:
    """The class of a component. Raises `StudyError` if there is none of that kind."""
    try:
        if ":" in id_ and kind == "devices":
            return _own_device(id_, where)
        if not id_.startswith(f"{kind}/"):
            raise StudyError(
                f"{where}: {id_!r} is none of the {kind}{nearest(id_, ids(kind))}; a device of your own goes by "
                "module:Class, with module.py beside this file"
            )
        return component(id_)
    except NotFound as error:
        raise StudyError(f"{where}: {error}") from None
    except AttributeError:
        raise StudyError(f"{where}: {id_} does not hold a class {class_name(id_)}") from None


def _own_device(name: str, where: str) -> type:
    """The device `module:Class`. Raises `NotFound`, or `StudyError` if it is none."""
    cls = component(name)
    if not issubclass(cls, AbstractDevice):
        raise StudyError(f"{where}: {name} is no device; derive it from twinbed.core.device.AbstractDevice")
    return cls


def _check_arm(arm: Arm, where: str) -> None:
    unique([d.name for d in arm.devices], f"{where}.devices")
    for i, device in enumerate(arm.devices):
        place = f"{where}.devices[{i + 1}] ({device.name})"
        cls = check_id(device.device, "devices", f"{place}.device")
        check_settings(cls, device.parameters, place)
        for j, layer in enumerate(device.wrap):
            inner = f"{place}.wrap[{j + 1}]"
            wrapper = check_id(layer.device, "devices", f"{inner}.device")
            if "device" not in {f.name for f in dataclasses.fields(wrapper)}:
                raise StudyError(f"{inner}.device: {layer.device} is no wrapper")
            check_settings(wrapper, layer.parameters, inner)


def settings_of(cls: type) -> dict[str, Quantity | None]:
    """What may be set of a device: its declared quantities, and fields fixed at compilation."""
    declared = quantities(cls)
    static = [f.name for f in dataclasses.fields(cls) if f.metadata.get("static") and f.init]
    return {**declared, **dict.fromkeys(static)}


def check_settings(cls: type, given: dict[str, Any], where: str) -> None:
    """Raises `StudyError` for a setting that the class has not, or a value out of its bounds."""
    settings = settings_of(cls)
    for name, value in given.items():
        if name not in settings:
            raise StudyError(f"{where}: {cls.__name__} has no setting {name!r}{nearest(name, settings)}")
        _check_setting(value, settings[name], words(cls).get(name), f"{where}.{name}")


def _check_setting(value: Any, quantity: Quantity | None, among: Word | None, where: str) -> None:
    names = among.choices if among else tuple(name for name, _ in quantity.choices) if quantity else ()
    if names and isinstance(value, str):
        if value not in names:
            raise StudyError(f"{where}: {none_of(value, names)}")
    elif quantity is not None:
        _check_number(value, quantity, where)


def _check_number(value: Any, quantity: Quantity, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        names = f", or one of {', '.join(name for name, _ in quantity.choices)}" if quantity.choices else ""
        unit = f" in {quantity.unit}" if quantity.unit != "1" else ""
        raise StudyError(f"{where}: expected a number{unit}{names}, found {value!r}")
    if quantity.bounds and not quantity.bounds[0] <= value <= quantity.bounds[1]:
        low, high = quantity.bounds
        raise StudyError(f"{where}: {value:g} is outside {ranged(low, high, quantity.unit)}")


def _check_scenario(study: Study) -> None:
    scenario = study.scenario
    for kind in ("meals", "exercise", "finger_sticks", "faults"):
        items = getattr(scenario, kind)
        names = [item.name for item in items]
        for i, item in enumerate(items):
            where = f"scenario.{kind}[{i + 1}] ({item.name})"
            if names.count(item.name) > 1:
                raise StudyError(f"{where}: the name {item.name!r} is there twice; give each its own name")
            late = [d for d in item.days if d > study.days]
            if late:
                raise StudyError(f"{where}.days: day {late[0]} is after the {study.days} days of the study")
    for i, meal in enumerate(scenario.meals):
        if meal.carbohydrate_g is None and meal.carbohydrate_g_per_kg is None:
            raise StudyError(f"scenario.meals[{i + 1}] ({meal.name}): needs carbohydrate_g or carbohydrate_g_per_kg")
    for i, fault in enumerate(scenario.faults):
        _check_fault(fault.signal, f"scenario.faults[{i + 1}] ({fault.name}).signal")


def _check_fault(name: str, where: str) -> None:
    try:
        known = signal_of(name)
    except UnknownSignal as error:
        raise StudyError(f"{where}: {error}") from None
    if known.dose_unit is not None:
        raise StudyError(f"{where}: {name} is a dose; a fault is a level that lasts")


def _check_analysis(study: Study) -> None:
    analysis, known = study.analysis, study.outcomes
    arms = [a.name for a in study.arms]
    if analysis.reference not in arms:
        raise StudyError(
            f"analysis.reference: there is no arm {analysis.reference!r}{nearest(analysis.reference, arms)}"
        )
    for where, name in [("primary", analysis.primary), *(("secondary", n) for n in analysis.secondary)]:
        if name not in known:
            raise StudyError(f"analysis.{where}: there is no outcome {name!r}{nearest(name, known)}")
        if study.better(name) is None:
            raise StudyError(f"analysis.{where}: {name} has no better direction and cannot be tested")
    if analysis.primary in analysis.secondary:
        raise StudyError(f"analysis.secondary: {analysis.primary} is the primary outcome already")
    if analysis.test == "non-inferiority" and analysis.margin <= 0:
        unit = known[analysis.primary].unit
        raise StudyError(f"analysis.margin: non-inferiority needs a margin above zero, in {unit}")
