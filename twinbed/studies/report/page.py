"""What a page is made of: sections of prose, callouts, tables and figures, ready to be printed.

Sections are built from evidence in Python; the template only prints them.
"""

import dataclasses
import functools
import importlib.resources
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Literal

import jinja2
from markupsafe import Markup

from twinbed.studies.report.text import Words

Cell = str | Markup


@dataclasses.dataclass(frozen=True)
class Prose:
    """A paragraph."""

    kind: ClassVar[str] = "prose"
    text: Cell
    tone: Literal["plain", "note", "small"] = "plain"


@dataclasses.dataclass(frozen=True)
class Items:
    """A list of short paragraphs."""

    kind: ClassVar[str] = "items"
    items: list[Cell]


@dataclasses.dataclass(frozen=True)
class Folded:
    """A list that is opened by who wants to read it."""

    kind: ClassVar[str] = "folded"
    title: str
    items: list[Cell]


@dataclasses.dataclass(frozen=True)
class Callout:
    """Something that must not be overlooked, with a table where it needs one."""

    kind: ClassVar[str] = "callout"
    title: str
    text: Cell
    tone: Literal["plain", "warning"] = "plain"
    table: "Table | None" = None


@dataclasses.dataclass(frozen=True)
class Column:
    """A column of a table: its heading and how its cells stand."""

    title: Cell
    holds: Literal["text", "number", "figure"] = "number"


@dataclasses.dataclass(frozen=True)
class Table:
    """A table whose first cell of each row is the heading of that row."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: list[Column]
    rows: list[list[Cell]]
    groups: list[tuple[str, int]] = dataclasses.field(default_factory=list)
    """Headings over several columns: (heading, how many)."""
    foot: list[list[Cell]] = dataclasses.field(default_factory=list)
    note: Cell = ""
    style: Literal["plain", "wide", "stacking", "stacking forest"] = "plain"
    """`wide` scrolls on a phone, `stacking` turns each row into a block there."""


@dataclasses.dataclass(frozen=True)
class Figure:
    """A drawing with its heading and what its marks mean."""

    title: Cell
    drawing: Markup
    note: Cell = ""
    picture: Callable[[], bytes] | None = dataclasses.field(default=None, repr=False, compare=False)
    """Makes a PNG of it, for documents that hold no SVG."""


@dataclasses.dataclass(frozen=True)
class Figures:
    """Drawings side by side where there is room."""

    kind: ClassVar[str] = "figures"
    figures: list[Figure]
    legend: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    """(class of the swatch, what it stands for)."""
    size: Literal["half", "third", "single"] = "half"


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two blocks side by side where there is room."""

    kind: ClassVar[str] = "pair"
    left: "Block"
    right: "Block"


Block = Prose | Items | Folded | Callout | Table | Figures | Pair


@dataclasses.dataclass(frozen=True)
class Section:
    """A numbered part of the page."""

    key: str
    title: str
    blocks: list[Block]


@dataclasses.dataclass(frozen=True)
class Headline:
    """The top of the page: what was asked and what came out."""

    title: str
    question: str
    label: str
    statements: list[Cell]
    tone: Literal["good", "bad", "open", "plain"]
    facts: list[tuple[str, str]]
    figure: Cell = ""


def printed(
    words: Words,
    head: Headline,
    sections: Iterable[Section | None],
    *,
    style: str = "",
    others: Sequence[tuple[str, str, str]] = (),
) -> str:
    """A self-contained HTML page.

    Args:
        words: of its language.
        head: its top.
        sections: its parts; None is left out.
        style: CSS besides that of every page.
        others: the same page in other languages: (code, name in that language, file beside this one).
    """
    page = _template().render(
        words=words,
        head=head,
        sections=[section for section in sections if section is not None],
        style=Markup(_file("style.css") + style),
        others=others,
    )
    return page.lstrip()


def _file(name: str) -> str:
    return importlib.resources.files(__name__.rpartition(".")[0]).joinpath(name).read_text(encoding="utf-8")


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_file("template.html.j2"))


def fitting(columns: list[Column]) -> Literal["plain", "wide"]:
    """How a table stands on a phone: as it is while it has few columns."""
    return "plain" if len(columns) <= 4 else "wide"


def stacked(first: str, second: str) -> Markup:
    """A cell of two lines, the second smaller."""
    return Markup('{}<span class="second">{}</span>').format(first, second)


def foreign(text: str, lang: str) -> Cell:
    """A sentence of the record, which is English, marked as such on a page in another language."""
    return text if lang == "en" else Markup('<span lang="en">{}</span>').format(text)
