"""`twinbed bench dossier`: reports, checklists and forms from logs."""

import pathlib
from typing import TYPE_CHECKING, Annotated

import typer

from twinbed.cli.output import Language

if TYPE_CHECKING:
    from twinbed.bench.trace import Matrix


def dossier(
    logs: Annotated[
        pathlib.Path, typer.Argument(exists=True, file_okay=False, help="Folder with runs in it or below.")
    ],
    device: Annotated[pathlib.Path, typer.Option(help="device.toml: what the manufacturer states.")],
    out: Annotated[pathlib.Path, typer.Option(help="Folder for the documents.")],
    lang: Annotated[Language, typer.Option(help="Language of the documents.")] = Language.ENGLISH,
    docx: Annotated[bool, typer.Option("--docx/--no-docx", help="Whether DOCX is written beside HTML.")] = True,
) -> None:
    """Make a dossier from logs: validation report, eSTAR checklist, Korean forms, anomalies; HTML and DOCX.

    What a person must write or sign is marked and never made up. The exit code is 0 whatever the verdicts.
    """
    from twinbed.bench.dossier import write_dossier
    from twinbed.bench.dossier.device_file import KNOWN, read_device, unfilled
    from twinbed.bench.dossier.material import gathered
    from twinbed.bench.interrupted import interrupted_below

    written = write_dossier(logs, device, out, lang=lang, docx=docx)
    for left in interrupted_below(logs):
        typer.echo(f"warning: not in the dossier: {left}", err=True)
    typer.echo(f"{len(written)} files; begin with {out / 'index.html'}")
    stated = read_device(device)
    if stated.requirements:
        _note_requirements(gathered(logs, device).matrix)
    missing, all_ = unfilled(stated), sum(len(names) for names in KNOWN.values()) + 2
    count = sum(len(names) or 1 for names in missing.values())
    if count:
        typer.echo(f"{count} of {all_} fields of {device} are still unfilled, and marked for people to write:")
    for table, names in missing.items():
        typer.echo(f"  [{table}] {', '.join(names)}" if names else f"  {table}")


def _note_requirements(matrix: "Matrix") -> None:
    """Says which requirements are without evidence."""
    without = matrix.without_evidence
    if without:
        count = "1 requirement is" if len(without) == 1 else f"{len(without)} requirements are"
        typer.echo(f"warning: {count} without evidence ({', '.join(without)})", err=True)
