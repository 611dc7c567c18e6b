"""What waits to be said survives the server, and is said once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from xmpp_bridge.chat import outbox as module
from xmpp_bridge.chat.message import CellReference, ChatMessage, OriginId, StanzaId
from xmpp_bridge.chat.outbox import ChatOutbox, Waiting
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.xmpp.errors import ConflictError

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ORCHARD, TOMB = RoomId("a" * 32), RoomId("b" * 32)
CELL = CellReference("d" * 32, "a1", "daylight.ipynb", "plot()")


def waiting(number: int, room: RoomId = ORCHARD) -> Waiting:
    message = ChatMessage(f"line {number}", StanzaId("7"), ("juliet@montague.lit",), CELL)
    return Waiting(room, OriginId(f"c{number}"), NOON, message)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "chat" / "outbox.json"


def test_what_waits_is_there_after_a_restart_in_its_order(file: Path) -> None:
    outbox = ChatOutbox(file)
    for each in (waiting(1), waiting(2, TOMB), waiting(3)):
        outbox.put(each)
    again = ChatOutbox(file)
    assert again.of(ORCHARD) == [waiting(1), waiting(3)]
    assert again.of(TOMB) == [waiting(2, TOMB)]
    assert file.stat().st_mode & 0o077 == 0


def test_what_the_room_has_waits_no_more(file: Path) -> None:
    outbox = ChatOutbox(file)
    outbox.put(waiting(1))
    assert outbox.settle(ORCHARD, OriginId("c1")) == waiting(1)
    assert outbox.settle(ORCHARD, OriginId("c1")) is None
    assert (ORCHARD, OriginId("c1")) not in ChatOutbox(file)


def test_nothing_waits_twice_and_not_for_ever(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outbox = ChatOutbox(file)
    outbox.put(waiting(1))
    with pytest.raises(ConflictError, match="already"):
        outbox.put(waiting(1))
    monkeypatch.setattr(module, "MOST", 1)
    with pytest.raises(ConflictError, match="wait already"):
        outbox.put(waiting(2))


@pytest.mark.parametrize("text", ["{", "[7]", '[{"room": "x"}]', "[" * 10_000])
def test_what_cannot_be_read_is_set_aside(file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    assert ChatOutbox(file).of(ORCHARD) == []
    assert file.with_suffix(".damaged").read_text() == text
