"""Reads the record page by page, and as a stream; nobody's memory grows with it."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.audit.filters import EVERYTHING, Filters, Limits, conditions, place
from xmpp_bridge.audit.tables import contents, entries
from xmpp_bridge.storage.engine import reading

AT_A_TIME: Final = 1_000
BYTES_AT_A_TIME: Final = 8 * 1024 * 1024
_BIG: Final = 64 * 1024
"""A blob above this is read by itself."""


@dataclass(frozen=True)
class Kept:
    """An entry as it is in the database, with its content unless that was destroyed."""

    position: int
    entry: dict[str, Any]
    leaf: str
    salt: str | None = field(repr=False)
    content: dict[str, Any] | None = field(repr=False)
    blob: bytes | None = field(repr=False)

    def line(self) -> dict[str, Any]:
        """As an export has it; what is not there is null."""
        return {
            "index": self.position,
            "entry": self.entry,
            "leaf": self.leaf,
            "salt": self.salt,
            "content": self.content,
            "blob": None if self.blob is None else base64.b64encode(self.blob).decode(),
        }


class Reading:
    """Of what is in the tree; what waits for its place is not there yet."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(
        self, filters: Filters, limits: Limits, below: int | None, limit: int
    ) -> list[Kept]:
        """The newest that are looked for, or the newest of those before the entry `below`.

        Of some time, those that happened last; else those that were written down last.
        """
        dialect = self._engine.dialect
        at, timed = place(filters, dialect), filters.of_some_time
        order = (entries.c.at.desc(), entries.c.position.desc()) if timed else (at.desc(),)
        after = []
        if below is not None:
            after.append(_before(below) if timed else at < below)
        if filters.account is None or filters.by_words:
            wanted = [*conditions(filters, limits, dialect), *after]
        else:
            # As an OR it would be either a search of everything, or a sort of all that they ever did.
            others = conditions(replace(filters, account=None), limits, dialect)
            newest = select(entries.c.position).where(*others, *after).order_by(*order).limit(limit)
            halves = [
                newest.where(person == filters.account).subquery()
                for person in (entries.c.account_id, entries.c.about_id)
            ]
            both = union_all(*(select(half.c.position) for half in halves))
            wanted = [entries.c.position.in_(both)]
        query = _select().where(*wanted).order_by(*order).limit(limit)
        async with reading(self._engine) as connection:
            return [await _kept(connection, row) for row in await connection.execute(query)]

    async def entry(self, position: int, limits: Limits = EVERYTHING) -> Kept | None:
        """One, if it is there and may be seen."""
        query = _select().where(entries.c.position == position)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
            if row is None or not limits.allow(row.room_id):
                return None
            return await _kept(connection, row)

    async def count(self, filters: Filters, limits: Limits, first: int, size: int) -> int:
        """How many there are of what is looked for, from the entry `first` on, in the tree of this size."""
        wanted = conditions(filters, limits, self._engine.dialect)
        within = entries.c.position.between(first, size - 1)
        query = select(func.count()).where(within, *wanted)
        async with reading(self._engine) as connection:
            return int((await connection.execute(query)).scalar_one())

    async def stream(
        self, filters: Filters, limits: Limits, first: int, size: int
    ) -> AsyncIterator[Sequence[Kept]]:
        """From the entry `first`, in their order, until the tree was of this size; some at a time."""
        wanted = conditions(filters, limits, self._engine.dialect)
        at = place(filters, self._engine.dialect)
        query = _select().where(*wanted).order_by(at).limit(AT_A_TIME)
        while True:
            within = (at >= first, at < size)
            async with reading(self._engine) as connection:
                rows = (await connection.execute(query.where(*within))).all()
                some: list[Kept] = []
                volume = 0
                for row in rows:
                    kept = await _kept(connection, row)
                    some.append(kept)
                    volume += len(kept.blob or b"")
                    if volume > BYTES_AT_A_TIME:
                        break
            if not some:
                return
            yield some
            first = some[-1].position + 1


def _before(below: int) -> ColumnElement[bool]:
    """What comes behind the entry `below` when the order is that of their times."""
    then = select(entries.c.at).where(entries.c.position == below).scalar_subquery()
    same = and_(entries.c.at == then, entries.c.position < below)
    return and_(entries.c.at <= then, or_(entries.c.at < then, same))


def _select() -> Select[Any]:
    size = func.length(contents.c.blob)
    return select(
        entries.c.position,
        entries.c.room_id,
        entries.c.entry,
        entries.c.leaf,
        contents.c.salt,
        contents.c.content,
        size.label("size"),
        case((size <= _BIG, contents.c.blob)).label("blob"),
    ).outerjoin(contents, contents.c.position == entries.c.position)


async def _kept(connection: AsyncConnection, row: Row[Any]) -> Kept:
    blob = row.blob
    if blob is None and row.size is not None:
        query = select(contents.c.blob).where(contents.c.position == row.position)
        blob = (await connection.execute(query)).scalar_one()
    return Kept(
        row.position,
        json.loads(row.entry),
        row.leaf.hex(),
        None if row.salt is None else row.salt.hex(),
        None if row.content is None else json.loads(row.content),
        None if blob is None else bytes(blob),
    )
