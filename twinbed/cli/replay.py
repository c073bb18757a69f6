"""`twinbed replay`: one HTML file that plays a session."""

import pathlib
from typing import Annotated, Any

import typer

from twinbed.cli.output import progress
from twinbed.core.errors import NotFound, ReadError, StudyError
from twinbed.server.settings import STATIC

_OURS = "twinbed"
_DATABASE = "twinbed.db"


def replay(
    session: Annotated[
        pathlib.Path, typer.Argument(help="The data folder of a server, or a session.json that was taken from one.")
    ],
    out: Annotated[pathlib.Path, typer.Option("--out", help="The file to write: .html.")] = pathlib.Path("replay.html"),
    bed: Annotated[str | None, typer.Option(help="Which bed of the folder, if there are several.")] = None,
    begin: Annotated[
        str | None,
        typer.Option("--from", help='From when, such as "10 min"; as early as there is room for if left out.'),
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Until when; to the end if left out.")] = None,
    backend: Annotated[str, typer.Option(help="What computes: auto, native or xla.")] = "auto",
) -> None:
    """Write one HTML file that plays a session: waves, numbers, alarms, log and branches; it loads nothing else.

    A session is computed again from its log, at most 3600 pages (an hour of an acute bed) in all branches together.
    """
    from twinbed.connect.files import write_bytes
    from twinbed.server.film import film, stretches
    from twinbed.server.replay import page
    from twinbed.studies.acute.bedside import seconds
    from twinbed.ward.kept import read, revived

    if out.suffix not in (".html", ".htm"):
        raise StudyError(f"--out {out}: write an .html file")
    window = [None if said is None else seconds(said, name) for said, name in ((begin, "--from"), (end, "--to"))]
    page(b"", "", static=STATIC)  # without the program there is nothing to compute for
    found = _of_folder(session, bed) if session.is_dir() else read(session)
    with progress("preparing the bed (a new kind is compiled for a minute or two)", resumes=False) as told:
        told(0.0, "")
        revived_ = revived(found, session, backend=backend)
        here = revived_.live.computed_by
        parts = stretches(found, revived_.page_s, *window)
        data = film(revived_, found, parts, lambda share: told(share, "playing the session again"))
    write_bytes(out, page(data, found.title, static=STATIC))
    if found.computed_by not in ("", here):
        typer.echo(f"computed by {found.computed_by}\nand here by {here}:\nlast digits may differ", err=True)
    typer.echo(f"replay {out} ({out.stat().st_size / 1e6:.1f} MB): {found.title}, log {found.digest[:12]}")


def _of_folder(folder: pathlib.Path, bed: str | None) -> Any:
    """A session of the data folder of a server."""
    if not (folder / _DATABASE).is_file():
        raise ReadError(folder, f"no {_DATABASE} in this folder: name the data folder of a server, or a session.json")
    try:
        from twinbed.server.store import embedded, open_store
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == _OURS:
            raise
        raise NotFound(f"the folder of a server needs {missing.name}: pip install 'twinbed[serve]'") from missing
    with open_store(embedded(folder / _DATABASE)) as store:
        known = {b.id: b for b in store.beds.beds(removed=True)}
        if bed is None and len(known) != 1:
            listed = "".join(f"\n  {b.id}  {b.title}" for b in known.values()) or " none"
            raise NotFound(f"{folder} has these beds, name one with --bed:{listed}")
        if bed is not None and bed not in known:
            raise NotFound(f"{folder} has no bed {bed!r}: there are {', '.join(known)}")
        return _kept(store, known[bed] if bed is not None else next(iter(known.values())), folder)


def _kept(store: Any, bed: Any, folder: pathlib.Path) -> Any:
    from twinbed.ward.checkpoints import Checkpoints
    from twinbed.ward.kept import Kept
    from twinbed.ward.session import reached

    branches, entries = tuple(store.beds.branches(bed.id)), tuple(store.beds.entries(bed.id))
    checkpoints = Checkpoints(folder / "beds" / bed.id)
    ends = {b.id: reached(b.id, branches, entries, checkpoints) for b in branches}
    toml, by = bed.definition["toml"], checkpoints.computed_by
    return Kept(bed.title, toml, bed.version, branches[-1].id, branches, ends, entries, by)
