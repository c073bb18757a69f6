"""What protocols and the bench say, in the language of a report.

They are written in English. `ko.toml` beside the protocols of a standard, and that of the bench beside this file, hold
one table, `texts`, of English texts and what they are in Korean. A part in braces stands for any text, such as a
number, and is itself said in that language where it is known: "time from {start} s". Texts joined by commas are said
part by part; a number with its unit, and a unit at the end, stay as they are.
"""

import functools
import importlib.util
import pathlib
import re
import tomllib
from collections.abc import Mapping, Sequence

from twinbed.core import discover

_KIND = "bench/protocols"
_WORDS = re.compile(r"[^\W\d_]{2}")
_UNITS = frozenset(
    "ms min Hz dB mV bpm mL mL/h mL/min L/min /min mg/dL mmol/L mg/min U/h mmHg cmH₂O hPa kPa °C/h vol% kg".split()
)
_NUMBER = re.compile(r"[-+]?\d[\d,]*(\.\d+)?")
_PART = re.compile(r"\{(\w+)\}")


def translations(protocol_id: str, lang: str) -> Mapping[str, str]:
    """English texts of a protocol's standard and what they are in a language; none in English."""
    module = discover.files(_KIND).get(f"{_KIND}/{protocol_id}")
    spec = importlib.util.find_spec(module) if module and lang != "en" else None
    if spec is None or spec.origin is None:
        return {}
    return _read(pathlib.Path(spec.origin).with_name(f"{lang}.toml"))


@functools.cache
def _read(path: pathlib.Path) -> Mapping[str, str]:
    return tomllib.loads(path.read_text(encoding="utf-8"))["texts"] if path.is_file() else {}


class Translator:
    """Says English texts in another language; those that it does not know stay as they are."""

    def __init__(self, texts: Mapping[str, str]):
        self._exact = {english: said for english, said in texts.items() if not _PART.search(english)}
        patterns = [(english, said) for english, said in texts.items() if english not in self._exact]
        patterns.sort(key=lambda pair: -len(_PART.sub("", pair[0])))
        self._patterns = [(_PART.split(english), said) for english, said in patterns]

    def __call__(self, text: str) -> str:
        found = self.find(text)
        return text if found is None else found

    def find(self, text: str) -> str | None:
        """The text in that language; none where it is not known."""
        if text in self._exact or not _WORDS.search(text):
            return self._exact.get(text, text)
        for pattern, said in self._patterns:
            if (values := _values(pattern, text)) is not None:
                return said.format(**{name: self(value) for name, value in values.items()})
        return self._listed(text)

    def _listed(self, text: str) -> str | None:
        *parts, last = text.split(", ")
        if not parts:
            number, _, unit = text.partition(" ")
            return text if _NUMBER.fullmatch(number) and unit in _UNITS else None
        said = [self.find(part) for part in parts]
        end = last if last in _UNITS else self.find(last)
        return None if end is None or None in said else ", ".join([*filter(None, said), end])


def _values(pieces: Sequence[str], text: str) -> dict[str, str] | None:
    """What stands for each part in braces, the shortest that fits from the left; none where the text is another one.

    In time that grows with the length of the text: a device may have written it.

    Args:
        pieces: by turns a fixed text and the name of a part, from a fixed text to a fixed text.
        text: any.
    """
    at, end = len(pieces[0]), len(text) - len(pieces[-1])
    if not text.startswith(pieces[0]) or not text.endswith(pieces[-1]):
        return None
    out: dict[str, str] = {}
    for name, after in zip(pieces[1:-2:2], pieces[2:-1:2], strict=True):
        found = text.find(after, at + 1, end)
        if found < 0:
            return None
        out[name], at = text[at:found], found + len(after)
    return {**out, pieces[-2]: text[at:end]} if at < end else None


@functools.cache
def translator(protocol_id: str, lang: str) -> Translator:
    """What says the texts of a protocol, and those of the bench, in a language."""
    if lang == "en":
        return _ENGLISH
    own = _read(pathlib.Path(__file__).with_name(f"{lang}.toml"))
    return Translator({**own, **translations(protocol_id, lang)})


class _English(Translator):
    def find(self, text: str) -> str | None:
        return text


_ENGLISH = _English({})
