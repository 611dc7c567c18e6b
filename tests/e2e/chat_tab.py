"""A browser tab's end of the chat, without a browser."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from demo.rest import Rest

PATIENCE = 60.0
Frame = dict[str, Any]


class ChatTab:
    """Everything that the server told this tab, and what it asks."""

    def __init__(self, socket: ClientConnection) -> None:
        self.frames: list[Frame] = []
        self._socket = socket
        self._requests = count(1)
        self._news = asyncio.Event()

    async def listen(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self._socket:
                self.frames.append(json.loads(text))
                self._news.set()

    async def ask(self, kind: str, **fields: Any) -> Frame:
        """Send a command and return its answer."""
        request = f"r{next(self._requests)}"
        await self._socket.send(json.dumps({"kind": kind, "request": request, **fields}))
        return await self.sees(lambda frame: frame.get("request") == request)

    async def remark(self, kind: str, **fields: Any) -> None:
        await self._socket.send(json.dumps({"kind": kind, **fields}))

    async def sees(self, like: Callable[[Frame], bool]) -> Frame:
        """The newest frame that is `like` that, told already or to come."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for frame in reversed(self.frames):
                        if like(frame):
                            return frame
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            told = "\n".join(json.dumps(frame)[:400] for frame in self.frames[-12:])
            raise AssertionError(f"the tab was told, last:\n{told}") from None

    async def message(self, body: str, **fields: Any) -> Any:
        """A message that says this, in a state like that."""

        def like(frame: Frame) -> bool:
            message = frame.get("message", {})
            wanted = {"body": body, **fields}
            return all(message.get(name) == value for name, value in wanted.items())

        return (await self.sees(like))["message"]

    async def delivered(self, body: str) -> Any:
        """A message that says this, once the archive has it; before the room has answered it has no id."""

        def like(frame: Frame) -> bool:
            message = frame.get("message", {})
            return message.get("body") == body and message.get("id") is not None

        message = (await self.sees(like))["message"]
        await self.sees(
            lambda frame: (
                frame["kind"] == "archived"
                and frame["room"] == message["room"]
                and int(frame["id"]) >= int(message["id"])
            )
        )
        return message

    async def connected(self) -> None:
        await self.sees(lambda frame: frame["kind"] == "state" and frame["status"] == "connected")

    async def in_room(self, room: str, *usernames: str) -> None:
        """Return once these people are there."""
        await self.sees(
            lambda frame: (
                frame["kind"] == "occupants"
                and frame["room"] == room
                and {each["username"] for each in frame["people"]} == set(usernames)
            )
        )


@asynccontextmanager
async def chat_tab(server: Rest) -> AsyncIterator[ChatTab]:
    """Open the chat in a tab of this server."""
    url = server.websocket_url("xmpp-bridge/ws")
    async with connect(url, additional_headers=server.headers) as socket:
        tab = ChatTab(socket)
        listening = asyncio.create_task(tab.listen())
        try:
            yield tab
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
