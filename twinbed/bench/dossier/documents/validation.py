"""Verification and validation report."""

from twinbed.bench.dossier import parts
from twinbed.bench.dossier.document import Document
from twinbed.bench.dossier.material import Material
from twinbed.bench.dossier.text import Text
from twinbed.bench.report import changed
from twinbed.bench.report.page import sentences
from twinbed.bench.texts import translator
from twinbed.bench.trace import Run
from twinbed.bench.trace.matrix import Evidence
from twinbed.studies.report.page import Block, Callout, Cell, Items, Prose, Section, Table, stacked


def made(material: Material, text: Text) -> Document:
    """The report: device, tests, results, traceability, changes, limits, record, conclusion."""
    sections = [
        parts.device(text),
        _tested(material, text),
        *(_results(run, text) for run in material.runs),
        *_traceability(material, text),
        *_changes(material, text),
        parts.limits(material, text),
        _record(material, text),
        _conclusion(text),
        parts.signed(text, "author", "reviewer", "approver"),
    ]
    return Document("validation", text("validation.title"), text("validation.says"), sections, judges=True)


def _tested(material: Material, text: Text) -> Section:
    return Section("tested", text("section.tested"), [Prose(text("tested.lead")), parts.tested(material, text)])


def _results(run: Run, text: Text) -> Section:
    p = run.log.protocol
    lines: list[list[Cell]] = [
        [text(f"column.{name}"), text.of(run.protocol, p[name]) or "–"] for name in ("stimulus", "reference")
    ]
    lines.insert(0, [text("column.subjects_of"), text.of(run.protocol, p["subjects"])])
    blocks: list[Block] = [
        Prose(text("results.lead", standard=p["standard"], edition=p["edition"], log=run.name, when=parts.when(run))),
        *parts.judged_again(run, text),
        *parts.port(run, text),
        *parts.chosen(run, text),
        Table(text("table.method"), parts.columns(text, "item", "content"), lines),
        parts.results(run, text),
        *parts.notes(run, text),
    ]
    failed = [c for c in run.log.cases if c.failure]
    if failed:
        said: list[Cell] = [stacked(c.id, text.plain(run.protocol, c.failure)) for c in failed[:10]]
        title = text("results.failed", n=len(failed), cases=len(run.log.cases))
        blocks += [Callout(title, text("results.failed_why"), "warning"), Items(said)]
    key = f"results-{parts.slug(run)}"
    return Section(key, text.plain(run.protocol, p["title"]), [*blocks, *parts.figures(run, text)])


def _traceability(material: Material, text: Text) -> list[Section]:
    if not material.stated.requirements:
        note = Callout(text("section.traceability"), text.human("requirements"), "warning")
        return [Section("traceability", text("section.traceability"), [note])]
    rows: list[list[Cell]] = []
    for row in material.matrix.rows:
        r = row.requirement
        shown = "; ".join(_named(e, text) for e in row.evidence)
        where = stacked(r.protocol or "–", shown or " ".join((r.clause, r.criterion)).strip() or "–")
        stands = parts.standing_in(row.standing, [e.run for e in row.evidence], text)
        rows.append([r.id, r.text, " / ".join(x for x in (r.risk, r.control) if x) or "–", where, stands])
    heads = parts.columns(text, "requirement", "text", "risk", "evidence", "verdict")
    blocks: list[Block] = [
        Prose(text("traceability.lead")),
        *_open(material, text),
        Table(text("table.traceability"), heads, rows, style="stacking"),
    ]
    if material.matrix.unasked:
        found: list[Cell] = [f"{e.run.protocol}: {_named(e, text)}" for e in material.matrix.unasked]
        blocks += [Prose(text("traceability.unasked", n=len(found)), "note"), Items(found)]
    return [Section("traceability", text("section.traceability"), blocks)]


def _named(evidence: Evidence, text: Text) -> str:
    """A criterion with its clause, in the language of the document."""
    return f"{evidence.verdict.criterion} ({text.plain(evidence.run.protocol, evidence.verdict.clause)})"


def _open(material: Material, text: Text) -> list[Block]:
    """Requirements without evidence, before the table."""
    without = material.matrix.without_evidence
    said = text("traceability.without", n=len(without), named=", ".join(without))
    return [Callout(text("traceability.open"), said, "warning")] if without else []


def _changes(material: Material, text: Text) -> list[Section]:
    if not material.changes:
        return []
    blocks: list[Block] = [Prose(text("changes.lead"))]
    for found in material.changes:
        title = text("changes.between", protocol=found.after.protocol, before=found.before.name, after=found.after.name)
        words, say = sentences(text.lang), translator(found.after.protocol, text.lang)
        rows = changed.rows(found, words, say)
        if other := changed.lead(found, words, say):
            blocks.append(Prose(" ".join([f"{title}.", *other])))
        if rows:
            heads = parts.columns(text, "what", "before", "after")
            blocks.append(Table(title, heads, rows))
        else:
            blocks.append(Prose(f"{title}: {text('changes.none')}"))
    return [Section("changes", text("section.changes"), blocks)]


def _record(material: Material, text: Text) -> Section:
    software = {f"{k} {v}" for run in material.runs for k, v in run.log.software.items()}
    return Section(
        "record",
        text("section.record"),
        [
            Prose(text("record.lead", software=", ".join(sorted(software)))),
            parts.fingerprints(material, text),
            parts.devices(material, text),
        ],
    )


def _conclusion(text: Text) -> Section:
    rows: list[list[Cell]] = [
        [text(f"statements.{name}"), text.said("statements", name)] for name in ("discussion", "conclusion")
    ]
    return Section(
        "conclusion",
        text("section.conclusion"),
        [
            Table(text("table.statements"), parts.columns(text, "item", "content"), rows),
        ],
    )
