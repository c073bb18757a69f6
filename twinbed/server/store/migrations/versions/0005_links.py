"""The chains of beds, begun with what is there."""

import datetime
import hashlib
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from twinbed.server.store.tables import Json, Moment, as_json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BEGINNING = "0" * 64
_OURSELVES = "twinbed"
_KINDS = {"made_at": Moment, "wall": Moment, "definition": Json, "data": Json, "detail": Json, "accepted": sa.Boolean}
_BED = ("id", "title", "kind", "definition", "seed", "version", "made_by", "made_at")
_BRANCH = ("id", "parent", "from_page")
_ENTRY = ("seq", "branch", "page", "t_s", "wall", "who", "kind", "data", "accepted", "reason")


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(c, _KINDS.get(c)) for c in columns))


_LINKS = _table("links", "bed", "link", "what", "previous", "hash")
_AUDIT = _table("audit", "seq", "wall", "who", "what", "detail", "previous", "hash")
_HEAD = _table("audit_head", "id", "seq", "hash")


def upgrade() -> None:
    """Makes the table of links, fills it, and notes the end of every chain in the audit."""
    op.create_table(
        "links",
        sa.Column("bed", sa.Text, nullable=False),
        sa.Column("link", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("bed", "link", name="pk_links"),
        sa.ForeignKeyConstraint(["bed"], ["beds.id"], name="fk_links_bed_beds"),
    )
    beds = _rows("beds", _BED, "made_at", "id")
    for bed in beds:
        of = bed["id"]
        rows = [
            ("bed", bed),
            *(("branch", row) for row in _rows("branches", _BRANCH, "id", bed=of)),
            *(("entry", row) for row in _rows("entries", _ENTRY, "seq", bed=of)),
        ]
        last = _BEGINNING
        for n, (what, row) in enumerate(rows, 1):
            previous, last = last, _hashed(last, {"of": of, "link": n, "what": what, **_plain(row)})
            op.get_bind().execute(_LINKS.insert().values(bed=of, link=n, what=what, previous=previous, hash=last))
        _note({"bed": of, "link": len(rows), "hash": last})


def _rows(name: str, columns: tuple[str, ...], *order: str, **where: str) -> list[Mapping[str, Any]]:
    table = _table(name, *columns, *where)
    query = sa.select(*(table.c[c] for c in columns)).order_by(*(table.c[c] for c in order))
    for column, value in where.items():
        query = query.where(table.c[column] == value)
    return [dict(row) for row in op.get_bind().execute(query).mappings()]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime.datetime) else v for k, v in row.items()}


def _hashed(previous: str, own: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{previous}\n{as_json(own, canonical=True)}".encode()).hexdigest()


def _note(detail: Mapping[str, Any]) -> None:
    """Writes a row of the audit."""
    connection = op.get_bind()
    head = connection.execute(sa.select(_HEAD.c.seq, _HEAD.c.hash)).one_or_none()
    seq, previous = (1, _BEGINNING) if head is None else (head.seq + 1, head.hash)
    wall = datetime.datetime.now(datetime.UTC)
    own = {"seq": seq, "wall": wall, "who": _OURSELVES, "what": "bed log", "detail": detail}
    made = _hashed(previous, _plain(own))
    connection.execute(_AUDIT.insert().values(**own, previous=previous, hash=made))
    change = _HEAD.insert().values(id=1) if head is None else _HEAD.update()
    connection.execute(change.values(seq=seq, hash=made))
