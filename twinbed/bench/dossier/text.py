"""The words of a dossier in one language: its sentences, verdicts, numbers, and the places left for people."""

import functools
import importlib.resources
import tomllib
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from twinbed.bench.dossier.device_file import DeviceFile
from twinbed.bench.numbers import readable
from twinbed.bench.report.verdicts import shown, shown_limit
from twinbed.bench.texts import translator
from twinbed.bench.trace import standing_of
from twinbed.bench.verdict import Verdict
from twinbed.studies.report.page import Cell, foreign, stacked
from twinbed.studies.report.text import Words

_SIGNS = {"at most": "≤", "at least": "≥", "more than": ">"}


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    out: dict[str, str] = {}
    for key, value in tree.items():
        out |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {prefix + key: value}
    return out


@functools.cache
def catalogue(lang: str) -> dict[str, str]:
    """The sentences of a dossier in one language, by dotted key; every language has the same keys."""
    package = importlib.resources.files(__name__.rpartition(".")[0])
    return _flat(tomllib.loads(package.joinpath(f"{lang}.toml").read_text(encoding="utf-8")))


def _naming(file: str, sentences: Mapping[str, str]) -> dict[str, str]:
    """The sentences with what people state in a file of that name; its braces are no gaps."""
    name = file.replace("{", "{{").replace("}", "}}")
    return {key: said.replace("device.toml", name) for key, said in sentences.items()}


class Text:
    """What a dossier says in one language."""

    def __init__(self, lang: str, stated: DeviceFile):
        self.words = Words(lang, own=_naming(stated.file, catalogue(lang)) if lang in ("en", "ko") else None)
        self.lang, self.stated = lang, stated

    def __call__(self, key: str, **values: object) -> str:
        return self.words(key, **values)

    def human(self, key: str, **values: object) -> Cell:
        """A place that a person has to fill, visibly; never anything else."""
        return Markup('<span class="human">{}</span>').format(self(f"human.{key}", **values))

    def said(self, table: str, name: str) -> Cell:
        """What the device's file states, or the place for it; what belongs there stands beside it."""
        return self.stated.said(table, name, self.lang) or self.human("write")

    def anomaly(self, protocol: str, criterion: str, name: str) -> Cell:
        """What the device's file states of an anomaly, or the place for it."""
        return self.stated.anomaly(protocol, criterion, name, self.lang) or self.human("assess")

    def of(self, protocol: str, english: str) -> Cell:
        """A sentence of a protocol in this language; in English, and marked so, where it is not translated."""
        if self.lang == "en" or not english:
            return english
        return translator(protocol, self.lang).find(english) or foreign(english, self.lang)

    def plain(self, protocol: str, english: str) -> str:
        """The same as text, for titles and lists."""
        return translator(protocol, self.lang)(english)

    def outcome(self, verdict: Verdict) -> Markup:
        """A verdict with its mark; one without a limit is no pass but disclosed."""
        return self.verdict(standing_of(verdict))

    def verdict(self, outcome: str) -> Markup:
        """An outcome with its mark."""
        kind = {"pass": "met", "fail": "unmet"}.get(outcome, "tag")
        return Markup('<span class="{}">{}</span>').format(kind, self(f"verdict.{outcome.replace(' ', '_')}"))

    def result(self, protocol: str, verdict: Verdict) -> Cell:
        """A value with its interval, and how that was made, below it; without one why there is none."""
        if verdict.value is None:
            return self.of(protocol, verdict.reason)
        verdict = readable(verdict)
        value = shown(verdict.value, verdict.unit, self.words, verdict.limit)
        if not verdict.evident:
            return stacked(value, self("partial", n=verdict.answered, all=verdict.asked))
        if verdict.low is None or verdict.high is None:
            return value
        level = f"{100 * verdict.level:g}%" if verdict.level else ""
        low, high = (shown(end, "1", self.words, verdict.limit) for end in (verdict.low, verdict.high))
        return stacked(value, self("interval", low=low, high=high, at=level))

    def limit(self, judged: Any) -> Cell:
        """The limit of a criterion as it is compared, and how it is known, below it."""
        sense, limit = judged.criterion.get("sense", "disclosed"), judged.verdict.limit
        if sense == "disclosed":
            return self("limit.disclosed")
        if limit is None:  # it asks nothing of this device
            return "–"
        compared = self.compared(judged)
        return stacked(compared, self(f"mark.{judged.verdict.mark}")) if judged.verdict.mark else compared

    def compared(self, judged: Any) -> str:
        """The limit of a criterion as it is compared: at most or at least, and whether the interval's end is held."""
        sense, limit = judged.criterion.get("sense", "disclosed"), judged.verdict.limit
        if sense == "disclosed":
            return self("limit.disclosed")
        if limit is None:  # it asks nothing of this device
            return "–"
        compared = f"{_SIGNS[sense]} {shown_limit(limit, judged.verdict.unit, self.words)}"
        return f"{compared} ({self('limit.bound')})" if judged.criterion.get("judged") == "bound" else compared
