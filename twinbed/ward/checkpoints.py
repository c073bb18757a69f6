"""Moments of a bed that are kept, and its numbers page by page: in memory, and in a folder if there is one.

All of it can be made again from the log; it is kept so that a past page is near and a bed that ended goes on quickly.
A file that is missing or broken is left out, never an error. Files: `<branch>-<page>.moment`,
`<branch>-<page>.numbers.json` with the pages from there on, `<branch>-<page>.folded.json` with older ones (`rows`);
`made_of` and `computed_by` say from which definition they come and what computed them, `reached.json` how far every
branch had come when what another definition or computer had left was let go: it is made again as far as that.
"""

import contextlib
import dataclasses
import datetime
import io
import json
import logging
import math
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import equinox as eqx
import numpy as np

from twinbed.connect.files import write_bytes
from twinbed.engine.live import Moment
from twinbed.ward.rows import GROUP, Alarms, Folded, Part, Row, Rows

LOG = logging.getLogger("twinbed.ward")
_MADE_OF, _COMPUTED_BY, _REACHED = "made_of", "computed_by", "reached.json"
_KINDS = (".moment", ".numbers.json", ".folded.json")
EVERY_PAGES = 30
"""How often a moment is kept."""
_RECENT, _COARSEST = 3600, 128
"""Pages of which every moment stays; the greatest distance of older ones, in `EVERY_PAGES`."""
_FILE = 240 * GROUP
"""Pages of a file of what was folded."""


class Checkpoints:
    """Kept moments and numbers of one bed."""

    def __init__(self, folder: pathlib.Path | None = None, made_of: str | None = None):
        """Reads the numbers that are in the folder.

        Args:
            folder: of the bed.
            made_of: tells from which program and definition they come; what another left there is removed, for it
                would go on with other bits than the log says. Who only reads leaves it out.
        """
        self._folder = folder
        self._unwritten = False
        self.computed_by = "" if folder is None else _said(folder / _COMPUTED_BY)
        """What computed all that is here; empty where that was not said."""
        self._moments: dict[tuple[int, int], Moment] = {}
        self._rows = Rows()
        self._fresh: dict[tuple[int, int], Row] = {}
        self._places = set(_places(folder, ".moment"))
        self._ends = _reached(folder)
        if folder is not None and made_of is not None and _said(folder / _MADE_OF) != made_of:
            self._let_go()
            self._write(folder / _MADE_OF, made_of.encode())
        for what, read in ((".folded.json", self._read_folded), (".numbers.json", self._read_rows)):
            for branch, page in _places(folder, what):
                with contextlib.suppress(OSError, ValueError, TypeError):
                    read(branch, page)

    def _let_go(self) -> None:
        """Lets go moments and numbers, in the folder too, and keeps how far every branch had come."""
        for branch, page in self._places:
            self._ends[branch] = max(page, self._ends.get(branch, 0))
        self._moments, self._rows, self._fresh, self._places = {}, Rows(), {}, set()
        if self._folder is not None:
            self._write(self._folder / _REACHED, json.dumps(sorted(self._ends.items())).encode())
            for path in (p for what in _KINDS for p in self._folder.glob(f"*{what}")):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def go_on(self, computed_by: str) -> None:
        """Takes what is here for what goes on, and lets it go if something else computed it: bits would be others.

        Args:
            computed_by: what computes from now on (`engine.live.Live.computed_by`).
        """
        if self.computed_by == computed_by:
            return
        if self._places:
            LOG.warning("computed by %s before, now by %s: all is made again", self.computed_by or "?", computed_by)
        self.computed_by = computed_by
        self._let_go()
        if self._folder is not None:
            self._write(self._folder / _COMPUTED_BY, computed_by.encode())

    def keep(self, branch: int, page: int, moment: Moment) -> None:
        """Keeps the moment at the beginning of a page, and on disk the numbers since the last one."""
        self._moments[branch, page] = moment
        self._places.add((branch, page))
        if self._folder is not None:
            file = io.BytesIO()
            eqx.tree_serialise_leaves(file, moment)
            self._write(self._path(branch, page, ".moment"), file.getvalue())
        self.flush()
        self._thin(page)
        self._fold(branch, page)

    def add(self, branch: int, page: int, row: Row) -> None:
        """Keeps what was shown at the end of a page."""
        self._rows.add(branch, page, row)
        self._fresh[branch, page] = row

    def flush(self) -> None:
        """Writes the numbers that are not on disk yet."""
        by_branch: dict[int, dict[int, Row]] = {}
        for (branch, page), row in self._fresh.items() if self._folder is not None else ():
            by_branch.setdefault(branch, {})[page] = row
        for branch, rows in by_branch.items():
            said = json.dumps([[page, *row] for page, row in sorted(rows.items())])
            self._write(self._path(branch, min(rows), ".numbers.json"), said.encode())
        self._fresh = {}

    def _write(self, path: pathlib.Path, content: bytes) -> None:
        """Writes what can be made again: a disk that is full must not end a bed, which needs none of it."""
        try:
            write_bytes(path, content, lasting=False)
        except OSError as error:
            (LOG.debug if self._unwritten else LOG.error)("%s is not kept: %s", path, error)
            self._unwritten = True
            return
        self._unwritten = False

    def before(self, parts: Iterable[Part], page: int, like: Moment) -> tuple[int, Moment] | None:
        """The last kept moment not after a page on a lineage, and its page.

        Args:
            parts: of the lineage.
            page: wanted.
            like: any moment of the same bed.
        """
        known = [place for place in self._on(parts) if place[1] <= page]
        for place in sorted(known, key=lambda place: place[1], reverse=True):
            moment = self._moments.get(place) or self._read(place, like)
            if moment is not None:
                return place[1], moment
        return None

    def last(self, parts: Iterable[Part]) -> int:
        """The last page of a lineage of which a moment is kept, or was before it was let go; 0 if there is none."""
        parts = list(parts)
        ended = (
            page if until is None else min(page, until) for b, _, until in parts for page in [self._ends.get(b, 0)]
        )
        return max([*ended, *(page for _, page in self._on(parts))], default=0)

    def end(self, branch: int) -> int:
        """The page before which a branch ended, as far as it is kept; 0 if nothing is."""
        kept = [p for b, p in tuple(self._places) if b == branch]  # another thread may add to them
        return max([self._rows.end(branch), self._ends.get(branch, 0), *kept])

    def rows(self, parts: Iterable[Part], first: int, last: int) -> dict[int, Row]:
        """Numbers and alarms from a page to before another on a lineage (`Rows.rows`)."""
        return self._rows.rows(parts, first, last)

    def alarms(self, parts: Iterable[Part], last: int) -> dict[int, Alarms]:
        """Alarms that stood on a lineage before a page (`Rows.alarms`)."""
        return self._rows.alarms(parts, last)

    def stood(self, parts: Iterable[Part], page: int) -> Alarms:
        """The alarms of a page (`Rows.stood`)."""
        return self._rows.stood(parts, page)

    def _thin(self, page: int) -> None:
        """Lets moments go that are old: their distance grows with their age. The last one of a branch stays."""
        ends: dict[int, int] = {}
        for branch, known in tuple(self._places):
            ends[branch] = max(known, ends.get(branch, 0))
        for branch, known in tuple(self._places):
            if ends[branch] > known and not _stays(known, page):
                self._places.discard((branch, known))
                self._moments.pop((branch, known), None)
                self._remove(branch, known, ".moment")

    def _fold(self, branch: int, page: int) -> None:
        """Makes what is old small, in memory and on disk."""
        made = self._rows.fold(branch, page)
        for begin in {f.first // _FILE * _FILE for f in made} if self._folder is not None else ():
            said = [dataclasses.asdict(f) for f in self._rows.folded(branch, begin, begin + _FILE)]
            self._write(self._path(branch, begin, ".folded.json"), json.dumps(said).encode())
        for folded in made:
            for first in range(folded.first, folded.end):
                self._remove(branch, first, ".numbers.json")

    def _remove(self, branch: int, page: int, what: str) -> None:
        if self._folder is not None:
            with contextlib.suppress(OSError):
                self._path(branch, page, what).unlink(missing_ok=True)

    def _on(self, parts: Iterable[Part]) -> set[tuple[int, int]]:
        return {
            (b, page)
            for branch, start, until in parts
            for b, page in tuple(self._places)  # another thread may add to them
            if b == branch and page >= start and (until is None or page <= until)
        }

    def _read(self, place: tuple[int, int], like: Moment) -> Moment | None:
        try:
            moment = eqx.tree_deserialise_leaves(io.BytesIO(self._path(*place, ".moment").read_bytes()), like)
        except (OSError, ValueError, RuntimeError, EOFError):
            self._places.discard(place)
            return None
        self._moments[place] = moment
        return moment

    def _read_rows(self, branch: int, page: int) -> None:
        for number, numbers, alarms in json.loads(self._path(branch, page, ".numbers.json").read_text()):
            self._rows.add(branch, int(number), (dict(numbers), tuple(alarms)))

    def _read_folded(self, branch: int, page: int) -> None:
        for said in json.loads(self._path(branch, page, ".folded.json").read_text()):
            marks = tuple((int(at), tuple(alarms)) for at, alarms in said["marks"])
            self._rows.take(branch, Folded(int(said["first"]), dict(said["numbers"]), marks))

    def _path(self, branch: int, page: int, what: str) -> pathlib.Path:
        assert self._folder is not None
        return self._folder / f"{branch}-{page}{what}"


@dataclasses.dataclass(frozen=True)
class Left:
    """What was shown last of a bed before its process ended."""

    page: int
    numbers: Mapping[str, float | None]
    alarms: Alarms
    wall: datetime.datetime
    """When that was written."""


def left(folder: pathlib.Path, branch: int) -> Left | None:
    """What is kept of a branch as what was shown last; nothing where nothing is or it cannot be read."""
    pages = [page for of, page in _places(folder, ".numbers.json") if of == branch]
    path = folder / f"{branch}-{max(pages, default=0)}.numbers.json"
    try:
        page, numbers, alarms = json.loads(path.read_text())[-1]
        wall = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
        return Left(int(page), dict(numbers), tuple(alarms), wall)
    except (OSError, ValueError, TypeError, IndexError):
        return None


def _stays(page: int, now: int) -> bool:
    """Whether the moment of a page is kept when the bed is at another: the older, the further from each other."""
    doublings = max(0, (now - page) // _RECENT).bit_length()
    return doublings == 0 or page % (EVERY_PAGES * min(2**doublings, _COARSEST)) == 0


def _reached(folder: pathlib.Path | None) -> dict[int, int]:
    """How far every branch had come when what was kept of it was let go."""
    try:
        said = json.loads(_said(folder / _REACHED)) if folder is not None else []
        return {int(branch): int(page) for branch, page in said}
    except (ValueError, TypeError):
        return {}


def _said(path: pathlib.Path) -> str:
    try:
        return path.read_text()
    except (OSError, ValueError):
        return ""


def _places(folder: pathlib.Path | None, what: str) -> list[tuple[int, int]]:
    """Branch and page of the files of a kind."""
    found: list[tuple[int, int]] = []
    for path in sorted(folder.glob(f"*{what}")) if folder is not None and folder.is_dir() else ():
        branch, _, page = path.name.removesuffix(what).partition("-")
        if branch.isdigit() and page.isdigit():
            found.append((int(branch), int(page)))
    return found


def averaged(rows: Mapping[int, Row], names: Sequence[str], points: int) -> tuple[list[float], dict[str, list[Any]]]:
    """Means of numbers over at most so many stretches of equal length.

    Returns:
        The page in the middle of every stretch that has any, and the means by name; nothing where nothing held.
    """
    if not rows:
        return [], {name: [] for name in names}
    pages = np.asarray(sorted(rows))
    read = [rows[page][0].get for page in pages.tolist()]
    values = np.asarray([[get(name, math.nan) for get in read] for name in names], float).T
    size = -(-int(pages[-1] - pages[0] + 1) // points)
    first = np.flatnonzero(np.diff((pages - pages[0]) // size, prepend=-1))
    held = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        means = np.add.reduceat(np.where(held, values, 0.0), first) / np.add.reduceat(held.astype(int), first)
    middles = [float(m) for m in np.add.reduceat(pages, first) / np.diff(first, append=len(pages))]
    shown = lambda v: None if math.isnan(v) else float(f"{v:.6g}")
    return middles, {name: [*map(shown, column)] for name, column in zip(names, means.T.tolist(), strict=True)}
