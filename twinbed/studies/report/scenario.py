"""What happened to every patient, from the tables of the study file to sentences."""

from collections.abc import Mapping
from typing import Any

from twinbed.studies.report.text import Words

Item = Mapping[str, Any]


def sentences(scenario: Item, words: Words) -> list[str]:
    """One sentence for each meal, bout of exercise and fault, for how meals are announced and lows treated."""
    out = [_meal(meal, words) for meal in scenario.get("meals") or []]
    out += _announcing(scenario, words)
    out += _treating(scenario.get("low_treatment") or {}, words)
    out += [_exercise(bout, words) for bout in scenario.get("exercise") or []]
    out += [_fault(fault, words) for fault in scenario.get("faults") or []]
    return out


def _joined(parts: list[str]) -> str:
    return ", ".join(part for part in parts if part) + "."


def _name(item: Item, words: Words) -> str:
    name = words.known("item", str(item.get("name", "")))
    return name[:1].upper() + name[1:]


def _when(item: Item, words: Words) -> list[str]:
    """How often, on which days and how punctually."""
    said = []
    if item.get("time_sd_min"):
        said.append(words("scenario.time_varies", n=words.tick(item["time_sd_min"])))
    if item.get("probability", 1.0) < 1.0:
        said.append(words("scenario.sometimes", share=_percent(item["probability"])))
    if item.get("days"):
        key = "scenario.day" if len(item["days"]) == 1 else "scenario.days"
        said.append(words(key, days=", ".join(str(day) for day in item["days"])))
    return said


def _meal(meal: Item, words: Words) -> str:
    amount, by_weight = meal.get("carbohydrate_g"), meal.get("carbohydrate_g_per_kg")
    at = {"name": _name(meal, words), "time": _clock(meal.get("time", 0.0))}
    if amount is None and by_weight is not None:
        said = [words("scenario.meal_by_weight", g=words.tick(by_weight), **at)]
    else:
        said = [words("scenario.meal", g=words.tick(amount or 0.0), **at)]
    for part in ("fat", "protein"):
        if meal.get(f"{part}_g"):
            said.append(words(f"scenario.{part}", g=words.tick(meal[f"{part}_g"])))
    if meal.get("amount_cv"):
        said.append(words("scenario.amount_varies", share=_percent(meal["amount_cv"])))
    if meal.get("announced") is False:
        said.append(words("scenario.never_announced"))
    return _joined([*said, *_when(meal, words)])


def _announcing(scenario: Item, words: Words) -> list[str]:
    """How well carbohydrate is counted and when it is announced."""
    out = []
    counting, bolusing = scenario.get("counting") or {}, scenario.get("bolusing") or {}
    errors = {name: counting.get(name) or 0.0 for name in ("bias", "person_sd", "meal_sd")}
    if any(errors.values()):
        out.append(words("scenario.counting", **{name: _percent(value) for name, value in errors.items()}))
    if bolusing.get("missed"):
        out.append(words("scenario.missed", share=_percent(bolusing["missed"])))
    if bolusing.get("late"):
        late_min = words.tick(bolusing.get("late_min") or 0.0)
        out.append(words("scenario.late", share=_percent(bolusing["late"]), n=late_min))
    if bolusing.get("lead_min"):
        out.append(words("scenario.lead", n=words.tick(bolusing["lead_min"])))
    return out


def _treating(treatment: Item, words: Words) -> list[str]:
    """What people eat when glucose is low."""
    if not treatment.get("carbohydrate_g"):
        return []
    said = words(
        "scenario.low_treatment",
        limit=words.tick(treatment["limit"]),
        asleep_limit=words.tick(treatment["asleep_limit"]),
        asleep=_clock(treatment["asleep_from"]),
        awake=_clock(treatment["asleep_until"]),
        g=words.tick(treatment["carbohydrate_g"]),
        n=words.tick(treatment["again_after_min"]),
    )
    return [said]


def _exercise(bout: Item, words: Words) -> str:
    said = words(
        "scenario.exercise",
        name=_name(bout, words),
        time=_clock(bout.get("time", 0.0)),
        n=words.tick(bout.get("duration_min", 0.0)),
        intensity=words.tick(bout.get("intensity", 0.0)),
    )
    return _joined([said, *_when(bout, words)])


def _fault(fault: Item, words: Words) -> str:
    said = words(
        "scenario.fault",
        name=_name(fault, words),
        time=_clock(fault.get("time", 0.0)),
        n=words.tick(fault.get("duration_min", 0.0)),
    )
    share = fault.get("share", 1.0)
    whom = words("scenario.share", share=_percent(share)) if share < 1.0 else ""
    return _joined([said, whom, *_when(fault, words)])


def _percent(share: float) -> str:
    return f"{100 * share:g}%".replace("-", "−")


def _clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
