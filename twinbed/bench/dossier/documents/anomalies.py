"""Anomaly list (notice 2025-25, article 26(1) item 3 나; FDA guidance on device software functions, section VI.J)."""

from twinbed.bench.dossier import parts
from twinbed.bench.dossier.document import Document
from twinbed.bench.dossier.material import Judged, Material
from twinbed.bench.dossier.text import Text
from twinbed.studies.report.page import Block, Callout, Cell, Prose, Section, Table


def made(material: Material, text: Text) -> Document:
    """Every criterion that failed or was not decided, what people say of it, and anomalies that a retest closed."""
    sections = [
        _open(material, text),
        _cases(material, text),
        _closed(material, text),
        parts.signed(text, "tester", "quality"),
    ]
    return Document("anomalies", text("anomalies.title"), text("anomalies.says"), sections, judges=True)


def _open(material: Material, text: Text) -> Section:
    found = parts.anomalies(material)
    if not found:
        return Section(
            "open", text("section.open"), [Prose(text("anomalies.none")), Prose(text.human("other_anomalies"))]
        )
    blocks: list[Block] = [Prose(text("anomalies.lead", n=len(found)))]
    blocks += [_one(k, group, text) for k, group in enumerate(found, start=1)]
    blocks.append(Prose(text.human("other_anomalies")))
    return Section("open", text("section.open"), blocks)


def _one(k: int, group: list[Judged], text: Text) -> Table:
    run, v, clauses = group[0].run, group[0].verdict, ", ".join(dict.fromkeys(j.verdict.clause for j in group))
    means = "; ".join(text.plain(run.protocol, j.criterion.get("means", j.verdict.criterion)) for j in group)
    found = text("anomaly.found_by", protocol=run.protocol, clause=clauses, log=run.name, when=parts.when(run))
    rows: list[list[Cell]] = [
        [text("anomaly.what"), text.outcome(v) + " " + means],
        [text("anomaly.found"), found],
        [text("column.result"), text.result(run.protocol, v) if v.evident else text.of(run.protocol, v.reason)],
    ]
    if v.value is not None and v.evident:
        rows.append([text("column.limit"), text.limit(group[0])])
        if v.outcome == "not tested":
            rows.append([text("anomaly.reason"), text.of(run.protocol, v.reason)])
    for name in ("cause", "impact", "decision", "rationale"):
        rows.append([text(f"anomaly.{name}"), text.anomaly(run.protocol, v.criterion, name)])
    what = v.criterion if len(group) == 1 else text("anomaly.unanswered")
    return Table(
        text("anomaly.number", k=k, protocol=run.protocol, criterion=what), parts.columns(text, "item", "content"), rows
    )


def _cases(material: Material, text: Text) -> Section:
    rows: list[list[Cell]] = [
        [case.id, run.protocol, text.of(run.protocol, case.failure)]
        for run in material.runs
        for case in run.log.cases
        if case.failure
    ]
    if not rows:
        return Section("cases", text("section.cases"), [Prose(text("anomalies.answered"))])
    shown = rows[:50]
    note = text("anomalies.more", n=len(rows) - 50) if len(rows) > 50 else ""
    heads = parts.columns(text, "case", "protocol", "why")
    return Section(
        "cases", text("section.cases"), [Table(text("table.cases"), heads, shown, note=note, style="stacking")]
    )


def _closed(material: Material, text: Text) -> Section:
    """Verdicts that an earlier run missed and the newest does not: the retest that the notice asks for."""
    rows: list[list[Cell]] = []
    for found in material.changes:
        for moved in found.outcomes:
            if moved.before in ("fail", "not tested", "not applicable") and moved.after == "pass":
                where = f"{found.before.name} → {found.after.name}"
                rows.append([moved.name, found.after.protocol, where, text.human("what_was_changed")])
    if not rows:
        return Section("closed", text("section.closed"), [Prose(text("anomalies.no_retest"))])
    heads = parts.columns(text, "criterion", "protocol", "log", "change")
    blocks: list[Block] = [
        Callout(text("anomalies.retest"), text("anomalies.retest_why")),
        Table(text("table.closed"), heads, rows, style="stacking"),
    ]
    return Section("closed", text("section.closed"), blocks)
