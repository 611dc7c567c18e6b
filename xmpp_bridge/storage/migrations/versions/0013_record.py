"""The record: who said and changed what.

Revision: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)

# As in revision 0003: SQLite before 3.43 cannot forget a row of an index that has no table beside it.
SQLITE = (
    """CREATE VIRTUAL TABLE record_index USING fts5(
        words, content='record_words', content_rowid='position', tokenize='unicode61')""",
    """CREATE TRIGGER record_words_added AFTER INSERT ON record_words BEGIN
        INSERT INTO record_index(rowid, words) VALUES (new.position, new.words); END""",
    """CREATE TRIGGER record_words_removed AFTER DELETE ON record_words BEGIN
        INSERT INTO record_index(record_index, rowid, words) VALUES ('delete', old.position, old.words); END""",
)
POSTGRESQL = (
    "CREATE INDEX ix_record_words_words ON record_words USING gin (to_tsvector('simple', words))"
)


def what() -> list[sa.Column[object]]:
    return [
        sa.Column("at", TIME, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("account_id", sa.BigInteger()),
        sa.Column("about_id", sa.BigInteger()),
        sa.Column("room_id", sa.String(32)),
        sa.Column("document_id", sa.String(32)),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "record_queue",
        sa.Column("id", ROW_ID, nullable=False),
        *what(),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("blob", sa.LargeBinary()),
        sa.Column("words", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_record_queue"),
    )
    op.create_table(
        "record_entries",
        sa.Column("position", ROW_ID, nullable=False, autoincrement=False),
        *what(),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_record_entries"),
    )
    for column in ("room_id", "account_id", "document_id"):
        op.create_index(
            f"ix_record_entries_{column}_position", "record_entries", [column, "position"]
        )
    op.create_table(
        "record_contents",
        sa.Column("position", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("blob", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("position", name="pk_record_contents"),
    )
    op.create_table(
        "record_words",
        sa.Column("position", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_record_words"),
    )
    op.create_table(
        "record_tiles",
        sa.Column("level", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("number", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_record_tiles"),
    )
    op.create_table(
        "record_head",
        sa.Column("id", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_record_head"),
    )
    op.create_table(
        "record_checkpoints",
        sa.Column("size", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("signed_at", TIME, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_record_checkpoints"),
    )
    op.create_table(
        "record_holds",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("room_id", sa.String(32)),
        sa.Column("account_id", sa.BigInteger()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_at", TIME, nullable=False),
        sa.Column("lifted_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_record_holds"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
    else:
        for statement in SQLITE:
            op.execute(statement)
