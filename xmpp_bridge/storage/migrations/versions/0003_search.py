"""What messages are found by; and one order for what is said in all rooms.

Revision: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# An external-content table, since SQLite before 3.43 cannot forget a row of any other kind (sqlite.org/fts5.html, 4.4.3).
# Its tokens come ready: only the marks' underscore is no token character of its own accord.
SQLITE = (
    """CREATE VIRTUAL TABLE chat_index USING fts5(
        lexemes, content='chat_words', content_rowid='id', tokenize="ascii tokenchars '_'")""",
    """CREATE TRIGGER chat_words_added AFTER INSERT ON chat_words BEGIN
        INSERT INTO chat_index(rowid, lexemes) VALUES (new.id, new.lexemes); END""",
    """CREATE TRIGGER chat_words_removed AFTER DELETE ON chat_words BEGIN
        INSERT INTO chat_index(chat_index, rowid, lexemes) VALUES ('delete', old.id, old.lexemes); END""",
    """CREATE TRIGGER chat_words_changed AFTER UPDATE ON chat_words BEGIN
        INSERT INTO chat_index(chat_index, rowid, lexemes) VALUES ('delete', old.id, old.lexemes);
        INSERT INTO chat_index(rowid, lexemes) VALUES (new.id, new.lexemes); END""",
)


KINDS = ("message", "correction", "retraction", "moderation", "reaction", "resolution")


def upgrade() -> None:
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    with op.batch_alter_table("chat_said") as said:
        said.drop_constraint(op.f("ck_chat_said_kind"), type_="check")
        said.create_check_constraint(op.f("ck_chat_said_kind"), f"kind IN ({kinds})")
    op.execute("UPDATE chat_said SET id = stanza_id * 1024 + id % 1024")
    op.create_table(
        "chat_words",
        sa.Column("id", ROW_ID, nullable=False, autoincrement=False),
        sa.Column("room_id", sa.String(32), nullable=False),
        sa.Column("lexemes", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["chat_said.id"], name="fk_chat_words_id_chat_said"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_chat_words_room_id_rooms"),
        sa.PrimaryKeyConstraint("id", name="pk_chat_words"),
    )
    op.create_index("ix_chat_words_room_id_id", "chat_words", ["room_id", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_chat_words_lexemes", "chat_words", ["lexemes"], postgresql_using="gin")
    else:
        for statement in SQLITE:
            op.execute(statement)
