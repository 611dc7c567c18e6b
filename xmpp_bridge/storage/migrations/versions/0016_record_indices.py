"""Entries of the record are found by when they happened, and those that are not chat or edits by their kind.

Revision 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ABOUT_SOMEBODY = sa.text("about_id IS NOT NULL")
OF_A_DOCUMENT = sa.text("document_id IS NOT NULL")
RARE = sa.text("kind NOT IN ('chat', 'edit')")


# Nothing is ranked by the length of what it was found in: the table of lengths is left out (sqlite.org/fts5.html, 4.5).
SQLITE = (
    "DROP TABLE record_index",
    """CREATE VIRTUAL TABLE record_index USING fts5(
        words, content='record_words', content_rowid='position', tokenize='unicode61', columnsize=0)""",
    "INSERT INTO record_index(record_index) VALUES ('rebuild')",
)


def upgrade() -> None:
    op.create_index("ix_record_entries_at_position", "record_entries", ["at", "position"])
    op.create_index(
        "ix_record_entries_about_id_position",
        "record_entries",
        ["about_id", "position"],
        sqlite_where=ABOUT_SOMEBODY,
        postgresql_where=ABOUT_SOMEBODY,
    )
    op.create_index(
        "ix_record_entries_kind_position",
        "record_entries",
        ["kind", "position"],
        sqlite_where=RARE,
        postgresql_where=RARE,
    )
    op.drop_index("ix_record_entries_document_id_position", "record_entries")
    op.create_index(
        "ix_record_entries_document_id_position",
        "record_entries",
        ["document_id", "position"],
        sqlite_where=OF_A_DOCUMENT,
        postgresql_where=OF_A_DOCUMENT,
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE:
            op.execute(statement)
