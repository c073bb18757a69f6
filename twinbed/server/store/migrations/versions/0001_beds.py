"""Beds, branches and entries."""

import sqlalchemy as sa
from alembic import op

from twinbed.server.store.tables import Json, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables of beds."""
    op.create_table(
        "beds",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("definition", Json, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("removed_at", Moment),
        sa.PrimaryKeyConstraint("id", name="pk_beds"),
    )
    op.create_table(
        "branches",
        sa.Column("bed", sa.Text, nullable=False),
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("parent", sa.BigInteger),
        sa.Column("from_page", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("bed", "id", name="pk_branches"),
        sa.ForeignKeyConstraint(["bed"], ["beds.id"], name="fk_branches_bed_beds"),
        sa.ForeignKeyConstraint(["bed", "parent"], ["branches.bed", "branches.id"], name="fk_branches_bed_branches"),
    )
    op.create_table(
        "entries",
        sa.Column("bed", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("branch", sa.BigInteger, nullable=False),
        sa.Column("page", sa.BigInteger, nullable=False),
        sa.Column("t_s", sa.Double, nullable=False),
        sa.Column("wall", Moment, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("accepted", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("bed", "seq", name="pk_entries"),
        sa.ForeignKeyConstraint(["bed"], ["beds.id"], name="fk_entries_bed_beds"),
        sa.ForeignKeyConstraint(["bed", "branch"], ["branches.bed", "branches.id"], name="fk_entries_bed_branches"),
    )
