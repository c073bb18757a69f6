"""Studies and runs on the bench."""

import sqlalchemy as sa
from alembic import op

from twinbed.server.store.tables import Json, Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COUNTED = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Makes the table of runs."""
    op.create_table(
        "runs",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("title_ko", sa.Text),
        sa.Column("asked", Json, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("person", _COUNTED, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("queued_at", Moment, nullable=False),
        sa.Column("began_at", Moment),
        sa.Column("ended_at", Moment),
        sa.Column("removed_at", Moment),
        sa.Column("tries", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("found", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_runs_person_people"),
    )
    op.create_index("ix_runs_state", "runs", ["state"])
