"""What a Jupyter server would say of Verona, scripted: rooms, people and messages as frames."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import Page, WebSocketRoute

Frame = dict[str, Any]

FEATURES = ["search", "files", "direct", "moderation"]
ME = {"username": "romeo", "display_name": "Romeo Montague", "jid": "romeo@montague.lit"}
JULIET = {"username": "juliet", "display_name": "Juliet Capulet", "jid": "juliet@montague.lit"}
NURSE = {"username": "nurse", "display_name": "Angelica", "jid": "nurse@montague.lit"}
HERE = {"show": "available", "devices": ["lab"], "since": None}
ORCHARD = "0" * 31 + "1"
BALCONY = "0" * 31 + "2"
NOTEBOOK = "0" * 31 + "d"
BEGIN = datetime(2026, 11, 20, 9, tzinfo=UTC)
PAGE = 50


def stanza_id(number: int) -> str:
    return str(int((BEGIN + timedelta(minutes=number)).timestamp() * 1_000_000))


def message(number: int, body: str, sender: Frame = JULIET, **more: Any) -> Frame:
    """The message that came in the `number`th minute."""
    return {
        "id": stanza_id(number),
        "client_id": None,
        "room": ORCHARD,
        "time": (BEGIN + timedelta(minutes=number)).isoformat(),
        "sender": sender | {"me": sender["username"] == ME["username"]},
        "body": body,
        "reply_to": None,
        "edited": None,
        "retracted": None,
        "reactions": [],
        "mentions": [],
        "cell": None,
        "attachments": [],
        "state": "delivered",
    } | more


def room(identifier: str, name: str, **more: Any) -> Frame:
    return {
        "id": identifier,
        "name": name,
        "role": "owner",
        "jid": f"{identifier}@rooms.montague.lit",
        "direct": None,
        "unread": 0,
        "mentions": 0,
        "read": None,
        "notify": "mentions",
        "recorded": None,
        "documents": [{"id": NOTEBOOK, "name": "daylight.ipynb", "type": "notebook"}],
        "members": [person | {"role": "editor"} for person in (ME, JULIET, NURSE)],
    } | more


def document(**more: Any) -> Frame:
    """The shared notebook of the orchard, as its owner's server tells of it."""
    return {
        "document": NOTEBOOK,
        "room": ORCHARD,
        "name": "daylight.ipynb",
        "path": "daylight.ipynb",
        "role": "editor",
        "status": "saved",
        "since": BEGIN.isoformat(),
        "waiting_edits": 0,
        "waiting_bytes": 0,
        "trouble": None,
    } | more


class Verona:
    """One browser tab's server: it knows what was said, and keeps what the tab sends."""

    def __init__(self, messages: list[Frame] | None = None) -> None:
        self.messages = messages if messages is not None else []
        self.rooms = [
            room(ORCHARD, "Orchard"),
            room(BALCONY, "Balcony", direct=JULIET, unread=2, mentions=1, documents=[]),
        ]
        self.documents = [document()]
        self.heard: list[Frame] = []
        self.mute = False
        """Say nothing to posts, as a server that has lost the room."""
        self.away = False
        """Take no connections."""
        self.results: Callable[[Frame], list[Frame]] = lambda _: []
        self.doors: list[WebSocketRoute] = []

    async def open(self, page: Page) -> None:
        """Be the server of `page`."""
        await page.route_web_socket("**/xmpp-bridge/ws*", self._connected)

    def say(self, **frame: Any) -> None:
        for door in self.doors:
            door.send(json.dumps(frame))

    def hear(self, said: Frame) -> None:
        """Let a message come into its room."""
        self.messages.append(said)
        self.say(kind="message", room=said["room"], message=said)

    async def drop(self) -> None:
        """Lose the tab."""
        for door in self.doors:
            await door.close()
        self.doors.clear()

    def posts(self) -> list[Frame]:
        return [frame for frame in self.heard if frame["kind"] == "post"]

    async def _connected(self, door: WebSocketRoute) -> None:
        if self.away:
            await door.close()
            return
        self.doors.append(door)
        door.on_message(lambda text: self._answer(json.loads(text)))
        self.say(
            kind="state",
            status="connected",
            reason=None,
            since=BEGIN.isoformat(),
            retry_at=None,
            me=ME,
            features=FEATURES,
        )
        self.say(kind="documents", documents=self.documents)
        self.say(kind="rooms", rooms=self.rooms)
        self.say(kind="occupants", room=ORCHARD, people=[ME | HERE, JULIET | HERE])

    def _answer(self, frame: Frame) -> None:
        self.heard.append(frame)
        match frame["kind"]:
            case "page":
                self.say(kind="page", request=frame["request"], **self._page(frame))
            case "post" if not self.mute:
                self._post(frame)
            case "search":
                hits = self.results(frame)
                found = {"hits": hits, "cursor": None, "total_at_least": len(hits), "problems": []}
                self.say(kind="results", request=frame["request"], **found)
            case _ if "request" in frame and not self.mute:
                self.say(kind="done", request=frame["request"])

    def _post(self, frame: Frame) -> None:
        posted = message(len(self.messages) + 10_000, frame["body"], ME)
        posted |= {"client_id": frame["client_id"], "room": frame["room"], "state": "sent"}
        posted |= {"cell": frame.get("cell") and frame["cell"] | {"resolved": False}}
        self.hear(posted)
        self.say(kind="archived", room=frame["room"], id=posted["id"])
        self.say(kind="done", request=frame["request"])

    def _page(self, frame: Frame) -> Frame:
        known = [each for each in self.messages if each["room"] == frame["room"]]
        ids = [int(each["id"]) for each in known]
        limit = frame["limit"]
        if "before" in frame:
            end = sum(each < int(frame["before"]) for each in ids)
            begin = max(0, end - limit)
        elif "after" in frame:
            begin = sum(each <= int(frame["after"]) for each in ids)
            end = begin + limit
        elif "around" in frame:
            begin = max(0, sum(each < int(frame["around"]) for each in ids) - limit // 2)
            end = begin + limit
        else:
            begin, end = max(0, len(known) - limit), len(known)
        stretch = known[begin:end]
        return {
            "room": frame["room"],
            "messages": stretch,
            "first": begin == 0,
            "last": end >= len(known),
        }
