"""`twinbed list`: what can be put into a bed."""

from typing import Annotated, Any

import typer

from twinbed.cli.output import show_json
from twinbed.core import discover


def list_components(
    kind: Annotated[
        str,
        typer.Argument(help="physiology, devices, ..., a word such as pump, or signals; all components if left out."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown with every parameter.")] = False,
) -> None:
    """List models, devices, endpoints and populations, one of them in full by its id, or what signals there are."""
    if kind == "signals":
        _list_signals(as_json)
        return
    every = [i for k in discover.KINDS for i in discover.ids(k)]
    chosen = (
        [i for i in every if i == kind]
        or [i for i in every if i.startswith(kind)]
        or [i for i in every if kind.lower() in i.replace("_", " ") or kind.lower() in i]
    )
    if not chosen:
        discover.load(kind)
    rows = [_described(id_) for id_ in chosen]
    if as_json:
        show_json(rows)
    elif markdown or chosen == [kind]:
        typer.echo("\n".join(_markdown(rows)))
    else:
        width = max(len(r["id"]) for r in rows)
        for row in rows:
            typer.echo(f"{row['id']:<{width}}  {row['summary']}")


def _list_signals(as_json: bool) -> None:
    from twinbed.vocab.signals import SIGNALS

    rows = [
        {"signal": s.name, "unit": s.unit, "meaning": s.label, "plausible": s.plausible, "dose_unit": s.dose_unit}
        for s in SIGNALS.values()
    ]
    if as_json:
        show_json(rows)
        return
    width = max(len(r["signal"]) for r in rows)
    for row in rows:
        dose = f" (events give {row['dose_unit']})" if row["dose_unit"] else ""
        typer.echo(f"{row['signal']:<{width}}  {row['unit']:<10}  {row['meaning']}{dose}")


def _described(id_: str) -> dict[str, Any]:
    from twinbed.core.component import types_of
    from twinbed.core.quantities import ports, quantities

    cls = discover.load(id_)
    row: dict[str, Any] = {"id": id_, "summary": (cls.__doc__ or "").strip().split("\n")[0]}
    if hasattr(cls, "sample"):
        return row
    types = types_of(cls)
    row["parameters"] = {
        name: {"unit": q.unit, "meaning": q.doc, "bounds": q.bounds, "source": q.source}
        for name, q in quantities(cls).items()
    }
    row["reads"] = [p.signal for p in ports(types.inputs).values()]
    row["shows"] = [p.signal for p in ports(types.outputs).values()] or list(quantities(types.outputs))
    return row


def _markdown(rows: list[dict[str, Any]]) -> list[str]:
    lines = ["# Components", ""]
    for row in rows:
        lines += [f"## `{row['id']}`", "", row["summary"], ""]
        for what in ("reads", "shows"):
            if row.get(what):
                lines += [f"{what.capitalize()}: {', '.join(f'`{s}`' for s in row[what])}", ""]
        if row.get("parameters"):
            lines += ["| parameter | unit | meaning | source |", "|---|---|---|---|"]
            lines += [
                f"| `{n}` | {q['unit']} | {q['meaning']} | {q['source'] or ''} |" for n, q in row["parameters"].items()
            ]
            lines.append("")
    return lines
