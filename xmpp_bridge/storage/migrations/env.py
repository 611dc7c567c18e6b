"""What Alembic runs: the revisions, on the connection and in the transaction of `migrate.py`."""

from __future__ import annotations

from alembic import context

from xmpp_bridge.storage.base import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter a constraint; Alembic copies the table
)
context.run_migrations()
