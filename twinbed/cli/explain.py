"""`twinbed explain`: draws a study's schedule and wiring without running it."""

import pathlib
from typing import Annotated, Any

import typer

from twinbed.cli.output import named, say_unusual, show_json


def explain(
    study: Annotated[pathlib.Path, typer.Argument(help="A study or a bedside (TOML).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show, for each arm, which part runs when and which signal feeds which input."""
    arms = _explained(study)
    if as_json:
        show_json(arms)
        return
    for arm in arms:
        typer.echo(f"\n{arm['arm']}{', ' if arm['model'] else ''}{arm['model']}: pages of {arm['page_s']:g} s")
        for depth, level in enumerate(arm["levels"]):
            parts = ", ".join([*level["parts"], *(f"{m} (integrates)" for m in level["models"])])
            typer.echo(f"{'  ' * (depth + 1)}every {level['period_s']:g} s, {level['ticks']} times: {parts or '-'}")
        for target, source in arm["wires"]:
            typer.echo(f"  {source:<34} -> {target}")


def _explained(file: pathlib.Path) -> list[dict[str, Any]]:
    from twinbed.studies.acute.study import kind_of
    from twinbed.studies.execute import layout

    kind = kind_of(file)
    if kind == "acute":
        from twinbed.studies.acute.beds import check_beds, planned
        from twinbed.studies.acute.study import load_acute_study

        study = load_acute_study(file)
        say_unusual(study)
        with named(file):
            ready = check_beds(study)
        return [{"arm": n, "model": "", **layout(r.bed, planned(study, r, n))} for n, r in ready.items()]
    if kind == "bedside":
        from twinbed.engine.batch import prepare
        from twinbed.studies.acute.bedside import build_bed, build_scenario, load_bedside, person_of

        bedside = load_bedside(file)
        say_unusual(bedside)
        bed, scenario = build_bed(bedside), build_scenario(bedside.events, person_of(bedside.patient))
        return [{"arm": bedside.name, "model": "", **layout(bed, prepare(bed, scenario, duration_s=bedside.duration))}]
    from twinbed.studies import load_study
    from twinbed.studies.execute import explained

    return explained(load_study(file))
