"""Settings of a protocol as they are given: checked, of one form, and which of them are not the usual ones."""

import dataclasses
import inspect
import json
import typing
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from twinbed.bench import numbers
from twinbed.bench.numbers import with_unit
from twinbed.connect.files import plain
from twinbed.core.errors import NotFound

_KEY = "setting "
"""How names of settings begin among the texts that are translated: elsewhere the same word may mean another thing."""
_LONG = 8
"""Values of a list that are named."""
_UNITS: Mapping[str, str] = {
    "_mg_dl": "mg/dL", "_ml_h": "mL/h", "_mmhg": "mm[Hg]", "_kpa": "kPa", "_min": "min", "_ml": "mL", "_hz": "Hz",
    "_cm": "cm", "_s": "s", "_h": "h", "_g": "g",
}  # fmt: skip
"""Units by the end of a setting's name."""


@dataclasses.dataclass(frozen=True)
class Stands:
    """What a value of a setting stands for, in its annotation: `Annotated[int, Stands(0, "all")]`."""

    value: Any
    means: str


def fitting(name: str, value: Any, of: inspect.Parameter) -> Any:
    """A value of a setting, if it is of the kind of the usual one; a word may look like a number.

    Names in a list are texts: 100 and "100" are one. A list may be given as one text with commas, or as its only value.

    Raises:
        NotFound: it is of another kind, or names something twice; the message says what to write.
    """
    usual, words = of.default, words_of(of.annotation)
    if words and str(value) not in words:
        raise NotFound(f"{name} is {json.dumps(value)}; write one of {', '.join(words)}")
    if isinstance(usual, list | tuple):
        return _list(name, value, of)
    if isinstance(usual, bool) or usual is None or callable(usual):
        fits = isinstance(value, bool) or not isinstance(usual, bool)
    elif isinstance(usual, int | float):
        whole = isinstance(value, int) or isinstance(usual, float)
        fits = isinstance(value, int | float) and not isinstance(value, bool) and whole
    else:
        return str(value)
    if not fits:
        raise NotFound(f"{name} is {json.dumps(value)}; write a value such as {json.dumps(plain(usual))}")
    return value


def words_of(annotation: Any) -> tuple[str, ...]:
    """The words that a setting may be; none where it is no word."""
    kind = _kind(annotation)
    return typing.get_args(kind) if typing.get_origin(kind) is Literal else ()


def _kind(annotation: Any) -> Any:
    """An annotation without what values stand for."""
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation


def example(of: inspect.Parameter) -> str:
    """How some values of a list are given, such as 100,101; empty where the setting is no list with usual values."""
    return ",".join(str(v) for v in of.default[:2]) if isinstance(of.default, list | tuple) else ""


def _list(name: str, value: Any, of: inspect.Parameter) -> Sequence[Any]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    elif not isinstance(value, list | tuple):
        value = [value]
    texts = _of_texts(of)
    made = [one for one in (_item(one, texts=texts) for one in value) if one is not None]
    if len(made) < len(value):
        such = example(of)
        short = f"{name.rpartition(' ')[2]}={such}" if such else "values with commas between them"
        raise NotFound(f"{name} is {_cut(json.dumps(plain(value)))}; write {short}")
    if texts:
        twice = [str(one) for one, times in Counter(made).items() if times > 1]
        if twice:
            raise NotFound(f"{name} has {', '.join(twice[:_LONG])} more than once; give each once")
    return tuple(made) if typing.get_origin(_kind(of.annotation)) is tuple else made


def _item(value: Any, *, texts: bool) -> str | int | float | None:
    """A value of a list as a text or a number; none where it is neither."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if texts:
        return str(value).strip() or None
    try:
        return value if isinstance(value, int | float) else float(value)
    except ValueError:
        return None


def _of_texts(of: inspect.Parameter) -> bool:
    return str in typing.get_args(_kind(of.annotation))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:56]} ..."


@dataclasses.dataclass(frozen=True)
class Chosen:
    """A setting that is not the usual one."""

    name: str
    value: Any
    usual: Any
    stand: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """What values stand for, by value as JSON."""

    def said(self, value: Any, say: Callable[[str], str]) -> str:
        """One of its values in words, with its unit."""
        return shown(self.name, value, self.stand, say)

    def beside_usual(self) -> str:
        """Its value and the usual one, and of a list that was narrowed how many of how many there are."""
        of = f"{len(self.value)} of {len(self.usual)}: " if self.narrowed else ""
        return f"{of}{self.said(self.value, str)} (usual: {self.said(self.usual, str)})"

    @property
    def narrowed(self) -> bool:
        """Whether it is some of the values of the usual list."""
        lists = (
            isinstance(self.value, Sequence) and isinstance(self.usual, Sequence) and not isinstance(self.value, str)
        )
        return lists and len(self.value) < len(self.usual) and all(one in self.usual for one in self.value)


def usual(of: Mapping[str, inspect.Parameter], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """What the settings that were chosen are where they are left out, as JSON has it."""
    return {name: _plain(of[name].default) for name in chosen}


def changed(protocol: Mapping[str, Any]) -> list[Chosen]:
    """The settings of a protocol, as a log has it, that are not the usual ones; none of logs that do not know these."""
    known, stand = protocol.get("usual", {}), protocol.get("stand", {})
    given = {name: _plain(value) for name, value in protocol.get("settings", {}).items()}
    return [
        Chosen(name, v, known[name], stand.get(name, {}))
        for name, v in given.items()
        if name in known and v != known[name]
    ]


def told(protocol: Mapping[str, Any]) -> list[str]:
    """Settings that are not the usual ones, for files that other programs read."""
    return [f"{one.name} is {one.beside_usual()}" for one in changed(protocol)]


def stand_for(of: Mapping[str, inspect.Parameter], chosen: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What values of the settings that were chosen stand for, by setting and by value as JSON."""
    out: dict[str, dict[str, str]] = {}
    for name in chosen:
        told = [one for one in typing.get_args(of[name].annotation) if isinstance(one, Stands)]
        out |= {name: {json.dumps(_plain(one.value)): one.means for one in told}} if told else {}
    return out


def label(name: str, say: Callable[[str], str]) -> str:
    """What people call a setting: its name without its unit, in the language that `say` speaks."""
    words = name.removesuffix(_ending(name)).replace("_", " ")
    return say(f"{_KEY}{words}").removeprefix(_KEY)


def shown(name: str, value: Any, stand: Mapping[str, str], say: Callable[[str], str]) -> str:
    """A value of a setting in words, with its unit: what it stands for, where it stands for something."""
    means = stand.get(json.dumps(_plain(value)))
    if means:
        return say(means)
    text = written(value)
    return text if text == "–" else with_unit(text, _UNITS.get(_ending(name), ""))


def _ending(name: str) -> str:
    """The end of its name that is a unit; empty where none is."""
    return next((end for end in _UNITS if name.endswith(end)), "")


def written(value: Any) -> str:
    """A value of a setting for people: 100, 104; of long lists the first values and how many there are."""
    if isinstance(value, list | tuple):
        more = f", ... ({len(value)})" if len(value) > _LONG else ""
        return ", ".join(written(one) for one in value[:_LONG]) + more or "–"
    if isinstance(value, float):
        return numbers.written(value)
    return "–" if value in (None, "") else str(value)


def _plain(value: Any) -> Any:
    known = value.__name__ if callable(value) else plain(value)
    return known if isinstance(known, dict | list | str | int | float | bool | None) else str(known)
