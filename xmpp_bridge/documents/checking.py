"""Whether the durable copy is what it should be: the log read from its beginning, beside all that was made of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from xmpp_bridge.documents import history_rows as rows
from xmpp_bridge.documents import relay_rows
from xmpp_bridge.documents.durable_copy import CannotIntegrateError, DurableCopy
from xmpp_bridge.documents.relay import Stretch
from xmpp_bridge.documents.tables import snapshots
from xmpp_bridge.documents.update import read_update
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.tables import documents
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import BadPayloadError


@dataclass
class Findings:
    """What is there of one document, and what is wrong with it."""

    document: DocumentId
    name: str
    updates: int = 0
    """Those that are kept one by one."""
    size: int = 0
    """Bytes of them, and of what stands for older ones."""
    waiting: list[int] = field(default_factory=list)
    """Updates whose predecessors have not come; members' servers bring those when they sync. That is no damage."""
    unreadable: list[int] = field(default_factory=list)
    """Updates that cannot be integrated: the copy is without them, until a member's server gives them again."""
    foreign: list[int] = field(default_factory=list)
    """Updates of one account in the name of another's Yjs client, which are not marked as a relay."""
    relayed: Sequence[Stretch] = ()
    """What others brought than who wrote it. That is no damage, unless its author denies it."""
    snapshot_differs: bool = False
    """The snapshot is not what the log says. Whoever loads it gets what it says; the log is right."""

    @property
    def good(self) -> bool:
        denied = any(each.disputed for each in self.relayed)
        return not (self.unreadable or self.foreign or self.snapshot_differs or denied)


async def check_all(engine: AsyncEngine) -> AsyncIterator[Findings]:
    """Read everything of one document after the other; others may go on writing meanwhile."""
    query = select(documents.c.id, documents.c.name).order_by(documents.c.id)
    async with reading(engine) as connection:
        found = (await connection.execute(query)).all()
    for row in found:
        async with reading(engine) as connection:
            findings, log = await _read_log(connection, DocumentId(row.id), row.name)
            findings.snapshot_differs = await _differs(connection, findings, log)
        yield findings


async def repair(engine: AsyncEngine, document: DocumentId) -> None:
    """Put what the log says in place of the snapshot; the log itself is never changed."""
    async with writing(engine) as connection:
        await rows.lock(connection, [document])
        await connection.execute(delete(snapshots).where(snapshots.c.document_id == document))
        findings, log = await _read_log(connection, document, "")
        await rows.keep_snapshot(connection, document, log, findings.unreadable)


async def _read_log(
    connection: AsyncConnection, document: DocumentId, name: str
) -> tuple[Findings, DurableCopy]:
    """The document from nothing but its updates, each read again without those that turn out to be unreadable."""
    findings = Findings(document, name)
    owners = await rows.owners_of(connection, document)
    findings.relayed = await relay_rows.stretches(connection, document)
    while True:
        log = DurableCopy()
        findings.updates = findings.size = 0
        findings.foreign.clear()
        try:
            async for window in rows.windows_after(connection, document, 0):
                findings.size += len(window.data)
                if window.through_id not in findings.unreadable:
                    log.apply(window.through_id, window.data)
            async for logged in rows.updates_after(connection, document, 0):
                findings.updates += 1
                findings.size += len(logged.data)
                log.through_id = max(log.through_id, logged.id)
                if logged.id in findings.unreadable:
                    continue
                log.apply(logged.id, logged.data)
                for structs in read_update(logged.data).structs:
                    if owners.get(structs.client) != logged.account_id and not any(
                        each.marks(logged.account_id, *structs) for each in findings.relayed
                    ):
                        findings.foreign.append(logged.id)
                        break
        except CannotIntegrateError as error:
            findings.unreadable.append(error.row_id)
            continue
        findings.waiting = log.waiting
        return findings, log


async def _differs(connection: AsyncConnection, findings: Findings, log: DurableCopy) -> bool:
    """Whether somebody who begins with the snapshot ends with something else than the log."""
    query = select(snapshots.c.through_id, snapshots.c.state).where(
        snapshots.c.document_id == findings.document
    )
    snapshot = (await connection.execute(query)).one_or_none()
    if snapshot is None:
        return False
    document, unreadable = findings.document, findings.unreadable
    try:
        DurableCopy(snapshot.state)
        quick = await rows.bring_up_to_date(connection, document, None, unreadable)
        while quick.through_id != log.through_id:  # somebody goes on writing
            log = await rows.bring_up_to_date(connection, document, log, unreadable)
            quick = await rows.bring_up_to_date(connection, document, quick, unreadable)
    except (BadPayloadError, CannotIntegrateError):
        return True
    return not quick.equals(log)
