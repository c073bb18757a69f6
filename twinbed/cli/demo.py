"""`twinbed demo`: the main job, end to end, on real people where their recordings are."""

import importlib.resources
import pathlib
import shutil
import tomllib
from typing import Annotated, Any

import typer

from twinbed.cli.output import Language, progress, show_json

DAYS, WHAT_IF_PEOPLE = 14, 2
CITATIONS = {
    "hupa_ucm": {
        "title": "HUPA-UCM diabetes dataset",
        "citation": "Hidalgo et al., Data in Brief 2024",
        "doi": "10.17632/3hbcscwz44.1",
        "licence": "CC BY 4.0",
    },
    "t1d_uom": {
        "title": "T1D-UOM",
        "citation": "Alsuhaymi et al., Scientific Data 2025",
        "doi": "10.5281/zenodo.15169263",
        "licence": "CC BY 4.0",
    },
}


def demo(
    out: Annotated[pathlib.Path, typer.Option("--out", help="Folder of the demo.")] = pathlib.Path("out/demo"),
    workers: Annotated[int | None, typer.Option(help="Processes; the number of processors if left out.")] = None,
    lang: Annotated[Language, typer.Option(help="Language of the report.")] = Language.ENGLISH,
    as_json: Annotated[bool, typer.Option("--json", help="Print the evidence as JSON.")] = False,
) -> None:
    """Fit twins of real people, then compare insulin therapies on them and on virtual adults.

    Without real recordings a synthetic one of our own takes their place, and is labelled so.
    """
    from twinbed.connect.files import write_json
    from twinbed.personalise.people import Settings, fit_people
    from twinbed.personalise.scorecard import report_section, scorecard
    from twinbed.studies.design import study_from
    from twinbed.studies.report import write_report

    recordings, sources = _recordings()
    with progress("fitting twins") as bar:
        people = fit_people(recordings, out, settings=Settings(last_days=DAYS), workers=workers, on_progress=bar)
    for file in sorted((out / "twins").glob("*.json")):
        if file.stem not in people:
            file.unlink()
    study = study_from(_study_table(), folder=out.resolve())
    folder = out / "study" / study.hash()[:12]
    evidence = _run_again(study, folder, workers)
    evidence["twins"] = report_section(people)
    evidence["twins"]["what_if"] = _what_if(recordings, people)
    evidence["scores"] = scorecard(people)
    evidence["data"] = sources
    write_json(out / "evidence.json", evidence)
    write_report(evidence, out / "report.html", lang=lang)
    if as_json:
        show_json(evidence)
    else:
        _print_summary(evidence, out)


def _run_again(study: Any, folder: pathlib.Path, workers: int | None) -> dict[str, Any]:
    """Runs the demo's study; what an older program left in the folder is thrown away."""
    from twinbed.core.errors import ResumeError
    from twinbed.studies import run_study

    with progress("running the study") as bar:
        shown = lambda p: bar(p.done / max(1, p.total), p.message)
        try:
            return run_study(study, folder, workers=workers, on_progress=shown)
        except ResumeError:
            shutil.rmtree(folder)
            return run_study(study, folder, workers=workers, on_progress=shown)


def _what_if(recordings: list[Any], people: Any) -> list[dict[str, Any]]:
    """The people with most days live a middle day again with a closed loop."""
    from twinbed.personalise.what_if import middle_midnight_s, report_rows, what_if

    lives = []
    ordered = sorted((r for r in recordings if r.subject in people), key=lambda r: -len(people[r.subject].days))
    for recording in ordered[:WHAT_IF_PEOPLE]:
        log = people[recording.subject]
        midnight_s = middle_midnight_s(recording, [d.date for d in log.days])
        if midnight_s is not None:
            lives.append(what_if(recording, log.twin, midnight_s=midnight_s))
    return report_rows(lives, title="closed loop (PID) instead of the recorded insulin")


def _recordings() -> tuple[list[Any], list[dict[str, str]]]:
    from twinbed.connect.csv import read_recordings
    from twinbed.connect.data import VARIABLE, data_root

    root = data_root()
    folders = [root / name for name in CITATIONS if (root / name).is_dir()] if root else []
    if folders:
        typer.echo(f"real recordings: {', '.join(f.name for f in folders)}", err=True)
        found = [r for folder in folders for r in read_recordings(folder)]
        return [r for r in found if r.attributes.get("therapy") != "MDI"], [CITATIONS[f.name] for f in folders]
    from twinbed.personalise.synthetic import synthetic_recordings

    typer.echo(
        f"no real recordings here (set {VARIABLE} to their folder): SYNTHETIC people take their place",
        err=True,
    )
    title = "SYNTHETIC people, simulated by twinbed; no real person"
    return synthetic_recordings(3, days=6, seed=1), [{"title": title, "licence": "Apache-2.0"}]


def _study_table() -> dict[str, Any]:
    text = importlib.resources.files("twinbed.cli").joinpath("demo.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _print_summary(evidence: dict[str, Any], out: pathlib.Path) -> None:
    pooled = evidence["scores"]["pooled"]
    if "rmse_mg_dl" in pooled:
        typer.echo(
            f"{len(evidence['scores']['people'])} people, {pooled['fitted_days']} days fitted "
            f"(MARD {pooled['in_sample_mard_percent']:.1f} %), {pooled['days']} next days predicted: "
            f"RMSE {pooled['rmse_mg_dl']:.1f} mg/dL, MARD {pooled['mard_percent']:.1f} %, "
            f"{pooled['coverage_90']:.0f} % within the 90 % band"
        )
    for verdict in evidence["primary"]["verdicts"]:
        typer.echo(verdict["sentence"])
    typer.echo(f"report {out / 'report.html'}, evidence {out / 'evidence.json'}")
