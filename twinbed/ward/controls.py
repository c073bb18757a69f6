"""What people may do at a bed: drugs, settings of devices, acts of care, what happens to the patient, faults.

A control is a signal that nothing in the bed feeds, or a number of a device (`alarms.heart_rate_low`). Which there are
follows from the bed; how they are offered and what is accepted stands in `controls.toml`.
"""

import dataclasses
import functools
import importlib.resources
import math
import tomllib
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

import equinox as eqx
import numpy as np

from twinbed.core.component import input_template, output_template
from twinbed.core.device import AbstractDevice, innermost
from twinbed.core.errors import TwinbedError
from twinbed.core.quantities import Port, quantities
from twinbed.core.scenario import Event, Scenario
from twinbed.devices.rhythm import pacemaker
from twinbed.devices.ventilation import ventilator
from twinbed.engine.bed import Bed
from twinbed.engine.couple import port_list
from twinbed.engine.live import begun, ended
from twinbed.physiology.cardiovascular.conduction import RHYTHMS
from twinbed.studies.acute.bedside import FOREVER_S
from twinbed.studies.acute.report.words import state
from twinbed.vocab.drugs import DRUGS
from twinbed.vocab.drugs.person import Person
from twinbed.vocab.fluids import FLUIDS
from twinbed.vocab.signals import signal as signal_of
from twinbed.vocab.units import factor, label
from twinbed.ward import dosing
from twinbed.ward.spoken import Spoken, spoken
from twinbed.ward.text import korean

GROUPS = ("drug", "device", "alarm", "person", "patient", "fault")
_DOSE = "mg"
_MINUTES_PER_HOUR = _SECONDS_PER_MINUTE = 60.0
_MODES = {"ventilator_mode_set": ventilator.MODES, "pacemaker_mode_set": pacemaker.MODES}
_NO_YES = {0.0: ("no", "아니요"), 1.0: ("yes", "예")}


class Refused(TwinbedError):
    """A request that is not granted; the message says why and, after a semicolon, what would be.

    Args:
        message: in English.
        korean: the same.
    """

    def __init__(self, message: str, korean: str):
        super().__init__(message)
        self.korean = korean


@dataclasses.dataclass(frozen=True)
class Choice:
    """One of the values of a control."""

    value: float
    label: str
    label_ko: str


@dataclasses.dataclass(frozen=True)
class Control:
    """Something that may be asked for."""

    id: str
    """A signal, or `device.setting`."""
    group: str
    kind: str
    """`number` (a level that stays), `choice`, `dose` (at once or over a time), `act`."""
    label: str
    label_ko: str
    unit: str = ""
    """UCUM."""
    low: float = 0.0
    high: float = 1.0
    step: float | None = None
    default: float | None = None
    lasts_s: float | None = None
    """How long it lasts unless somebody says: of an act, and of a dose that nobody gives at once."""
    rest: float = 0.0
    """What the signal is while nothing happens."""
    choices: tuple[Choice, ...] = ()
    device: str = ""
    lasting_high: float | None = None
    """The most that may stay; more is accepted with an end, as long as it is no more than `dose_high` in all."""
    dose_high: float = math.inf
    """Of what is given per minute."""
    why: str = ""
    """Where the highest that may stay, or the highest, is from."""
    why_ko: str = ""

    @property
    def is_setting(self) -> bool:
        """Whether it is a number of a device, and no signal."""
        return "." in self.id

    @property
    def spoken(self) -> Spoken:
        """How people say its values."""
        return spoken_of(self.id, self.unit)

    def described(self, now: float | None) -> dict[str, Any]:
        """As the interface says it: numbers in `unit`; where people say another one, `spoken` has it, and how many of
        `unit` it is. `rest` is what a signal is while nobody asks for anything; a setting of a device has none."""
        own = self.spoken
        said = {
            "id": self.id, "group": self.group, "kind": self.kind, "label": self.label, "label_ko": self.label_ko,
            "unit": label(self.unit), "low": self.low, "high": self.high, "step": self.step, "default": self.default,
            "lasts_s": self.lasts_s, "device": self.device or None, "now": now, "lasting_high": self.lasting_high,
            "rest": None if self.is_setting else self.rest, "why": self.why or None, "why_ko": self.why_ko or None,
            "spoken": None if own.factor == 1.0 else {"unit": label(own.unit), "factor": own.factor},
            "choices": [dataclasses.asdict(c) for c in self.choices],
        }  # fmt: skip
        return {k: v for k, v in said.items() if v is not None}


@dataclasses.dataclass(frozen=True)
class Wish:
    """What somebody asks of a control."""

    value: float | None = None
    lasts_s: float | None = None
    returns: bool = False
    """Of a level with an end: whether what it takes the place of goes on afterwards."""


@functools.cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(importlib.resources.files("twinbed.ward").joinpath("controls.toml").read_text("utf-8"))


def largest_dose(signal: str) -> Mapping[str, Any] | None:
    """What is said of a dose that people give: `high`, the largest single one, and of a drug what `dosing` reads."""
    drug = signal.removesuffix("_rate")
    if signal.endswith("_rate") and drug in _table()["drug"]:
        return _table()["drug"][drug]
    own = _table()["signal"].get(signal, {})
    return own if own.get("kind") == "dose" else None


def spoken_of(signal: str, unit: str, drug: str = "") -> Spoken:
    """How people say a signal of a unit (UCUM): one unit for all that has to do with the same drug.

    Args:
        signal: which.
        unit: in which its numbers are.
        drug: the one it is about, where its name does not say.
    """
    if signal.removesuffix("_rate").removesuffix("_command") in FLUIDS and unit == "mL/min":
        return Spoken("mL/h", factor("mL/h", unit))  # as pumps are set
    about = drug or signal.partition("_")[0]
    return spoken(unit, about, _table()["drug"].get(about, {}).get("default"))


def controls_of(bed: Bed, person: Person) -> dict[str, Control]:
    """Every control of a bed, by its id, in the order of the file; limits of pumps are those for a person."""
    shown = {
        p.signal for part in (*bed.models.values(), *bed.devices.values()) for p in port_list(output_template(part))
    }
    reads: dict[str, list[tuple[str, float]]] = {}
    for name, part in bed.components.items():
        for port in port_list(input_template(part)):
            reads.setdefault(port.signal, []).append((name, port.rest or 0.0))
    free = {s: by for s, by in reads.items() if s not in shown}
    found = [*_signals(free, bed, person), *_settings(bed, shown)]
    return {c.id: c for c in found}


def _signals(free: Mapping[str, list[tuple[str, float]]], bed: Bed, person: Person) -> Iterator[Control]:
    offered = {signal: form for drug in _table()["drug"] for signal, form in _of_drug(drug, person, free)}
    offered |= {signal: form for fluid in FLUIDS for signal, form in _of_fluid(fluid)}
    for signal, own in (offered | _table()["signal"]).items():
        if signal in free:
            by = [part for part, _ in free[signal]]
            devices = by if all(part in bed.devices for part in by) else []
            pumps = [bed.devices[part] for part in devices] if signal.endswith("_command") and "high" in own else []
            form = own | {"high": min([own["high"], *map(_motor_mg_min, pumps)])} if pumps else own
            yield _of_signal(signal, form, free[signal][0][1], devices[0] if devices else "")


def _of_drug(drug: str, person: Person, free: Container[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A drug given by hand, and by a pump."""
    own, known = _table()["drug"][drug], DRUGS[drug]
    dose = {name: own[name] for name in ("default", "high")}
    yield f"{drug}_rate", {"group": "drug", "kind": "dose", **dose, "label": known.label, "label_ko": known.label_ko}
    limits: dict[str, Mapping[str, Any]] = {}
    if f"{drug}_command" in free:
        rate = dosing.infusion(own, person)
        limits["command"] = {"high": own["high"], "dose_high": own["high"], "lasting_high": rate.value, **rate.words}
    if f"{drug}_target" in free:
        target = dosing.target(drug, own, person)
        limits["target"] = {"high": target.value, **target.words}
    for what, form in _table()["pump"].items():
        words = {"label": known.label, "label_ko": known.label_ko}
        named = {k: form[k].format(drug=words[k]) for k in words}
        yield f"{drug}_{what}", form | limits.get(what, {}) | named


def _of_fluid(fluid: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A fluid given by a pump."""
    words = dict(zip(("label", "label_ko"), FLUIDS[fluid], strict=True))
    for what in ("command", "occlusion"):
        form = {"high": signal_of(f"{fluid}_{what}").plausible[1]} | _table()["pump"][what]
        yield f"{fluid}_{what}", form | {k: form[k].format(drug=words[k]) for k in words}


def _motor_mg_min(pump: AbstractDevice) -> float:
    """The most that the motor of a pump can give."""
    flow_ml_h, mg_ml = (getattr(innermost(pump), name, math.inf) for name in ("flow_max", "concentration"))
    return float(np.ravel(flow_ml_h)[0]) * float(np.ravel(mg_ml)[0]) / _MINUTES_PER_HOUR


def _of_signal(signal: str, own: Mapping[str, Any], rest: float, device: str) -> Control:
    known = signal_of(signal)
    choices = _choices(signal) if own["kind"] == "choice" else ()
    span = {"low": choices[0].value, "high": choices[-1].value} if choices else {}
    unit = known.dose_unit or known.unit
    form: dict[str, Any] = {**span, **own}
    return Control(id=signal, unit=unit, rest=rest, choices=choices, device=device, **form)


def _choices(signal: str) -> tuple[Choice, ...]:
    if signal == "rhythm":
        return tuple(Choice(float(k), _plain(n), korean(_plain(n))) for n, k in RHYTHMS.items())
    if signal in _MODES:
        return tuple(Choice(float(k), n.upper(), n.upper()) for n, k in _MODES[signal].items())
    known = [(float(k), state(signal, k), state(signal, k, "ko")) for k in range(6) if state(signal, k)]
    if known:
        return tuple(Choice(value, en, ko or en) for value, en, ko in known)
    return tuple(Choice(value, *words) for value, words in _NO_YES.items())


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _settings(bed: Bed, shown: Container[str]) -> Iterator[Control]:
    for name, device in bed.devices.items():
        form = _table()["setting"].get(_path(device))
        if form is None:
            continue
        own = innermost(device)
        declared = quantities(type(own))
        for field, (words, words_ko) in form["fields"].items():
            if not _can_alarm(own, field, shown):
                continue
            quantity, now_ = declared[field], float(np.ravel(getattr(own, field))[0])
            low, high = quantity.bounds or (-math.inf, math.inf)
            yield Control(
                f"{name}.{field}", form["group"], "number", words, words_ko, quantity.unit, low, high, default=now_,
                device=name,
            )  # fmt: skip


def _can_alarm(device: AbstractDevice, field: str, shown: Container[str]) -> bool:
    """Whether a limit (`temperature_low`) is of something that the bed measures; what is no limit always counts.

    An alarm system has an input called as what its limit is of. Where nothing shows that, the limit would never alarm.
    """
    of = getattr(input_template(device), field.rpartition("_")[0].removesuffix("_very"), None)
    return not isinstance(of, Port) or of.signal in shown


def checked(control: Control, wish: Wish) -> Wish:
    """A wish that can be granted, with what was left out.

    Raises:
        Refused: a number is missing, or out of range.
    """
    if control.kind == "act":
        return Wish(1.0, control.lasts_s)
    if wish.value is None or not math.isfinite(wish.value):
        unit = _in(control)
        raise Refused(f"{control.label}: give a number{unit}", f"{control.label_ko}: 숫자를 입력해 주십시오{unit}")
    if control.kind == "choice" and wish.value not in [c.value for c in control.choices]:
        raise Refused(
            f"{control.label}: choose one of {', '.join(c.label for c in control.choices)}",
            f"{control.label_ko}: 다음에서 골라 주십시오. {', '.join(c.label_ko for c in control.choices)}",
        )
    resting = wish.value == control.rest and control.kind == "number"
    if not control.low <= wish.value <= control.high and not resting:
        why, why_ko = (f" ({w})" if w and control.lasting_high is None else "" for w in (control.why, control.why_ko))
        given, low, high = (f"{v / control.spoken.factor:g}" for v in (wish.value, control.low, control.high))
        raise Refused(
            f"{control.label}: {given} is outside {low} to {high}{_in(control)}{why}",
            f"{control.label_ko}: {given}은(는) 범위 {low}~{high}{_in(control)} 밖입니다{why_ko}",
        )
    lasts_s = control.lasts_s if wish.lasts_s is None else wish.lasts_s
    if lasts_s is not None and not (math.isfinite(lasts_s) and 0.0 <= lasts_s <= FOREVER_S):
        raise Refused(
            f"{control.label}: {lasts_s} s is no time; leave it out, or give seconds",
            f"{control.label_ko}: {lasts_s}초는 시간이 아닙니다; 비워 두거나 초로 입력해 주십시오",
        )
    if lasts_s == 0.0 and not happens_at_once(control):
        raise Refused(
            f"{control.label}: 0 s is no time for it; give a longer one, or leave it out",
            f"{control.label_ko}: 0초 동안은 할 수 없습니다; 더 긴 시간을 주거나 비워 두십시오",
        )
    _check_lasting(control, wish.value, lasts_s)
    if control.is_setting and wish.lasts_s is not None:
        raise Refused(
            f"{control.label}: a setting stays until it is changed; leave lasts_s out",
            f"{control.label_ko}: 설정은 바꿀 때까지 유지됩니다; 지속 시간을 비워 두십시오",
        )
    return Wish(float(wish.value), lasts_s, returns=wish.lasts_s is not None and _stays(control))


def happens_at_once(control: Control) -> bool:
    """Whether it can be done in no time: a dose, and an act that is counted; a level needs some."""
    return control.kind == "dose" or (control.kind == "act" and control.lasts_s is None)


def _stays(control: Control) -> bool:
    """Whether it is a level that stays unless somebody says for how long."""
    return control.kind in ("number", "choice") and control.lasts_s is None


def logged(data: Mapping[str, Any]) -> Wish:
    """The wish of a granted request as the log has it. One that says nothing of a return was granted without one."""
    return Wish(data["value"], data["lasts_s"], data.get("returns", False))


def _check_lasting(control: Control, rate: float, lasts_s: float | None) -> None:
    """More than may stay is given with an end alone, and no more in all than the largest single dose."""
    most = control.lasting_high
    if most is None or rate <= most:
        return
    amount = math.inf if lasts_s is None else rate * lasts_s / _SECONDS_PER_MINUTE
    if amount > control.dose_high:
        given, stays = control.spoken.said(rate), control.spoken.said(most)
        dose = spoken_of(control.id, _DOSE).said(control.dose_high)
        raise Refused(
            f"{control.label}: {given} is more than may stay, {stays} ({control.why}); give it with an end, {dose} at "
            f"most in all",
            f"{control.label_ko}: {given}은(는) 지속 주입 한계를 넘습니다({stays}, {control.why_ko}); "
            f"끝나는 시간을 정해 모두 {dose} 이하로 주십시오",
        )


def _in(control: Control) -> str:
    unit = label(control.spoken.unit)
    return f" {unit}" if unit else ""


def with_wish(scenario: Scenario, control: Control, wish: Wish, t_s: float) -> Scenario:
    """A scenario in which a checked wish of a signal is granted from a time on.

    A dose is added to what is given already, and is one with what began at the same time and lasts as long, for a bed
    plays few events at once; a level takes the place of the one before, and of what was to come, until it ends where
    the wish says that these return; one of no length, as old logs have some, never begins; an act at once counts.
    """
    assert wish.value is not None
    events = list(scenario.events)
    if control.kind == "dose":
        dose = Event(control.id, t_s, wish.lasts_s or 0.0, wish.value)
        same = [e for e in events if dataclasses.replace(e, amount=dose.amount) == dose]
        others = (e for e in events if e not in same)
        whole = dataclasses.replace(dose, amount=math.fsum((dose.amount, *(e.amount for e in same))))
        return Scenario((*others, whole))
    if control.kind == "act" and control.lasts_s is None:
        return Scenario(tuple(_once_more(events, control.id, t_s)))
    kept = [e if e.signal != control.id else ended(e, t_s) for e in events]
    if wish.returns and wish.lasts_s is not None:
        kept += [begun(e, t_s + wish.lasts_s) for e in events if e.signal == control.id]
    if wish.value != control.rest and wish.lasts_s != 0.0:
        kept.append(Event(control.id, t_s, FOREVER_S if wish.lasts_s is None else wish.lasts_s, wish.value))
    return Scenario(tuple(e for e in kept if e is not None))


def _once_more(events: Sequence[Event], signal: str, t_s: float) -> Iterator[Event]:
    """Events in which something was done once more at a time: how often it was done goes up by one.

    What is done soon again would be missed by a device that waits for a signal that comes and goes.
    """
    times = 1.0
    for event in events:
        if event.signal != signal or event.duration_s < FOREVER_S:
            yield event
            continue
        times += event.amount
        if before := ended(event, t_s):
            yield before
    yield Event(signal, t_s, FOREVER_S, times)


def with_setting(beds: Bed, control: Control, value: float) -> Bed:
    """Beds (with a patient axis) in which a device has another setting."""
    part, field = control.id.split(".")
    where = lambda bed: getattr(innermost(bed.devices[part]), field)
    now = np.asarray(where(beds))
    return eqx.tree_at(where, beds, np.full(now.shape, value, now.dtype))


def now(control: Control, scenario: Scenario, beds: Bed, t_s: float) -> float | None:
    """What a control stands at; nothing for doses and acts."""
    if control.is_setting:
        part, field = control.id.split(".")
        return float(np.ravel(getattr(innermost(beds.devices[part]), field))[0])
    if control.kind in ("dose", "act"):
        return None
    there = [
        e.amount for e in scenario.events if e.signal == control.id and e.start_s <= t_s < e.start_s + e.duration_s
    ]
    if there:
        return float(sum(there))
    _, _, field = control.id.removesuffix("_set").partition("_")  # of `ventilator_mode_set` the mode
    setting = getattr(beds.devices.get(control.device), field, None)
    if control.rest >= 0.0 or setting is None:
        return control.rest
    configured = float(np.ravel(setting)[0])  # one that nobody may ask for is another rule: a time by the ratio
    return configured if control.low <= configured <= control.high else None


def _path(device: AbstractDevice) -> str:
    """The place of a device in the tree, which is its id; of the innermost, where there are layers."""
    return type(innermost(device)).__module__.partition(".")[2].replace(".", "/")
