"""A document as DOCX, from the same blocks as the page.

`python-docx` (MIT) writes it; it is imported when it is needed. Drawings are pictures here.
"""

import html.parser
import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

from twinbed.bench.dossier.document import Document
from twinbed.bench.dossier.text import Text
from twinbed.core.errors import NotFound
from twinbed.studies.report.page import (
    Block,
    Callout,
    Cell,
    Column,
    Figure,
    Figures,
    Headline,
    Items,
    Pair,
    Prose,
    Table,
)

_FONTS = {"en": ("Calibri", "Malgun Gothic"), "ko": ("Malgun Gothic", "Malgun Gothic")}
_COLOURS = {"met": "1C6B3A", "unmet": "A3261F", "second": "50606F", "tag": "7A5200"}
_SIGNS = {"met": "✓ ", "unmet": "✕ ", "human": "✎ "}
_WIDTH_MM, _HALF_MM = 174.0, 117.0
"""Of the text, and of a picture that is not over all of it."""
_KEPT = 6
"""Rows of a table that is not broken over pages."""
_SHADE, _WARNING, _RULE, _LEFT = "EEF2F5", "FDF3E1", "C3CCD4", "FFEFB0"


def as_docx(document: Document, head: Headline, text: Text) -> bytes:
    """The document as the bytes of a DOCX file.

    Raises:
        NotFound: `python-docx` is not installed.
    """
    try:
        import docx
    except ImportError:
        raise NotFound(
            "DOCX needs python-docx: pip install python-docx (or twinbed[dossier]); or leave it out with --no-docx"
        ) from None
    made = docx.Document()
    _set_up(made, head, text)
    made.add_heading(head.title, 0)
    _paragraph(made, head.question)
    _facts(made, head)
    _paragraph(made, head.label, bold=True)
    for statement in head.statements:
        _paragraph(made, statement)
    for k, section in enumerate(document.sections, start=1):
        made.add_heading(f"{k}. {section.title}", 1)
        for block in section.blocks:
            _block(made, block, text("figures.elsewhere", page=document.key))
    out = io.BytesIO()
    made.save(out)
    return _timeless(out)


def _timeless(written: io.BytesIO) -> bytes:
    """The file without the time at which it was packed: the same logs give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(written) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(zipfile.ZipInfo(name), before.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _set_up(made: Any, head: Headline, text: Text) -> None:
    """A4, fonts of the language, title and ribbon above each page, page number below."""
    import datetime

    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    section = made.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(18)
    section.top_margin = section.bottom_margin = Mm(18)
    latin, asian = _FONTS[text.lang]
    for name, size, after in (("Normal", 10, 4), ("Title", 20, 6), ("Heading 1", 14, 6), ("List Bullet", 10, 2)):
        style = made.styles[name]
        style.paragraph_format.space_after = Pt(after)
        style.font.name, style.font.size = latin, Pt(size)
        style.font.color.rgb = RGBColor(0x17, 0x21, 0x2B)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        # Named styles of the template take the theme's fonts, which have no Korean.
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for script in ("ascii", "hAnsi", "cs"):
            fonts.set(qn(f"w:{script}"), latin)
        fonts.set(qn("w:eastAsia"), asian)
    made.core_properties.title, made.core_properties.author = head.title, ""
    made.core_properties.language = text.lang
    made.core_properties.created = made.core_properties.modified = datetime.datetime(2000, 1, 1)
    section.header.paragraphs[0].text = f"{head.title}  |  {text('page.ribbon')}"
    _numbered(section.footer.paragraphs[0])
    for part in (section.header, section.footer):
        part.paragraphs[0].runs[0].font.size = Pt(8)


def _numbered(paragraph: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind, said in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = said
        run._r.append(element)


def _facts(made: Any, head: Headline) -> None:
    rows: list[list[Cell]] = [[name, value] for name, value in head.facts]
    _grid(made, [], rows)


def _block(made: Any, block: Block, page: str) -> None:
    if isinstance(block, Prose):
        _paragraph(made, block.text, small=block.tone == "small", bold=block.tone == "note")
    elif isinstance(block, Items | Figures):
        _listed(made, block, page)
    elif isinstance(block, Callout):
        _callout(made, block)
    elif isinstance(block, Table):
        _table(made, block)
    elif isinstance(block, Pair):
        _block(made, block.left, page)
        _block(made, block.right, page)


def _listed(made: Any, block: Items | Figures, page: str) -> None:
    if isinstance(block, Figures):
        for figure in block.figures:
            _figure(made, figure, page, wide=block.size == "single")
        return
    for item in block.items:
        _paragraph(made, item, style="List Bullet")


def _figure(made: Any, figure: Figure, page: str, *, wide: bool) -> None:
    """A drawing with its title above and what it says below; one that is no picture is named."""
    from docx.shared import Mm

    if figure.picture is None:
        _paragraph(made, _named(figure, page), style="List Bullet")
        return
    _paragraph(made, figure.title, bold=True)
    shown = made.add_picture(io.BytesIO(figure.picture()), width=Mm(_WIDTH_MM if wide else _HALF_MM))
    shown._inline.docPr.set("descr", Markup(figure.title).striptags())
    made.paragraphs[-1].paragraph_format.keep_with_next = True
    _paragraph(made, figure.note, small=True)


def _named(figure: Figure, page: str) -> Markup:
    """A drawing by its title, what it says, and where it is drawn."""
    return Markup('{}<span class="second">{} ({})</span>').format(figure.title, figure.note, page)


def _paragraph(made: Any, cell: Cell, *, style: str | None = None, small: bool = False, bold: bool = False) -> None:
    from docx.shared import Pt

    paragraph = made.add_paragraph(style=style)
    if bold:
        paragraph.paragraph_format.space_before = Pt(6)
        paragraph.paragraph_format.keep_with_next = True
    _write(paragraph, cell, size=Pt(8.5) if small else None, bold=bold)


def _callout(made: Any, block: Callout) -> None:
    table = made.add_table(rows=1, cols=1, style="Table Grid")
    cell = table.rows[0].cells[0]
    _ruled(table)
    _shade(cell, _WARNING if block.tone == "warning" else _SHADE)
    _write(cell.paragraphs[0], block.title, bold=True)
    _write(cell.add_paragraph(), block.text)
    made.add_paragraph()
    if block.table:
        _table(made, block.table)


def _table(made: Any, block: Table) -> None:
    _paragraph(made, block.caption, bold=True)
    _grid(made, block.columns, [*block.rows, *block.foot])
    if block.note:
        _paragraph(made, block.note, small=True)
    made.add_paragraph()


def _grid(made: Any, heads: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.oxml import OxmlElement
    from docx.shared import Mm, Pt

    count = len(heads) or len(rows[0])
    table = made.add_table(rows=0, cols=count, style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    widths = [Mm(_WIDTH_MM * share) for share in _shares(heads, rows, count)]
    if heads:
        _heading(table.add_row(), heads)
    for row in rows:
        line = table.add_row()
        whole = OxmlElement("w:cantSplit")
        line._tr.get_or_add_trPr().append(whole)
        for k, (cell, value) in enumerate(zip(line.cells, row, strict=True)):
            _write(cell.paragraphs[0], value, size=Pt(9), bold=not heads and k == 0)
    for column, width in zip(table.columns, widths, strict=True):
        # Word reads the width of cells, others that of columns.
        column.width = width
        for cell in column.cells:
            cell.width = width
    _ruled(table)
    together = table.rows[:-1] if len(rows) <= _KEPT else table.rows[:1]
    for cell in (cell for line in together for cell in line.cells):
        cell.paragraphs[0].paragraph_format.keep_with_next = True


def _heading(line: Any, heads: Sequence[Column]) -> None:
    """The headings, once more on every page."""
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    line._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell, head in zip(line.cells, heads, strict=True):
        _shade(cell, _SHADE)
        _write(cell.paragraphs[0], head.title, size=Pt(9), bold=True)


def _ruled(table: Any) -> None:
    """Thin grey rules, and a little room in each cell."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders, margins = OxmlElement("w:tblBorders"), OxmlElement("w:tblCellMar")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        rule = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", _RULE)):
            rule.set(qn(f"w:{name}"), value)
        borders.append(rule)
    for side, room in (("top", "50"), ("left", "90"), ("bottom", "50"), ("right", "90")):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), room)
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    # The schema wants them in this order, after the layout and before the look.
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    for element in (borders, margins):
        look.addprevious(element)
    layout = table._tbl.tblPr.find(qn("w:tblLayout"))
    if layout is not None:
        margins.addprevious(layout)
    for paragraph in (p for line in table.rows for cell in line.cells for p in cell.paragraphs):
        paragraph.paragraph_format.space_after = 0


def _shares(heads: Sequence[Column], rows: Sequence[Sequence[Cell]], count: int) -> list[float]:
    """Widths of columns as shares: by what they hold, tempered by a square root, and no heading's word broken."""
    if count == 2:
        return [0.32, 0.68]
    said = lambda cell: Markup(cell).striptags()
    lines = [[head.title for head in heads], *rows]
    sizes = [max(len(said(line[k])) for line in lines) for k in range(count)]
    roots = [min(max(size, 8), 120) ** 0.5 for size in sizes]
    words = [max(len(word) for word in said(head.title).split() or [""]) for head in heads]
    shares = [max(root / sum(roots), (2.0 * word + 5.0) / _WIDTH_MM) for root, word in zip(roots, words, strict=True)]
    return [share / sum(shares) for share in shares]


def _shade(cell: Any, colour: str) -> None:
    cell._tc.get_or_add_tcPr().append(_shading(colour))


def _shading(colour: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shade.set(qn(f"w:{name}"), value)
    return shade


def _write(paragraph: Any, cell: Cell, *, size: Any = None, bold: bool = False) -> None:
    """Writes a cell as runs: what is marked on the page is marked here."""
    from docx.shared import Pt, RGBColor

    shown = [piece for piece in pieces(cell) if "key" not in piece[1]]  # a picture has its own legend
    for said, kinds in shown:
        run = paragraph.add_run(said)
        run.bold = bold or "strong" in kinds or None
        if size is not None:
            run.font.size = size
        if "human" in kinds:
            run._r.get_or_add_rPr().append(_shading(_LEFT))
        if "second" in kinds:
            run.font.size = Pt(8)
        if "code" in kinds:
            run.font.name, run.font.size = "Consolas", Pt(7)
        for kind in kinds:
            if kind in _COLOURS:
                run.font.color.rgb = RGBColor.from_string(_COLOURS[kind])


class _Pieces(html.parser.HTMLParser):
    """Texts of a cell with the classes and elements they stand in."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.found: list[tuple[str, frozenset[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.found.append(("\n", frozenset()))
            return
        kind = next((value or "" for name, value in attrs if name == "class"), "") or tag
        self.inside.append(kind)
        if kind == "second" and self.found and self.found[-1][0] != "\n":
            self.found.append(("\n", frozenset()))
        if kind in _SIGNS:
            self.found.append((_SIGNS[kind], frozenset(self.inside)))

    def handle_endtag(self, tag: str) -> None:
        if self.inside.pop() == "second":
            self.found.append(("\n", frozenset()))

    def handle_data(self, data: str) -> None:
        self.found.append((data, frozenset(self.inside)))


def pieces(cell: Cell) -> Iterator[tuple[str, frozenset[str]]]:
    """The texts of a cell in order, each with the classes it stands in; plain text has none."""
    if not isinstance(cell, Markup):
        yield cell, frozenset()
        return
    parser = _Pieces()
    parser.feed(str(cell))
    parser.close()
    while parser.found and parser.found[-1][0] == "\n":
        parser.found.pop()
    yield from parser.found
