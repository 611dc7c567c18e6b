"""A linked file falls asleep: its record of rest is true, or there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from pycrdt import Awareness, Doc, Text

from xmpp_bridge.documents.backlog import NOTHING_UNSAVED
from xmpp_bridge.documents.journal import Journal
from xmpp_bridge.documents.rest import Rest, RestRecord
from xmpp_bridge.documents.shared_file import Link, Network, SharedFile
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.membership import Role

REST = Rest("7-a", "1-2-3")
LINK = Link(
    DocumentId("0f" * 16), "1" * 32, "f", "a.md", "file", "text", creator=False, role=Role.EDITOR
)


class Room:
    """A linked room as far as the record needs it."""

    def __init__(self) -> None:
        self.ydoc: Doc[Any] = Doc()
        self.awareness = Awareness(self.ydoc)
        self.clients: set[Any] = set()
        self.text = self.ydoc.get("source", type=Text)

    async def save(self) -> None:
        """There is no file."""


class Silence:
    """Rooms that nobody says anything in."""

    state = "live"
    trouble = None
    unsaved = NOTHING_UNSAVED
    company = None

    def typed(self, update: bytes, *, says: bool) -> None: ...
    def is_remote(self, client: int) -> bool:
        return False

    async def fetch(self) -> None: ...
    async def catch_up(self) -> None: ...
    async def run(self) -> None: ...


def linked(folder: Path, rooms: type[Silence] = Silence) -> SharedFile:
    async def write_file(_path: str, _model: dict[str, Any]) -> None: ...

    async def is_busy(_path: str) -> bool:
        return False

    return SharedFile(
        LINK, folder, "romeo", lambda *_: cast("Network", rooms()), write_file, is_busy
    )


def opened(shared: SharedFile) -> Room:
    room = Room()
    replica = shared.opened(room)
    replica.load(shared.journal.load())
    return room


def recorded(folder: Path) -> Rest | None:
    """What a server would find that starts now."""
    return RestRecord(folder / "rest.json").rest


async def test_it_sleeps_with_a_journal_of_one_entry_and_wakes_with_all_of_it(
    tmp_path: Path,
) -> None:
    shared = linked(tmp_path)
    room = opened(shared)
    for word in ("But ", "soft"):
        room.text += word
    shared.steady = True
    shared.settle(REST)
    await shared.closed()
    assert shared.room is None
    assert recorded(tmp_path) == shared.rest == REST
    assert len(Journal(tmp_path / "journal").load()) == 1

    assert str(opened(shared).text) == "But soft"
    assert recorded(tmp_path) is shared.rest is None


@pytest.mark.parametrize(
    "happens",
    [lambda _shared, room: room.text.__iadd__("!"), lambda shared, _room: shared.used()],
    ids=["typed", "asked for"],
)
async def test_what_happens_in_the_last_moment_leaves_no_record(
    tmp_path: Path, happens: Callable[[SharedFile, Room], object]
) -> None:
    shared = linked(tmp_path)
    room = opened(shared)
    shared.steady = True
    shared.settle(REST)
    happens(shared, room)
    await shared.closed()
    assert recorded(tmp_path) is shared.rest is None


async def test_a_room_that_closes_without_having_come_to_rest_leaves_no_record(
    tmp_path: Path,
) -> None:
    shared = linked(tmp_path)
    opened(shared).text += "But soft"
    await shared.closed()
    assert recorded(tmp_path) is shared.rest is None
    assert str(opened(shared).text) == "But soft"


async def test_a_disk_without_space_keeps_the_journal_and_gets_no_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = linked(tmp_path)
    room = opened(shared)
    for word in ("But ", "soft"):
        room.text += word

    def full(_journal: Journal, _state: bytes) -> None:
        raise OSError("no space")

    monkeypatch.setattr(Journal, "compact", full)
    shared.steady = True
    shared.settle(REST)
    await shared.closed()
    assert recorded(tmp_path) is shared.rest is None
    assert str(opened(shared).text) == "But soft"


async def test_who_only_catches_up_holds_no_place_until_somebody_wants_it(tmp_path: Path) -> None:
    entered: list[str] = []

    class Door(Silence):
        async def run(self) -> None:
            entered.append("in")

    shared = linked(tmp_path, Door)
    opened(shared)
    shared.catching_up = True
    shared.ready()
    await shared.withdraw()
    assert entered == []
    shared.enter()
    shared.enter()
    await asyncio.sleep(0)
    assert entered == ["in"]
    await shared.closed()
