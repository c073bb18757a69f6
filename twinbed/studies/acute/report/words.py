"""The sentences of the report of an acute study, beside the numbers and units of every report."""

import functools
import importlib.resources
import tomllib
from collections.abc import Mapping
from typing import Any

from twinbed.studies.report.text import Words
from twinbed.vocab import signals
from twinbed.vocab.fluids import labels


@functools.cache
def sentences(lang: str) -> Mapping[str, Any]:
    """The sentences of this report in one language, by section and key; nothing in a language without any."""
    try:
        written = importlib.resources.files(__name__.rpartition(".")[0]).joinpath(f"{lang}.toml")
        return tomllib.loads(written.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def state(signal: str, amount: float, lang: str = "en") -> str:
    """What it means that a signal is set to a value, such as "Tube in the trachea"; nothing where a number says it."""
    return sentences(lang).get("state", {}).get(f"{signal}_{amount:g}", "")


def called(signal: str, lang: str = "en") -> str:
    """What a signal is called, without what its numbers stand for."""
    known = signals.SIGNALS.get(signal)
    own = sentences(lang).get("signal", {}).get(signal)
    drug, _, what = signal.rpartition("_")
    if own is None and (names := labels(drug)) and what in sentences(lang)["pump"]:
        return sentences(lang)["pump"][what].format(drug=names[lang == "ko"])
    return own or (known.label.partition(": ")[0].partition(" (")[0] if known else signal.replace("_", " "))


def drug_name(name: str, lang: str) -> str:
    """A drug in a language; another word stays as it is."""
    if (names := labels(name)) is None:
        return name
    return names[1] if lang == "ko" else names[0].lower()


class Saying:
    """Sentences by section and key in one language; `words` writes numbers and units."""

    def __init__(self, lang: str, sentences: Mapping[str, Any], *, confidence: float):
        self.words = Words(lang, confidence=confidence)
        self.lang, self.level = lang, f"{100 * confidence:g}%"
        self._sentences = sentences

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of `section.key` with its gaps filled."""
        section, name = key.split(".", 1)
        return self._sentences[section][name].format(level=self.level, **values)

    def of(self, section: str, name: str, fallback: str) -> str:
        """A sentence that may not be there."""
        return self._sentences[section].get(name, fallback)

    def name(self, section: str, name: str) -> str:
        """What a part of a bed or a setting is called; where nothing is written, as in the code."""
        return self._sentences.get(section, {}).get(name) or name.replace("_", " ")

    def signal(self, name: str) -> str:
        """What a signal is called."""
        return called(name.rsplit(".", 1)[-1], self.lang)

    def unit(self, unit: str) -> str:
        """A UCUM unit as people read it; nothing for a pure number."""
        return "" if unit == "1" else self.words.unit(unit)

    def unit_in_full(self, unit: str) -> str:
        """A unit in a heading, where there is room for a word."""
        return self.of("unit", unit, "") or self.unit(unit)

    def own(self, record: Mapping[str, Any], name: str) -> str:
        """A text of the study's file in this language; in English where the file has no other."""
        return record.get(f"{name}_{self.lang}") or record[name]

    def number(self, value: float | None) -> str:
        """A number with three significant digits or as many as it has before the point; below 0.0005 it is zero."""
        return self.alike(value)[0]

    def alike(self, *values: float | None) -> list[str]:
        """Numbers that stand side by side, with as many decimals as the largest has by itself."""
        size = max((abs(v) for v in values if v is not None and v == v), default=0.0)
        places = 0 if size >= 99.95 or size < 5e-4 else 1 if size >= 9.995 else 2 if size >= 0.995 else 3
        return [self.words.number(v, places) for v in values]

    def quantity(self, value: float | None, unit: str) -> str:
        """A number with its unit."""
        return f"{self.number(value)}\N{NO-BREAK SPACE}{self.unit(unit)}".rstrip("\N{NO-BREAK SPACE}")

    def signed(self, value: float | None, *beside: float | None) -> str:
        """A number with its sign, whichever it is; with the decimals that it has beside others."""
        shown = self.alike(value, *beside)[0]
        return f"+{shown}" if value is not None and value > 0 and shown.strip("0.") else shown

    def moment(self, seconds: float) -> str:
        """A time with its unit: seconds below a minute, else minutes."""
        if 0.0 < abs(seconds) < 60.0:
            return self("time.seconds", n=f"{seconds:.3g}".replace("-", "−"))
        return self("time.minutes", n=self.minutes(seconds))

    def span(self, start: float, end: float) -> str:
        """From one time to another, in seconds where both are below a minute."""
        if max(abs(start), abs(end)) < 60.0:
            plain = lambda s: f"{s:.3g}".replace("-", "−")
            return self("time.span_seconds", start=plain(start), end=plain(end))
        return self("time.span", start=self.minutes(start), end=self.minutes(end))

    def minutes(self, seconds: float) -> str:
        """A time in minutes, no longer than it must be."""
        return f"{round(seconds / 60.0, 2):g}".replace("-", "−")
