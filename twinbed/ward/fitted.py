"""A diabetes bed with a twin that was fitted, as the text of a bedside file: all that is known of the twin is in it.

Devices, links and meals are those of the diabetes bed of the catalogue, boluses by the twin's own carbohydrate ratio.
The patient is the median of the twin's draws; the draws go along, and futures are drawn from them (`ward.prior`).

*Known limits*: the twin's model (`physiology/glucose/replay`) has no exercise and no glucagon; when and what the person
eats is not in a twin file.
"""

import json
import math
import re
import tomllib
from collections.abc import Mapping
from typing import Any

import numpy as np

from twinbed.cohorts.twins import Twin
from twinbed.core.errors import StudyError
from twinbed.ward.definition import template

MODEL = "physiology/glucose/replay"

_DIGITS = 6
_BARE = re.compile("[A-Za-z0-9_-]+")
_LOW, _HIGH = (
    {"age": 1.0, "weight_kg": 30.0, "height_cm": 120.0},
    {"age": 100.0, "weight_kg": 200.0, "height_cm": 230.0},
)


class NoBed(StudyError):
    """A twin of which no bed can be made.

    Args:
        message: in English.
        korean: the same.
    """

    def __init__(self, message: str, korean: str):
        super().__init__(message)
        self.korean = korean


def toml_of(twin: Twin) -> str:
    """The text of the bedside file of a twin. Raises `NoBed` where none can be made of it."""
    return written(table_of(twin))


def table_of(twin: Twin) -> dict[str, Any]:
    """The same as tables. Raises `NoBed`."""
    if twin.model_id != MODEL:
        raise NoBed(
            f"a live bed is made of a twin of {MODEL}, and this one is of {twin.model_id}",
            f"병상은 {MODEL}의 트윈으로 만드는데, 이 트윈은 {twin.model_id}의 것입니다",
        )
    if twin.draws < 2:
        raise NoBed("a live bed needs two draws of the twin at least", "병상에는 트윈의 표본이 두 개 이상 필요합니다")
    table = tomllib.loads(template("diabetes").toml)
    table["name"], table["title"] = "twin", f"Twin of {twin.subject}"
    table["ward"] = {
        "title": table["title"], "title_ko": f"{twin.subject}의 트윈",
        "about": f"A twin fitted to the recordings of {twin.subject}.",
        "about_ko": f"{twin.subject}의 기록에 맞춘 트윈입니다.",
    }  # fmt: skip
    table["patient"] = _patient(twin)
    ratio = twin.therapy["carbohydrate_ratio"]
    table["therapy"] = {k: _plain(v) for k, v in twin.therapy.items() if k != "body_weight"}
    meals = [e["amount"] for e in table["daily"] if e["signal"] == "carbohydrate"]
    for event, grams in zip(
        (e for e in table["daily"] if e["signal"] == "injection"), (meals[0], meals[-1]), strict=True
    ):
        event["amount"] = round(grams / ratio, 1)
    return table


def _patient(twin: Twin) -> dict[str, Any]:
    known = {"age": "age_years", "height_cm": "height_cm"}
    own = {name: twin.demographics.get(key) for name, key in known.items()} | {"weight_kg": twin.therapy["body_weight"]}
    said: dict[str, Any] = {"model": "replay"}
    for name, value in own.items():
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            said[name] = float(np.clip(value, _LOW[name], _HIGH[name]))
    if "body_weight_kg" not in twin.demographics:
        said["weight_assumed"] = True
    if "female" in twin.demographics:
        said["sex"] = "female" if twin.demographics["female"] == 1.0 else "male"
    draws = {name: v for name, v in twin.parameters.items() if name != "body_weight"}
    said["parameters"] = {name: _plain(np.median(values)) for name, values in draws.items()}
    said["draws"] = {name: [_plain(v) for v in values] for name, values in draws.items()}
    return said


def _plain(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def written(table: Mapping[str, Any]) -> str:
    """Texts, numbers, lists and tables as TOML; tables within tables stand in one line."""
    single = {k: v for k, v in table.items() if not isinstance(v, Mapping) and not _is_tables(v)}
    lines = [f"{_key(k)} = {_value(v)}" for k, v in single.items()]
    for name, part in table.items():
        for inner in part if _is_tables(part) else [part] if isinstance(part, Mapping) else []:
            lines += ["", f"[[{_key(name)}]]" if _is_tables(part) else f"[{_key(name)}]"]
            lines += [f"{_key(k)} = {_value(v)}" for k, v in inner.items()]
    return "\n".join(lines) + "\n"


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str):  # JSON leaves what TOML does not allow between quotes: the character DEL
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
