"""What was shown of a bed, page by page: the last hours as it was, what is older by the minute.

Every `GROUP` pages that are older than `WHOLE` become one row: means of numbers, and the pages at which other alarms
stood (or began to latch) than on the page before, so that no alarm is lost or moved.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

GROUP, WHOLE = 60, 7200
"""Pages: of a bed with pages of a second a minute, and two hours."""
Part = tuple[int, int, int | None]
"""A branch, its first page, and the page at which another takes over (`log.lineage`)."""
Alarms = tuple[Mapping[str, Any], ...]
Row = tuple[Mapping[str, float | None], Alarms]
"""Numbers, and alarms that stand."""


@dataclasses.dataclass(frozen=True)
class Folded:
    """Pages of a group as one."""

    first: int
    numbers: Mapping[str, float | None]
    """Means of what held."""
    marks: tuple[tuple[int, Alarms], ...]
    """The first page that is known, and those at which other alarms stand than before."""

    @property
    def end(self) -> int:
        """The page after the last."""
        return self.first + GROUP


class Rows:
    """Rows of one bed, by branch."""

    def __init__(self) -> None:
        self._whole: dict[int, dict[int, Row]] = {}
        self._folded: dict[int, dict[int, Folded]] = {}

    def add(self, branch: int, page: int, row: Row) -> None:
        """Keeps a row; of a page that was folded nothing more."""
        if page // GROUP * GROUP not in self._folded.get(branch, {}):
            self._whole.setdefault(branch, {})[page] = row

    def take(self, branch: int, folded: Folded) -> None:
        """Keeps pages that were folded before."""
        self._folded.setdefault(branch, {})[folded.first] = folded

    def fold(self, branch: int, page: int) -> list[Folded]:
        """Folds what is old when the bed is at a page, and returns that."""
        own = self._whole.get(branch, {})
        limit = (page - WHOLE) // GROUP * GROUP
        groups: dict[int, list[int]] = {}
        for known in sorted(p for p in own if p < limit):
            groups.setdefault(known // GROUP * GROUP, []).append(known)
        made = [_folded(first, {p: own.pop(p) for p in pages}) for first, pages in groups.items()]
        for folded in made:
            self.take(branch, folded)
        return made

    def folded(self, branch: int, first: int, last: int) -> list[Folded]:
        """What was folded of a branch from a page to before another."""
        return [f for f in self._folded.get(branch, {}).values() if first <= f.first < last]

    def rows(self, parts: Iterable[Part], first: int, last: int) -> dict[int, Row]:
        """Numbers and alarms of the pages from `first` to before `last` on a lineage; of a group at its middle."""
        found: dict[int, Row] = {}
        for branch, start, until in parts:
            end = last if until is None else min(last, until)
            for folded in self._folded.get(branch, {}).values():
                is_whole = start <= folded.first and (until is None or folded.end <= until)
                if is_whole and folded.first < end and folded.end > first:
                    found[folded.first + GROUP // 2] = folded.numbers, ()
            own = self._whole.get(branch, {})
            found |= {page: row for page, row in own.items() if max(start, first) <= page < end}
        return found

    def alarms(self, parts: Iterable[Part], last: int) -> dict[int, Alarms]:
        """Alarms that stood, by page; pages at which the same ones stood as on the page before may be left out."""
        found: dict[int, Alarms] = {}
        for branch, start, until in parts:
            end = last if until is None else min(last, until)
            for folded in self._folded.get(branch, {}).values():
                found |= {page: alarms for page, alarms in folded.marks if start <= page < end}
            found |= {page: row[1] for page, row in self._whole.get(branch, {}).items() if start <= page < end}
        return found

    def stood(self, parts: Iterable[Part], page: int) -> Alarms:
        """The alarms of a page on a lineage, as far as they are known."""
        branch = next((b for b, start, until in parts if start <= page and (until is None or page < until)), None)
        if branch is None:
            return ()
        if whole := self._whole.get(branch, {}).get(page):
            return whole[1]
        folded = self._folded.get(branch, {}).get(page // GROUP * GROUP)
        return next((alarms for at, alarms in reversed(folded.marks if folded else ()) if at <= page), ())

    def end(self, branch: int) -> int:
        """The page after the last one that is known of a branch; 0 if none is."""
        whole, folded = tuple(self._whole.get(branch, {})), tuple(self._folded.get(branch, {}))  # others may add
        return max([*(page + 1 for page in whole), *(first + GROUP for first in folded)], default=0)


def _standing(alarms: Alarms) -> set[tuple[str, bool]]:
    """Which alarms stand, and whether only because they latch."""
    return {(a["id"], bool(a.get("latched"))) for a in alarms}


def _folded(first: int, rows: Mapping[int, Row]) -> Folded:
    names = next(iter(rows.values()))[0]
    held = {name: [v for row in rows.values() if (v := row[0].get(name)) is not None] for name in names}
    numbers = {name: float(f"{np.mean(values):.6g}") if values else None for name, values in held.items()}
    marks: list[tuple[int, Alarms]] = []
    for page, (_, alarms) in rows.items():
        if not marks or _standing(alarms) != _standing(marks[-1][1]):
            marks.append((page, alarms))
    return Folded(first, numbers, tuple(marks))
