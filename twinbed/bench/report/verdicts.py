"""The verdict of every clause as a table: what was found, the limit, and how that limit is known."""

import re
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from twinbed.bench.log import Log
from twinbed.bench.numbers import number, readable, with_unit, written
from twinbed.bench.verdict import Verdict
from twinbed.studies.report import page
from twinbed.studies.report.text import Words

Say = Callable[[str], str]
MARKS = ("read", "secondary", "remembered", "project", "laboratory")


def shown(value: float | None, unit: str, words: Words, limit: float | None = None) -> str:
    """A number with its unit as a page sets it, with the digits of `bench.numbers`."""
    return _set(number(value, limit), unit if value is not None else "1", words)


def shown_limit(value: float | None, unit: str, words: Words) -> str:
    """A limit with all of its digits."""
    return _set(written(value), unit if value is not None else "1", words)


def _set(digits: str, unit: str, words: Words) -> str:
    """A number with a true minus sign, and no line break before its unit."""
    digits = digits.replace("-", "−").replace(" ", "\N{NO-BREAK SPACE}")
    if unit == "%":
        return f"{digits}%"
    return with_unit(digits, unit, words.unit).replace(f"{digits} ", f"{digits}\N{NO-BREAK SPACE}")


def outcome_of(verdict: Verdict, words: Words) -> Markup:
    """The verdict as a coloured word; one without a limit is disclosed."""
    return told(verdict.told, words)


def told(outcome: str, words: Words) -> Markup:
    """An outcome as a coloured word."""
    kind = outcome if outcome in ("pass", "fail") else "open"
    return Markup('<span class="outcome {}">{}</span>').format(kind, words(f"outcome.{outcome.replace(' ', '_')}"))


def mark_of(mark: str, words: Words) -> Markup:
    """How a limit is known, in a word."""
    return Markup('<span class="known known-{}">{}</span>').format(mark, words(f"known.{mark}"))


def remembered(log: Log) -> list[Verdict]:
    """The verdicts that a limit decided which was only remembered."""
    return [v for v in log.verdicts if v.mark == "remembered" and v.outcome in ("pass", "fail") and v.evident]


def section(log: Log, words: Words, say: Say) -> page.Section:
    """Verdicts with a limit first, failed ones before others; below them what marks and intervals mean."""
    declared = {c["name"]: c for c in log.protocol["criteria"]}
    methods = _Methods(words, say)
    order = sorted(log.verdicts, key=lambda v: (v.limit is None, v.outcome != "fail"))
    aside = [v for v in order if v.outcome == "not applicable" and v.limit is None]
    rows = [_row(readable(v), declared[v.criterion], log, methods, words, say) for v in order if v not in aside]
    texts = ("criterion", "outcome", "mark", "clause")
    keys = ("criterion", "outcome", "value", "interval", "limit", "mark", "clause", "n")
    columns = [page.Column(words(key), "text" if key in texts else "number") for key in keys]
    blocks: list[page.Block] = [page.Table(words("verdicts"), columns, rows, style="stacking")]
    if unsure := remembered(log):
        blocks.insert(0, page.Callout(words("remembered"), unbroken(words("remembered.say", n=len(unsure))), "warning"))
    if partial := next((v for v in log.verdicts if not v.evident), None):
        key = "no_evidence" if any(v.value is not None for v in log.verdicts if not v.evident) else "no_value"
        said = words(f"{key}.say", n=partial.answered, all=partial.asked, reason=say(partial.reason))
        blocks.insert(0, page.Callout(words(key), said, "warning"))
    used = [mark for mark in MARKS if any(v.mark == mark for v in log.verdicts)]
    marks = [(Markup("{} –").format(mark_of(mark, words)), words(f"mark.{mark}")) for mark in used]
    blocks += [_legend(marks, words("mark"))] if marks else []
    found = methods.found()
    blocks += [_legend(found, words("interval"))] if found else []
    blocks += [page.Prose(said, "small") for said in _not_about(aside, declared, words, say)]
    return page.Section("verdicts", words("verdicts"), blocks)


def _not_about(aside: Sequence[Verdict], declared: Mapping[str, Any], words: Words, say: Say) -> list[str]:
    """What does not apply to the device and has no limit, a sentence for each reason."""
    reasons = dict.fromkeys(v.reason for v in aside)
    named = lambda reason: "; ".join(say(declared[v.criterion]["means"]) for v in aside if v.reason == reason)
    return [words("not_about", reason=say(reason), names=named(reason)) for reason in reasons]


def unbroken(said: str) -> Markup:
    """A sentence whose option of the command line stands on one line."""
    before, option, after = said.partition("--limits")
    return Markup('{}<span class="option">{}</span>{}').format(before, option, after)


def _legend(entries: Sequence[tuple[page.Cell, str]], title: str) -> page.Prose:
    said = Markup("; ").join(Markup("{}\N{NO-BREAK SPACE}{}").format(sign, meaning) for sign, meaning in entries)
    return page.Prose(Markup("{}: {}.").format(title, said), "small")


class _Methods:
    """How intervals were made, each with a letter; methods that differ by one number share a letter."""

    def __init__(self, words: Words, say: Say):
        self._words, self._say, self._numbers = words, say, dict[str, list[str]]()

    def letter(self, verdict: Verdict) -> Markup:
        """The sign that stands for the method of a verdict; nothing where none is named."""
        if not verdict.method:
            return Markup("")
        level = f" ({100 * verdict.level:g}%)" if verdict.level and verdict.level != 0.95 else ""
        said = self._say(verdict.method) + level
        numbers = _NUMBER.findall(said)
        key = _NUMBER.sub("{}", said) if len(numbers) == 1 else said
        self._numbers.setdefault(key, []).extend(numbers if len(numbers) == 1 else [])
        return _sign(list(self._numbers).index(key))

    def found(self) -> list[tuple[page.Cell, str]]:
        """Each sign with its method; a number that differs is given by its ends."""
        out: list[tuple[page.Cell, str]] = []
        for k, (key, numbers) in enumerate(self._numbers.items()):
            low, high = (end(numbers, key=float) if numbers else "" for end in (min, max))
            shown = low if low == high else self._words("ends", low=low, high=high)
            out.append((_sign(k), key.replace("{}", shown)))
        return out


_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")


def _sign(k: int) -> Markup:
    letters = string.ascii_lowercase
    return Markup("<sup>{}</sup>").format(letters[k % 26] * (1 + k // 26))


def _row(
    verdict: Verdict, declared: Mapping[str, Any], log: Log, methods: _Methods, words: Words, say: Say
) -> list[page.Cell]:
    limit: page.Cell = "–"
    if verdict.limit is not None:
        limit = words(declared["sense"].replace(" ", "_"), value=shown_limit(verdict.limit, verdict.unit, words))
        if declared["judged"] == "bound":
            limit = page.stacked(limit, words("bound"))
    ends: page.Cell = "–"
    if verdict.low is not None or verdict.high is not None:
        low, high = (shown(end, "1", words, verdict.limit) for end in (verdict.low, verdict.high))
        ends = Markup("<span>{}{}</span>").format(words("ends", low=low, high=high), methods.letter(verdict))
    open_ = verdict.outcome == "fail" and verdict.value is None or verdict.outcome in ("not tested", "not applicable")
    tells = open_ and verdict.evident  # else the reason is one for all and stands above
    named, value = say(declared["means"]), shown(verdict.value, verdict.unit, words, verdict.limit)
    if not verdict.evident and verdict.value is not None:
        partial = words("partial", n=verdict.answered, all=verdict.asked)
        value = page.stacked(value, Markup(",<br>").join(partial.split(", ")))
    place = words(f"found.{log.kind_of(verdict.found_in)}", name=say(verdict.found_in)) if verdict.found_in else ""
    below = say(verdict.reason) if tells else place
    return [
        page.stacked(named, below) if below else named,
        outcome_of(verdict, words), value, ends, limit,
        mark_of(verdict.mark, words) if verdict.mark else "–", say(verdict.clause), words.count(verdict.n),
    ]  # fmt: skip
