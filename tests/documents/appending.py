"""A process that appends letters to a document until it is killed, and says which of them are safe."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from itertools import count

import pycrdt

from xmpp_bridge.documents.entry import Entry
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.update import read_update
from xmpp_bridge.rooms.identifiers import read_document_id
from xmpp_bridge.storage.engine import create_engine

BEGAN = datetime(2026, 5, 1, 12, tzinfo=UTC)


async def append(url: str, document: str, account: int) -> None:
    history = History(create_engine(url), snapshot_every=3)
    doc: pycrdt.Doc[pycrdt.Text] = pycrdt.Doc(client_id=1)
    text = doc.get("text", type=pycrdt.Text)
    made: list[bytes] = []
    subscription = doc.observe(lambda event: made.append(event.update))
    for number in count(1):
        text += "x"
        data = made.pop()
        entry = Entry(
            read_document_id(document),
            account,
            "f00d",
            number,
            data,
            read_update(data).structs,
            BEGAN + number * timedelta(minutes=1),  # so that there is something to fold
        )
        await history.append([entry])
        print(number, flush=True)  # noqa: T201
        await history.compact()
    doc.unobserve(subscription)


if __name__ == "__main__":
    asyncio.run(append(sys.argv[1], sys.argv[2], int(sys.argv[3])))
