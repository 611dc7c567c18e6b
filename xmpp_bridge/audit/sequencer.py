"""Gives what waits in the queue its places in the tree.

One transaction moves a row from the queue into the tree, so a crash leaves it in one of both and never in two: what
waits, waits until the next start. Places have no gaps, whatever order transactions end in.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    LargeBinary,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.audit.event import entry_bytes
from xmpp_bridge.audit.tables import contents, entries, head, queue, tiles, words
from xmpp_bridge.audit.tree import TILE_HEIGHT, Frontier, Grown, leaf_hash
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.storage.many_rows import ManyRows
from xmpp_bridge.storage.prepared import Prepared

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 2_000
NEW: Final = ("entry", "leaf")
_BULKY: Final = (queue.c.salt, queue.c.content, queue.c.blob, queue.c.words)
_SMALL: Final = [
    *(column for column in queue.c if column not in _BULKY),
    queue.c.words.is_not(None).label("has_words"),
]
_TAKEN: Final = [column.name for column in entries.c if column.name in queue.c]
# An entry's place, it and its leaf hash are new; the rest is as it was in the queue.
_INSERT_ENTRIES: Final = ManyRows(
    insert(entries).from_select(
        ["position", *NEW, *_TAKEN],
        select(
            bindparam("position_", type_=BigInteger),
            *(bindparam(name, type_=LargeBinary) for name in NEW),
            *(queue.c[name] for name in _TAKEN),
        ).where(queue.c.id == bindparam("id_", type_=BigInteger)),
        include_defaults=False,
    ),
    ("position_", *NEW, "id_"),
)
_HEAD: Final = 1
_LOCK: Final = int.from_bytes(b"record")

Told = Callable[[Sequence[tuple[bytes, bytes]]], None]
"""Hears of entries and their leaf hashes once they are in the tree for good."""


class Sequencer:
    """Any number may run, in any number of processes: each waits for the others."""

    def __init__(
        self, engine: AsyncEngine, told: Told | None = None, most: int = MOST_AT_ONCE
    ) -> None:
        self._engine = engine
        self._told = told
        self._most = most
        query = select(*_SMALL).order_by(queue.c.id).limit(most)
        self._oldest = Prepared(query, engine.dialect)

    async def run(self, every: float) -> None:
        """Sequence what comes, until cancelled."""
        while True:
            if await self.sequence() < self._most:
                await asyncio.sleep(every)

    async def sequence_all(self) -> int:
        """Give all that waits now its place, and say how many those were."""
        total = 0
        while placed := await self.sequence():
            total += placed
        return total

    async def sequence(self) -> int:
        """Give some of what waits its place, the oldest first, and say how many those were."""
        async with reading(self._engine) as connection:
            if (await connection.execute(select(queue.c.id).limit(1))).first() is None:
                return 0
        async with writing(self._engine) as connection:
            placed = await self._sequence(connection)
        if placed and self._told is not None:
            self._told(placed)
        return len(placed)

    async def _sequence(self, connection: AsyncConnection) -> list[tuple[bytes, bytes]]:
        if connection.dialect.name == "postgresql":
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        frontier = await frontier_of(connection)
        first = frontier.size
        raw = await connection.exec_driver_sql(self._oldest.sql, tuple(self._oldest.arguments({})))
        waiting = self._oldest.rows(raw.all())
        if not waiting:
            return []
        placed = [_entry(first + at, row) for at, row in enumerate(waiting)]
        grown = [each for _, leaf in placed for each in frontier.append(leaf)]
        await _insert_entries(connection, first, waiting, placed)
        taken, place = _these([row.id for row in waiting], first)
        has_words = any(row.has_words for row in waiting)
        await _move_contents(connection, taken, place, has_words=has_words)
        await _insert_tiles(connection, grown)
        await _keep_head(connection, frontier, is_first=first == 0)
        await connection.execute(delete(queue).where(taken))
        return placed


async def frontier_of(connection: AsyncConnection) -> Frontier:
    """The tree as it is in this transaction."""
    row = (await connection.execute(select(head).where(head.c.id == _HEAD))).one_or_none()
    return Frontier() if row is None else Frontier(row.size, bytes(row.frontier))


async def waiting(engine: AsyncEngine) -> int:
    """How many have no place in the tree yet."""
    async with reading(engine) as connection:
        return int((await connection.execute(select(func.count(queue.c.id)))).scalar_one())


def _entry(position: int, row: Any) -> tuple[bytes, bytes]:
    entry = entry_bytes(
        position,
        row.at,
        row.kind,
        row.action,
        row.account_id,
        row.about_id,
        row.room_id,
        row.document_id,
        bytes(row.content_hash),
    )
    return entry, leaf_hash(entry)


async def _insert_entries(
    connection: AsyncConnection,
    first: int,
    rows: Sequence[Any],
    placed: Sequence[tuple[bytes, bytes]],
) -> None:
    """What the queue has in columns stays inside the database, too."""
    await _INSERT_ENTRIES.execute(
        connection,
        [
            (first + at, entry, leaf, row.id)
            for at, (row, (entry, leaf)) in enumerate(zip(rows, placed, strict=True))
        ],
    )


def _these(ids: Sequence[int], first: int) -> tuple[ColumnElement[bool], ColumnElement[int]]:
    """The rows with these ids, which are in their order, and no others, even if they are committed just now.

    And the place of each, where the first has the place `first`.
    """
    if ids[-1] - ids[0] + 1 == len(ids):
        return queue.c.id.between(ids[0], ids[-1]), queue.c.id + literal(first - ids[0])
    row = func.row_number().over(order_by=queue.c.id)
    return queue.c.id.in_(ids), row - 1 + literal(first)


async def _move_contents(
    connection: AsyncConnection,
    taken: ColumnElement[bool],
    place: ColumnElement[int],
    *,
    has_words: bool,
) -> None:
    """Inside the database: an output of 100 MB does not come here for it. One statement for all of them."""
    columns = [contents.c.position, contents.c.salt, contents.c.content, contents.c.blob]
    moved = select(place, queue.c.salt, queue.c.content, queue.c.blob).where(taken)
    await connection.execute(insert(contents).from_select(columns, moved))
    if has_words:
        all_words = select(place.label("position"), queue.c.words).where(taken).subquery()
        found = select(all_words).where(all_words.c.words.is_not(None))
        await connection.execute(insert(words).from_select(["position", "words"], found))


async def _insert_tiles(connection: AsyncConnection, grown: Sequence[Grown]) -> None:
    new = [
        {
            "level": each.node.height // TILE_HEIGHT,
            "number": each.node.number,
            "hash": each.hash,
        }
        for each in grown
    ]
    if new:
        await connection.execute(insert(tiles), new)


async def _keep_head(connection: AsyncConnection, frontier: Frontier, *, is_first: bool) -> None:
    values = {"size": frontier.size, "frontier": frontier.hashes}
    if is_first:
        await connection.execute(insert(head).values(id=_HEAD, **values))
    else:
        await connection.execute(update(head).where(head.c.id == _HEAD).values(values))
