"""Moments of a bed that are kept, and its numbers page by page: in memory, and in a folder if there is one.

All of it can be made again from the log; it is kept so that a past page is near and a bed that ended goes on quickly.
A file that is missing or broken is left out, never an error. Files: `<branch>-<page>.moment`, and
`<branch>-<page>.numbers.json` with the pages from there on.
"""

import contextlib
import io
import json
import logging
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import equinox as eqx
import numpy as np

from twinbed.connect.files import write_bytes
from twinbed.engine.live import Moment

LOG = logging.getLogger("twinbed.ward")
_MADE_OF = "made_of"
Part = tuple[int, int, int | None]
"""A branch, its first page, and the page at which another takes over (`log.lineage`)."""
Row = tuple[Mapping[str, float | None], tuple[Mapping[str, Any], ...]]
"""Numbers, and alarms that stand."""


class Checkpoints:
    """Kept moments and numbers of one bed."""

    def __init__(self, folder: pathlib.Path | None = None, made_of: str = ""):
        """Reads the numbers that are in the folder.

        Args:
            folder: of the bed.
            made_of: tells from which program and definition they come; what another left there is removed, for it
                would go on with other bits than the log says.
        """
        self._folder = folder
        self._unwritten = False
        if folder is not None and folder.is_dir() and _said(folder / _MADE_OF) != made_of:
            for path in (*folder.glob("*.moment"), *folder.glob("*.numbers.json")):
                path.unlink(missing_ok=True)
        if folder is not None and made_of:
            self._write(folder / _MADE_OF, made_of.encode())
        self._moments: dict[tuple[int, int], Moment] = {}
        self._rows: dict[tuple[int, int], Row] = {}
        self._fresh: dict[tuple[int, int], Row] = {}
        self._places = set(_places(folder, ".moment"))
        for branch, page in _places(folder, ".numbers.json"):
            with contextlib.suppress(OSError, ValueError, TypeError):
                self._read_rows(branch, page)

    def keep(self, branch: int, page: int, moment: Moment) -> None:
        """Keeps the moment at the beginning of a page, and on disk the numbers since the last one."""
        self._moments[branch, page] = moment
        self._places.add((branch, page))
        if self._folder is not None:
            file = io.BytesIO()
            eqx.tree_serialise_leaves(file, moment)
            self._write(self._path(branch, page, ".moment"), file.getvalue())
        self.flush()

    def add(self, branch: int, page: int, row: Row) -> None:
        """Keeps what was shown at the end of a page."""
        self._rows[branch, page] = self._fresh[branch, page] = row

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
        """The last page of a lineage of which a moment is kept; 0 if there is none."""
        return max((page for _, page in self._on(parts)), default=0)

    def end(self, branch: int) -> int:
        """The page before which a branch ended, as far as it is kept; 0 if nothing is."""
        kept = [p + 1 for b, p in tuple(self._rows) if b == branch]  # another thread may add to them
        return max([*kept, *(p for b, p in tuple(self._places) if b == branch)], default=0)

    def rows(self, parts: Iterable[Part], first: int, last: int) -> dict[int, Row]:
        """Numbers and alarms of the pages from `first` to before `last` on a lineage."""
        found: dict[int, Row] = {}
        for branch, start, until in parts:
            end = last if until is None else min(last, until)
            pages = range(max(start, first), end)
            found |= {page: self._rows[branch, page] for page in pages if (branch, page) in self._rows}
        return found

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
            self._rows[branch, int(number)] = dict(numbers), tuple(alarms)

    def _path(self, branch: int, page: int, what: str) -> pathlib.Path:
        assert self._folder is not None
        return self._folder / f"{branch}-{page}{what}"


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
    values = np.asarray([[rows[p][0].get(n) for n in names] for p in pages], float)
    size = -(-int(pages[-1] - pages[0] + 1) // points)
    place = (pages - pages[0]) // size
    middles, means = [], []
    for k in np.unique(place):
        own = values[place == k]
        held = np.isfinite(own)
        with np.errstate(invalid="ignore"):
            means.append(np.where(held, own, 0.0).sum(0) / held.sum(0))
        middles.append(float(pages[place == k].mean()))
    shown = lambda v: float(f"{v:.6g}") if np.isfinite(v) else None
    return middles, {name: [shown(m[i]) for m in means] for i, name in enumerate(names)}
