"""Writes the documents of a dossier: HTML, DOCX, and the traceability matrix as CSV."""

import importlib.resources
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from markupsafe import Markup

from twinbed.bench.dossier import parts
from twinbed.bench.dossier.document import Document
from twinbed.bench.dossier.documents import (
    analytical,
    anomalies,
    change_plan,
    conformity,
    estar,
    product_code,
    test_set,
    validation,
)
from twinbed.bench.dossier.material import Material, gathered
from twinbed.bench.dossier.text import Text
from twinbed.bench.dossier.word import as_docx
from twinbed.bench.trace import as_csv
from twinbed.connect.files import write_bytes
from twinbed.studies.report.page import Cell, Column, Headline, Section, Table, printed

_DOCUMENTS: Sequence[Callable[[Material, Text], Document]] = (
    validation.made,
    estar.made,
    product_code.made,
    conformity.made,
    analytical.made,
    test_set.made,
    change_plan.made,
    anomalies.made,
)
_MATRIX = "traceability.csv"
_TONES: Mapping[str, Literal["good", "bad"]] = {"pass": "good", "fail": "bad"}


def write_dossier(
    logs: pathlib.Path, device: pathlib.Path, out: pathlib.Path, *, lang: str = "en", docx: bool = True
) -> list[pathlib.Path]:
    """Writes every document into a folder and returns the paths; `index.html` leads to them.

    Args:
        logs: a folder with runs of the bench in it or below it.
        device: `device.toml`, what people state (see `bench.dossier.device_file`).
        out: the folder, made if it is not there.
        lang: language, `en` or `ko`.
        docx: whether DOCX is written beside HTML.

    Raises:
        ReadError: a file cannot be read.
        NotFound: no log, logs of several devices, no such language, or no `python-docx`.
    """
    material = gathered(logs, device)
    text = Text(lang, material.stated)
    documents = [made(material, text) for made in _DOCUMENTS]
    pages = {d.key: page(d, material, text) for d in documents}
    contents = {f"{key}.html": html.encode() for key, html in pages.items()}
    if docx:
        contents |= {f"{d.key}.docx": as_docx(d, _headline(d, material, text), text) for d in documents}
    contents["index.html"] = _index(documents, pages, material, text, docx).encode()
    if material.stated.requirements:
        # The mark at the front tells spreadsheets that this is UTF-8.
        contents[_MATRIX] = as_csv(material.matrix).encode("utf-8-sig")
    for name, content in contents.items():
        write_bytes(out / name, content)
    return [out / name for name in contents]


def page(document: Document, material: Material, text: Text) -> str:
    """A document as a self-contained HTML page."""
    return printed(text.words, _headline(document, material, text), document.sections, style=_style())


def _headline(document: Document, material: Material, text: Text) -> Headline:
    counts = parts.counted(material)
    left = places_left(document)
    statements: list[Cell] = [Markup("<strong>{}</strong>").format(document.answer)] if document.answer else []
    tone: Literal["good", "bad", "open", "plain"] = "open" if left else "plain"
    if document.judges:
        other = parts.otherwise(material, text)
        statements += [parts.summed(counts, text), *other]
        tone = _TONES.get(parts.overall(counts), "open")
        tone = "open" if other and tone == "good" else tone
    statements.append(text("headline.left", n=left) if left else text("headline.nothing_left"))
    name = text.stated.said("device", "name", text.lang)
    facts = [
        (text("headline.device"), name or "–"),
        (text("headline.protocols"), text.words.count(len(material.runs))),
        (text("headline.criteria"), text.words.count(sum(counts.values()))),
        (text("headline.places"), text.words.count(left)),
    ]
    return Headline(document.title, document.says, text("headline.label"), statements, tone, facts)


def places_left(document: Document) -> int:
    """How many places a document leaves for people, signatures and all."""
    return repr(document.sections).count('class="human"')


def _index(documents: Sequence[Document], pages: dict[str, str], material: Material, text: Text, docx: bool) -> str:
    rows: list[list[Cell]] = []
    for document in documents:
        link = Markup('<a href="{}.html">{}</a>').format(document.key, document.title)
        word = Markup('<a href="{}.docx">DOCX</a>').format(document.key) if docx else "–"
        rows.append([link, document.says, text.words.count(places_left(document)), word])
    if material.stated.requirements:
        link = Markup('<a href="{}">{}</a>').format(_MATRIX, text("section.traceability"))
        rows.append([link, text("index.traceability"), "–", "–"])
    heads = [
        Column(text("column.document"), "text"),
        Column(text("column.what"), "text"),
        Column(text("headline.places")),
        Column("DOCX", "text"),
    ]
    section = Section(
        "documents",
        text("section.documents"),
        [
            Table(text("table.documents"), heads, rows, style="stacking"),
            parts.tested(material, text),
        ],
    )
    whole = Document("index", text("index.title"), text("index.says"), [s for d in documents for s in d.sections], True)
    return printed(text.words, _headline(whole, material, text), [section], style=_style())


def _style() -> str:
    read = lambda package: importlib.resources.files(package).joinpath("style.css").read_text(encoding="utf-8")
    return read("twinbed.bench.report") + read("twinbed.bench.dossier")
