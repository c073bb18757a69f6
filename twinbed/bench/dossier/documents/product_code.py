"""Korean form 1: product code and class, with the grounds (notice 2025-25, 별지 제1호서식; article 10)."""

from markupsafe import Markup

from twinbed.bench.classify.decide import Classified, GradedFunction, Step
from twinbed.bench.dossier import parts
from twinbed.bench.dossier.document import Document
from twinbed.bench.dossier.material import Material
from twinbed.bench.dossier.text import Text
from twinbed.studies.report.page import Block, Callout, Cell, Items, Prose, Section, Table, stacked


def made(material: Material, text: Text) -> Document:
    """The form in its order: device, code, class, signature; then the papers that follow."""
    sections = [_device(text)]
    if material.classified is None:
        note = Callout(text("code.undeclared"), text.human("classification"), "warning")
        sections.append(Section("code", text("section.code"), [note]))
    else:
        sections += [_code(material, material.classified, text), _class(material, material.classified, text)]
    sections.append(parts.signed(text, "applicant"))
    return Document("product-code", text("code.title"), text("code.says"), sections, answer=_answer(material, text))


def _answer(material: Material, text: Text) -> str:
    if material.classified is None:
        return ""
    grade = material.classified.grade
    return f"{material.classified.code}, {text('code.grade', n=grade) if grade else text('conformity.no_class')}"


def _device(text: Text) -> Section:
    names = ("name", "model", "site", "intended_use", "structure", "performance")
    return Section("device", text("section.device"), [facts_with_note(text, names)])


def facts_with_note(text: Text, names: tuple[str, ...]) -> Table:
    """What people state of the device, with the form's leave to omit what is in the application."""
    table = parts.facts(text, "device", names, "table.device")
    return Table(table.caption, table.columns, table.rows, note=text("code.may_omit"))


def _code(material: Material, classified: Classified, text: Text) -> Section:
    rows: list[list[Cell]] = [[text("code.name"), classified.code, "별표3"]]
    reasons = material.stated.answers.reasons if material.stated.answers else {}
    rows += [_step(step, reasons.get(step.part, ""), text) for step in classified.code_steps]
    heads = parts.columns(text, "item", "content", "article")
    blocks: list[Block] = [Table(text("table.code"), heads, rows, note=text("code.source"))]
    if classified.doubts:
        doubts: list[Cell] = [doubt[text.lang] for doubt in classified.doubts]
        blocks += [Callout(text("code.doubt"), text.human("doubt"), "warning"), Items(doubts)]
    return Section("code", text("section.code"), blocks)


def _step(step: Step, reason: str, text: Text) -> list[Cell]:
    """A part of the code; the form wants grounds for purpose and technology, for the others where they are mixed."""
    said: Cell = stacked(step.value or "–", step.because[text.lang])
    if reason or step.part in ("purpose", "technology") or step.value in ("C", "3"):
        said += stacked("", Markup("{} {}").format(text("code.reason"), reason or text.human("reason")))
    return [text(f"code.{step.part}"), said, step.article]


def _class(material: Material, classified: Classified, text: Text) -> Section:
    box = lambda n: "[✓]" if n == classified.grade else "[\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}]"
    marks = " · ".join(f"{text('code.grade', n=n)}\N{NO-BREAK SPACE}{box(n)}" for n in (4, 3, 2, 1))
    answers = material.stated.answers
    assert answers is not None
    hardware: Cell = text("code.no_hardware")
    if answers.form != "standalone":
        item = answers.hardware_item or text.human("hardware")
        grade = text("code.grade", n=answers.hardware_class) if answers.hardware_class else text.human("hardware_class")
        hardware = item + " / " + grade
    rows: list[list[Cell]] = [
        [text("code.class"), stacked(marks, classified.grade_step.because[text.lang]), classified.grade_step.article],
        [text("code.hardware"), hardware, "별표4 제2호가목2)"],
    ]
    heads = parts.columns(text, "item", "content", "article")
    blocks: list[Block] = [Table(text("table.class"), heads, rows)]
    blocks += [_function(graded, text) for graded in classified.functions]
    blocks.append(Prose(text("code.final"), "small"))
    return Section("class", text("section.class"), blocks)


def _function(graded: GradedFunction, text: Text) -> Table:
    rows: list[list[Cell]] = []
    for step in graded.steps:
        content = step.because[text.lang]
        if step.part == "class":
            said: Cell = stacked(text("code.grade", n=step.value) if step.value else "–", content)
        else:
            key = "purpose" if step.part == "effect" else step.part
            reason = graded.function.reasons.get(key) or text.human("reason")
            said = stacked(content, Markup("{} {}").format(text("code.reason"), reason))
        rows.append([text(f"code.{step.part}"), said, step.article])
    safety = text("code.safety_of", letter=graded.safety) if graded.safety else "–"
    rows.append([text("code.safety"), safety, "고시 제2025-25호 별표1 제5호"])
    heads = parts.columns(text, "item", "content", "article")
    caption = text("code.function", name=graded.function.name, purpose=graded.function.purpose)
    return Table(caption, heads, rows)
