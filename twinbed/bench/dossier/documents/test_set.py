"""Description of the test sets: what people state of their collection, and what the logs show of them."""

import collections
import hashlib

from twinbed.bench.dossier import parts
from twinbed.bench.dossier.document import Document
from twinbed.bench.dossier.material import Material
from twinbed.bench.dossier.text import Text
from twinbed.bench.trace import Run
from twinbed.studies.report.page import Block, Callout, Cell, Prose, Section, Table

_MOST_GROUPS = 12
"""Groups of one grouping that are listed; more are counted."""


def made(material: Material, text: Text) -> Document:
    """Collection as stated, then for each protocol cases, subjects, groups, doubles, and the fingerprint of the set."""
    names = (
        "collection",
        "exclusions",
        "source",
        "reference",
        "literature",
        "independence",
        "ethnicity",
        "environment",
    )
    sections = [
        Section("collection", text("section.collection"), [parts.facts(text, "test_set", names, "table.set")]),
        *(_set(run, text) for run in material.runs),
        _shared(material, text),
        parts.signed(text, "tester", "quality"),
    ]
    return Document("test-set", text("set.title"), text("set.says"), sections)


def fingerprint(run: Run) -> str:
    """One SHA-256 of all cases of a run, whatever their order."""
    digest = hashlib.sha256()
    for case in sorted(run.log.cases, key=lambda c: c.id):
        digest.update(f"{case.id} {case.sha256}\n".encode())
    return digest.hexdigest()


def doubles(run: Run) -> list[list[str]]:
    """Cases that are the same: given and true alike, bit for bit."""
    same: dict[str, list[str]] = {}
    for case in run.log.cases:
        same.setdefault(case.sha256, []).append(case.id)
    return [ids for ids in same.values() if len(ids) > 1]


def _set(run: Run, text: Text) -> Section:
    p, cases = run.log.protocol, run.log.cases
    per_subject = collections.Counter(c.subject for c in cases)
    most = max(per_subject.values(), default=0)
    rows: list[list[Cell]] = [
        [text("column.subjects_of"), text.of(run.protocol, p["subjects"])],
        [text("column.stimulus"), text.of(run.protocol, p["stimulus"])],
        [text("column.reference"), text.of(run.protocol, p["reference"]) or "–"],
        [text("column.cases"), text.words.count(len(cases))],
        [text("column.subjects"), text.words.count(len(per_subject))],
        [text("set.most"), text.words.count(most)],
        [text("set.fingerprint"), fingerprint(run)],
    ]
    same = doubles(run)
    said = (
        text("set.no_doubles")
        if not same
        else text("set.doubles", n=len(same), cases="; ".join(map(", ".join, same[:5])))
    )
    blocks: list[Block] = [
        *parts.chosen(run, text),
        Table(text("table.of_set"), parts.columns(text, "item", "content"), rows),
        *_groups(run, text),
        Callout(text("set.doubles_title"), said, "warning" if same else "plain"),
    ]
    return Section(f"set-{parts.slug(run)}", text.plain(run.protocol, p["title"]), blocks)


def _groups(run: Run, text: Text) -> list[Block]:
    names = list(dict.fromkeys(name for c in run.log.cases for name in c.groups))
    if not names:
        return [Prose(text.human("groups"))]
    rows: list[list[Cell]] = []
    for name in names:
        counts: dict[str, tuple[int, set[str]]] = {}
        for case in run.log.cases:
            value = case.groups.get(name) or "–"
            n, people = counts.get(value, (0, set()))
            counts[value] = n + 1, people | {case.subject}
        if len(counts) > _MOST_GROUPS:
            people = set().union(*(p for _, p in counts.values()))
            rows.append(
                [
                    name,
                    text("set.values", n=len(counts)),
                    text.words.count(len(run.log.cases)),
                    text.words.count(len(people)),
                ]
            )
            continue
        for value, (n, people) in sorted(counts.items()):
            rows.append([name, value, text.words.count(n), text.words.count(len(people))])
    heads = parts.columns(text, "grouping", "value", "cases", "subjects", numbers=("cases", "subjects"))
    return [Table(text("table.groups"), heads, rows)]


def _shared(material: Material, text: Text) -> Section:
    """Subjects that stand in the test sets of several protocols are no independent evidence."""
    people = {run.protocol: {c.subject for c in run.log.cases} for run in material.runs}
    rows: list[list[Cell]] = []
    names = sorted(people)
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            both = people[one] & people[other]
            if both:
                rows.append([f"{one}, {other}", text.words.count(len(both))])
    blocks: list[Block] = [Prose(text("set.shared" if rows else "set.not_shared"))]
    if rows:
        heads = parts.columns(text, "protocol", "subjects", numbers=("subjects",))
        blocks.append(Table(text("table.shared"), heads, rows))
    blocks.append(Callout(text("set.training"), text.human("training"), "warning"))
    return Section("shared", text("section.shared"), blocks)
