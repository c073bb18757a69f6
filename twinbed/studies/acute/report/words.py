"""The sentences of the report of an acute study, beside the numbers and units of every report."""

from collections.abc import Mapping
from typing import Any

from twinbed.studies.report.text import Words
from twinbed.vocab import signals


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

    def signal(self, name: str) -> str:
        """What a signal is called."""
        last = name.rsplit(".", 1)[-1]
        known = signals.SIGNALS.get(last)
        return self.of("signal", last, known.label if known else last)

    def unit(self, unit: str) -> str:
        """A UCUM unit as people read it; nothing for a pure number."""
        return "" if unit == "1" else self.words.unit(unit)

    def number(self, value: float | None) -> str:
        """A number with three significant digits or as many as it has before the point."""
        if value is None or value != value:
            return "–"
        size = abs(value)
        places = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.995 or size == 0.0 else 3
        return self.words.number(value, places)

    def quantity(self, value: float | None, unit: str) -> str:
        """A number with its unit."""
        return f"{self.number(value)}\N{NO-BREAK SPACE}{self.unit(unit)}".rstrip("\N{NO-BREAK SPACE}")

    def signed(self, value: float | None) -> str:
        """A number with its sign, whichever it is."""
        shown = self.number(value)
        return f"+{shown}" if value is not None and value > 0 else shown

    def minutes(self, seconds: float) -> str:
        """A time in minutes, no longer than it must be."""
        return f"{round(seconds / 60.0, 2):g}".replace("-", "−")
