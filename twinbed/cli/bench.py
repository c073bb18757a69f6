"""`twinbed bench`: standards as executable tests."""

import contextlib
import dataclasses
import json
import pathlib
import sys
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twinbed.cli import dossier
from twinbed.cli.output import Language, Told, loading, progress, show_json
from twinbed.cli.verdicts import all_passed, one_line, verdict_lines

if TYPE_CHECKING:
    from twinbed.bench import Protocol
    from twinbed.bench.kept import Kept
    from twinbed.bench.log import Played

app = typer.Typer(help="Test a device against the clauses of a standard.", no_args_is_help=True, rich_markup_mode=None)

_OUT = typer.Option("--out", help="Folder of the run; out/bench/PROTOCOL/DEVICE if left out.")
_LIMITS = typer.Option("--limits", help="Your own numbers of the standard (TOML), from your copy of it.")
_PROTOCOL = typer.Argument(help="Such as ecg/beat_detection; `twinbed bench list` shows all.")
_SET = typer.Option("--set", metavar="NAME=VALUE", help="A setting of the protocol; the value as JSON, or a word.")


@app.command("list")
def list_protocols(
    word: Annotated[str, typer.Argument(help="A folder such as ecg, or any word; all protocols if left out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    markdown: Annotated[
        pathlib.Path | None, typer.Option(help="Write a page for each, and a list of them, into this folder.")
    ] = None,
) -> None:
    """List the protocols, their standards, and the devices they know by name; `show` prints one in full."""
    from twinbed.bench import described, find, listing

    found = [one for one in listing.listed() if word.lower() in f"{one.id} {one.title} {one.standard}".lower()]
    if not found:
        raise typer.BadParameter(f"no protocol is about {word!r}; `twinbed bench list` shows all", param_hint="WORD")
    if markdown:
        _write_pages([find.protocol(one.id) for one in found], markdown)
    elif as_json:
        show_json([described.described(find.protocol(one.id)) for one in found])
    else:
        for one in found:
            needs = f"; needs recordings: {', '.join(one.recordings)}" if one.recordings else ""
            typer.echo(f"{one.id}\n    {one.title} ({one.standard}){needs}\n    devices: {', '.join(one.devices)}")
        typer.echo("\n`twinbed bench show PROTOCOL` says what a device is given and must answer.")


@app.command("show")
def show(
    protocol: Annotated[str, _PROTOCOL],
    settings: Annotated[list[str] | None, _SET] = None,
    lang: Annotated[Language, typer.Option(help="Language.")] = Language.ENGLISH,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show a protocol: what a device is given and must answer, criteria, limits, settings, devices, recordings."""
    from twinbed.bench import described, find

    made = find.protocol(protocol, **_settings(settings or []))
    if as_json:
        show_json(described.described(made))
    else:
        typer.echo(described.as_text(made, lang=lang))


def _write_pages(found: "list[Protocol]", folder: pathlib.Path) -> None:
    from twinbed.bench import described
    from twinbed.connect.files import write_bytes

    pages = {f"{made.id}.md": described.as_markdown(made) for made in found}
    for name, text in {**pages, "README.md": described.index_markdown(found)}.items():
        write_bytes(folder / name, text.encode(), lasting=False)
    typer.echo(f"{len(pages)} pages; begin with {folder / 'README.md'}")


@app.command("run")
def run(
    protocol: Annotated[str, _PROTOCOL],
    device: Annotated[
        str,
        typer.Option(
            help="What is tested: a name that the protocol knows, devices/..., file.py:function, module:function, "
            "a TOML file with a command, live:HOST:PORT, or a folder of recorded answers."
        ),
    ],
    out: Annotated[pathlib.Path | None, _OUT] = None,
    name: Annotated[
        str, typer.Option(help="What the device is called in log and report; file:function or the like if left out.")
    ] = "",
    limits: Annotated[pathlib.Path | None, _LIMITS] = None,
    settings: Annotated[list[str] | None, _SET] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Processes that play cases at the same time.")] = 1,
    timeout: Annotated[
        float | None,
        typer.Option(min=0.1, metavar="S", help="Seconds until a case counts as not answered; `show` says how many."),
    ] = None,
    lang: Annotated[Language, typer.Option(help="Language of the report.")] = Language.ENGLISH,
    as_json: Annotated[bool, typer.Option("--json", help="Print the log as JSON.")] = False,
) -> None:
    """Run a protocol on a device: log.json, results.csv, report.html and junit.xml.

    A run that was interrupted goes on where it stopped when it is given again. The exit code is 0 when every criterion
    with a limit passed; 1 where one failed, was not tested, or had nothing to be held against ("not applicable").
    """
    with loading(protocol):
        from twinbed.bench import find, naming, run_bench
        from twinbed.bench.device import all_printable
        from twinbed.bench.jobs import play_ahead

        made = find.protocol(protocol, limits, **_settings(settings or []))
        if timeout is not None:
            made = dataclasses.replace(made, seconds_a_case=timeout)
        _note_unused(limits, made)
        find.missing_recordings(made)
        under_test = find.device(device, made)
    with contextlib.closing(under_test):
        known = all_printable(naming.called(under_test.described(), name, device))
        folder = out or pathlib.Path("out", "bench", *protocol.split("/"), naming.folder_name(known))
        naming.refuse_other(folder, known, made.id)
        _begins(made, known, folder)
        with progress(protocol) as bar:
            tell = _Cases(bar, made.count)
            if jobs > 1:
                play_ahead(made, device, folder, jobs=jobs, limits=limits, on_progress=tell, on_begun=tell.begun)
            log = run_bench(
                made,
                under_test,
                folder,
                name=name,
                given_as=device,
                on_progress=tell if jobs == 1 else None,
                on_played=_first_failure(),
                on_begun=tell.begun if jobs == 1 else None,
            )
    _finish(log, folder, lang, as_json)


@app.command("cases")
def cases(
    protocol: Annotated[str, _PROTOCOL],
    out: Annotated[pathlib.Path, typer.Option(help="A new folder.")],
    settings: Annotated[list[str] | None, _SET] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write each case as a table too, beside its JSON.")] = False,
) -> None:
    """Write what a device is given of every case as JSON, for one that runs elsewhere; never what is true.

    The folder's README.md says how its answers come back.
    """
    from twinbed.bench import find
    from twinbed.bench.export import write_cases

    made = find.protocol(protocol, **_settings(settings or []))
    find.missing_recordings(made)
    with progress(protocol, resumes=False) as bar:
        told = _Cases(bar, made.count)
        count = write_cases(made, out, lambda done: told(done - 1, ""), csv=csv)
    typer.echo(f"{_counted(count)} in {out / 'cases'}; {out / 'README.md'} says how to answer")


@app.command("judge")
def judge(
    folder: Annotated[pathlib.Path, typer.Argument(help="Folder of a run.")],
    out: Annotated[
        pathlib.Path | None, typer.Option("--out", help="Where log and report go; FOLDER/judged if left out.")
    ] = None,
    limits: Annotated[pathlib.Path | None, _LIMITS] = None,
    settings: Annotated[list[str] | None, _SET] = None,
    lang: Annotated[Language, typer.Option(help="Language of the report.")] = Language.ENGLISH,
    as_json: Annotated[bool, typer.Option("--json", help="Print the log as JSON.")] = False,
) -> None:
    """Judge a run again from the answers that were kept, without the device."""
    from twinbed.bench import Log, find, judge_again

    before, place = Log.read(folder), out or folder / "judged"
    known = {**before.protocol.get("settings", {}), **_settings(settings or [])}
    own = [name for name, limit in before.limits.items() if limit["mark"] == "laboratory"]
    if own and limits is None:
        typer.echo(f"note: the run had a laboratory's limits ({', '.join(own)}); give --limits to keep them", err=True)
    made = find.protocol(str(before.protocol["id"]), limits, **known)
    _note_unused(limits, made)
    log = judge_again(made, folder, place)
    _finish(log, place, lang, as_json)


@app.command("report")
def report(
    folder: Annotated[pathlib.Path, typer.Argument(help="Folder of a run.")],
    lang: Annotated[Language, typer.Option(help="Language of the report.")] = Language.ENGLISH,
) -> None:
    """Write the report of a run once more, such as in another language."""
    from twinbed.bench.report import write_page

    typer.echo(f"report {write_page(folder, lang=lang)}")


app.command("dossier")(dossier.dossier)


def _finish(log: Any, folder: pathlib.Path, lang: Language, as_json: bool) -> None:
    from twinbed.bench import rows
    from twinbed.bench.report import junit, write_page
    from twinbed.connect.files import write_bytes

    write_bytes(folder / "junit.xml", junit(log).encode())
    write_bytes(folder / "results.csv", rows.results(log).encode())
    path = write_page(folder, lang=lang)
    if as_json:
        show_json(json.loads((folder / "log.json").read_text(encoding="utf-8")))
    else:
        typer.echo("\n".join([*verdict_lines(log), f"log {folder / 'log.json'}, report {path}"]))
    if not all_passed(log):
        sys.exit(1)


def _note_unused(limits: pathlib.Path | None, made: "Protocol") -> None:
    """Says which limits of a laboratory's file change nothing here."""
    from twinbed.bench import find

    unused = find.unused_limits(limits, made) if limits else []
    if unused:
        uses = ", ".join(made.limits)
        typer.echo(f"warning: {made.id} does not use {', '.join(unused)} of {limits}; it uses {uses}", err=True)


def _counted(count: int) -> str:
    return "1 case" if count == 1 else f"{count} cases"


def _begins(made: "Protocol", known: "Mapping[str, Any]", folder: pathlib.Path) -> None:
    """Says what is going to be done, at a terminal and in a log alike."""
    count = _counted(made.count) if made.count else "cases"
    typer.echo(f"{made.id}: asks {known.get('name') or known['kind']} {count}, into {folder}", err=True)


_OF_A_RUN = {
    "protocol": "the protocol or its settings",
    "device": "the device or its files",
    "software": "versions of software",
    "sources": "twinbed itself",
}


class _Cases:
    """Says which case of how many is asked, and how long the rest will take at the pace so far."""

    def __init__(self, bar: Told, count: int):
        self.bar, self.count, self.kept, self.since = bar, count, 0, time.monotonic()

    def begun(self, left: "Kept") -> None:
        """Says what of an interrupted run is used."""
        self.kept, self.since = left.count(), time.monotonic()
        if left.changed:
            what = ", ".join(_OF_A_RUN.get(name, name) for name in left.changed)
            typer.echo(f"note: begins anew, for since the interrupted run this has changed: {what}", err=True)
        elif self.kept:
            of = f"{self.kept} of {_counted(self.count)}" if self.count else _counted(self.kept)
            typer.echo(f"note: goes on: {of} {'was' if self.kept == 1 else 'were'} kept", err=True)

    def __call__(self, done: int, case: str) -> None:
        all_, played = self.count or done + 1, done - self.kept
        left = (time.monotonic() - self.since) / played * (all_ - done) if played > 0 else None
        detail = f"case {min(done + 1, all_)}" + (f" of {all_}" if self.count else "")
        self.bar(
            min(done / all_, 1.0), "", detail + (f", {_lasts(left)} left" if left is not None and self.count else "")
        )


def _lasts(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100.0 else f"{seconds / 60.0:.0f} min"


def _first_failure() -> "Callable[[Played], None]":
    """Says at once that a case has no usable answer; once, for the others are often alike."""
    said: list[str] = []

    def see(played: "Played") -> None:
        if played.failure and not said:
            said.append(played.id)
            typer.echo(f"note: case {played.id} has no usable answer: {one_line(played.failure)}", err=True)

    return see


def _settings(given: list[str]) -> dict[str, Any]:
    out = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise typer.BadParameter(f"{one!r}: write NAME=VALUE", param_hint="--set")
        try:
            out[name] = json.loads(value)
        except ValueError:
            out[name] = value
    return out
