"""Servers of several people with one notebook, what their kernels say, and a network that delivers when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from jupyter_ydoc import YNotebook
from pycrdt import Doc, Map, Text

from demo import edits
from xmpp_bridge.documents.company import Company
from xmpp_bridge.documents.inbox import Inbox
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.running import RunningCells
from xmpp_bridge.rooms.identifiers import read_document_id

CELL = "balcony"


class Verona:
    """What everybody knows of everybody: client ids by name, and who is in the room."""

    def __init__(self, *names: str, ranks: Sequence[int] = (0, 1, 2)) -> None:
        """Where Yjs has to choose, a higher rank is last."""
        self.owners: dict[int, str] = {}
        self.here = set(names)
        self.time = 0.0
        first: Doc[Any] = Doc(client_id=1)
        notebook = YNotebook(first)
        cells = [{**edits.code_cell("speak"), "id": CELL}]
        notebook.set({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
        self.born = first.get_update()
        self.servers = [
            Server(self, name, 10 * (rank + 1)) for name, rank in zip(names, ranks, strict=False)
        ]

    async def calm(self) -> None:
        """Deliver until nobody has anything to say."""
        await turn()
        while any(server.waiting for server in self.servers):
            for server in self.servers:
                server.deliver(server.waiting)
            await turn()
            for server in self.servers:
                server.running.runs.settle()

    def close(self) -> None:
        for server in self.servers:
            server.replica.close()


class Server:
    """A replica, its running cells, and one browser tab under a client id of its own."""

    def __init__(self, verona: Verona, name: str, client: int) -> None:
        self.verona = verona
        self.name = name
        self.doc: Doc[Any] = Doc(client_id=client)
        self.notebook = YNotebook(self.doc)
        self.own_clients: frozenset[int] = frozenset()
        self.local_clients = frozenset({client + 2})
        self.busy = True
        self.inbox: list[bytes] = []
        self.replica = Replica(self.doc, client + 2, self, self._typed)
        self.replica.arrive(verona.born)
        self._company = Company(Inbox(read_document_id("0" * 32), self.replica), self.replica)
        self.running = RunningCells(self.doc, self.replica, self, self._is_busy, self._now)
        self.notebook.observe(self._changed)
        self.tab: Doc[Any] = Doc(client_id=client + 1)
        self.own(self.tab.client_id)

    # -- what a person does -------------------------------------------------------------------------

    def start(self) -> None:
        """As JupyterLab does: clear, and only then say that it runs."""
        with Typing(self) as cell:
            with cell.doc.transaction():
                del cell["outputs"][:]
                cell["execution_count"] = None
            cell["execution_state"] = "running"

    def says(self, text: str) -> None:
        """A line of a stream, which JupyterLab appends to the last stream, whosever that is."""
        with Typing(self) as cell:
            outputs = cell["outputs"]
            if len(outputs) and "text" in outputs[-1]:
                stream: Text = outputs[-1]["text"]
                stream += text
            else:
                outputs.append(Map({**edits.stream_output(text), "text": Text(text)}))

    def shows(self, data: str) -> None:
        """Something to look at."""
        with Typing(self) as cell:
            cell["outputs"].append({"output_type": "display_data", "data": {"text/plain": data}})

    def finish(self) -> None:
        with Typing(self) as cell:
            cell["execution_state"] = "idle"

    @property
    def cell(self) -> Any:
        return self.notebook.ycells[0]

    @property
    def outputs(self) -> list[str]:
        """What is to be seen; a stream without a letter is not."""
        texts = [
            output["text"] if "text" in output else output["data"]["text/plain"]
            for output in self.cell["outputs"].to_py()
        ]
        return [text for text in texts if text]

    def deliver(self, number: int) -> None:
        """Take so many of what was sent here, in its order."""
        taken, self.inbox = self.inbox[:number], self.inbox[number:]
        for update in taken:
            self.replica.arrive(update)

    @property
    def waiting(self) -> int:
        return len(self.inbox)

    def _changed(self, target: str, events: Any) -> None:
        if target == "cells":
            self.running.changed(events)

    def _typed(self, update: bytes, _says: bool) -> None:  # noqa: FBT001 - the replica's
        for server in self.verona.servers:
            if server is not self:
                server.inbox.append(update)

    # -- the memory of a replica --------------------------------------------------------------------

    def append(self, update: bytes) -> None:
        """Nobody restarts here."""

    def own(self, client: int) -> None:
        self.own_clients |= {client}
        self.verona.owners[client] = self.name

    def disown(self, clients: Collection[int]) -> None:
        self.own_clients -= frozenset(clients)

    # -- company ------------------------------------------------------------------------------------

    @property
    def others(self) -> frozenset[str] | None:
        return frozenset(self.verona.here - {self.name}) if self.name in self.verona.here else None

    def is_ours(self, client: int) -> bool:
        return self._company.is_ours(client)

    def owner(self, client: int) -> str | None:
        return self.name if self.is_ours(client) else self.verona.owners.get(client)

    def display_name(self, jid: str) -> str:
        return jid.title()

    async def _is_busy(self) -> bool:
        return self.busy

    def _now(self) -> float:
        return self.verona.time


class Typing:
    """The tab's Doc, up to date; what is done to its cell goes to the server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def __enter__(self) -> Any:
        tab, server = self._server.tab, self._server
        tab.apply_update(server.doc.get_update(tab.get_state()))
        self._before = tab.get_state()
        return YNotebook(tab).ycells[0]

    def __exit__(self, *_: object) -> None:
        update = self._server.tab.get_update(self._before)
        self._server.doc.apply_update(update)


async def turn() -> None:
    """Let the event loop do what waits for its turn."""
    for _ in range(3):
        await asyncio.sleep(0)
