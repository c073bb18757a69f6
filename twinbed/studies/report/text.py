"""The words of a report in one language, and how that language writes numbers.

A catalogue is a TOML file beside this one, named by its language. Every language has the
same keys; a test says so.
"""

import functools
import importlib.resources
import math
import tomllib
import unicodedata
from collections.abc import Mapping
from typing import Any

from twinbed.core.errors import NotFound
from twinbed.vocab import signals, units

LANGUAGES = ("en", "ko")
_DECIMALS = {
    "%": 1, "mg/dL": 1, "1": 2, "[IU]": 1, "[IU]/d": 1, "kg": 1,
    "kg/m2": 1, "cm": 0, "g/d": 0, "a": 0, "s": 2, "h": 1,
}  # fmt: skip
_MISSING = "–"


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    out: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            out |= _flat(value, f"{prefix}{key}.")
        else:
            out[prefix + key] = value
    return out


@functools.cache
def catalogue(lang: str) -> dict[str, str]:
    """The sentences of one language by dotted key.

    Raises:
        NotFound: no such language.
    """
    if lang not in LANGUAGES:
        raise NotFound(f"no report in {lang!r}; choose one of {', '.join(LANGUAGES)}")
    written = (
        importlib.resources.files(__name__.rpartition(".")[0]).joinpath(f"{lang}.toml").read_text(encoding="utf-8")
    )
    return _flat(tomllib.loads(written))


class Words:
    """Sentences, names, numbers and units as one language writes them.

    Args:
        lang: of the page.
        confidence: that `{level}` stands for.
        own: sentences of another page by dotted key; they go before those of the same key here.
    """

    def __init__(self, lang: str, *, confidence: float = 0.95, own: Mapping[str, str] | None = None):
        self.lang = lang
        self._level = f"{100 * confidence:g}%"
        self._sentences = {**catalogue(lang), **(own or {})}

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of that key with its gaps filled; `{level}` is the level of confidence."""
        return self._sentences[key].format(level=self._level, **values)

    def number_of(self, key: str, count: float | None) -> str:
        """So many of something, in the singular where there is one."""
        return self(f"{key}_one" if count == 1 else key, n=self.count(count))

    def known(self, group: str, name: str, fallback: str | None = None) -> str:
        """The name of a thing the catalogue may know by its last part, else what the evidence calls it."""
        last = name.rsplit(".", 1)[-1].rsplit("/", 1)[-1]
        return (
            self._sentences.get(f"{group}.{last.replace('-', '_').replace(' ', '_')}")
            or fallback
            or last.replace("_", " ")
        )

    def endpoint(self, name: str, label: str | None = None) -> str:
        """The name of an endpoint, with a capital where the language has them."""
        said = self.known("endpoint", name, label)
        return said[:1].upper() + said[1:]

    def signal(self, name: str) -> str:
        """What a signal is called on a drawing."""
        said = signals.SIGNALS.get(name)
        return self.known("signal", name, said.label if said else None)

    def unit(self, unit: str | None) -> str:
        """A UCUM unit as people read it."""
        if not unit:
            return ""
        return self._sentences.get(f"unit.{unit}") or units.label(unit)

    def number(self, value: float | None, decimals: int = 1) -> str:
        """A number with a thousands comma and a true minus sign, a dash where there is none."""
        if value is None or not math.isfinite(value):
            return _MISSING
        text = f"{value:,.{decimals}f}"
        if not float(text.replace(",", "")):
            text = text.lstrip("-")
        return text.replace("-", "−")

    def signed(self, value: float | None, decimals: int = 1) -> str:
        """A number with its sign, whichever it is."""
        shown = self.number(value, decimals)
        return f"+{shown}" if value is not None and value > 0 else shown

    def count(self, value: float | None) -> str:
        """A whole number."""
        return self.number(value, 0)

    def tick(self, value: float) -> str:
        """A number on an axis, no longer than it must be."""
        return f"{value:g}".replace("-", "−")

    def share(self, value: float | None) -> str:
        """A percentage, with a second decimal where one would say zero."""
        if value is None or not math.isfinite(value):
            return _MISSING
        return f"{self.number(value, decimals('%', value))}%"

    def quantity(self, value: float | None, unit: str | None = None) -> str:
        """A number with its unit."""
        if value is None or not math.isfinite(value):
            return _MISSING
        if unit == "%":
            return self.share(value)
        shown, label = self.number(value, decimals(unit, value)), self.unit(unit)
        return f"{shown}\N{NO-BREAK SPACE}{label}" if label else shown

    def difference(self, value: float | None, unit: str | None = None) -> str:
        """A difference with its sign and unit; shares differ by percentage points."""
        if value is None or not math.isfinite(value):
            return _MISSING
        label, shown = (
            self("unit.points_short") if unit == "%" else self.unit(unit),
            self.signed(value, decimals(unit, value)),
        )
        return f"{shown}\N{NO-BREAK SPACE}{label}" if label else shown

    def difference_unit(self, unit: str | None) -> str:
        """The unit of a difference: shares differ by percentage points."""
        return self("unit.points_long") if unit == "%" else self.unit(unit)

    def size(self, value: float | None, unit: str | None = None) -> str:
        """The size of a difference in a sentence."""
        if unit != "%":
            return self.quantity(value, unit)
        return self("unit.points", n=self.number(value, decimals(unit, value)))

    def interval(self, low: float | None, high: float | None, places: int = 1) -> str:
        """Two ends without their unit."""
        return self("number.interval", low=self.number(low, places), high=self.number(high, places))

    def p_value(self, value: float | None) -> str:
        """A p value as journals print it."""
        if value is None or not math.isfinite(value):
            return _MISSING
        return "<0.001" if value < 0.001 else f"{value:.3f}"

    def every(self, period_s: float) -> str:
        """How often a device acts."""
        if period_s >= 60 and period_s % 60 == 0:
            return self("time.every_min", n=self.tick(period_s / 60))
        return self("time.every_s", n=self.tick(period_s))

    def wide(self, text: str) -> bool:
        """Whether a text is in a script of full-width characters."""
        return any(unicodedata.east_asian_width(c) in "WF" for c in text)


def decimals(unit: str | None, value: float | None) -> int:
    """How many decimals numbers beside `value` are given, one more where it would seem zero."""
    places = _DECIMALS.get(unit or "1", 2)
    seen = value is None or not math.isfinite(value) or value == 0 or abs(value) >= 0.95 * 10.0**-places
    return places if seen else places + 1
