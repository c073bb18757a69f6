"""`twinbed fit`: identifies people from their recordings and scores the next-day forecasts."""

import enum
import pathlib
from typing import Annotated

import typer

from twinbed.cli.output import Language, progress, show_json


class Evaluation(enum.StrEnum):
    """How fits are judged."""

    NEXT_DAY = "next-day"
    NONE = "none"


def fit(
    paths: Annotated[
        list[pathlib.Path],
        typer.Argument(help="Recordings: a HUPA-UCM or T1D-UOM folder or file, or a CSV file with its column map."),
    ],
    out: Annotated[pathlib.Path, typer.Option("--out", help="Folder for logs, twins, scores and the report.")],
    subject: Annotated[list[str] | None, typer.Option("--subject", help="Only this person; may be repeated.")] = None,
    evaluate: Annotated[Evaluation, typer.Option(help="Predict each next day, or only fit.")] = Evaluation.NEXT_DAY,
    days: Annotated[int | None, typer.Option(min=1, help="Only the last so many usable days of each person.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the posterior draws.")] = 1,
    workers: Annotated[int | None, typer.Option(help="Processes; the number of processors if left out.")] = None,
    lang: Annotated[Language, typer.Option(help="Language of the report.")] = Language.ENGLISH,
    as_json: Annotated[bool, typer.Option("--json", help="Print the scores as JSON.")] = False,
) -> None:
    """Fit a digital twin to each person's recording, and say how well it predicts the next day.

    Day k + 1 is predicted from days up to k, its own insulin and its own meals. People whose
    log in --out is up to date are not fitted again.
    """
    from twinbed.connect.csv import read_recordings
    from twinbed.connect.files import write_json
    from twinbed.core.errors import NotFound
    from twinbed.personalise.people import Settings, fit_people
    from twinbed.personalise.scorecard import report_section, scorecard, table
    from twinbed.studies.provenance import versions_of
    from twinbed.studies.report import write_report

    recordings = [r for path in paths for r in read_recordings(path, subjects=subject or None)]
    if not recordings:
        raise NotFound(
            f"no recordings in {', '.join(map(str, paths))}" + (f" of {', '.join(subject)}" if subject else "")
        )
    for recording in recordings:
        if recording.notes and subject:
            typer.echo("\n".join(f"{recording.subject}: {note}" for note in recording.notes), err=True)
        elif recording.notes:
            typer.echo(
                f"{recording.subject}: {len(recording.notes)} notes of the reader, in {out / 'people'}",
                err=True,
            )
    settings = Settings(seed=seed, next_day=evaluate is Evaluation.NEXT_DAY, last_days=days)
    with progress("fitting") as report:
        people = fit_people(recordings, out, settings=settings, workers=workers, on_progress=report)
    left_out = [r.subject for r in recordings if r.subject not in people]
    if left_out:
        typer.echo(f"no day with sensor, insulin and meals: {', '.join(left_out)}", err=True)
    if not people:
        raise NotFound(
            "nobody has a day complete enough to fit: sensor coverage 80 %, two boluses, two meals and basal"
        )
    card = scorecard(people)
    write_json(out / "scores.json", card)
    evidence = {
        "format": "twinbed-fit/1",
        "name": "fit",
        "seeds": {"seed": seed},
        "settings": {"evaluate": str(evaluate), "last_days": days},
        "inputs": {"files": [{"name": r.subject, "sha256": r.digest()} for r in recordings]},
        "versions": versions_of(("twinbed.personalise.people", "twinbed.connect.csv")),
        "scores": card,
        "twins": report_section(people),
    }
    write_json(out / "evidence.json", evidence)
    write_report(evidence, out / "report.html", lang=lang)
    if as_json:
        show_json(card)
    else:
        _print_table(table(card))
        typer.echo(f"scores {out / 'scores.json'}, report {out / 'report.html'}, twins {out / 'twins'}")


def _print_table(rows: list[list[str]]) -> None:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        typer.echo("  ".join([row[0].ljust(widths[0]), *cells]))
