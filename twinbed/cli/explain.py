"""`twinbed explain`: draws a study's schedule and wiring without running it."""

import pathlib
from typing import Annotated

import typer

from twinbed.cli.output import show_json


def explain(
    study: Annotated[pathlib.Path, typer.Argument(help="A study file (TOML).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show, for each arm, which part runs when and which signal feeds which input."""
    from twinbed.studies import load_study
    from twinbed.studies.execute import explained

    arms = explained(load_study(study))
    if as_json:
        show_json(arms)
        return
    for arm in arms:
        typer.echo(f"\n{arm['arm']}, {arm['model']}: pages of {arm['page_s']:g} s")
        for depth, level in enumerate(arm["levels"]):
            parts = ", ".join([*level["parts"], *(f"{m} (integrates)" for m in level["models"])])
            typer.echo(f"{'  ' * (depth + 1)}every {level['period_s']:g} s, {level['ticks']} times: {parts or '-'}")
        for target, source in arm["wires"]:
            typer.echo(f"  {source:<34} -> {target}")
