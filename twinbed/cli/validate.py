"""`twinbed validate`: compares the whole patient with tables of references."""

import pathlib
from typing import Annotated

import typer

from twinbed.cli.output import Language, progress, show_json


def validate(
    systems: Annotated[list[str] | None, typer.Argument(help="Systems, such as haemorrhage; all if left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[pathlib.Path | None, typer.Option("--html", help="Folder for a page with figures.")] = None,
    cohort: Annotated[int, typer.Option(min=0, help="Other adults that every run is played with.")] = 0,
    patient: Annotated[
        str | None, typer.Option(help="Your own patient, package.module:function; the whole body if left out.")
    ] = None,
    backend: Annotated[str, typer.Option(help="What computes: auto, xla or native.")] = "auto",
    lang: Annotated[Language, typer.Option(help="Language of the page.")] = Language.ENGLISH,
) -> None:
    """Compare the patient with tables of references: our value, its error and a verdict for every row.

    The exit code is 0 when it ran, whatever the verdicts. The first time, code is compiled for some minutes.
    """
    from twinbed.credibility.validation import validate as run
    from twinbed.credibility.validation.bedside import patient_named
    from twinbed.credibility.validation.report import sentences
    from twinbed.credibility.validation.table import load

    for name in systems or ():
        load(name)
    maker = patient_named(patient) if patient else None
    if html:
        _check_folder(html)
    with progress("validate", resumes=False) as bar:
        report = run(systems, cohort=cohort, patient=maker, backend=backend, on_progress=bar)
    if html:
        from twinbed.credibility.validation.page import write_page

        path = write_page(report, html, lang=lang)
        typer.echo(f"page {path}", err=True)
    if as_json:
        show_json(report.as_json())
    else:
        for line in sentences(report):
            typer.echo(line)


def _check_folder(folder: pathlib.Path) -> None:
    """Refuses a folder that cannot be written before anything is played for minutes."""
    from twinbed.connect.files import write_bytes

    trial = folder / ".twinbed-validate"
    try:
        write_bytes(trial, b"", lasting=False)
        trial.unlink()
    except OSError as error:
        raise typer.BadParameter(f"cannot write into {folder}: {error.strerror}", param_hint="--html") from None
