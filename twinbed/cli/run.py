"""`twinbed run`: runs a study file and writes its evidence and report."""

import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twinbed.cli.output import Language, named, progress, say_unusual, show_json

if TYPE_CHECKING:
    from twinbed.studies.acute.study import AcuteStudy


def run(
    study: Annotated[pathlib.Path, typer.Argument(help="A study file (TOML).")],
    out: Annotated[pathlib.Path | None, typer.Option("--out", help="Folder of the run; out/NAME if left out.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; the number of processors if left out; not of an acute study.")
    ] = None,
    backend: Annotated[
        str | None, typer.Option(help="What computes: auto, xla, native or cuda; as the study says if left out.")
    ] = None,
    patients: Annotated[
        int | None,
        typer.Option(help="Patients, of a glucose study in every population; as the study says if left out.", min=1),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed; as the study says if left out.", min=0)] = None,
    lang: Annotated[Language, typer.Option(help="Language of the report.")] = Language.ENGLISH,
    as_json: Annotated[bool, typer.Option("--json", help="Print the evidence as JSON.")] = False,
) -> None:
    """Run a study: cohort, arms, endpoints, statistics, evidence.json and report.html.

    Interrupted or killed, the same command goes on where it stopped and ends with the same bits.
    """
    from twinbed.studies.acute.study import kind_of

    if kind_of(study) == "acute":
        if workers is not None:
            raise typer.BadParameter(
                "an acute study runs in one process on every processor; leave it out", param_hint="--workers"
            )
        from twinbed.studies.acute.study import load_acute_study

        with named(study):
            _run_acute(load_acute_study(study, backend=backend, patients=patients, seed=seed), out, lang, as_json)
        return
    from twinbed.studies import load_study, run_study
    from twinbed.studies.report import write_report

    loaded = load_study(study, backend=backend, patients=patients, seed=seed)
    folder = out or pathlib.Path("out") / loaded.name
    with progress(loaded.name) as bar:
        evidence = run_study(
            loaded,
            folder,
            workers=workers,
            on_progress=lambda p: bar(p.done / max(1, p.total), p.message),
        )
    write_report(evidence, folder / "report.html", lang=lang)
    _say(evidence, folder, as_json)


def _run_acute(loaded: "AcuteStudy", out: pathlib.Path | None, lang: Language, as_json: bool) -> None:
    from twinbed.studies.acute.report import write_report
    from twinbed.studies.acute.run import run_acute_study

    folder = out or pathlib.Path("out") / loaded.name
    say_unusual(loaded)
    with progress(loaded.name) as bar:
        evidence = run_acute_study(loaded, folder, on_progress=lambda p: bar(p.done / max(1, p.total), p.message))
    write_report(evidence, folder / "report.html", lang=lang)
    _say(evidence, folder, as_json)


def _say(evidence: Mapping[str, Any], folder: pathlib.Path, as_json: bool) -> None:
    for note in evidence["run"]["notes"]:
        typer.echo(f"note: {note}", err=True)
    if as_json:
        show_json(evidence)
        return
    for verdict in evidence["primary"]["verdicts"]:
        typer.echo(verdict["sentence"])
    typer.echo(f"evidence {folder / 'evidence.json'}, report {folder / 'report.html'}")
