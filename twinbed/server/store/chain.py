"""The chain of a bed: what it was made of, its branches and the entries of its log, each vouching for all before it.

A link holds the SHA-256 of the hash of the link before and of the canonical JSON of its own row. Whatever adds a link
writes its hash into the audit in the same transaction, so that the last hash of the audit, noted elsewhere, vouches for
the logs of all beds.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from twinbed.server.store.tables import BedRow, BranchRow, EntryRow, LinkRow, as_json

BEGINNING = "0" * 64
_OWN: Mapping[str, tuple[str, ...]] = {
    "bed": ("id", "title", "kind", "definition", "seed", "version", "made_by", "made_at"),
    "branch": ("id", "parent", "from_page"),
    "entry": ("seq", "branch", "page", "t_s", "wall", "who", "kind", "data", "accepted", "reason"),
}
"""What of a row is hashed, by what it is; of a bed all but whether it was removed, which is in the audit."""


def hashed(previous: str, own: Mapping[str, Any]) -> str:
    """The hash of a link of any chain, from the one before and from what it holds, which is plain JSON."""
    return hashlib.sha256(f"{previous}\n{as_json(own, canonical=True)}".encode()).hexdigest()


def add(session: Session, bed: str, row: BedRow | BranchRow | EntryRow) -> Mapping[str, Any]:
    """Adds a row that was flushed to the chain of its bed, which is locked, and returns what the audit is to hold."""
    session.refresh(row)  # as it will be read to check it
    last = session.scalars(sa.select(LinkRow).where(LinkRow.bed == bed).order_by(LinkRow.link.desc()).limit(1)).first()
    link, previous = (1, BEGINNING) if last is None else (last.link + 1, last.hash)
    made = hashed(previous, _own(bed, link, row))
    session.add(LinkRow(bed=bed, link=link, what=_what(row), previous=previous, hash=made))
    session.flush()
    return {"bed": bed, "link": link, "hash": made}


def broken_at(session: Session, bed: str, noted: Mapping[int, str]) -> int | None:
    """The first link of a bed that is not as it was written, edited, moved, removed or put in; nothing if all are.

    Args:
        session: at one moment.
        bed: which.
        noted: hashes by link, as the audit holds them: that of the last link is one of them.
    """
    rows, previous, n = _rows(session, bed), BEGINNING, 0
    links = session.scalars(sa.select(LinkRow).where(LinkRow.bed == bed).order_by(LinkRow.link))
    for n, link in enumerate(links, 1):
        row = _next(rows.get(link.what, iter(())))
        if row is None or (link.link, link.previous) != (n, previous):
            return n
        if link.hash != hashed(previous, _own(bed, n, row)) or noted.get(n, link.hash) != link.hash:
            return n
        previous = link.hash
    left = any(map(_is_left, rows.values()))
    return n + 1 if left or n == 0 or max(noted, default=0) != n else None


def _rows(session: Session, bed: str) -> dict[str, Iterator[BedRow | BranchRow | EntryRow]]:
    """The rows of a bed in the order in which they were written, by what they are."""
    asked = {
        "bed": sa.select(BedRow).where(BedRow.id == bed),
        "branch": sa.select(BranchRow).where(BranchRow.bed == bed).order_by(BranchRow.id),
        "entry": sa.select(EntryRow).where(EntryRow.bed == bed).order_by(EntryRow.seq),
    }
    one_by_one = {"yield_per": 1}  # one that cannot be read hides no other
    return {what: iter(session.scalars(query, execution_options=one_by_one)) for what, query in asked.items()}


def _next(rows: Iterator[BedRow | BranchRow | EntryRow]) -> BedRow | BranchRow | EntryRow | None:
    """The next row; nothing where there is none, or what was written into it cannot be read."""
    try:
        return next(rows, None)
    except ValueError:
        return None


def _is_left(rows: Iterator[BedRow | BranchRow | EntryRow]) -> bool:
    """Whether there is another row, also one that cannot be read."""
    try:
        return next(rows, None) is not None
    except ValueError:
        return True


def _what(row: BedRow | BranchRow | EntryRow) -> str:
    return "bed" if isinstance(row, BedRow) else "branch" if isinstance(row, BranchRow) else "entry"


def _own(bed: str, link: int, row: BedRow | BranchRow | EntryRow) -> dict[str, Any]:
    what = _what(row)
    plain = {name: getattr(row, name) for name in _OWN[what]}
    times = {name: value.isoformat() for name, value in plain.items() if name in ("made_at", "wall")}
    return {"of": bed, "link": link, "what": what, **plain, **times}
