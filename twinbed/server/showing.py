"""How beds, entries, futures and pages look in the interface (decision 0010)."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from twinbed.core.device import AbstractDevice, innermost
from twinbed.core.quantities import quantities
from twinbed.server.permissions import CONTROLS, Role, roles
from twinbed.studies.acute.report.words import called
from twinbed.vocab.fluids import labels
from twinbed.vocab.signals import signal as signal_of
from twinbed.vocab.units import label
from twinbed.ward.controls import Control, spoken_of
from twinbed.ward.definition import Made
from twinbed.ward.diabetes import DiabetesPatient
from twinbed.ward.ensemble import LEVELS, MOST_MEMBERS, MOST_PLAYED, Change, longest_s
from twinbed.ward.forks import Fork
from twinbed.ward.given import Given, given
from twinbed.ward.log import Branch, Entry
from twinbed.ward.posterior import Spread
from twinbed.ward.resident import Resident
from twinbed.ward.session import Page, Session
from twinbed.ward.spoken import lasting, per_kg, span
from twinbed.ward.text import korean_of_device, korean_of_signal
from twinbed.ward.twins import Twin, slip_of
from twinbed.ward.twins import twins as twins_of

_KINDS = {
    "patient_monitor": "monitor", "nibp_cuff": "nibp", "pulse_oximeter": "oximeter", "capnograph": "capnograph",
    "ventilator": "ventilator", "syringe_pump": "infusion_pump", "volumetric_pump": "infusion_pump",
    "tci_pump": "infusion_pump", "insulin_pump": "insulin_pump", "pacemaker": "pacemaker",
    "defibrillator": "defibrillator", "tslim_x2": "insulin_pump", "omnipod_dash": "insulin_pump",
    "minimed_670g": "insulin_pump", "cgm_vettoretti2019": "cgm", "cgm_facchinetti2014": "cgm", "cgm_breton2008": "cgm",
    "cgm_ideal": "cgm", "finger_stick": "glucose_meter", "mpc": "insulin_loop", "pid": "insulin_loop",
    "smb": "insulin_loop", "pump_handset": "pump_handset", "cgm_receiver": "cgm_receiver",
    "alarm_system": "alarm_system", "thermometer": "thermometer",
    "bis_monitor": "bis", "smart_watch": "watch",
}  # fmt: skip
_FACTS = {
    "cgm": ("life", "age_at_start", "warm_up", "display_min", "display_max"),
    "insulin_pump": ("reservoir_size", "change_interval", "basal_rate", "bolus_max", "bolus_speed"),
    "insulin_loop": ("basal_rate", "carbohydrate_ratio", "correction_factor", "total_daily_insulin"),
    "pump_handset": ("action_duration",),
    "watch": ("ecg_time",),
    "cgm_receiver": ("urgent_limit", "display_timeout", "sensor_timeout", "reservoir_low"),
}
"""Fields of devices, by kind, in the units in which they are declared: days, hours, units."""
_SAID = {
    "pause": ("Clock paused", "시계 일시 정지"),
    "resume": ("Clock runs", "시계 재개"),
    "step": ("One step", "한 단계 진행"),
    "speed": ("Speed {value:g}x", "속도 {value:g}배"),
    "rewind": ("Back to {to}", "{to}(으)로 되돌림"),
    "fork": ("Futures from {at}", "{at}부터의 미래 비교"),
    "no": ("Refused: {what}", "거부됨: {what}"),
}
_NOTHING = {"patient": None, "view": {"waves": [], "numbers": [], "page_s": 0.0}, "devices": [], "controls": []}
"""Of a bed whose file cannot be used."""
_FIGURES = 5
_OF_TWIN = ("desired", "reported", "estimated")
_DIGITS_SPOKEN = 1
_SLOW_S = 30.0
"""Pages from which on a bed goes by the hour (`web/src/text/moment.ts`)."""


def summary(resident: Resident, index: int) -> dict[str, Any]:
    """A bed in a list."""
    return {
        "id": resident.id, "title": resident.title, "title_ko": resident.title_ko, "state": resident.state,
        "index": index, "why": resident.why, "implausible": resident.implausible,
    }  # fmt: skip


_STAGES = {
    "waiting": ("Waits for another bed", "다른 병상을 기다리는 중"),
    "building": ("The physiology is put together", "생리 모델을 구성하는 중"),
    "compiling": ("The physiology is being compiled", "생리 모델을 컴파일하는 중"),
    "living": ("What came before is computed", "지금까지의 경과를 계산하는 중"),
}


def starting(resident: Resident) -> dict[str, Any]:
    """How far a bed is that is on its way."""
    said = {"stage": "waiting", "elapsed_s": 0.0, "left_s": None, "progress": None}
    said |= resident.start.said() if resident.start else {}
    text, text_ko = _STAGES[said["stage"]]
    return {**said, "text": text, "text_ko": text_ko}


def whole(resident: Resident, index: int, role: Role) -> dict[str, Any]:
    """A bed with all that can be seen and done at it."""
    session, made = resident.session, resident.made
    content = _content(made, session) if made else _NOTHING
    of = twins(resident)
    return {
        **summary(resident, index),
        "kind": made.kind if made else "",
        "t_s": session.t_s if session else 0.0,
        "left": _left(resident),
        "speed": resident.pace.speed,
        "branch": session.branch if session else 0,
        "role": role,
        **content,
        "devices": [device | {"twin": of.get(device["id"], [])} for device in content["devices"]],
    }


def twins(resident: Resident) -> dict[str, list[dict[str, Any]]]:
    """What was asked of every device, what it reports, and what is in the patient; numbers in the unit beside them."""
    session, made = resident.session, resident.made
    if session is None or made is None:
        return {}
    slips = {part: slip_of(device) for part, device in made.bed.devices.items()}
    found = twins_of(tuple(resident.recent), session.scenario, session.now, slips)
    return {part: [_twin(made, part, one) for one in own] for part, own in found.items()}


def _twin(made: Made, part: str, one: Twin) -> dict[str, Any]:
    words = _shown(one.id, _gives(made, part))
    own = dataclasses.asdict(one)
    figures = {k: None if own[k] is None else float(f"{own[k]:.{_FIGURES}g}") for k in _OF_TWIN}
    return words | figures | {"since_s": one.since_s, "differs": one.differs}


def _left(resident: Resident) -> dict[str, Any] | None:
    """What a bed that is on its way showed last before the server ended: when on the wall, and where it was then."""
    left, made = resident.left, resident.made
    if left is None or made is None or resident.state != "starting":
        return None
    return {
        "wall": left.wall.isoformat(), "t_s": (left.page + 1) * made.page_s, "values": dict(left.numbers),
        "alarms": [dict(a) for a in left.alarms],
    }  # fmt: skip


def _content(made: Made, session: Session | None) -> dict[str, Any]:
    """What can be seen and done at a bed."""
    page_s = session.page_s if session else 0.0
    now = session.now if session else (lambda control: None)
    return {
        "patient": _patient(made),
        "view": made.view.described(page_s, made.period_s, made.controls),
        "devices": [_device(made, name) for name in made.view.devices],
        "controls": [_control(made, control, now(control.id)) for control in made.controls.values()],
        "forks": {
            "longest_s": longest_s(page_s),
            "most_members": MOST_MEMBERS,
            "most_pages_of_all": MOST_PLAYED,
        },
    }


def _patient(made: Made) -> dict[str, Any]:
    """Who lies in the bed; None for what nobody knows."""
    of = made.bedside.patient
    assumed = isinstance(of, DiabetesPatient) and of.weight_assumed
    return {"age": of.age, "sex": of.sex, "weight_kg": of.weight_kg, "weight_assumed": assumed,
            "height_cm": of.height_cm, "conditions": dict(of.conditions)}  # fmt: skip


def _device(made: Made, name: str) -> dict[str, Any]:
    device = innermost(made.bed.devices[name])
    place = type(device).__module__.rpartition(".")[2]
    gives = _gives(made, name)
    numbers = {source: reading.digits for reading, source, _ in made.view.numbers.readings.values()}
    shows = [_shown(s, gives) | _as_number(numbers, f"{name}.{s}") for s in made.view.devices[name]]
    plain = name.replace("_", " ")
    label_ko = korean_of_device(name)
    words = {"label": plain[:1].upper() + plain[1:], **({"label_ko": label_ko} if label_ko else {})}
    return {"id": name, "kind": _KINDS.get(place, "other"), **words, "shows": shows, "facts": _facts(device, place)}


def _gives(made: Made, device: str) -> str:
    """The drug or the fluid that a device gives, or nothing."""
    rates = (s.removesuffix("_rate") for s in made.view.devices[device] if s.endswith("_rate"))
    return next((name for name in rates if labels(name)), "")


def _shown(signal: str, drug: str) -> dict[str, Any]:
    """Something that a device says; `spoken` has the unit in which people say it, where it is another one, which is
    then the one that has the digits."""
    unit = signal_of(signal).unit
    own = spoken_of(signal, unit, drug)
    said: dict[str, Any] = {
        "id": signal, "label": called(signal), "label_ko": korean_of_signal(signal), "unit": label(unit),
        "digits": _digits(signal),
    }  # fmt: skip
    if own.factor != 1.0:
        said |= {"digits": _DIGITS_SPOKEN, "spoken": {"unit": label(own.unit), "factor": own.factor}}
    return said


def _as_number(digits: Mapping[str, int], source: str) -> dict[str, int]:
    """The digits of what stands among the numbers of the bed too: both say the same."""
    return {"digits": digits[source]} if source in digits else {}


def _facts(device: AbstractDevice, place: str) -> dict[str, float]:
    """Numbers of a device that its panel shows beside what it says: how long a sensor lives, how much a pump holds."""
    names = _FACTS.get(_KINDS.get(place, ""), ())
    known = quantities(type(device))
    return {name: float(np.ravel(getattr(device, name))[0]) for name in names if name in known}


def _digits(signal: str) -> int:
    """Decimal places by which a reading of that size is told from the next."""
    low, high = signal_of(signal).plausible
    if signal_of(signal).whole:
        return 0
    if signal_of(signal).unit.startswith("[IU]") and high < 500.0:
        return 2
    return 0 if high - low > 150.0 else 1 if high - low > 10.0 else 2


def _control(made: Made, control: Control, now: float | None) -> dict[str, Any]:
    """What may be asked for; `per_kg` has the unit by the weight of the patient of the rate of a drug."""
    said = {**control.described(now), "roles": roles(CONTROLS[control.group])}
    patient = _patient(made)
    if patient["weight_kg"] is None or patient["weight_assumed"]:
        return said
    own = per_kg(control.unit, control.id.removesuffix("_command"), patient["weight_kg"])
    return said | ({"per_kg": {"unit": label(own.unit), "factor": own.factor}} if own else {})


def entry(made: Made | None, told: Entry) -> dict[str, Any]:
    """An entry of a log, with words for it."""
    control, value = told.data.get("control"), told.data.get("value")
    text, text_ko = _words(made, told, None), _words(made, told, "ko")
    return {
        "seq": told.seq, "branch": told.branch, "t_s": told.t_s, "wall": told.wall.isoformat(), "who": told.who,
        "kind": told.kind, "control": control, "value": value, "text": text, "text_ko": text_ko,
        "accepted": told.accepted, "reason": told.reason or None,
        "reason_ko": told.data.get("reason_ko"), "data": dict(told.data),
    }  # fmt: skip


def _words(made: Made | None, told: Entry, lang: str | None) -> str:
    pick = lambda key: _SAID[key][1 if lang else 0]
    if told.kind == "clock":
        return pick(told.data["do"]).format(value=told.data.get("value") or 1.0)
    if told.kind == "rewind":
        return pick("rewind").format(to=_clock(told.data["to_s"], made, lang))
    if told.kind == "fork":
        return pick("fork").format(at=_clock(told.data["at_s"], made, lang))
    control = made.controls.get(told.data.get("control", "")) if made else None
    if control is None:
        return str(told.data.get("control", told.kind))
    what = _asked(control, told.data.get("value"), told.data.get("lasts_s"), lang)
    return what if told.accepted else pick("no").format(what=what)


def _asked(control: Control, value: float | None, lasts_s: float | None, lang: str | None) -> str:
    name = control.label_ko if lang else control.label
    if control.kind == "act" or value is None:
        return name
    chosen = next((c for c in control.choices if c.value == value), None)
    if chosen is not None:
        what = f"{name}: {chosen.label_ko if lang else chosen.label}"
    else:
        what = f"{name} {control.spoken.said(value)}"
    return lasting(what, lasts_s, lang, dose=control.kind == "dose")


def _clock(t_s: float, made: Made | None, lang: str | None) -> str:
    """A moment as the pages say it: where pages are long, the day and the minute."""
    minutes, seconds = divmod(round(t_s), 60)
    hours, minutes = divmod(minutes, 60)
    if made is not None and made.page_s >= _SLOW_S:
        days, hours = divmod(hours, 24)
        return f"{days + 1}일째 {hours:02d}:{minutes:02d}" if lang else f"day {days + 1} {hours:02d}:{minutes:02d}"
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def branches(told: Iterable[Branch], page_s: float) -> list[dict[str, Any]]:
    """The courses of events of a bed."""
    return [{"id": b.id, "parent": b.parent, "from_t_s": b.from_page * page_s} for b in told]


def script(made: Made | None, until_s: float = math.inf) -> list[dict[str, Any]]:
    """What happens at a bed by itself until some time, of what people could do too: when, and in words."""
    if made is None:
        return []
    return [
        {
            "control": e.signal, "t_s": e.start_s, "value": e.amount, "lasts_s": e.duration_s,
            "text": _asked(control, e.amount, e.duration_s, None),
            "text_ko": _asked(control, e.amount, e.duration_s, "ko"),
        }
        for e in made.scenario.events
        if e.start_s <= until_s and (control := made.controls.get(e.signal)) is not None and control.kind != "act"
    ]  # fmt: skip


def drugs(resident: Resident) -> list[dict[str, Any]]:
    """What is being given at a bed and was, with words for it."""
    session, made, last = resident.session, resident.made, resident.last
    if session is None or made is None:
        return []
    says = last.devices if last else {}
    return [given_shown(made, one) for one in given(made.controls, session.scenario, says, session.now, session.t_s)]


def given_shown(made: Made, one: Given) -> dict[str, Any]:
    """A drug that is being given or was, with words for it."""
    total = one.amount.said(one.total)
    rate = "" if one.rate is None else one.pace.said(one.rate)
    when, when_ko = ("", "") if one.last_s is None else (_clock(one.last_s, made, lang) for lang in (None, "ko"))
    if one.device and one.last_s is None:
        how, how_ko = ("by its pump", "펌프로") if not one.target else ("by its pump, target", "펌프로, 목표 농도")
        text, text_ko = (f"{how} {rate}", f"{how_ko} {rate}") if rate else ("pump stopped", "펌프 정지")
        text, text_ko = f"{text} · {total} so far", f"{text_ko} · 지금까지 {total}"
    else:
        by, by_ko = ("by its pump", "펌프로") if one.device else ("by hand", "손으로")
        text, text_ko = f"{by} {total}, last at {when}", f"{by_ko} {total}, 마지막 {when_ko}"
        if rate:
            text, text_ko = f"{by} {rate} · {total} so far", f"{by_ko} {rate} · 지금까지 {total}"
    return {
        "id": one.id, "label": one.label, "label_ko": one.label_ko, "device": one.device or None,
        "goes_on": one.rate is not None, "total": float(f"{one.total / one.amount.factor:.5g}"),
        "unit": label(one.amount.unit), "text": text, "text_ko": text_ko,
    }  # fmt: skip


NO_NUMBERS = {
    "kind": "numbers", "t_s": 0.0, "values": {}, "alarms": [], "alarm_sound": 0, "pause_left_s": 0.0, "devices": {},
    "body": {},
}  # fmt: skip
"""What the screen says before the end of the first page."""


def numbers(page: Page) -> dict[str, Any]:
    """What the screen says at the end of a page."""
    return {
        "kind": "numbers", "t_s": page.t_s + page.lasts_s, "values": dict(page.numbers),
        "alarms": [dict(a) for a in page.alarms], "alarm_sound": page.alarm_sound, "pause_left_s": page.pause_left_s,
        "devices": {k: dict(v) for k, v in page.devices.items()}, "body": dict(page.body),
    }  # fmt: skip


def clock(resident: Resident) -> dict[str, Any]:
    """How time goes at a bed."""
    session = resident.session
    return {
        "kind": "clock", "bed": resident.id, "t_s": session.t_s if session else 0.0, "state": resident.state,
        "speed": resident.pace.speed, "branch": session.branch if session else 0, "slipped": resident.pace.slipped,
    }  # fmt: skip


def fork_listed(made: Made | None, told: Fork, *, may_stop: bool) -> dict[str, Any]:
    """A look at what might come, without its numbers."""
    return {
        "id": str(told.id), "state": told.state, "progress": round(told.share, 3), "at_s": told.at_s,
        "horizon_s": told.horizon_s, "who": told.who, "text": _lines(made, told, None),
        "text_ko": _lines(made, told, "ko"), "may_stop": may_stop,
    }  # fmt: skip


def fork(made: Made, told: Fork) -> dict[str, Any]:
    """A look at what might come."""
    said: dict[str, Any] = {
        "id": str(told.id), "state": told.state, "progress": round(told.share, 3), "at_s": told.at_s,
        "horizon_s": told.horizon_s, "members": told.members, "who": told.who,
        "changes": [
            {"control": c.control, "value": c.wish.value, "lasts_s": c.wish.lasts_s, "after_s": c.after_s}
            for c in told.changes
        ],
    }  # fmt: skip
    if told.why:
        why_ko = told.why_ko or told.why
        said["error"] = {"code": "refused", "message": told.why, "advice": "", "message_ko": why_ko, "advice_ko": ""}
    if told.futures is not None:
        future = told.futures
        said |= {
            "t_s": _plain(future.t_s),
            "as_is": {name: _bands(levels) for name, levels in future.as_is.items()},
            "changed": {name: _bands(levels) for name, levels in future.changed.items()},
            "implausible": list(future.implausible),
            "spread": _spread(future.spread, told.at_s),
            "text": _lines(made, told, None),
            "text_ko": _lines(made, told, "ko"),
        }
    return said


_WHY = {
    "begun": ("this bed has only begun", "지난 기록이 짧아"),
    "little": ("the past of this bed says little of it", "지난 기록으로 알 수 있는 것이 적어"),
    "unexplained": ("nobody explains the past of this bed", "지난 기록을 설명하는 사람이 없어"),
    "before": ("an earlier version computed it", "이전 버전이 계산하여"),
}


def _spread(spread: Spread, at_s: float) -> dict[str, Any]:
    """What the members of futures were drawn from, in numbers and in words."""
    said = {
        "of": spread.of, "why": spread.why or None, "from_s": spread.from_s, "until_s": at_s,
        "readings": spread.readings, "candidates": spread.candidates, "effective": round(spread.effective, 1),
        "power": round(spread.power, 3),
    }  # fmt: skip
    if spread.of == "past":
        known = f"{spread.effective:.0f}", f"{spread.candidates}", f"{spread.readings}"
        text = "The spread is what the past of this bed leaves open: {2} readings, effectively {0} of {1} people"
        text_ko = "이 병상의 지난 기록에 맞는 범위입니다: 측정값 {2}개, 유효 {0}명/{1}명"
        return said | {"text": text.format(*known), "text_ko": text_ko.format(*known)}
    if spread.of == "patient":
        return said | {"text": "The patient alone, without a spread", "text_ko": "환자 한 명만 계산했습니다(범위 없음)"}
    why, why_ko = _WHY[spread.why]
    whose, whose_ko = (
        ("the fitted twin", "맞춘 트윈") if spread.of == "twin" else ("people in general", "일반적인 사람")
    )
    return said | {
        "text": f"The spread is that of {whose}: {why}", "text_ko": f"{why_ko} {whose_ko}의 범위로 보여 줍니다"
    }  # fmt: skip


def _lines(made: Made | None, told: Fork, lang: str | None) -> str:
    controls = made.controls if made else {}
    return "; ".join(_change(controls.get(c.control), c, lang) for c in told.changes)


def _change(control: Control | None, change: Change, lang: str | None) -> str:
    """A change of a future, with when it comes."""
    wish = change.wish
    what = change.control if control is None else _asked(control, wish.value, wish.lasts_s, lang)
    if change.after_s <= 0.0:
        return what
    return f"{what}, {span(change.after_s, lang)} 뒤" if lang else f"{what}, after {span(change.after_s)}"


def _bands(levels: np.ndarray) -> dict[str, list[float | None]]:
    return {f"p{level:g}": _plain(values) for level, values in zip(LEVELS, levels, strict=True)}


def _plain(values: Iterable[float]) -> list[float | None]:
    return [float(f"{v:.{_FIGURES}g}") if math.isfinite(v) else None for v in values]


def trends(t_s: list[float], means: Mapping[str, list[float | None]]) -> dict[str, Any]:
    """Numbers over time."""
    return {"t_s": t_s, "numbers": dict(means)}
