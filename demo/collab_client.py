"""A browser tab with one shared document open, as far as jupyter-collaboration's server can tell.

It does what JupyterLab does: asks for a session, enters the room, answers the server's sync, writes
`state.document_id`, announces itself by awareness, marks the document unsaved with every change, and
comes back with its document after a lost connection. Names of messages are those of y-protocols.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from urllib.parse import quote

from jupyter_ydoc import ydocs
from pycrdt import (
    Awareness,
    Doc,
    TransactionEvent,
    YMessageType,
    YSyncMessageType,
    create_awareness_message,
    create_sync_message,
    create_update_message,
    handle_sync_message,
    read_message,
)
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from demo.rest import Rest

RETRY_SECONDS = 0.2
RELOAD_CODE = 1003  # jupyter-collaboration: the tab must be reloaded, its history is another
PATIENCE_SECONDS = 30.0
CLOSING_SECONDS = 3.0

T = TypeVar("T")
DocumentType = Literal["notebook", "file"]


class ReloadNeededError(Exception):
    """The server closed the document for good; a person would have to reload."""


@dataclass(frozen=True)
class Session:
    """What the server says a document is called while it runs."""

    room_id: str
    session_id: str

    @property
    def websocket_path(self) -> str:
        # The server reads the room's name undecoded, so its colons stay as they are.
        return f"api/collaboration/room/{self.room_id}?sessionId={self.session_id}"


async def ask_for_session(server: Rest, path: str, document_type: DocumentType) -> Session:
    document_format = "json" if document_type == "notebook" else "text"
    wanted = {"format": document_format, "type": document_type}
    session = await server.call("PUT", f"api/collaboration/session/{quote(path)}", wanted)
    room_id = f"{session['format']}:{session['type']}:{session['fileId']}"
    return Session(room_id, session["sessionId"])


class CollabClient:
    """The tab. Edit `notebook` (or `doc`) at will; what is typed leaves in the order it was typed."""

    def __init__(self, server: Rest, session: Session, document_type: DocumentType) -> None:
        self.session = session
        self.doc: Doc[Any] = Doc()
        self.awareness = Awareness(self.doc)
        self.notebook = ydocs[document_type](self.doc, self.awareness)
        self.updates_received = 0
        self.updates_sent = 0
        self.refusal: ReloadNeededError | None = None
        self._server = server
        self._visit: Visit | None = None
        self._applying = False
        self._problem = "never connected"
        self._changed = asyncio.Event()
        self._awake = asyncio.Event()
        self._awake.set()
        self._observers = (self.doc.observe(self._typed), self.awareness.observe(self._moved))
        self.notebook.observe(self._content_changed)

    @property
    def online(self) -> bool:
        """Whether both sides have told each other what they had."""
        return self._visit is not None and self._visit.synced

    @property
    def people(self) -> set[str]:
        """The user names of everybody who shows a cursor here, this tab included."""
        states = self.awareness.states.values()
        return {state["user"]["username"] for state in states if state and "user" in state}

    def introduce(self, user: dict[str, Any]) -> None:
        """Show others who this is, as JupyterLab does with the answer of `/api/me`."""
        self.awareness.set_local_state({"user": user, "autosave": True})

    async def until(
        self, condition: Callable[[], T], what: str, within: float = PATIENCE_SECONDS
    ) -> T:
        """Return the first true value of `condition`, which is asked again after every change."""
        try:
            async with asyncio.timeout(within):
                while not (value := condition()):
                    if self.refusal:
                        raise self.refusal
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            state = "online" if self.online else f"offline, {self._problem}"
            raise TimeoutError(f"after {within} s ({state}) still not: {what}") from None
        return value

    async def acknowledged(self, within: float = PATIENCE_SECONDS) -> None:
        """Return when the server has taken everything typed here up to now."""
        while True:
            await self.until(lambda: self.online, "synced with the server", within)
            visit = self._visit
            if visit is None:
                continue
            # The server handles a tab's messages in order, so its answer comes after our updates.
            question = visit.ask(self.doc)
            await self.until(
                lambda: visit.answers >= question or self._visit is not visit,  # noqa: B023
                "answered by the server",
                within,
            )
            if self._visit is visit:
                return

    async def run(self) -> None:
        """Stay in the room, and come back whenever the connection is lost, until cancelled."""
        while self.refusal is None:
            await self._awake.wait()
            try:
                await self._stay()
            except (OSError, InvalidHandshake) as error:
                # The server is down, or a proxy answers in its place.
                self._problem = str(error)
            finally:
                self._visit = None
                self._changed.set()
            await asyncio.sleep(RETRY_SECONDS)

    @asynccontextmanager
    async def asleep(self) -> AsyncIterator[None]:
        """Be a laptop with its lid closed: nothing comes and nothing goes, and nothing is forgotten."""
        self._awake.clear()
        if self._visit is not None:
            await self._visit.connection.close()
        try:
            await self.until(lambda: self._visit is None, "the connection is closed")
            yield
        finally:
            self._awake.set()

    async def close(self) -> None:
        """Take the cursor away, as a browser does when its tab is closed."""
        self.awareness.set_local_state(None)
        if self.online:
            with contextlib.suppress(TimeoutError, ReloadNeededError):
                await self.acknowledged(CLOSING_SECONDS)
        self.notebook.unobserve()
        self.awareness.unobserve(self._observers[1])
        self.doc.unobserve(self._observers[0])

    async def _stay(self) -> None:
        async with connect(
            self._server.websocket_url(self.session.websocket_path),
            additional_headers=self._server.headers,
            max_size=None,
            compression=None,
            proxy=None,
        ) as connection:
            visit = self._visit = Visit(connection)
            visit.ask(self.doc)
            visit.say(self._own_awareness())
            writing = asyncio.create_task(visit.write_to(connection))
            try:
                async for message in connection:
                    if isinstance(message, bytes):
                        self._receive(message, visit)
            except ConnectionClosed as error:
                self._problem = str(error)
            finally:
                writing.cancel()
            if connection.close_code == RELOAD_CODE:
                self.refusal = ReloadNeededError(connection.close_reason or "no reason given")

    def _receive(self, message: bytes, visit: "Visit") -> None:
        match message[0], message[1]:
            case YMessageType.SYNC, YSyncMessageType.SYNC_STEP1:
                visit.answer(handle_sync_message(message[1:], self.doc))
            case YMessageType.SYNC, kind:
                self._apply(read_message(message[2:]))
                self.updates_received += 1
                visit.answers += kind == YSyncMessageType.SYNC_STEP2
            case YMessageType.AWARENESS, _:
                self.awareness.apply_awareness_update(read_message(message[1:]), "remote")
        self._changed.set()

    def _apply(self, update: bytes) -> None:
        # Observers run inside `apply_update`, so the flag tells them whose change it is.
        self._applying = True
        try:
            self.doc.apply_update(update)
        finally:
            self._applying = False

    def _typed(self, event: TransactionEvent) -> None:
        self._changed.set()
        if self._applying:
            return
        self.updates_sent += 1
        if self._visit is not None:
            self._visit.say(create_update_message(event.update))

    def _content_changed(self, topic: str, _event: object) -> None:
        # JupyterLab marks the document unsaved after each change, under the browser's own client
        # id, on top of whatever the server wrote there. Every edit leans on that.
        if topic != "state" and not self._applying:
            asyncio.get_running_loop().call_soon(self._mark_unsaved)

    def _mark_unsaved(self) -> None:
        self.notebook.dirty = True

    def _moved(self, topic: str, change: tuple[dict[str, Any], Any]) -> None:
        self._changed.set()
        if topic == "update" and change[1] == "local" and self._visit is not None:
            self._visit.say(self._own_awareness())

    def _own_awareness(self) -> bytes:
        own = [self.awareness.client_id]
        return create_awareness_message(self.awareness.encode_awareness_update(own))


class Visit:
    """One connection's worth of the conversation; what waits in it is lost with the connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.answers = 0
        self._questions = 0
        self._answered = False
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()

    @property
    def synced(self) -> bool:
        return self._answered and self.answers > 0

    def ask(self, doc: Doc[Any]) -> int:
        """Ask for what `doc` lacks; the return value is how many answers that makes."""
        self.say(create_sync_message(doc))
        self._questions += 1
        return self._questions

    def answer(self, message: bytes | None) -> None:
        """Answer the server's question, which carries what was typed while there was no visit."""
        if message is not None:
            self.say(message)
        self._answered = True

    def say(self, message: bytes) -> None:
        self._outgoing.put_nowait(message)

    async def write_to(self, connection: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await connection.send(await self._outgoing.get())


@asynccontextmanager
async def opened(
    server: Rest, path: str, document_type: DocumentType = "notebook"
) -> AsyncIterator[CollabClient]:
    """Have `path` open in a tab of the person whom `server`'s token belongs to."""
    session = await ask_for_session(server, path, document_type)
    client = CollabClient(server, session, document_type)
    visiting = asyncio.create_task(client.run())
    renewing = asyncio.create_task(client.awareness.start())
    try:
        await client.acknowledged()
        client.notebook.ystate["document_id"] = session.room_id
        client.introduce((await server.call("GET", "api/me"))["identity"])
        yield client
    finally:
        await client.close()
        for task in (visiting, renewing):
            task.cancel()
        await asyncio.gather(visiting, renewing, return_exceptions=True)
