"""What a protocol says of itself: what a device is given and must answer, limits, settings; for terminal and docs."""

import inspect
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from twinbed.bench import find
from twinbed.bench.numbers import with_unit, written
from twinbed.bench.protocol import Answer, Given, Protocol
from twinbed.bench.settings import example
from twinbed.bench.texts import translations
from twinbed.connect import data
from twinbed.connect.files import plain
from twinbed.vocab import units

_LONG = 8
"""Values of a list that are shown."""
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "given": "The device is given", "answers": "It must answer", "step_given": "The device is given at every step",
        "step_answers": "It must answer to every step", "played": "A case is played with", "made": "What is recorded",
        "criteria": "Criteria", "limits": "Limits",
        "settings": "Settings (`--set NAME=VALUE`)", "devices": "Devices that it knows by name",
        "standard": "standard", "subjects": "subjects", "stimulus": "stimulus", "reference": "reference",
        "cases": "cases", "recordings": "recordings", "none": "none are needed", "missing": "not found",
        "found": "found in", "name": "name", "kind": "kind", "unit": "unit", "meaning": "meaning", "clause": "clause",
        "limit": "limit", "value": "value", "mark": "known how", "setting": "setting", "usual": "if left out",
        "criterion": "criterion", "attach": "any device of twinbed that fits", "number": "number", "text": "text",
        "series": "list of numbers", "table": "list of lists of numbers", "texts": "list of texts",
        "samples": "list of positions in {of}", "each": "one for each value of {of}",
        "each_row": "one for each {row} of {of}", "axes": "a list for each {row}, in it a number for each {column}",
        "optional": "may be missing",
        "sometimes": "in some cases", "inside": "only for devices of twinbed", "bounds": "{low} to {high}",
        "at least": "at least", "more than": "more than", "at most": "at most",
        "disclosed": "disclosed", "bound": "worse end of the interval",
        "read": "read in the source", "secondary": "from a source that cites it",
        "remembered": "remembered, not checked",
        "project": "set by this project", "laboratory": "given by the laboratory",
        "source": "source", "seconds": "at most {n} s a case",
        "unknown": "as many as the recordings give", "such": "such as {example}",
        "origin": "source of answers", "tester": "recorded by the tester; the bench does not measure them itself",
    },
    "ko": {
        "given": "기기가 받는 것", "answers": "기기가 답할 것", "step_given": "기기가 단계마다 받는 것",
        "step_answers": "기기가 단계마다 답할 것", "played": "사례를 이루는 것", "made": "기록하는 것",
        "criteria": "판정 항목", "limits": "기준값",
        "settings": "설정 (`--set 이름=값`)", "devices": "이름으로 부를 수 있는 기기",
        "standard": "표준", "subjects": "대상", "stimulus": "입력", "reference": "기준", "cases": "사례",
        "recordings": "기록", "none": "필요 없음", "missing": "찾지 못함", "found": "있는 곳:", "name": "이름",
        "kind": "종류", "unit": "단위", "meaning": "뜻", "clause": "조항", "limit": "기준값", "value": "값",
        "mark": "근거", "setting": "설정", "usual": "기본값", "criterion": "항목",
        "attach": "입출력이 맞는 twinbed 기기", "number": "수", "text": "글", "series": "수의 목록",
        "table": "수의 목록의 목록", "texts": "글의 목록", "samples": "{of}의 표본 위치 목록",
        "each": "{of}의 값마다 하나",
        "each_row": "{of}의 {row}마다 하나", "axes": "{row}마다 목록 하나, 그 안에 {column}마다 수 하나",
        "optional": "없어도 됨", "sometimes": "일부 사례에만 있음",
        "inside": "twinbed 기기에만 줌", "bounds": "{low}~{high}", "at least": "이상",
        "more than": "초과", "at most": "이하",
        "disclosed": "공개", "bound": "구간의 나쁜 쪽 끝", "read": "원문에서 읽음", "secondary": "인용한 자료에서",
        "remembered": "기억한 값, 확인 전", "project": "이 프로젝트가 정함", "laboratory": "시험소가 정함",
        "source": "출처", "seconds": "사례당 최대 {n}초", "unknown": "기록에 있는 만큼", "such": "예: {example}",
        "origin": "답의 출처", "tester": "시험자가 기록한 것이며 시험대가 직접 측정하지 않음",
    },
}  # fmt: skip
_MARKDOWN_OF = "`twinbed bench list --markdown docs/protocols` writes this file; what to change is in the protocol."


def described(made: Protocol) -> dict[str, Any]:
    """A protocol as JSON has it."""
    names = ("id", "title", "standard", "edition", "subjects", "stimulus", "reference")
    told = _settings_told(made.id)
    return {name: getattr(made, name) for name in names} | {
        "cases": made.count, "seconds_a_case": made.seconds_a_case, "recordings": _recordings(made),
        "given": {g.name: _given(g) for g in made.given},
        "answers": {a.name: _answer(a) for a in made.answers},
        "steps": made.loop and {
            "given": {g.name: _given(g) for g in made.loop.given},
            "answers": {a.name: _answer(a) for a in made.loop.answers},
        },
        "criteria": [
            {k: getattr(c, k) for k in ("name", "clause", "means", "unit", "sense", "limit", "judged")}
            for c in made.criteria
        ],
        "limits": {
            name: {k: getattr(limit, k) for k in ("value", "unit", "clause", "means", "mark", "source")}
            for name, limit in made.limits.items()
        },
        "settings": {
            name: {"default": _plain(p.default), "means": told.get(name, "")}
            for name, p in find.settings_of(made.id).items()
        },
        "recorded_by_tester": made.recorded_by_tester,
        "devices": sorted(made.devices), "attach": made.attach is not None,
    }  # fmt: skip


def as_text(made: Protocol, *, lang: str = "en") -> str:
    """A protocol for a terminal: headings, and columns of text."""
    say = _Said(made.id, lang)
    lines = [f"{made.id}: {say(made.title)}", ""]
    facts = _facts(made, say)
    facts.append((say.word("recordings"), "; ".join(_found(made, say)) or say.word("none")))
    lines += _columns(facts)
    for title, _, rows in _tables(made, say):
        lines += ["", title.replace("`", ""), *_columns(rows)]
    lines += ["", say.word("devices"), f"  {_devices(made, say)}", ""]
    asked = made.loop.answers if made.loop else made.answers
    answer = ", ".join(f'"{a.name}": ...' for a in asked if not a.optional)
    lines += [
        f"  def my_function(given):  # my_file.py\n      return {{{answer}}}",
        f"  twinbed bench run {made.id} --device my_file.py:my_function",
    ]
    return "\n".join(lines)


def as_markdown(made: Protocol, *, origin: str = _MARKDOWN_OF) -> str:
    """A protocol as a page of the documentation; it says nothing of this machine.

    Args:
        made: the protocol.
        origin: what wrote the page, for a comment that is not shown.
    """
    say = _Said(made.id, "en")
    lines = [f"# {made.title}", "", f"<!-- {origin} -->", "", f"`twinbed bench run {made.id} --device ...`", ""]
    about = inspect.getdoc(inspect.getmodule(find.maker(made.id)))
    lines += [about.strip() if about else "", "", "| | |", "|---|---|"]
    needed = ", ".join(f"`{name}` ({data.SOURCES[name]})" for name in made.recordings) or say.word("none")
    lines += [f"| {_cell(a)} | {_cell(b)} |" for a, b in [*_facts(made, say), (say.word("recordings"), needed)]]
    for title, heads, rows in _tables(made, say):
        if title == say.word("limits"):
            heads, rows = [*heads, say.word("source")], _with_sources(made, rows)
        lines += ["", f"## {title}", "", f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
        lines += [f"| `{row[0]}` | {' | '.join(_cell(cell) for cell in row[1:])} |" for row in rows]
    return "\n".join([*lines, "", f"## {say.word('devices')}", "", _devices(made, say), ""])


def index_markdown(every: Sequence[Protocol]) -> str:
    """The list of all pages."""
    lines = ["# Protocols", "", f"<!-- {_MARKDOWN_OF} -->", "", "| protocol | about | standard | recordings |"]
    lines += ["|---|---|---|---|"]
    for made in every:
        needs = ", ".join(f"`{name}`" for name in made.recordings) or "–"
        lines.append(f"| [`{made.id}`]({made.id}.md) | {made.title} | {made.standard} | {needs} |")
    return "\n".join([*lines, ""])


class _Said:
    """Texts of a protocol, and words about it, in a language."""

    def __init__(self, id_: str, lang: str):
        self.known, self.words = translations(id_, lang), _WORDS[lang]

    def __call__(self, text: str) -> str:
        return self.known.get(text, text)

    def word(self, key: str, **values: object) -> str:
        return self.words[key].format(**values)


Rows = list[tuple[str, ...]]


def _facts(made: Protocol, say: _Said) -> Rows:
    cases = f"{made.count}" if made.count else say.word("unknown")
    facts = [(say.word(key), say(getattr(made, key))) for key in ("subjects", "stimulus", "reference")]
    if made.recorded_by_tester:
        facts.append((say.word("origin"), say.word("tester")))
    standard = (say.word("standard"), f"{made.standard}, {made.edition}")
    return [standard, *facts, (say.word("cases"), f"{cases}, {say.word('seconds', n=written(made.seconds_a_case))}")]


def _tables(made: Protocol, say: _Said) -> list[tuple[str, list[str], Rows]]:
    """Title, headings and rows of every table."""
    heads = lambda *keys: [say.word(key) for key in keys]
    settings, told = find.settings_of(made.id), _settings_told(made.id)
    criteria: Rows = [(c.name, _judged(c, made, say), say(c.clause), say(c.means)) for c in made.criteria]
    limits: Rows = [
        (
            name,
            with_unit(written(limit.value), limit.unit),
            say.word(limit.mark),
            say(limit.clause),
            say(limit.means),
        )
        for name, limit in made.limits.items()
    ]
    chosen: Rows = [
        (name, _short(p.default), _with_example(name, p, told.get(name, ""), say)) for name, p in settings.items()
    ]
    tables = [
        *_asked(made, say),
        (say.word("criteria"), heads("criterion", "limit", "clause", "meaning"), criteria),
        (say.word("limits"), heads("name", "value", "mark", "clause", "meaning"), limits),
        (say.word("settings"), heads("setting", "usual", "meaning"), chosen),
    ]
    return [table for table in tables if table[2]]


def _asked(made: Protocol, say: _Said) -> list[tuple[str, list[str], Rows]]:
    """What a device is given and must answer; of one that is asked step by step that first, and then the case."""
    parts = [("given", "answers", made.given, made.answers)]
    if made.loop:
        parts = [
            ("step_given", "step_answers", made.loop.given, made.loop.answers),
            ("played", "made", made.given, made.answers),
        ]
    heads, tables = [say.word(key) for key in ("name", "kind", "unit", "meaning")], []
    for title_given, title_answers, given, answers in parts:
        rows: Rows = [(g.name, _kind_given(g, say), _label(g.unit), say(g.means)) for g in given]
        tables.append((say.word(title_given), heads, rows))
        rows = [(a.name, _kind_answer(a, given, say), _label(a.unit), say(a.means)) for a in answers]
        tables.append((say.word(title_answers), heads, rows))
    return tables


def _with_sources(made: Protocol, rows: Rows) -> Rows:
    return [(*row, made.limits[row[0]].source) for row in rows]


def _kind_given(given: Given, say: _Said) -> str:
    notes = [say.word("sometimes")] * given.optional + [say.word("inside")] * given.inside
    kind = say.word("axes", row=say(given.rows), column=say(given.columns)) if given.rows else say.word(given.kind)
    return ", ".join([kind, *notes])


def _kind_answer(answer: Answer, among: Sequence[Given], say: _Said) -> str:
    said = [say.word(answer.kind, of=answer.of)]
    if answer.of and answer.kind != "samples":
        rows = next((say(given.rows) for given in among if given.name == answer.of and given.rows), "")
        said.append(say.word("each_row" if rows else "each", of=answer.of, row=rows))
    if all(math.isfinite(end) for end in answer.bounds):
        low, high = answer.bounds
        said.append(say.word("bounds", low=written(low), high=written(high)))
    return ", ".join(said + [say.word("optional")] * answer.optional)


def _judged(criterion: Any, made: Protocol, say: _Said) -> str:
    if criterion.sense == "disclosed":
        return say.word("disclosed")
    limit = made.limits[criterion.limit]
    bound = f" ({say.word('bound')})" if criterion.judged == "bound" else ""
    value, sense = with_unit(written(limit.value), limit.unit), say.word(criterion.sense)
    after = say.words is _WORDS["ko"]
    return (f"{value} {sense}" if after else f"{sense} {value}") + bound


def _found(made: Protocol, say: _Said) -> list[str]:
    """Of every folder of recordings whether it is on this machine."""
    out = []
    for name, place in _recordings(made).items():
        source = f" ({data.SOURCES[name]})" if name in data.SOURCES else ""
        out.append(f"{name} {say.word('found')} {place}" if place else f"{name} {say.word('missing')}{source}")
    return out


def _recordings(made: Protocol) -> dict[str, str]:
    """Where each folder of recordings is; empty where it is not."""
    root = data.data_root()
    return {name: str(root / name) if root and (root / name).is_dir() else "" for name in made.recordings}


def _devices(made: Protocol, say: _Said) -> str:
    named = ", ".join(made.devices)
    return f"{named}; `devices/...`: {say.word('attach')}" if made.attach else named


def _given(given: Given) -> dict[str, Any]:
    return {name: getattr(given, name) for name in ("kind", "unit", "means", "optional", "inside", "rows", "columns")}


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "kind": answer.kind, "unit": answer.unit, "means": answer.means, "of": answer.of, "optional": answer.optional,
        "bounds": [end if math.isfinite(end) else None for end in answer.bounds],
    }  # fmt: skip


def _with_example(name: str, of: inspect.Parameter, told: str, say: _Said) -> str:
    """What a setting means, and how some values of a list are given."""
    values = example(of)
    return f"{told}; {say.word('such', example=f'`{name}={values}`')}" if values else told


def _settings_told(id_: str) -> dict[str, str]:
    """What the protocol says of its settings, from its docstring."""
    doc = inspect.getdoc(find.maker(id_)) or ""
    section = re.search(r"^Args:\n((?:    .*\n?|\n)+)", doc, re.MULTILINE)
    found = re.findall(r"^    (\w+): (.*(?:\n {6,}.*)*)", section[1] if section else "", re.MULTILINE)
    return {name: " ".join(text.split()).rstrip(".") for name, text in found}


def _plain(value: Any) -> Any:
    if callable(value):
        return value.__name__
    known = plain(value)
    return known if isinstance(known, dict | list | str | int | float | bool | None) else str(known)


def _short(value: Any) -> str:
    """A usual value of a setting as one would write it, long lists by their first values."""
    known = _plain(value)
    if isinstance(known, list):
        more = f", ... ({len(known)})" if len(known) > _LONG else ""
        return f"[{', '.join(str(v) for v in known[:_LONG])}{more}]"
    return "–" if known in (None, "") else str(known).lower() if isinstance(known, bool) else str(known)


def _label(unit: str) -> str:
    return "" if unit == "1" else units.label(unit)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with aligned columns; the last one runs on."""
    widths = [max(_width(row[k]) for row in rows) for k in range(len(rows[0]) - 1)]
    pad = lambda text, width: text + " " * (width - _width(text))
    return ["  " + "  ".join([*(pad(c, w) for c, w in zip(row, widths, strict=False)), row[-1]]) for row in rows]


def _width(text: str) -> int:
    """Columns of a terminal: a Korean syllable takes two."""
    return sum(2 if "\u1100" <= c <= "\u11ff" or "\u3000" <= c <= "\ud7a3" else 1 for c in text)
