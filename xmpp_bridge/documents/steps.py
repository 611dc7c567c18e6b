"""A document's history read step by step."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from xmpp_bridge.documents.history_rows import unfolded
from xmpp_bridge.documents.part import Part, from_json
from xmpp_bridge.documents.step import Step
from xmpp_bridge.documents.tables import updates, windows
from xmpp_bridge.rooms.identifiers import DocumentId

_ROWS_AT_A_TIME = 200


async def read_steps(
    connection: AsyncConnection, document: DocumentId, after: int = 0
) -> AsyncIterator[Step]:
    """Those after a step, in the order in which they were kept, a page at a time."""
    folded, apart = _windows(connection, document, after), _updates(connection, document, after)
    window, update = await anext(folded, None), await anext(apart, None)
    while window is not None or update is not None:
        if update is None or (window is not None and window.through_id < update.through_id):
            assert window is not None  # noqa: S101 - one of both is there
            yield window
            window = await anext(folded, None)
        else:
            yield update
            update = await anext(apart, None)


async def folded_through(connection: AsyncConnection, document: DocumentId) -> int:
    """The last step that stands for several updates; 0 if there is none."""
    query = select(func.max(windows.c.through_id)).where(windows.c.document_id == document)
    return (await connection.execute(query)).scalar_one() or 0


async def _windows(
    connection: AsyncConnection, document: DocumentId, start: int
) -> AsyncIterator[Step]:
    query = (
        select(windows)
        .where(windows.c.document_id == document)
        .order_by(windows.c.through_id)
        .limit(_ROWS_AT_A_TIME)
    )
    while page := (await connection.execute(query.where(windows.c.through_id > start))).all():
        for row in page:
            start = row.through_id
            yield Step(
                start,
                row.began_at,
                row.ended_at,
                _parts(row.parts, row.authors),
                unfolded(row.data),
                folded=True,
            )


async def _updates(
    connection: AsyncConnection, document: DocumentId, start: int
) -> AsyncIterator[Step]:
    query = (
        select(updates.c.id, updates.c.account_id, updates.c.received_at, updates.c.data)
        .where(updates.c.document_id == document)
        .order_by(updates.c.id)
        .limit(_ROWS_AT_A_TIME)
    )
    while page := (await connection.execute(query.where(updates.c.id > start))).all():
        for row in page:
            start = row.id
            part = Part(row.account_id, 1)
            yield Step(start, row.received_at, row.received_at, (part,), row.data)


def _parts(parts: Sequence[dict[str, object]] | None, authors: Sequence[int]) -> tuple[Part, ...]:
    """Of what an older release has folded, only who sent it."""
    if parts:
        return tuple(map(from_json, parts))
    return tuple(Part(author, 1) for author in authors)
