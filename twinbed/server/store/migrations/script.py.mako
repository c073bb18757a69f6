"""${message}."""

import sqlalchemy as sa
from alembic import op

from twinbed.server.store.tables import Json, Moment

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Brings the tables up."""
    ${upgrades if upgrades else "pass"}
