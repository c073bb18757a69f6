"""Model cards: what a model is, what it takes and gives, where its numbers come from, and what it was compared with.

A card is made from the declarations in the code and from the tables of references, so that it cannot grow stale.

**References:**

- Mitchell et al. (2019), Model cards for model reporting, doi:10.1145/3287560.3287596
"""

import collections
import dataclasses
import inspect
import pathlib
import re
from collections.abc import Iterator, Mapping, Sequence

import equinox as eqx

from twinbed.connect.files import write_bytes
from twinbed.core import discover
from twinbed.core.component import types_of
from twinbed.core.model import AbstractModel
from twinbed.core.quantities import Quantity, ports
from twinbed.credibility.validation.report import GRADES, Report
from twinbed.credibility.validation.table import Row, load, systems
from twinbed.testing import example
from twinbed.testing.declared import declared
from twinbed.vocab.signals import SIGNALS

_LIMITS = re.compile(r"\*?Known limits\*?: *(.*?)(?=\n\n|\Z)", re.S)
_REFERENCES = re.compile(r"\*\*References:\*\*\s*(.*)\Z", re.S)


@dataclasses.dataclass(frozen=True)
class Prose:
    """A module's docstring in its parts."""

    about: str
    limits: str
    references: str


def prose(docstring: str) -> Prose:
    """Splits a module's docstring into what it says, its known limits and its references."""
    text = inspect.cleandoc(docstring)
    limits, references = _LIMITS.search(text), _REFERENCES.search(text)
    about = _REFERENCES.sub("", _LIMITS.sub("", text)).strip()
    part = lambda found: found.group(1).strip() if found else ""
    return Prose(re.sub(r"\n{3,}", "\n\n", about), part(limits), part(references))


def cards(report: Report | None = None) -> dict[str, str]:
    """A card for every model that is found, by id.

    Args:
        report: a validation whose verdicts are shown; without it rows are only counted.
    """
    return {id_: card(id_, report) for id_ in discover.ids("physiology")}


def write_cards(folder: pathlib.Path, report: Report | None = None) -> list[pathlib.Path]:
    """Writes every card as Markdown under a folder and returns the files."""
    written = []
    for id_, text in cards(report).items():
        path = folder / f"{id_.removeprefix('physiology/')}.md"
        write_bytes(path, text.encode())
        written.append(path)
    return written


def card(id_: str, report: Report | None = None) -> str:
    """The card of one model, as Markdown.

    Raises:
        NotFound: no model of that id.
    """
    cls = discover.load(id_)
    model = example(cls)
    assert isinstance(model, AbstractModel)
    said = prose(inspect.getmodule(cls).__doc__ or "")
    types = types_of(cls)
    lines = [f"# {cls.__name__}", "", f"`{id_}`: {_first(cls.__doc__)}", "", said.about, ""]
    lines += [f"Step {model.step_s:g} s; time counts in units of {model.seconds_per_time_unit:g} s.", ""]
    lines += _section("Known limits", [said.limits] if said.limits else [])
    lines += _section("States", _table(("state", "unit", "meaning"), _states(model.initial())))
    lines += _section("Inputs", _table(("signal", "unit", "meaning", "unfed"), _ports(types.inputs, rests=True)))
    lines += _section("Outputs", _table(("signal", "unit", "meaning"), _ports(types.outputs)))
    head = ("parameter", "value", "unit", "meaning", "bounds", "source")
    lines += _section("Parameters", _table(head, _parameters(model)))
    shown = {p.signal for p in ports(types.outputs).values()}
    lines += _section("Compared with", _compared(shown, report))
    lines += _section("References", [said.references] if said.references else [])
    return "\n".join(lines).rstrip() + "\n"


def _first(docstring: str | None) -> str:
    return inspect.cleandoc(docstring or "").split("\n\n")[0].replace("\n", " ")


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", "", *lines, ""] if lines else []


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *body] if body else []


def _states(state: eqx.Module) -> Iterator[Sequence[str]]:
    for path, quantity in declared(state):
        yield f"`{path}`", quantity.unit, quantity.doc


def _ports(cls: type, *, rests: bool = False) -> Iterator[Sequence[str]]:
    for port in ports(cls).values():
        known = SIGNALS[port.signal]
        rest = "must be fed" if port.rest is None else f"{port.rest:g}"
        yield f"`{port.signal}`", known.unit, known.label, *([rest] if rests else [])


def _parameters(model: AbstractModel) -> Iterator[Sequence[str]]:
    values = dict(_values(model))
    for path, quantity in declared(model):
        yield f"`{path}`", values.get(path, ""), quantity.unit, quantity.doc, _bounds(quantity), quantity.source or ""


def _bounds(quantity: Quantity) -> str:
    return f"{quantity.bounds[0]:g} to {quantity.bounds[1]:g}" if quantity.bounds else ""


def _values(node: eqx.Module, where: str = "") -> Iterator[tuple[str, str]]:
    """Every number of a module by path, where it is one number."""
    for field in dataclasses.fields(node):
        value = getattr(node, field.name)
        if isinstance(value, eqx.Module):
            yield from _values(value, f"{where}{field.name}.")
        elif eqx.is_array(value) and not value.ndim:
            yield f"{where}{field.name}", f"{float(value):.6g}"


def _compared(shown: set[str], report: Report | None) -> list[str]:
    """How many rows of each table read what the model shows, and how they came out."""
    rows = {name: [row for row in load(name).rows if row.signals & shown] for name in systems()}
    touched = {name: found for name, found in rows.items() if found}
    if not touched:
        return ["No row of the tables reads what this model shows."]
    if report is None:
        cells = ((name, str(len(found)), _measured(found)) for name, found in touched.items())
        return _table(("table", "rows", "measures"), cells)
    grades = {g.row.id: g.verdict.grade for c in report.chapters for g in c.rows}
    counted = ((name, *_counts(found, grades), _measured(found)) for name, found in touched.items())
    return _table(("table", *GRADES, "measures"), counted)


def _counts(rows: Sequence[Row], grades: Mapping[str, str]) -> list[str]:
    count = collections.Counter(grades.get(row.id, "") for row in rows)
    return [str(count[grade]) for grade in GRADES]


def _measured(rows: Sequence[Row]) -> str:
    return ", ".join(dict.fromkeys(row.measure.label.lower() for row in rows))
