"""Puts the patients of a cohort into the beds of an arm.

A device gets its settings from the study file; a setting of the same name as a therapy field
(`basal_rate`, `carbohydrate_ratio`, ...) that the file leaves open is each patient's own.
Endpoints find their sources by signal, as devices do; where several parts show the same, they
read the one that the arm's links have chosen.
"""

import dataclasses
from collections.abc import Sequence

import equinox as eqx

from twinbed.cohorts.cohort import Cohort
from twinbed.cohorts.therapy import Therapy
from twinbed.core.component import output_template, template, types_of
from twinbed.core.device import AbstractDevice, AbstractWrapper
from twinbed.core.endpoint import AbstractEndpoint
from twinbed.core.errors import StudyError, WiringError
from twinbed.core.model import AbstractModel
from twinbed.core.quantities import quantities
from twinbed.engine.batch import repeat
from twinbed.engine.bed import Bed
from twinbed.engine.couple import SCENARIO, port_list
from twinbed.studies.components import component
from twinbed.studies.design import ENDPOINTS, Arm, DeviceSpec, Study
from twinbed.studies.scenarios import LOW_TREATMENT, LowTreatment
from twinbed.studies.tables import SECONDS_PER_DAY, nearest

PATIENT, PERSON = "patient", "person"
_EATS = {f"{PATIENT}.carbohydrate": f"{PERSON}.carbohydrate"}
GLUCOSE = "interstitial_glucose"
SECONDS_PER_HOUR = 3600.0
_THERAPY = tuple(f.name for f in dataclasses.fields(Therapy))


def build_beds(study: Study, arm: Arm, cohort: Cohort, signals: Sequence[str]) -> Bed:
    """The beds of an arm: every patient of a cohort with the arm's devices and all endpoints.

    Args:
        study: the study.
        arm: one of its arms.
        cohort: patients of one model.
        signals: what the scenario feeds.

    Raises:
        StudyError: a device that cannot be built, an endpoint that could read several sources.
    """
    n = len(cohort)
    devices = {d.name: _fitted(d, arm, cohort.therapy) for d in arm.devices}
    arm, devices = _with_person(study.scenario.low_treatment, arm, devices, n)
    sources = _sources(cohort.patients, devices, signals)
    endpoints = {name: _endpoint(study, name) for name in study.endpoints}
    links = dict(arm.links)
    for name, endpoint in endpoints.items():
        links |= _endpoint_links(study, arm, name, endpoint, sources)
    paced = {name: _paced(name, e, links, sources, devices) for name, e in endpoints.items()}
    return Bed(cohort.patients, devices, endpoints=repeat(paced, n), links=links)


def recorded(study: Study, arm: Arm, bed: Bed, signals: Sequence[str]) -> dict[str, str]:
    """What is kept of a bed, by the name of its column: glucose, and what devices did."""
    sources = _sources(bed.models[PATIENT], bed.devices, signals)
    wanted = {
        "glucose": study.glucose,
        "cgm": "cgm",
        "insulin": "insulin_delivered_total",
        "basal": "basal_command",
        "rescue": "carbohydrate_rescue",
    }
    found = {column: _source(name, arm, sources) for column, name in wanted.items()}
    if found["glucose"] is None:
        raise StudyError(
            f"glucose: nothing in arm {arm.name!r} shows {study.glucose!r}{nearest(study.glucose, sources)}"
        )
    return {column: source for column, source in found.items() if source is not None}


def _with_person(
    habits: LowTreatment, arm: Arm, devices: dict[str, AbstractDevice], n: int
) -> tuple[Arm, dict[str, AbstractDevice]]:
    """The person who eats when glucose is low, between the scenario and the patient."""
    if not habits.carbohydrate_g:
        return arm, devices
    if PERSON in devices:
        raise StudyError(
            f"arm {arm.name!r}: scenario.low_treatment adds a part called {PERSON!r}; name the device otherwise"
        )
    person = component(LOW_TREATMENT)(
        carbohydrate=habits.carbohydrate_g,
        limit=habits.limit,
        asleep_limit=habits.asleep_limit,
        again_after=habits.again_after_min,
        asleep_from=habits.asleep_from / SECONDS_PER_HOUR,
        asleep_until=habits.asleep_until / SECONDS_PER_HOUR,
    )
    return dataclasses.replace(arm, links={**_EATS, **arm.links}), {**devices, PERSON: repeat(person, n)}


def _build(spec: DeviceSpec, arm: Arm) -> AbstractDevice:
    device: AbstractDevice | None = None
    for layer in (spec, *spec.wrap):
        cls = component(layer.device)
        inner = {} if device is None else {"device": device}
        try:
            device = cls(**inner, **layer.parameters)
        except (TypeError, ValueError, WiringError) as error:
            raise StudyError(f"arm {arm.name!r}, device {spec.name!r}: {layer.device}: {error}") from error
    assert device is not None
    return device


def _fitted(spec: DeviceSpec, arm: Arm, therapy: Therapy) -> AbstractDevice:
    """A device for every patient, with the therapy of each."""
    n = len(therapy.basal_rate)
    device = repeat(_build(spec, arm), n)
    for depth, layer in enumerate(reversed((spec, *spec.wrap))):
        open_ = [f for f in _THERAPY if f in quantities(component(layer.device)) and f not in layer.parameters]
        for field in open_:
            place = lambda d, depth=depth, field=field: getattr(_inside(d, depth), field)
            device = eqx.tree_at(place, device, getattr(therapy, field))
    return device


def _inside(device: AbstractDevice, depth: int) -> AbstractDevice:
    for _ in range(depth):
        assert isinstance(device, AbstractWrapper)
        device = device.device
    return device


def _endpoint(study: Study, name: str) -> AbstractEndpoint:
    cls = component(f"{ENDPOINTS}/{name}")
    settings = {"from_s": study.warm_up_days * SECONDS_PER_DAY} if "from_s" in quantities(cls) else {}
    return cls(**settings)


def _sources(patient: AbstractModel, devices: dict[str, AbstractDevice], signals: Sequence[str]) -> list[str]:
    """Everything that is shown, as `part.signal`."""
    parts: dict[str, AbstractModel | AbstractDevice] = {PATIENT: patient, **devices}
    shown = [f"{name}.{p.signal}" for name, part in parts.items() for p in port_list(output_template(part))]
    return [*shown, *(f"{SCENARIO}.{s}" for s in signals)]


def _source(name: str, arm: Arm, sources: list[str]) -> str | None:
    """The source of a signal, or of `part.signal`, that an endpoint or a recording reads."""
    found = [s for s in sources if name in (s, s.split(".", 1)[1])]
    if len(found) < 2:
        return found[0] if found else None
    chosen = {s for target, s in arm.links.items() if target.split(".", 1)[-1] == name} & set(found)
    if len(chosen) == 1:
        return chosen.pop()
    raise StudyError(
        f"arm {arm.name!r}: {name} is shown by {', '.join(found)}; say in links which of them devices read"
    )


def _endpoint_links(
    study: Study, arm: Arm, name: str, endpoint: AbstractEndpoint, sources: list[str]
) -> dict[str, str]:
    links: dict[str, str] = {}
    for port in port_list(template(types_of(type(endpoint)).inputs)):
        target = f"{name}.{port.signal}"
        if target not in arm.links:
            source = _source(study.glucose if port.signal == GLUCOSE else port.signal, arm, sources)
            if source is not None:
                links[target] = source
    return links


def _paced(
    name: str,
    endpoint: AbstractEndpoint,
    links: dict[str, str],
    sources: list[str],
    devices: dict[str, AbstractDevice],
) -> AbstractEndpoint:
    """An endpoint that reads at least as often as the devices which feed it act."""
    feeding = {s.split(".", 1)[0] for target, s in links.items() if target.split(".", 1)[0] == name and s in sources}
    periods = [float(devices[part].period_s) for part in feeding if part in devices]
    shortest = min([float(endpoint.period_s), *periods])
    return endpoint if shortest == endpoint.period_s else dataclasses.replace(endpoint, period_s=shortest)
