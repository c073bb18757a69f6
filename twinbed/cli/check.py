"""`twinbed check`: runs the contract checks on a component, ours or your own."""

import pathlib
from typing import Annotated

import typer

from twinbed.cli.output import show_json


def check(
    component: Annotated[str, typer.Argument(help="An id (devices/sensing/...) or your own module:Class.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run every contract check on one component, and say whether native code can express it.

    Exit code 1 if a check fails; what cannot be native code runs under XLA and is no failure.
    """
    from twinbed.core.discover import load, look_in
    from twinbed.testing import outcomes

    look_in(pathlib.Path.cwd())
    told = dict[str, str]()
    for name, outcome in outcomes(load(component)):
        told[name] = outcome
        if not as_json:
            typer.echo(f"{name:<28} {outcome}")
    native = told.pop("native code")
    if as_json:
        show_json({"component": component, "checks": told, "native_code": native})
    if set(told.values()) != {"passed"}:
        raise typer.Exit(1)
