"""The Python API over a server that breaks the connection at the worst moment."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketHandler

from xmpp_bridge.client import Message, connect
from xmpp_bridge.client.values import read_message
from xmpp_bridge.xmpp.errors import BadPayloadError, ForbiddenError, NotFoundError, UnavailableError

ROOM = "0" * 32
ME = {"username": "romeo", "display_name": "Romeo", "jid": "romeo@montague.lit", "me": True}

DOCUMENT = {
    "document": "d" * 32,
    "room": ROOM,
    "name": "daylight.ipynb",
    "path": "daylight.ipynb",
    "role": "editor",
    "status": "saved",
    "since": "2026-11-20T09:00:00+00:00",
    "waiting_edits": 0,
    "waiting_bytes": 0,
    "trouble": None,
}


PRESENCE = {
    "username": "juliet",
    "display_name": "Juliet",
    "jid": "juliet@montague.lit",
    "show": "away",
    "devices": ["lab", "phone"],
    "since": "2026-11-20T09:00:00+00:00",
    "rooms": [ROOM],
    "at": {"document": "d" * 32, "cell": "c1", "number": 3},
}


class Verona:
    """What was said, and how many posts to lose the connection over."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        self.posts: list[str] = []
        self.breaks = 0
        self.refuse = False


class Door(WebSocketHandler):
    verona: ClassVar[Verona]
    doors: ClassVar[set[Door]] = set()

    async def prepare(self) -> None:
        if self.request.headers["Authorization"] != "token good":
            self.set_status(403)
            await self.finish()

    def open(self, *_: str, **__: str) -> None:
        self.doors.add(self)
        members = [{key: ME[key] for key in ("username", "display_name", "jid")}]
        self.say(kind="rooms", rooms=[{"id": ROOM, "name": "Orchard", "members": members}])
        self.say(kind="documents", documents=[DOCUMENT])
        self.say(kind="state", me={"username": "romeo"})
        self.say(
            kind="people", whole=True, gone=[], people=[PRESENCE, PRESENCE | {"username": "romeo"}]
        )

    def on_close(self) -> None:
        self.doors.discard(self)

    def on_message(self, text: str | bytes) -> None:
        frame = json.loads(text)
        if frame["kind"] == "page":
            after = int(frame.get("after", 0))
            found = [each for each in self.verona.said if int(each["id"]) > after]
            page = found if "after" in frame else found[-frame["limit"] :]
            self.say(kind="page", request=frame["request"], messages=page, last=True)
        elif frame["kind"] == "post":
            self._post(frame)

    def _post(self, frame: dict[str, Any]) -> None:
        verona = self.verona
        name = frame["client_id"]
        if verona.refuse:
            self.say(kind="done", request=frame["request"])
            self.say(
                kind="refused",
                request=None,
                room=ROOM,
                client_id=name,
                text="muted",
                condition="forbidden",
            )
            return
        if name not in verona.posts:
            verona.posts.append(name)
            verona.said.append(said(len(verona.said) + 1, frame["body"], name))
        if verona.breaks:
            verona.breaks -= 1
            self.close()
            return
        self.say(kind="done", request=frame["request"])
        (message,) = [each for each in verona.said if each["client_id"] == name]
        for door in self.doors:
            door.say(kind="message", room=ROOM, message=message)
            door.say(kind="archived", room=ROOM, id=message["id"])

    def say(self, **frame: Any) -> None:
        self.write_message(json.dumps(frame))


def said(number: int, body: str, name: str | None = None) -> dict[str, Any]:
    return {
        "id": str(number),
        "client_id": name,
        "room": ROOM,
        "time": "2026-11-27T12:00:00+00:00",
        "sender": ME,
        "body": body,
        "reply_to": None,
        "mentions": [],
        "edited": None,
        "retracted": None,
        "state": "sent",
    }


@pytest.fixture
async def verona() -> AsyncIterator[tuple[Verona, str]]:
    Door.verona = Verona()
    server = HTTPServer(Application([("/user/romeo/xmpp-bridge/ws", Door)]))
    listener, port = bind_unused_port()
    server.add_socket(listener)
    yield Door.verona, f"http://127.0.0.1:{port}/user/romeo/"
    server.stop()
    await server.close_all_connections()


@asynccontextmanager
async def waiting(heard: AsyncIterator[Message]) -> AsyncIterator[asyncio.Future[Message]]:
    """The next message, while something else goes on."""
    first = asyncio.ensure_future(anext(heard))
    yield first
    first.cancel()


async def test_what_is_said_over_a_break_is_said_once(verona: tuple[Verona, str]) -> None:
    orchard, url = verona
    orchard.breaks = 2
    async with connect(url, "good") as bridge:
        sent = await bridge.room("Orchard").send("But soft!")
    assert [each["body"] for each in orchard.said] == ["But soft!"]
    assert (sent.body, sent.mine, sent.sender.username) == ("But soft!", True, "romeo")


async def test_what_is_missed_in_a_break_comes_after_it(verona: tuple[Verona, str]) -> None:
    orchard, url = verona
    orchard.said.append(said(1, "before"))
    async with connect(url, "good") as bridge:
        heard = bridge.room(ROOM).listen()
        async with waiting(heard) as first:
            await asyncio.sleep(0)  # It asks first.
            await bridge.room(ROOM).send("one")
            assert (await first).body == "one"
        orchard.said.append(said(3, "meanwhile"))
        for door in list(Door.doors):
            door.close()
        assert (await anext(heard)).body == "meanwhile"
        await bridge.room(ROOM).send("two")
        assert (await anext(heard)).body == "two"


async def test_a_refusal_says_why(verona: tuple[Verona, str]) -> None:
    orchard, url = verona
    orchard.refuse = True
    async with connect(url, "good") as bridge:
        with pytest.raises(ForbiddenError, match="muted"):
            await bridge.room("Orchard").send("Rude!")
        with pytest.raises(NotFoundError, match="Balcony"):
            bridge.room("Balcony")
    with pytest.raises(ForbiddenError, match="token"):
        async with connect(url, "bad"):
            pytest.fail("a stranger is in")


async def test_a_program_sees_whether_what_it_writes_is_in_the_room(
    verona: tuple[Verona, str],
) -> None:
    _, url = verona
    waiting = {"status": "waiting", "waiting_edits": 3, "waiting_bytes": 60}
    trouble = {"trouble": {"condition": "service-unavailable", "reason": "nobody answers"}}
    async with connect(url, "good") as bridge:
        (document,) = bridge.documents
        assert (document.path, document.status) == ("daylight.ipynb", "saved")
        for door in Door.doors:
            door.say(kind="document", document=DOCUMENT | waiting | trouble)
        await bridge.room("Orchard").history()  # What is told comes before what is answered.
        (document,) = bridge.documents
        assert (document.status, document.waiting_edits) == ("waiting", 3)
        assert document.reason == "nobody answers"


async def test_outside_of_a_server_it_says_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTERHUB_SERVICE_URL", raising=False)
    with pytest.raises(UnavailableError, match="connect"):
        async with connect():
            pytest.fail("connected to nothing")


@pytest.mark.parametrize("raw", [None, [], {}, {"id": "1", "sender": None, "reply_to": None}])
def test_what_is_no_message_is_refused(raw: Any) -> None:
    with pytest.raises(BadPayloadError):
        read_message(raw)
