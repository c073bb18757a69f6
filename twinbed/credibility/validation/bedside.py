"""Beds as tables declare them: a patient of some kind, devices with settings, and what happens to them.

Where a bed cannot express a run, because a part, a setting or a signal does not exist, the run is returned as
`Missing` with the reason, so that its rows are listed and counted as not expressed.
"""

import dataclasses
import functools
import importlib
import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

import equinox as eqx

from twinbed.core import discover
from twinbed.core.component import input_template, output_template
from twinbed.core.endpoint import AbstractEndpoint
from twinbed.core.errors import NotFound, WiringError
from twinbed.core.model import AbstractModel
from twinbed.core.quantities import quantities
from twinbed.core.scenario import Event
from twinbed.credibility.validation.table import Happening, Run
from twinbed.engine.bed import Bed
from twinbed.engine.couple import couple, port_list
from twinbed.physiology.cardiovascular.conduction import RHYTHMS
from twinbed.physiology.whole_body import CONDITIONS, Person, adult
from twinbed.vocab.drugs.person import Sex
from twinbed.vocab.signals import SIGNALS

Patient = Callable[..., Mapping[str, AbstractModel]]


@dataclasses.dataclass(frozen=True)
class Missing:
    """Why a run cannot be played."""

    reason: str


@dataclasses.dataclass(frozen=True)
class Bedside:
    """A bed with its run, ready to be simulated."""

    run: Run
    bed: Bed
    shown: Mapping[str, str]
    """The part that shows each signal: what a link names, else the body before devices."""


def whole_body(
    *, age: float = 40.0, weight_kg: float = 76.0, height_cm: float = 175.0, sex: Sex = "male", **conditions: float
) -> Mapping[str, AbstractModel]:
    """The organs of an adult, without the waveforms of monitors.

    Raises:
        NotFound: there is no such condition.
        ValueError: a number out of range.
    """
    unknown = sorted(set(conditions) - set(CONDITIONS))
    if unknown:
        raise NotFound(f"no condition {', '.join(unknown)}; there is {', '.join(CONDITIONS)}")
    person = Person(age=age, weight_kg=weight_kg, height_cm=height_cm, sex=sex)
    return adult(person, conditions, waveforms=False)


def patient_named(name: str) -> Patient:
    """The function that makes the models of a patient, by `package.module:function`.

    Raises:
        NotFound: there is none of that name, or what is there does not return the models of a patient.
    """
    module, _, function = name.partition(":")
    if not module or not function:
        raise NotFound(f"no patient {name!r}: write package.module:function")
    try:
        found = getattr(importlib.import_module(module), function)
    except Exception as error:  # whatever a module of somebody's own may raise
        raise NotFound(f"no patient {name!r}: {_said(error)}; write package.module:function") from error
    if reason := _no_patient(found):
        raise NotFound(
            f"{name} is no patient: {reason}; write a function that needs no argument and returns models by name, "
            "such as {'circulation': Circulation()}"
        )
    return found


def _no_patient(made: Any) -> str:
    """Why something is not a function that makes a patient, tried once; nothing where it is."""
    if not callable(made):
        return "it cannot be called"
    try:
        models = made()
    except Exception as error:  # whatever a function of somebody's own may raise
        return f"it raised {_said(error)}"
    if not isinstance(models, Mapping) or not models:
        return f"it returned {type(models).__name__}"
    wrong = [str(k) for k, model in models.items() if not (isinstance(k, str) and isinstance(model, AbstractModel))]
    return f"of what it returned {', '.join(wrong[:3])} is no model" if wrong else ""


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def prepare(run: Run, patient: Patient) -> Bedside | Missing:
    """The bed of a run, or why there is none."""
    try:
        models = with_parameters(_models(patient, tuple(run.patient.items())), run.parameters)
        bed = Bed(models, _devices(run), links=run.links)
        couple(bed, frozenset())
    except (NotFound, WiringError) as error:
        return Missing(str(error))
    shown = {p.signal: name for name, part in reversed(_parts(bed)) for p in port_list(output_template(part))}
    shown |= {source.partition(".")[2]: source.partition(".")[0] for source in run.links.values()}
    read = {port.signal for _, part in _parts(bed) for port in port_list(input_template(part))}
    for event in run.events:
        if reason := _unplayable(event, shown, read):
            return Missing(reason)
    return Bedside(run, bed, shown)


def _amount(event: Happening) -> float | None:
    """The amount of an event; rhythms have names."""
    if not isinstance(event.amount, str):
        return float(event.amount)
    return float(RHYTHMS[event.amount]) if event.amount in RHYTHMS else None


def happenings(bedside: Bedside, name: str) -> list[Event]:
    """What a scenario says of one signal of a run; a level that no event holds reads as at rest."""
    own = sorted((e for e in bedside.run.events if e.signal == name), key=lambda e: e.at_s)
    return [Event(name, bedside.run.settle_s + e.at_s, e.for_s, _amount(e) or 0.0) for e in own]


@functools.lru_cache(maxsize=64)
def _models(patient: Patient, settings: tuple[tuple[str, Any], ...]) -> Mapping[str, AbstractModel]:
    known = inspect.signature(patient).parameters
    wrong = sorted({name for name, _ in settings} - set(known))
    if wrong and not any(p.kind is p.VAR_KEYWORD for p in known.values()):
        raise NotFound(f"the patient has no setting {', '.join(wrong)}")
    return patient(**dict(settings))


def with_parameters(organs: Mapping[str, AbstractModel], values: Mapping[str, float]) -> dict[str, AbstractModel]:
    """Organs with parameters set, by path. Raises `NotFound` for one that the patient does not have."""
    models = dict(organs)
    for path, value in values.items():
        part, *fields = path.split(".")
        found: Any = models.get(part)
        for name in fields:
            found = getattr(found, name, None)
        if found is None:
            raise NotFound(f"the patient has no parameter {path}")
        where = lambda model, fields=fields: _followed(model, fields)
        models[part] = eqx.tree_at(where, models[part], found * 0 + value)
    return models


def _followed(node: Any, fields: list[str]) -> Any:
    for name in fields:
        node = getattr(node, name)
    return node


def _devices(run: Run) -> dict[str, Any]:
    built = {}
    for name, settings in run.devices.items():
        cls = discover.load(settings["component"])
        own = {k: v for k, v in settings.items() if k != "component"}
        fields = {f.name for f in dataclasses.fields(cls)}
        wrong = sorted(set(own) - fields)
        if wrong:
            raise NotFound(
                f"{settings['component']} has no setting {', '.join(wrong)}; it has {', '.join(quantities(cls))}"
            )
        built[name] = cls(**own)
    return built


def _parts(bed: Bed) -> list[tuple[str, Any]]:
    return [(n, p) for n, p in bed.components.items() if not isinstance(p, AbstractEndpoint)]


def _unplayable(event: Happening, shown: Mapping[str, str], read: Collection[str]) -> str | None:
    signal = event.signal
    if _amount(event) is None:
        return f"there is no rhythm {event.amount}"
    if signal not in SIGNALS:
        return f"the vocabulary has no signal {signal}"
    if signal in shown:
        return f"{signal} is shown by {shown[signal]}, so a scenario cannot feed it"
    if signal not in read:
        return f"nothing in the bed reads {signal}"
    return None
