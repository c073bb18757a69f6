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
    from twinbed.testing import checks_for
    from twinbed.testing.checks import native_code

    look_in(pathlib.Path.cwd())
    cls = load(component)
    outcomes = {}
    for one in checks_for(cls):
        try:
            one(cls)
        except Exception as error:  # a component under test may fail in any way; all are reported
            outcomes[one.__name__] = f"{type(error).__name__}: {error}"
        else:
            outcomes[one.__name__] = "passed"
        if not as_json:
            typer.echo(f"{one.__name__:<28} {outcomes[one.__name__]}")
    native = native_code(cls)
    if as_json:
        show_json({"component": component, "checks": outcomes, "native_code": native})
    else:
        typer.echo(f"{'native code':<28} {native}")
    if set(outcomes.values()) != {"passed"}:
        raise typer.Exit(1)
