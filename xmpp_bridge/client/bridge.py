"""Rooms for a program that acts as somebody, through that person's own Jupyter server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import Any, Final, Literal

from xmpp_bridge.client.listening import Listening
from xmpp_bridge.client.people import People
from xmpp_bridge.client.socket import PATIENCE, Frame, FrameSocket
from xmpp_bridge.client.values import (
    Document,
    Hit,
    Message,
    Person,
    Presence,
    read_document,
    read_hit,
    read_message,
    read_person,
)
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    UnavailableError,
)

PAGE: Final = 100


@asynccontextmanager
async def connect(url: str | None = None, token: str | None = None) -> AsyncIterator[Bridge]:
    """Talk in the rooms of whoever owns the Jupyter server at `url`.

    In a notebook of that server both are known. A bot elsewhere needs the address (https://hub.example/user/romeo/)
    and a token of the hub with the scope `access:servers!server=romeo/`. Raises ForbiddenError if the token is not
    good for it, and UnavailableError if the server does not answer within a minute.
    """
    address, secret = _address(os.environ, url, token)
    bridge = Bridge(address, secret)
    running = asyncio.create_task(bridge.run())
    try:
        await bridge.ready(running)
        yield bridge
    finally:
        running.cancel()
        await asyncio.wait([running])


class Bridge:
    """What one person sees of their rooms."""

    def __init__(self, url: str, token: str) -> None:
        self._socket = FrameSocket(url, token, self._hear, self._opened)
        self._rooms: dict[str, Room] = {}
        self._documents: dict[str, Document] = {}
        self._others = People()
        self._told: set[str] = set()
        self._known = asyncio.Event()

    @property
    def rooms(self) -> Sequence[Room]:
        """Every room, oldest first."""
        return tuple(self._rooms.values())

    @property
    def documents(self) -> Sequence[Document]:
        """Every shared file of the server, and whether what was typed there is in its room."""
        return tuple(self._documents.values())

    @property
    def people(self) -> Sequence[Presence]:
        """Everybody with whom one shares something, as they are there now (docs/presence.md)."""
        return self._others.all

    def room(self, name: str) -> Room:
        """A room by its id, or by its name if only one is called so; raises NotFoundError or ConflictError."""
        if name in self._rooms:
            return self._rooms[name]
        called = [room for room in self._rooms.values() if room.name == name]
        if not called:
            raise NotFoundError(f"none of your rooms is called {name!r}")
        if len(called) > 1:
            ids = ", ".join(room.id for room in called)
            raise ConflictError(f"{len(called)} of your rooms are called {name!r}: {ids}")
        return called[0]

    async def search(
        self,
        query: str,
        room: Room | None = None,
        order: Literal["newest", "relevance"] = "newest",
    ) -> AsyncIterator[Hit]:
        """All that a query finds (docs/chat.md), page by page; raises BadPayloadError if it is not understood."""
        cursor: str | None = None
        while True:
            where: dict[str, Any] = {} if room is None else {"room": room.id}
            if cursor is not None:
                where["cursor"] = cursor
            found = await self._socket.ask("search", query=query, order=order, **where)
            for problem in found["problems"]:
                raise BadPayloadError(f"character {problem['at'] + 1}: {problem['text']}")
            for hit in found["hits"]:
                yield read_hit(hit)
            cursor = found["cursor"]
            if cursor is None:
                return

    async def run(self) -> None:
        """Stay connected until cancelled; `connect` does it. Whoever listens then hears the end."""
        try:
            await self._socket.run()
        finally:
            for room in self._rooms.values():
                room.hear({"kind": "closed"})

    async def ready(self, running: asyncio.Task[None]) -> None:
        """Return once rooms and documents are known; raise why they will not be."""
        known = asyncio.create_task(self._known.wait())
        try:
            watched: list[asyncio.Future[Any]] = [running, known]
            await asyncio.wait(watched, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            if not known.done():
                raise UnavailableError("the Jupyter server does not answer")
        finally:
            known.cancel()

    def _opened(self) -> None:
        for room in self._rooms.values():
            room.come_back()

    def _hear(self, frame: Frame) -> None:
        match frame.get("kind"):
            case "rooms":
                listed = {str(each["id"]): each for each in frame["rooms"]}
                self._rooms = {
                    name: self._rooms.get(name) or Room(name, self._socket) for name in listed
                }
                for name, room in self._rooms.items():
                    room.note(listed[name])
                self._know("rooms")
            case "documents":
                documents = [read_document(each) for each in frame["documents"]]
                self._documents = {each.id: each for each in documents}
                self._know("documents")
            case "document":
                changed = read_document(frame["document"])
                self._documents[changed.id] = changed
            case "state" | "people":
                self._others.hear(frame)
            case "message" | "archived" | "refused":
                room_heard = self._rooms.get(str(frame.get("room")))
                if room_heard is not None:
                    room_heard.hear(frame)

    def _know(self, what: str) -> None:
        self._told.add(what)
        if self._told == {"rooms", "documents"}:
            self._known.set()


class Room:
    """One room: say something, hear what is said."""

    def __init__(self, room_id: str, socket: FrameSocket) -> None:
        self.id = room_id
        self.name = ""
        self.members: tuple[Person, ...] = ()
        self._socket = socket
        self._ears: set[Listening] = set()

    async def send(self, body: str, *, reply_to: Message | None = None) -> Message:
        """Say something, and return it once it is durable; it is said once, whatever breaks meanwhile.

        `@name` mentions the member with this hub user name. Raises ForbiddenError if the room does not take it.
        """
        name = token_hex(16)
        post = {"room": self.id, "client_id": name, "body": body}
        if reply_to is not None:
            post["reply_to"] = reply_to.id
        said: Message | None = None
        with Listening(self._ears) as ear:
            await self._post(post)
            async for frame in ear.frames():
                match frame:
                    case {
                        "kind": "message",
                        "message": {"client_id": str(mine), "id": str()} as raw,
                    } if mine == name:
                        said = read_message(raw)
                        if raw["state"] == "delivered":
                            return said
                    case {"kind": "archived", "id": through} if said and int(through) >= int(
                        said.id
                    ):
                        return said
                    case {"kind": "refused", "client_id": str(mine), "text": text} if mine == name:
                        raise ForbiddenError(text)
                    case {"kind": "back"}:
                        await self._post(post)
        raise UnavailableError("the connection was closed")

    async def listen(self) -> AsyncIterator[Message]:
        """Every new message from now on, one's own too, each once; what is said during a break comes after it."""
        with Listening(self._ears) as ear:  # First, or what is said in between would be lost.
            newest = await self._newest()
            async for frame in ear.frames():
                if frame["kind"] == "back":
                    fresh = [each async for each in self._after(newest)]
                elif frame["kind"] == "message" and frame["message"]["id"] is not None:
                    fresh = [read_message(frame["message"])]
                else:
                    continue
                for message in fresh:
                    if int(message.id) > newest:  # else it was corrected, or is heard a second time
                        newest = int(message.id)
                        yield message

    async def history(self, limit: int = PAGE) -> list[Message]:
        """The newest messages, oldest first; at most 200."""
        page = await self._socket.ask("page", room=self.id, limit=limit)
        return [read_message(raw) for raw in page["messages"]]

    def note(self, raw: Mapping[str, Any]) -> None:
        """What the list of rooms says of it."""
        self.name = str(raw["name"])
        self.members = tuple(read_person(each) for each in raw["members"])

    def hear(self, frame: Frame) -> None:
        for ear in self._ears:
            ear.put(frame)

    def come_back(self) -> None:
        """There was a break, and something may have been missed."""
        self.hear({"kind": "back"})

    async def _post(self, post: dict[str, str]) -> None:
        try:
            await self._socket.ask("post", **post)
        except UnavailableError:
            return  # It is said again, under the same id, as soon as there is a connection.

    async def _newest(self) -> int:
        page = await self.history(1)
        return int(page[-1].id) if page else 0

    async def _after(self, newest: int) -> AsyncIterator[Message]:
        while True:
            page = await self._socket.ask("page", room=self.id, limit=PAGE, after=str(newest))
            for raw in page["messages"]:
                message = read_message(raw)
                newest = max(newest, int(message.id))
                yield message
            if page["last"]:
                return


def _address(environment: Mapping[str, str], url: str | None, token: str | None) -> tuple[str, str]:
    """Where the frames are, and with which token."""
    url = url or environment.get("JUPYTERHUB_SERVICE_URL")
    token = token or environment.get("JUPYTERHUB_API_TOKEN")
    if not url or not token:
        raise UnavailableError(
            "outside of a Jupyter server of a hub, say which: connect(url, token)"
        )
    return f"{url.rstrip('/')}/xmpp-bridge/ws".replace("http", "ws", 1), token
