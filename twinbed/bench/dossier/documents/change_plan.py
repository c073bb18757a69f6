"""Change-management plan (notice 2025-25, article 26(1) item 8), beside the FDA's predetermined change control plan.

What is to change is for people to write; how a change is tested follows from the logs: the same protocols, cases and
limits, set before the change.
"""

from twinbed.bench.dossier import parts
from twinbed.bench.dossier.document import Document
from twinbed.bench.dossier.documents.test_set import fingerprint
from twinbed.bench.dossier.material import Material
from twinbed.bench.dossier.text import Text
from twinbed.studies.report.page import Block, Callout, Cell, Items, Prose, Section, Table, stacked

_QUESTIONS = (
    "modifications",
    "data_collection",
    "data_quality",
    "data_reference",
    "data_sequestration",
    "training_objectives",
    "training_implementation",
    "evaluation_triggers",
    "evaluation_metrics",
    "evaluation_statistics",
    "evaluation_targets",
    "evaluation_additional",
    "update_verification",
    "update_when",
    "update_communication",
    "update_monitoring",
    "impact",
)
"""Parts of a predetermined change control plan, with the groups of questions of its appendix A (1.a to 4.d)."""
_SHOWN = {
    "modifications",
    "data_collection",
    "data_reference",
    "data_sequestration",
    "training_objectives",
    "training_implementation",
    "evaluation_triggers",
    "evaluation_metrics",
    "evaluation_statistics",
    "evaluation_targets",
    "update_verification",
    "update_when",
    "update_communication",
    "update_monitoring",
    "impact",
}
"""Those that a part of this dossier answers; the rest are for people."""


def made(material: Material, text: Text) -> Document:
    """Whether a plan may be filed, items, timing and steps, methods, opinion; then the FDA's headings."""
    sections = [
        _whether(material, text),
        _stated(text, "items", ("items",)),
        _stated(text, "steps", ("timing", "data")),
        _methods(material, text),
        _stated(text, "opinion", ("opinion", "impact")),
        _fda(text),
        parts.signed(text, "quality", "approver"),
    ]
    return Document("change-plan", text("plan.title"), text("plan.says"), sections)


def _whether(material: Material, text: Text) -> Section:
    answers = material.stated.answers
    blocks: list[Block] = [
        Prose(text("plan.scope")),
        Items([text(f"plan.may_{k}") for k in (1, 2, 3)]),
        Prose(text("plan.not")),
    ]
    if answers is None:
        blocks.append(Callout(text("code.undeclared"), text.human("classification"), "warning"))
    elif "artificial intelligence" not in answers.technologies:
        blocks.append(Callout(text("plan.no_ai"), text("plan.no_ai_why"), "warning"))
    elif not answers.change_plan:
        blocks.append(Callout(text("plan.not_wanted"), text("plan.not_wanted_why"), "warning"))
    return Section("scope", text("section.scope"), blocks)


def _stated(text: Text, key: str, names: tuple[str, ...]) -> Section:
    return Section(key, text(f"section.{key}"), [parts.facts(text, "change_plan", names, f"table.{key}")])


def _methods(material: Material, text: Text) -> Section:
    rows: list[list[Cell]] = []
    for j in material.judged:
        if j.verdict.limit is None or j.criterion.get("sense") == "disclosed":
            continue
        means = text.of(j.run.protocol, j.criterion.get("means", j.verdict.criterion))
        rows.append(
            [
                stacked(means, f"{j.run.protocol}, {text.plain(j.run.protocol, j.verdict.clause)}"),
                text.limit(j),
                text.result(j.run.protocol, j.verdict),
            ]
        )
    sets: list[Cell] = [
        text("plan.set", protocol=run.protocol, cases=len(run.log.cases), sha=fingerprint(run)[:16])
        for run in material.runs
    ]
    heads = parts.columns(text, "criterion", "acceptance", "present")
    return Section(
        "methods",
        text("section.methods"),
        [
            parts.facts(text, "change_plan", ("development",), "table.development"),
            Prose(text("plan.verification"), "note"),
            Prose(text("plan.verification_how")),
            Items(sets),
            Table(text("table.acceptance"), heads, rows, style="stacking"),
            parts.facts(text, "change_plan", ("implementation", "monitoring"), "table.implementation"),
        ],
    )


def _fda(text: Text) -> Section:
    """The components and groups of questions of the FDA's guidance, and where this plan answers them."""
    rows: list[list[Cell]] = []
    for name in _QUESTIONS:
        where = text(f"pccp.where.{name}") if name in _SHOWN else text.human("elsewhere_plan")
        group = text(f"pccp.{name.partition('_')[0]}")
        numbered = stacked(f"{group[0]}.{text(f'pccp.{name}')}", group[2:]) if "_" in name else group
        rows.append([numbered, where])
    return Section(
        "pccp",
        text("section.pccp"),
        [
            Prose(text("pccp.lead")),
            Table(text("table.pccp"), parts.columns(text, "item", "content"), rows),
        ],
    )
