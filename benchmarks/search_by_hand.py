"""The same searches as an expert would write them for one database, without our layers: SQL and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.storage.engine import reading

PAGE = 20
COLUMNS = "s.*, a.hub_user, a.display_name"
READABLE = """(SELECT m.room_id FROM room_members m JOIN rooms r ON r.id = m.room_id
    WHERE m.account_id = :asker AND r.removed_at IS NULL)"""
FOUND = {
    "sqlite": f"""SELECT {COLUMNS} FROM chat_index JOIN chat_said s ON s.id = chat_index.rowid
        JOIN accounts a ON a.id = s.account_id
        WHERE chat_index MATCH :expression AND s.room_id IN {READABLE} {{dates}}
        ORDER BY chat_index.rowid DESC LIMIT {PAGE}""",
    "postgresql": f"""SELECT {COLUMNS} FROM chat_words w JOIN chat_said s ON s.id = w.id
        JOIN accounts a ON a.id = s.account_id
        WHERE w.lexemes @@ CAST(:expression AS tsquery) AND w.room_id IN {READABLE} {{dates}}
        ORDER BY w.id DESC LIMIT {PAGE}""",
}
CHANGE = f"""SELECT {COLUMNS} FROM chat_said s LEFT JOIN accounts a ON a.id = s.account_id"""
AS_THEY_ARE = {
    "sqlite": f"""WITH found AS ({{found}}) SELECT * FROM found
        UNION ALL {CHANGE} WHERE s.kind <> 'message' AND s.room_id IN (SELECT room_id FROM found)
            AND s.target IN (SELECT stanza_id FROM found)
        UNION ALL {CHANGE} WHERE s.kind <> 'message' AND s.room_id IN (SELECT room_id FROM found)
            AND s.original IN (SELECT origin_id FROM found)""",
    "postgresql": f"""WITH found AS ({{found}}) SELECT * FROM found
        UNION ALL {CHANGE} JOIN found f ON f.room_id = s.room_id AND f.stanza_id = s.target
            WHERE s.kind <> 'message'
        UNION ALL {CHANGE} JOIN found f ON f.room_id = s.room_id AND f.origin_id = s.original
            WHERE s.kind <> 'message'""",
}
"""With what was said about what is found: corrections, retractions, reactions."""
DATES = {
    "sqlite": "AND chat_index.rowid >= :since AND chat_index.rowid < :until",
    "postgresql": "AND w.id >= :since AND w.id < :until",
}


@dataclass(frozen=True)
class ByHand:
    """One question in the language of one database."""

    expression: str
    since: int | None = None
    until: int | None = None


async def find(engine: AsyncEngine, asker: int, question: ByHand) -> list[int]:
    """The places of the newest page, with what was said about each message looked up, too."""
    dialect = engine.dialect.name
    dates = DATES[dialect] if question.since is not None else ""
    values: Mapping[str, Any] = {"asker": asker, "expression": question.expression} | (
        {"since": question.since, "until": question.until} if dates else {}
    )
    async with reading(engine) as connection:
        rows = list(await connection.execute(text(FOUND[dialect].format(dates=dates)), values))
        await connection.execute(text(_changes(rows)), _changed(rows))
    return [row.id for row in rows]


def _changes(rows: list[Row[Any]]) -> str:
    if not rows:
        return "SELECT 1"
    return " UNION ALL ".join(
        f"SELECT * FROM chat_said WHERE room_id = :r{n} AND target = :t{n}"
        f" UNION ALL SELECT * FROM chat_said WHERE room_id = :r{n} AND original = :o{n}"
        for n in range(len(rows))
    )


def _changed(rows: list[Row[Any]]) -> dict[str, Any]:
    return {
        f"{letter}{n}": value
        for n, row in enumerate(rows)
        for letter, value in (("r", row.room_id), ("t", row.stanza_id), ("o", row.origin_id))
    }
