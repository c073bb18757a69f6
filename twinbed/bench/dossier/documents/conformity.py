"""Korean form 2: conformity of the software (notice 2025-25, 별지 제2호서식 and annex 1; article 26(1) item 3 가)."""

from twinbed.bench.dossier import parts
from twinbed.bench.dossier.document import Document
from twinbed.bench.dossier.material import Material
from twinbed.bench.dossier.text import Text
from twinbed.studies.report.page import Cell, Prose, Section, Table, stacked

_LIFE = ("plan", "requirements", "implementation", "verification", "release", "maintenance", "risk", "configuration")


def made(material: Material, text: Text) -> Document:
    """The form in its order; of verification and validation it says what the logs show."""
    sections = [
        Section("software", text("section.software"), [_head(material, text)]),
        Section("life", text("section.life"), [Prose(text("conformity.life")), _life(material, text)]),
        parts.signed(text, "applicant"),
    ]
    return Document("software-conformity", text("conformity.title"), text("conformity.says"), sections)


def _head(material: Material, text: Text) -> Table:
    classified, answers = material.classified, material.stated.answers
    code: Cell = text.human("classification")
    if classified:
        grade = text("code.grade", n=classified.grade) if classified.grade else text("conformity.no_class")
        code = f"{classified.code}, {grade}"
    form: Cell = text(f"conformity.form_{answers.form}") if answers else text.human("classification")
    safety: Cell = text.said("software", "safety")
    graded = max((g.safety for g in classified.functions), default="") if classified else ""
    if graded:
        safety = stacked(f"{graded}, {text('conformity.safety_from')}", text.said("software", "safety"))
    rows: list[list[Cell]] = [
        [text("device.name"), text.said("device", "name")],
        [text("conformity.code"), code],
        [text("conformity.software"), text.said("software", "name")],
        [text("device.version"), text.said("device", "version")],
        [text("conformity.form"), form],
        [text("software.traits"), text.said("software", "traits")],
        [text("software.safety"), safety],
        [text("device.intended_use"), text.said("device", "intended_use")],
        [text("software.environment"), text.said("software", "environment")],
    ]
    return Table(text("table.conformity"), parts.columns(text, "item", "content"), rows)


def _life(material: Material, text: Text) -> Table:
    shown = text("conformity.verified", runs=len(material.runs), result=parts.summed(parts.counted(material), text))
    rows: list[list[Cell]] = []
    for name in _LIFE:
        content = text.said("software", name)
        rows.append([text(f"software.{name}"), stacked(shown, content) if name == "verification" else content])
    return Table(text("table.life"), parts.columns(text, "item", "content"), rows)
