"""`twinbed list`: what can be put into a bed."""

from typing import Annotated, Any

import typer

from twinbed.cli.output import show_json
from twinbed.core import discover


def list_components(
    kind: Annotated[str, typer.Argument(help="physiology, devices, studies/endpoints, ...; all if left out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown with every parameter.")] = False,
) -> None:
    """List models, devices, endpoints and populations; one component in full by its id."""
    kinds = [k for k in discover.KINDS if not kind or k == kind or kind.startswith(f"{k}/") or k.startswith(kind)]
    if not kinds:
        raise discover.NotFound(f"no kind {kind!r}; kinds are {', '.join(discover.KINDS)}")
    every = [i for k in kinds for i in discover.ids(k)]
    chosen = [i for i in every if i == kind] or [i for i in every if i.startswith(kind)]
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
