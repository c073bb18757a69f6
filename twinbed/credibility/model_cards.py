"""Cards of models and devices: what one is, what it takes and gives, where its numbers come from, and what it was
compared with.

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
from twinbed.core.device import AbstractDevice, AbstractWrapper
from twinbed.core.model import AbstractModel
from twinbed.core.noise import noise_from_seed
from twinbed.core.prose import first_paragraph, prose
from twinbed.core.quantities import Quantity, ports
from twinbed.credibility.validation.report import GRADES, Report
from twinbed.credibility.validation.table import Row, load, systems
from twinbed.testing import example
from twinbed.testing.declared import declared
from twinbed.vocab.signals import SIGNALS

_KINDS = {"physiology": "Models", "devices": "Devices"}


def cards(report: Report | None = None) -> dict[str, str]:
    """A card for every model and device that is found, by id.

    Args:
        report: a validation whose verdicts are shown; without it rows are only counted.
    """
    return {id_: card(id_, report) for kind in _KINDS for id_ in discover.ids(kind)}


def write_cards(folder: pathlib.Path, report: Report | None = None) -> list[pathlib.Path]:
    """Writes every card as Markdown under a folder, and `index.md` that leads to them; returns the cards."""
    written = []
    for id_, text in cards(report).items():
        path = folder / f"{_place(id_)}.md"
        write_bytes(path, text.encode())
        written.append(path)
    write_bytes(folder / "index.md", index().encode())
    return written


def index() -> str:
    """The list of all cards, as Markdown: each with what it is, how many states it has and how many known limits."""
    lines = ["# Models and devices", ""]
    for kind, title in _KINDS.items():
        lines += _section(
            title, _table(("component", "what it is", "states", "known limits"), map(_line, discover.ids(kind)))
        )
    return "\n".join(lines).rstrip() + "\n"


def _line(id_: str) -> Sequence[str]:
    cls = discover.load(id_)
    said = prose(inspect.getmodule(cls).__doc__ or "")
    states = len(list(declared(_initial(example(cls)))))
    what = first_paragraph(cls.__doc__).rstrip(".")
    return f"[{cls.__name__}]({_place(id_)}.md)", what, str(states), str(count_limits(said.limits))


def count_limits(text: str) -> int:
    """How many limits a text names: its sentences, and the parts of a sentence between semicolons."""
    return len([part for part in re.split(r";|[.](?=\s|$)", text) if part.strip()])


def _place(id_: str) -> str:
    return id_.removeprefix("physiology/")


def _initial(part: AbstractModel | AbstractDevice) -> eqx.Module:
    if isinstance(part, AbstractModel):
        return part.initial()
    return part.initial(noise_from_seed(0))


def card(id_: str, report: Report | None = None) -> str:
    """The card of one model or device, as Markdown. A fault is shown around a plain device.

    Raises:
        NotFound: no component of that id.
    """
    cls = discover.load(id_)
    part = example(cls)
    assert isinstance(part, AbstractModel | AbstractDevice)
    said = prose(inspect.getmodule(cls).__doc__ or "")
    types = types_of(cls)
    lines = [f"# {cls.__name__}", "", f"`{id_}`: {first_paragraph(cls.__doc__)}", "", said.about, ""]
    lines += [_timing(part), ""]
    lines += _section("Known limits", [said.limits] if said.limits else [])
    lines += _section("States", _table(("state", "unit", "meaning"), _states(_initial(part))))
    lines += _section("Inputs", _table(("signal", "unit", "meaning", "unfed"), _ports(types.inputs, rests=True)))
    if not isinstance(part, AbstractWrapper):
        lines += _section("Outputs", _table(("signal", "unit", "meaning"), _ports(types.outputs)))
    head = ("parameter", "value", "unit", "meaning", "bounds", "source")
    lines += _section("Parameters", _table(head, _parameters(part)))
    if not isinstance(part, AbstractWrapper):
        shown = {p.signal for p in ports(types.outputs).values()}
        lines += _section("Compared with", _compared(shown, report))
    lines += _section("References", [said.references] if said.references else [])
    return "\n".join(lines).rstrip() + "\n"


def _timing(part: AbstractModel | AbstractDevice) -> str:
    if isinstance(part, AbstractModel):
        return f"Step {part.step_s:g} s; time counts in units of {part.seconds_per_time_unit:g} s."
    if isinstance(part, AbstractWrapper):
        return "It stands around another device, and shows what that shows, as often as that does."
    return f"Role: {part.role}; acts every {part.period_s:g} s."


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


def _parameters(part: AbstractModel | AbstractDevice) -> Iterator[Sequence[str]]:
    values = dict(_values(part))
    for path, quantity in declared(part):
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
        return ["No row of the tables reads what it shows."]
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
