"""Runs the migrations on the connection that `Database.upgrade` hands over."""

from alembic import context

from twinbed.server.store.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
