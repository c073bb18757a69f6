"""The words of the page in one language, and how it writes numbers, references and events."""

import functools
import importlib.resources
import math
import tomllib

from twinbed.credibility.validation.measures import Measure
from twinbed.credibility.validation.report import Graded
from twinbed.credibility.validation.table import Happening, Row, System
from twinbed.credibility.validation.verdicts import Exact, Range, Trend
from twinbed.studies.report.text import Words
from twinbed.vocab.signals import SIGNALS
from twinbed.vocab.units import label

_MISSING = "–"


@functools.cache
def _catalogue(lang: str) -> dict[str, str]:
    folder = importlib.resources.files(__name__.rpartition(".")[0])
    return tomllib.loads(folder.joinpath(f"{lang}.toml").read_text(encoding="utf-8"))


class Text:
    """Sentences and numbers in one language."""

    def __init__(self, lang: str):
        self.lang = lang
        self.words = Words(lang)
        self._sentences = _catalogue(lang)

    def __call__(self, key: str, **values: object) -> str:
        """The sentence of that key with its gaps filled."""
        return self._sentences[key].format(**values)

    def title(self, system: System) -> str:
        """The name of a system."""
        return system.title_ko if self.lang == "ko" else system.title

    def measure(self, measure: Measure) -> str:
        """The name of a measure."""
        return measure.label_ko if self.lang == "ko" else measure.label

    def number(self, value: float | None) -> str:
        """A number with three significant digits, a true minus sign, a dash where there is none."""
        if value is None or math.isnan(value):
            return _MISSING
        if math.isinf(value):
            return self("never")
        whole = abs(value) >= 100 or value == 0
        shown = f"{value:,.0f}" if whole else f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
        return self._plain(shown)

    def _plain(self, shown: str) -> str:
        short = shown.rstrip("0").rstrip(".") if "." in shown else shown
        return short.replace("-", "−")

    def amount(self, value: float | None, row: Row) -> str:
        """What a row compares: with its unit, or as a share or a change."""
        if value is None or not math.isfinite(value):
            return self.number(value)
        if row.against == "share":
            return self("of_before", n=self._plain(f"{100 * value:.0f}"))
        if row.against == "relative":
            return self._signed(self._percent(value), value)
        shown = self._signed(self.number(value), value) if row.against == "change" else self.number(value)
        unit = self._unit(row)
        return f"{shown}\N{NO-BREAK SPACE}{unit}" if unit else shown

    def _unit(self, row: Row) -> str:
        """The unit of what a row compares; percentages differ by points."""
        return self("points") if row.against == "change" and row.unit == "%" else label(row.unit)

    def _percent(self, share: float) -> str:
        decimals = 0 if abs(share) >= 0.1 else 1
        shown = f"{100 * share:.{decimals}f}" if abs(share) >= 5e-4 else f"{100 * share:.1g}"
        return self._plain(shown) + "\N{NO-BREAK SPACE}%"

    def size(self, least: float, row: Row) -> str:
        """The least change that a trend must have."""
        if row.against == "relative":
            return self._percent(least)
        return f"{self.number(least)}\N{NO-BREAK SPACE}{self._unit(row)}".rstrip("\N{NO-BREAK SPACE}")

    def _signed(self, shown: str, value: float) -> str:
        return ("+" if value > 0 else "") + shown.replace("-", "−")

    def reference(self, row: Row) -> str:
        """What a row is compared with."""
        match row.reference:
            case Exact(value):
                return self.amount(value, row)
            case Range(low, high, spread):
                if math.isinf(high):
                    return self("at_least", value=self.amount(low, row))
                if math.isinf(low):
                    return self("at_most", value=self.amount(high, row))
                key = "between_sd" if spread else "between"
                return self(key, low=self.amount(low, row), high=self.amount(high, row))
            case Trend(direction, least):
                return self(f"trend_{direction}", least=self.size(least, row))

    def kind(self, row: Row) -> str:
        """What sets a row apart: that a run itself sets what it asks for, or a least change of its own, with why."""
        own = self("least_own", why=row.least_why) if row.least_why else ""
        return "; ".join(part for part in (self("prescribed") if row.prescribed else "", own) if part)

    def reason(self, graded: Graded) -> str:
        """Why a row is not good, with what is known about it."""
        return "; ".join(part for part in (graded.verdict.reason, graded.row.known) if part)

    def event(self, event: Happening) -> str:
        """What happens, how much and when."""
        when = f"{self.time(event.at_s)} – {self.time(event.at_s + event.for_s)}"
        if isinstance(event.amount, str):
            return f"{event.signal.replace('_', ' ')} {event.amount.replace('_', ' ')}, {when}"
        known = SIGNALS.get(event.signal)
        name, unit = (known.label, known.dose_unit or known.unit) if known else (event.signal, "1")
        return f"{name} {self.number(event.amount)} {label(unit)}".rstrip() + f", {when}"

    def time(self, seconds: float) -> str:
        """A time in seconds or, from five minutes on, in minutes."""
        if abs(seconds) < 300:
            return self("seconds", n=self._plain(f"{seconds:g}"))
        return self("minutes", n=self._plain(f"{seconds / 60:.3g}"))
