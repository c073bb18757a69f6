"""Looks at what might come."""

import sqlalchemy as sa
from alembic import op

from twinbed.server.store.tables import Json

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table of forks."""
    op.create_table(
        "forks",
        sa.Column("bed", sa.Text, nullable=False),
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("data", Json, nullable=False),
        sa.PrimaryKeyConstraint("bed", "id", name="pk_forks"),
        sa.ForeignKeyConstraint(["bed"], ["beds.id"], name="fk_forks_bed_beds"),
    )
