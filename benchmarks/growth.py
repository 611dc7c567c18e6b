"""What a document that is edited all day takes in the service's database, beside what it is for Yjs."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.typing_trace import letters
from xmpp_bridge.accounts.store import AccountStore, HubUser
from xmpp_bridge.audit.recording import unrecorded
from xmpp_bridge.documents.entry import Entry
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.update import read_update
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.engine import create_engine
from xmpp_bridge.storage.migrate import upgrade

FACTOR = 3.0
"""Times the size of the document as one Yjs update."""
DAY = timedelta(hours=8)
MORNING = datetime(2026, 11, 2, 9, tzinfo=UTC)
TOGETHER = 50
"""Updates in one transaction, so that the benchmark does not take the day it is about."""


async def grow(directory: Path, edits: int) -> tuple[int, int]:
    """Type for a day; return the bytes that the database has grown by, and those of the document for Yjs."""
    path = directory / "bridge.sqlite"
    url = f"sqlite:///{path}"
    await upgrade(url)
    engine = create_engine(url)
    try:
        document, account = await _document(engine)
        before = _taken(path)
        history = History(unrecorded(engine))  # `ledger` tells what the record of it takes.
        entries: list[Entry] = []
        for number, update in enumerate(letters(edits)):
            moment = _moment(number, edits)
            structs = read_update(update).structs
            entries.append(Entry(document, account, "f00d", number, update, structs, moment))
            if len(entries) == TOGETHER:
                await history.append(entries)
                entries = []
                await (
                    history.compact()
                )  # The service does so every minute: seldom enough to change nothing.
        await history.append(entries)
        return _taken(path) - before, len(await history.state(document))
    finally:
        await engine.dispose()


def verdict(taken: int, size: int) -> tuple[str, bool]:
    line = (
        f"{taken / 1000:,.0f} kB in the database, {size / 1000:,.0f} kB for Yjs:"
        f" {taken / size:.2f} x (at most {FACTOR})"
    )
    return line, taken <= FACTOR * size


async def _document(engine: AsyncEngine) -> tuple[DocumentId, int]:
    async def nobody_is_renamed(_name: str, _created: datetime) -> bool:
        return True

    accounts = AccountStore(engine, nobody_is_renamed)
    rooms = RoomStore(engine, lambda: MORNING)
    romeo = await accounts.ensure(HubUser("romeo", MORNING, "Romeo"))
    room = await rooms.create_room("Orchard", romeo.id)
    document = await rooms.add_document(
        room.id, "day.md", DocumentType.FILE, DocumentFormat.TEXT, romeo.id
    )
    return document.id, romeo.id


def _moment(number: int, edits: int) -> datetime:
    return MORNING + DAY * (number / edits)


def _taken(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        size, pages, free = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_size", "page_count", "freelist_count")
        )
    return int(size * (pages - free))
