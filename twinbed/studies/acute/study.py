"""An acute study: adults, what happens to them over minutes to hours, and the arms that are compared.

One TOML file with `format = "acute"` declares it all; its tables are the classes below, with the patients, devices,
links and events of `studies.acute.bedside`. Times are seconds, "5 min" or "00:05:00" and count from the end of a time
in which patients settle (`settle`): nothing before it is counted, and events may lie there (`at = "-5 min"`). A setting
of a device (not of what it is wrapped in) called `..._per_kg` or `..._per_kg_predicted` is multiplied by each patient's
weight, or predicted body weight; a setting `body_weight` that the file leaves open is each patient's own.
"""

import dataclasses
import hashlib
import json
import pathlib
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from twinbed.cohorts.acute_adults import Wanted
from twinbed.core.discover import look_in
from twinbed.core.errors import StudyError
from twinbed.studies.acute.bedside import (
    EventSpec,
    PatientSpec,
    check_devices,
    check_patient,
    check_signal,
    places_of,
    plain_events,
    seconds,
)
from twinbed.studies.design import DeviceSpec, unique
from twinbed.studies.tables import key, nearest, read
from twinbed.vocab.signals import signal as signal_of

FORMAT = "twinbed-acute-study/1"
PER_KG, PER_KG_PREDICTED = "_per_kg", "_per_kg_predicted"
_SETTLE_S = 180.0
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TREND = ("mean_arterial_pressure", "heart_rate", "cardiac_output", "arterial_saturation", "arterial_carbon_dioxide")
_WAVES = ("ecg_ii", "radial_pressure", "ppg_infrared", "airway_pressure", "airway_flow", "airway_carbon_dioxide")
_NEEDS = {"time_below": ("below",), "time_above": ("above",), "time_in": ("above", "below")}
OF = ("mean", "min", "max", "last", "time_below", "time_above", "time_in", "time_to")


@dataclasses.dataclass(frozen=True)
class CohortSpec:
    """Adults drawn by `cohorts.acute_adults`; with `[patient]` instead, the same patient takes part `n` times."""

    n: int = key("how many patients", default=0, low=0, high=1000000)
    age: tuple[float, ...] = key("lowest and highest age, years; empty for all", default=(), low=18.0, high=90.0)
    bmi: tuple[float, ...] = key("lowest and highest body-mass index, kg/m2", default=(), low=17.0, high=50.0)
    weight_kg: tuple[float, ...] = key("lowest and highest weight, kg", default=(), low=30.0, high=250.0)
    skin_pigment: tuple[float, ...] = key(
        "least and most pigment of the skin, share of melanosomes in the epidermis", default=(), low=0.013, high=0.43
    )
    sex: str = key("female or male; both if left out", default="", choices=("female", "male", ""))
    conditions: dict[str, float] = key("severity of chronic conditions of everybody, by name", default=dict)
    organs: tuple[str, ...] = key("the only organs that take part; empty for all", default=())

    @property
    def wanted(self) -> Wanted:
        """Whom to draw."""
        return Wanted(_span(self.age), _span(self.bmi), _span(self.weight_kg), self.sex, _span(self.skin_pigment))


def _span(ends: tuple[float, ...]) -> tuple[float, float] | None:
    return (ends[0], ends[1]) if ends else None


@dataclasses.dataclass(frozen=True)
class ArmSpec:
    """One of the things that are compared: every patient goes through every arm."""

    name: str = key("its name")
    title: str = key("its name in a report", default="")
    title_ko: str = key("its name in a Korean report", default="")
    devices: tuple[DeviceSpec, ...] = key("the devices of the arm, besides those of everybody", default=())
    links: dict[str, str] = key("sources of inputs that several parts could feed", default=dict)
    conditions: dict[str, float] = key("chronic conditions of the arm, besides those of everybody", default=dict)
    events: tuple[EventSpec, ...] = key("what happens in this arm only", default=())


@dataclasses.dataclass(frozen=True)
class OutcomeSpec:
    """A number of every patient, taken from a signal that is kept every second. Times are in minutes."""

    name: str = key("its name")
    signal: str = key("the signal, or part.signal")
    of: str = key("what is taken of it", choices=OF)
    title: str = key("its name in a report", default="")
    title_ko: str = key("its name in a Korean report", default="")
    below: float | None = key("limit below which time counts, or which is to be reached from above", default=None)
    above: float | None = key("limit above which time counts, or which is to be reached from below", default=None)
    since: float = key("first time that counts", default=0.0, low=0.0)
    until: float | None = key("last time that counts; the end if left out", default=None, low=0.0)
    better: str = key("direction that favours the patient", default="", choices=("higher", "lower", ""))

    @property
    def unit(self) -> str:
        """UCUM unit of the outcome."""
        return "min" if self.of.startswith("time_") else signal_of(self.signal.rsplit(".", 1)[-1]).unit


@dataclasses.dataclass(frozen=True)
class WavesSpec:
    """Windows of fast signals of the first patients, for figures; they are run again with all waveforms."""

    signals: tuple[str, ...] = key("fast signals", default=_WAVES)
    at: tuple[float, ...] = key("when windows begin; none for no waveforms", default=())
    lasts: float = key("length of a window", default=8.0, low=1.0, high=120.0)
    every: float = key("how often signals are kept", default=0.01, low=0.002, high=1.0)
    patients: int = key("how many patients", default=1, low=1, high=8)


@dataclasses.dataclass(frozen=True)
class Analysis:
    """How the arms are compared; fixed before the study runs."""

    reference: str = key("the arm that the others are compared with; the first if left out", default="")
    primary: str = key("the outcome that the headline speaks of; the first if left out", default="")
    confidence: float = key("confidence level of intervals", default=0.95, low=0.5, high=0.9999)
    resamples: int = key("bootstrap resamples", default=2000, low=200, high=1000000)


@dataclasses.dataclass(frozen=True, kw_only=True)
class AcuteStudy:
    """A checked study with every default filled in; times in seconds."""

    format: str = key("acute", choices=("acute",))
    name: str = key("short name, letters, digits and underscores")
    title: str = key("title for a report", default="")
    question: str = key("the question that the study answers", default="")
    title_ko: str = key("title for a Korean report", default="")
    question_ko: str = key("the question in Korean", default="")
    seed: int = key("any whole number; the same seed gives the same study", low=0, high=2**63 - 1)
    duration: float = key("how long it lasts", low=1.0, high=7 * 86400.0)
    settle: float = key("time before that, in which patients settle and nothing counts", default=_SETTLE_S, low=0.0)
    precision: str = key("number format", default="float64", choices=("float32", "float64"))
    backend: str = key("what computes", default="auto", choices=("auto", "xla", "native", "cuda"))
    trends: tuple[str, ...] = key("signals kept every second, for figures", default=_TREND)
    sampled_patients: int = key("patients whose trends are kept every second", default=8, low=0, high=1000)
    cohort: CohortSpec = key("who takes part", default=CohortSpec())
    patient: PatientSpec | None = key("one patient instead of a cohort", default=None)
    devices: tuple[DeviceSpec, ...] = key("devices of every arm", default=())
    links: dict[str, str] = key("links of every arm", default=dict)
    events: tuple[EventSpec, ...] = key("what happens to everybody", default=())
    arms: tuple[ArmSpec, ...] = key("what is compared", default=())
    outcomes: tuple[OutcomeSpec, ...] = key("what is measured", default=())
    waves: WavesSpec = key("windows of waveforms", default=WavesSpec())
    analysis: Analysis = key("how arms are compared", default=Analysis())

    def resolved(self) -> dict[str, Any]:
        """Everything that decides the results, as plain values."""
        return {"schema": FORMAT, **json.loads(json.dumps(dataclasses.asdict(self)))}

    def hash(self) -> str:
        """SHA-256 of the resolved study."""
        text = json.dumps(self.resolved(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def of(self, arm: ArmSpec) -> ArmSpec:
        """An arm with what everybody has."""
        return dataclasses.replace(
            arm,
            devices=(*self.devices, *arm.devices),
            links=self.links | arm.links,
            conditions=self.cohort.conditions | arm.conditions,
            events=(*self.events, *arm.events),
        )

    @property
    def kept(self) -> tuple[str, ...]:
        """Signals that are kept every second."""
        return tuple(dict.fromkeys([*self.trends, *(o.signal for o in self.outcomes)]))


def kind_of(path: pathlib.Path | str) -> str:
    """`acute` or `bedside` for such a file; nothing for another study, and for a file that cannot be read."""
    try:
        table = tomllib.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    if table.get("format") == "acute":
        return "acute"
    return "bedside" if table and "arms" not in table and "format" not in table else ""


def load_acute_study(
    path: pathlib.Path | str, *, backend: str | None = None, patients: int | None = None, seed: int | None = None
) -> AcuteStudy:
    """Reads and checks the file of an acute study.

    Args:
        path: the file.
        backend: what computes, in place of what the file says.
        patients: how many, in place of what the file says.
        seed: in place of that of the file.

    Raises:
        StudyError: the file is not TOML, or asks for something that does not exist or cannot be; the message names
            the table and the key.
    """
    path = pathlib.Path(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        table |= {k: v for k, v in (("backend", backend), ("seed", seed)) if v is not None}
        if patients is not None:
            table["cohort"] = {**table.get("cohort", {}), "n": patients}
        look_in(path.parent)
        return acute_study_from(table)
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"{path} is not TOML: {error}") from None
    except StudyError as error:
        raise StudyError(f"{path}: {error}") from None


def acute_study_from(table: Mapping[str, Any]) -> AcuteStudy:
    """A checked study from the tables of its file; its arms are wired by `studies.acute.beds.check_beds`.

    Raises:
        StudyError: as `load_acute_study`.
    """
    study = read(AcuteStudy, _in_seconds(dict(table)), "")
    arms = tuple(dataclasses.replace(a, title=a.title or a.name) for a in study.arms)
    outcomes = tuple(dataclasses.replace(o, title=o.title or o.name.replace("_", " ")) for o in study.outcomes)
    analysis = dataclasses.replace(
        study.analysis,
        reference=study.analysis.reference or (arms[0].name if arms else ""),
        primary=study.analysis.primary or (outcomes[0].name if outcomes else ""),
    )
    study = dataclasses.replace(study, title=study.title or study.name, arms=arms, outcomes=outcomes, analysis=analysis)
    _check(study)
    return study


def _in_seconds(table: dict[str, Any]) -> dict[str, Any]:
    """Tables with times in seconds, those of events from the start of settling."""
    for name in ("duration", "settle"):
        if name in table:
            table[name] = seconds(table[name], name)
    settle = table.get("settle", _SETTLE_S)
    if "events" in table:
        table["events"] = _events(table["events"], settle, "events")
    if isinstance(table.get("arms"), list):
        table["arms"] = [
            {**a, "events": _events(a["events"], settle, f"arms[{i}].events")}
            if isinstance(a, Mapping) and "events" in a
            else a
            for i, a in enumerate(table["arms"], 1)
        ]
    if isinstance(table.get("outcomes"), list):
        table["outcomes"] = [
            _times(o, ("since", "until"), f"outcomes[{i}]") for i, o in enumerate(table["outcomes"], 1)
        ]
    if isinstance(table.get("waves"), Mapping):
        waves = _times(table["waves"], ("lasts", "every"), "waves")
        if isinstance(waves.get("at"), list):
            waves["at"] = [_moment(at, f"waves.at[{i}]") for i, at in enumerate(waves["at"], 1)]
        table["waves"] = waves
    return table


def _times(table: Any, names: tuple[str, ...], where: str) -> Any:
    if not isinstance(table, Mapping):
        return table
    return {k: seconds(v, f"{where}.{k}") if k in names else v for k, v in table.items()}


def _moment(value: Any, where: str) -> float:
    """A time that may lie before the start, "-5 min"."""
    if isinstance(value, str) and value.strip().startswith("-"):
        return -seconds(value.strip()[1:], where)
    return seconds(value, where)


def _events(tables: Any, settle: float, where: str) -> Any:
    if isinstance(tables, list):
        moved = []
        for i, event in enumerate(tables, 1):
            if isinstance(event, Mapping) and "at" in event:
                at = _moment(event["at"], f"{where}[{i}].at") + settle
                if at < 0.0:
                    raise StudyError(f"{where}[{i}].at: {event['at']!r} lies before patients begin to settle")
                event = {**event, "at": at}
            moved.append(event)
        tables = moved
    return plain_events(tables, where)


def _check(study: AcuteStudy) -> None:
    if not _NAME.fullmatch(study.name):
        raise StudyError(f"name: {study.name!r} must be small letters, digits and underscores")
    if study.cohort.n < 1 and study.patient is None:
        raise StudyError("cohort.n: nobody takes part; write how many, or give one [patient]")
    if study.patient is not None:
        check_patient(study.patient, "patient")
    _check_cohort(study)
    if not study.arms:
        raise StudyError("arms: nothing is compared; add [[arms]]")
    unique([a.name for a in study.arms], "arms")
    for i, arm in enumerate(study.arms, 1):
        where = f"arms[{i}] ({arm.name})"
        check_devices([_plain(d) for d in study.of(arm).devices], f"{where}.devices")
        check_patient(PatientSpec(conditions=arm.conditions), where)
    if not study.outcomes:
        raise StudyError("outcomes: nothing is measured; add [[outcomes]]")
    unique([o.name for o in study.outcomes], "outcomes")
    for i, outcome in enumerate(study.outcomes, 1):
        _check_outcome(study, outcome, f"outcomes[{i}] ({outcome.name})")
    _check_signals(study)
    _check_analysis(study)


def _check_cohort(study: AcuteStudy) -> None:
    cohort = study.cohort
    check_patient(PatientSpec(conditions=cohort.conditions), "cohort")
    for name in ("age", "bmi", "weight_kg", "skin_pigment", "sex"):
        given = getattr(cohort, name)
        if given and study.patient is not None:
            raise StudyError(f"cohort.{name}: nobody is drawn, for there is one [patient]; leave out one of the two")
        if given and name != "sex" and not (len(given) == 2 and given[0] <= given[1]):
            raise StudyError(f"cohort.{name}: expected the lowest and the highest, such as [50, 70], found {[*given]}")
    if why := cohort.wanted.impossible:
        raise StudyError(f"cohort.weight_kg: {why}")


def _plain(spec: DeviceSpec) -> DeviceSpec:
    """A device without settings by weight, which are checked when they are known."""
    return dataclasses.replace(
        spec, parameters={k: v for k, v in spec.parameters.items() if not k.endswith((PER_KG, PER_KG_PREDICTED))}
    )


def _check_outcome(study: AcuteStudy, outcome: OutcomeSpec, where: str) -> None:
    given = {name for name in ("below", "above") if getattr(outcome, name) is not None}
    needs = set(_NEEDS.get(outcome.of, ()))
    if outcome.of == "time_to":
        if len(given) != 1:
            raise StudyError(f"{where}: time_to needs either above or below")
    elif given != needs:
        wanted = " and ".join(sorted(needs)) or "neither above nor below"
        raise StudyError(f"{where}: {outcome.of} needs {wanted}")
    if outcome.of == "time_in" and not (outcome.above or 0.0) < (outcome.below or 0.0):
        raise StudyError(f"{where}: above must be less than below")
    until = study.duration if outcome.until is None else outcome.until
    if not (round(outcome.since) < round(until) and until <= study.duration):
        raise StudyError(
            f"{where}: since and until must lie in order, a second apart, within the {study.duration:g} s of the study"
        )


def _check_signals(study: AcuteStudy) -> None:
    places = [(f"outcomes ({o.name}).signal", o.signal) for o in study.outcomes]
    places += [("trends", s) for s in study.trends] + [("waves.signals", s) for s in study.waves.signals]
    for where, events in [("events", study.events), *((f"arms ({a.name}).events", a.events) for a in study.arms)]:
        places += [(f"{p}.signal", e.signal) for p, e in zip(places_of(events, where), events, strict=True)]
    for where, name in places:
        check_signal(name.rsplit(".", 1)[-1], where)
    for at in study.waves.at:
        if not -study.settle <= at <= study.duration - study.waves.lasts:
            raise StudyError(f"waves.at: a window of {study.waves.lasts:g} s at {at:g} s is not within the study")


def _check_analysis(study: AcuteStudy) -> None:
    for where, name, known in (
        ("reference", study.analysis.reference, [a.name for a in study.arms]),
        ("primary", study.analysis.primary, [o.name for o in study.outcomes]),
    ):
        if name not in known:
            raise StudyError(f"analysis.{where}: there is no {name!r}{nearest(name, known)}")
