"""`twinbed list`: what can be put into a bed."""

import dataclasses
import math
import re
from collections.abc import Callable
from typing import Annotated, Any

import typer

from twinbed.cli import calibrated
from twinbed.cli.output import show_json
from twinbed.core import discover

ADULT = "physiology/whole_body/adult"
"""The patient of acute bedsides and studies, whom `[patient]` of a file describes: no component, but all organs."""
_FIXED = {"period_s": "time from one reading to the next", "step_s": "step in time"}
"""What settings are that are fixed at compilation, where their names do not say it."""


def list_components(
    kind: Annotated[
        str,
        typer.Argument(
            help="physiology, devices, ..., a word such as pump, or signals, drugs, conditions, rhythms, calibrated; "
            "all components if left out."
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown with every parameter.")] = False,
) -> None:
    """List models, devices, endpoints and populations, one of them in full by its id, or what signals there are."""
    if kind in _LISTS:
        _LISTS[kind](as_json)
        return
    every = sorted([ADULT, *(i for k in discover.KINDS for i in discover.ids(k))], key=_place)
    chosen = (
        [i for i in every if i == kind]
        or [i for i in every if i.startswith(kind)]
        or [i for i in every if kind.lower() in i.replace("_", " ") or kind.lower() in i]
    )
    if not chosen:
        _say_word(kind)
        return
    rows = [_described(id_) for id_ in chosen]
    if as_json:
        show_json(rows)
    elif markdown or chosen == [kind]:
        typer.echo("\n".join(_markdown(rows)))
    else:
        width = max(len(r["id"]) for r in rows)
        for row in rows:
            typer.echo(f"{row['id']:<{width}}  {row['summary']}")


def _say_word(word: str) -> None:
    """What says a clinical word, or what a signal is. Raises `NotFound` for one that nothing stands for."""
    from twinbed.vocab.signals import SIGNALS
    from twinbed.vocab.words import meaning

    known = SIGNALS.get(re.sub(r"\W+", "_", word.strip().lower()))
    said = f"signal, {known.label} ({known.dose_unit or known.unit})" if known else meaning(word)
    typer.echo(f"{word}: {said}") if said else discover.load(word)


def _place(id_: str) -> tuple[int, str]:
    kind = next(k for k in discover.KINDS if id_.startswith(f"{k}/"))
    return discover.KINDS.index(kind), id_


def _list_names(names: dict[str, Any] | list[str], as_json: bool) -> None:
    if as_json:
        show_json(names)
    else:
        typer.echo("\n".join(f"{n:<33} {names[n]}" for n in names) if isinstance(names, dict) else "\n".join(names))


def _drugs() -> dict[str, str]:
    """What is said of every drug: its label, in what people differ, and whose file it is where it is the user's."""
    from twinbed.vocab.drugs import DRUGS, OWN

    differs = lambda drug: ", ".join(drug.model().variability) or "nothing"
    own = lambda name: f"; {OWN[name]}" if name in OWN else ""
    return {name: f"{d.label}; people differ in {differs(d)}{own(name)}" for name, d in DRUGS.items()}


def _list_signals(as_json: bool) -> None:
    from twinbed.vocab.signals import SIGNALS
    from twinbed.vocab.words import words_of

    rows = [
        {"signal": s.name, "unit": s.unit, "meaning": s.label, "plausible": s.plausible, "dose_unit": s.dose_unit,
         "words": words_of(s.name)}
        for s in SIGNALS.values()
    ]  # fmt: skip
    if as_json:
        show_json(rows)
        return
    width = max(len(r["signal"]) for r in rows)
    for row in rows:
        dose = f" (events give {row['dose_unit']})" if row["dose_unit"] else ""
        words = f" [{', '.join(row['words'])}]" if row["words"] else ""
        typer.echo(f"{row['signal']:<{width}}  {row['unit']:<10}  {row['meaning']}{dose}{words}")


def _described(id_: str) -> dict[str, Any]:
    if id_ == ADULT:
        return _described_adult()
    from twinbed.core.component import types_of
    from twinbed.core.quantities import ports, quantities

    cls = discover.load(id_)
    row: dict[str, Any] = {"id": id_, "summary": (cls.__doc__ or "").strip().split("\n")[0]}
    if hasattr(cls, "sample"):
        return row
    types = types_of(cls)
    defaults = {f.name: f.default for f in dataclasses.fields(cls)}
    row["parameters"] = {
        name: {
            "unit": q.unit, "meaning": q.doc, "default": _plain(defaults[name]), "bounds": q.bounds,
            "choices": dict(q.choices), "source": q.source,
        }
        for name, q in quantities(cls).items()
    }  # fmt: skip
    row["fixed"] = _fixed(cls)
    row["reads"] = [p.signal for p in ports(types.inputs).values()]
    row["shows"] = [p.signal for p in ports(types.outputs).values()] or list(quantities(types.outputs))
    return row


def _fixed(cls: type) -> dict[str, Any]:
    """Settings that are fixed when a bed is compiled: periods, delays, signals, words."""
    from twinbed.core.quantities import words
    from twinbed.vocab.drugs import DRUGS

    known = words(cls)
    meaning = lambda name: _FIXED.get(name) or name.removesuffix("_s").replace("_", " ")
    found = {
        f.name: {
            "unit": "s" if f.name.endswith("_s") else "",
            "meaning": known[f.name].doc if f.name in known else meaning(f.name),
            "default": _plain(f.default),
            "choices": list(known[f.name].choices) if f.name in known else [],
        }
        for f in dataclasses.fields(cls)
        if f.metadata.get("static") and f.init and f.name != "role"
    }
    if hasattr(cls, "of"):
        about = "the drug, if it is another than the device is written for"
        found["drug"] = {"unit": "", "meaning": about, "default": None, "choices": list(getattr(cls, "gives", DRUGS))}
    return found


def _plain(default: Any) -> Any:
    """A default as JSON has it; nothing where it has to be given or is made of parts."""
    if isinstance(default, str | bool):
        return default
    return float(default) if hasattr(default, "__float__") and math.isfinite(default) else None


def _described_adult() -> dict[str, Any]:
    from twinbed.physiology.cardiovascular.conduction import RHYTHMS
    from twinbed.physiology.whole_body import CONDITIONS, adult
    from twinbed.studies.acute.bedside import PatientSpec
    from twinbed.studies.tables import keys

    defaults = {f.name: f.default for f in dataclasses.fields(PatientSpec)}
    told = keys(PatientSpec)
    return {
        "id": ADULT,
        "summary": "An adult with all organs: [patient] of a bedside or an acute study; adult(Person(...)) in Python.",
        "organs": {name: type(organ).__module__.removeprefix("twinbed.").replace(".", "/")
                   for name, organ in adult().items()},
        "patient": {
            name: {
                "meaning": known.doc, "default": _plain(defaults[name]),
                "bounds": None if known.low is None or known.high is None else (known.low, known.high),
                "choices": list(known.choices),
            }
            for name, known in told.items()
        },
        "conditions": list(CONDITIONS),
        "rhythms": RHYTHMS,
    }  # fmt: skip


_LISTS: dict[str, Callable[[bool], None]] = {
    "signals": _list_signals,
    "drugs": lambda as_json: _list_names(_drugs(), as_json),
    "conditions": lambda as_json: _list_names(_described_adult()["conditions"], as_json),
    "rhythms": lambda as_json: _list_names(_described_adult()["rhythms"], as_json),
    "calibrated": lambda as_json: typer.echo(calibrated.as_markdown()),
}


def _markdown(rows: list[dict[str, Any]]) -> list[str]:
    lines = ["# Components", ""]
    for row in rows:
        lines += [f"## `{row['id']}`", "", row["summary"], ""]
        lines += _of_adult(row) if row["id"] == ADULT else _of_component(row)
    return lines


def _of_component(row: dict[str, Any]) -> list[str]:
    lines = []
    for what in ("reads", "shows"):
        if row.get(what):
            lines += [f"{what.capitalize()}: {', '.join(f'`{s}`' for s in row[what])}", ""]
    told = [
        (name, _value(q), _allowed(q), q["unit"], q["meaning"], q.get("source") or "")
        for name, q in (*row.get("parameters", {}).items(), *row.get("fixed", {}).items())
    ]
    return lines + _table("parameter | default | allowed | unit | meaning | source", told)


def _of_adult(row: dict[str, Any]) -> list[str]:
    told = [(name, _value(q), _allowed(q), q["meaning"]) for name, q in row["patient"].items()]
    rhythms = ", ".join(f"`{name}` {number}" for name, number in row["rhythms"].items())
    return [
        *_table("key | default | allowed | meaning", told),
        f"Chronic conditions, each with a severity from 0 to 1: {', '.join(f'`{c}`' for c in row['conditions'])}",
        "",
        f"Rhythms, as the amount of an event of `rhythm` (files take the names, Python the numbers): {rhythms}",
        "",
        f"Organs: {', '.join(f'`{name}` ({id_})' for name, id_ in row['organs'].items())}",
        "",
    ]


def _table(head: str, rows: list[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    columns = head.count("|") + 1
    body = [f"| `{name}` | {' | '.join(cells)} |" for name, *cells in rows]
    return [f"| {head} |", "|" + "---|" * columns, *body, ""]


def _value(known: dict[str, Any]) -> str:
    value, choices = known["default"], known.get("choices") or {}
    if isinstance(choices, dict) and value in choices.values():
        return next(name for name, number in choices.items() if number == value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    return value if isinstance(value, str) else f"{value:g}"


def _allowed(known: dict[str, Any]) -> str:
    if known.get("choices"):
        return ", ".join(known["choices"])
    bounds = known.get("bounds")
    return f"{bounds[0]:g} to {bounds[1]:g}" if bounds else ""
