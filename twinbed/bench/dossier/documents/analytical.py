"""Korean file of analytical performance in view of clinical use (notice 2025-25, articles 24 to 26).

Software functions of class 2 may file it in the place of a clinical trial: article 25(2) item 1 마 for standalone
software, article 26(2) item 3 가 for embedded software.
"""

from twinbed.bench.classify import papers
from twinbed.bench.classify.papers import Paper
from twinbed.bench.dossier import parts
from twinbed.bench.dossier.document import Document
from twinbed.bench.dossier.material import Material
from twinbed.bench.dossier.text import Text
from twinbed.studies.report.page import Block, Callout, Cell, Prose, Section, Table


def made(material: Material, text: Text) -> Document:
    """Legal basis, device, test set, performance with its intervals, rationale of items and limits, signature."""
    names = ("collection", "source", "reference", "literature", "independence", "ethnicity", "environment")
    sections = [
        _basis(material, text),
        parts.device(text),
        Section(
            "set",
            text("section.set"),
            [
                Prose(text("analytical.set")),
                parts.facts(text, "test_set", names, "table.set"),
                parts.tested(material, text),
            ],
        ),
        Section(
            "performance",
            text("section.performance"),
            [Prose(text("analytical.performance")), *_results(material, text)],
        ),
        parts.limits(material, text),
        _rationale(text),
        parts.signed(text, "tester", "quality"),
    ]
    return Document("analytical-performance", text("analytical.title"), text("analytical.says"), sections, judges=True)


def _basis(material: Material, text: Text) -> Section:
    if material.classified is None or material.stated.answers is None:
        note = Callout(text("code.undeclared"), text.human("classification"), "warning")
        return Section("basis", text("section.basis"), [note])
    filed = papers(material.stated.answers, material.classified)
    clinical = next((p for p in filed if p.name["en"].startswith("clinical trial")), None)
    blocks: list[Block] = [_whether(clinical, text)]
    if filed:
        rows: list[list[Cell]] = [
            [p.name[text.lang], text(f"asked.{p.asked.replace(' ', '_')}"), p.because[text.lang], p.article]
            for p in filed
        ]
        heads = parts.columns(text, "paper", "asked", "why", "article")
        blocks.append(Table(text("table.papers"), heads, rows, style="stacking"))
    return Section("basis", text("section.basis"), blocks)


def _whether(clinical: Paper | None, text: Text) -> Callout:
    if clinical is None:
        return Callout(text("analytical.class_1"), text("analytical.class_1_why"))
    said = f"{clinical.because[text.lang]} ({clinical.article})"
    if clinical.asked == "may be replaced":
        return Callout(text("analytical.may"), said)
    return Callout(text("analytical.may_not"), said, "warning")


def _results(material: Material, text: Text) -> list[Block]:
    out: list[Block] = []
    for run in material.runs:
        p = run.log.protocol
        out.append(Prose(f"{text.plain(run.protocol, p['title'])} ({p['standard']}, {p['edition']})", "note"))
        out += [*parts.judged_again(run, text), *parts.port(run, text), *parts.chosen(run, text)]
        out += [parts.results(run, text), *parts.notes(run, text)]
    return out


def _rationale(text: Text) -> Section:
    rows: list[list[Cell]] = [
        [text("test_set.rationale"), text.said("test_set", "rationale")],
        [text("statements.discussion"), text.said("statements", "discussion")],
        [text("statements.conclusion"), text.said("statements", "conclusion")],
    ]
    return Section(
        "rationale",
        text("section.rationale"),
        [
            Table(text("table.statements"), parts.columns(text, "item", "content"), rows),
        ],
    )
