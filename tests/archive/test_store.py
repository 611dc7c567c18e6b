"""What was said stays, comes back page by page, and counts as unread until it is read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.archive.store import ArchiveStore, Entry
from xmpp_bridge.archive.tables import Notify
from xmpp_bridge.chat.message import (
    CellReference,
    ChatMessage,
    Correction,
    OriginId,
    Reaction,
    Resolution,
    Retraction,
    Said,
    StanzaId,
)
from xmpp_bridge.chat.spoken import Sender
from xmpp_bridge.rooms.identifiers import RoomId

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROMEO, JULIET = "romeo@montague.lit", "juliet@montague.lit"


class Quill:
    """Writes what people say into the archive of one room."""

    def __init__(self, archive: ArchiveStore, room: RoomId, **people: int) -> None:
        self._archive = archive
        self._room = room
        self._people = {f"{name}@montague.lit": account for name, account in people.items()}

    def entry(self, number: int, sender: str, said: Said) -> Entry:
        return Entry(
            self._room,
            StanzaId(str(number)),
            sender,
            self._people.get(sender),
            NOON,
            OriginId(f"o{number}"),
            said,
        )

    async def write(self, number: int, sender: str, said: Said) -> None:
        await self._archive.append([self.entry(number, sender, said)])


@pytest.fixture
def quill(archive: ArchiveStore, orchard: RoomId, romeo: Account, juliet: Account) -> Quill:
    return Quill(archive, orchard, romeo=romeo.id, juliet=juliet.id)


async def test_messages_come_back_page_by_page(
    archive: ArchiveStore, orchard: RoomId, quill: Quill
) -> None:
    lines = [quill.entry(n, ROMEO, ChatMessage(f"line {n}")) for n in range(1, 8)]
    await archive.append(lines)
    newest = await archive.before(orchard, None, 3)
    assert [each.message.body for each in newest.messages] == ["line 5", "line 6", "line 7"]
    assert (newest.first, newest.last) == (False, True)
    older = await archive.before(orchard, StanzaId("5"), 10)
    assert [each.id for each in older.messages] == ["1", "2", "3", "4"]
    assert older.first
    newer = await archive.after(orchard, StanzaId("5"), 1)
    assert ([each.id for each in newer.messages], newer.last) == (["6"], False)
    around = await archive.around(orchard, StanzaId("4"), 4)
    assert [each.id for each in around.messages] == ["3", "4", "5", "6"]


async def test_an_empty_room_has_an_empty_page(archive: ArchiveStore, orchard: RoomId) -> None:
    page = await archive.before(orchard, None, 50)
    assert (page.messages, page.first, page.last) == ([], True, True)
    assert await archive.last_stanza_id(orchard) is None


async def test_appending_again_changes_nothing(
    archive: ArchiveStore, orchard: RoomId, quill: Quill
) -> None:
    entries = [quill.entry(n, ROMEO, ChatMessage(f"line {n}")) for n in (1, 2)]
    await archive.append(entries[:1])
    await archive.append([*entries, *entries])
    assert len((await archive.before(orchard, None, 50)).messages) == 2
    assert await archive.last_stanza_id(orchard) == "2"


async def test_what_was_said_about_a_message_is_folded_into_it(
    archive: ArchiveStore, orchard: RoomId, quill: Quill
) -> None:
    cell = CellReference("0" * 32, "a1", "daylight.ipynb", "plot()")
    await quill.write(1, ROMEO, ChatMessage("But sof", cell=cell))
    await quill.write(2, JULIET, ChatMessage("Ay me", reply_to=StanzaId("1")))
    await quill.write(3, ROMEO, Correction(OriginId("o1"), "But soft"))
    await quill.write(4, JULIET, Correction(OriginId("o1"), "I am Juliet, and speak as Romeo"))
    await quill.write(5, JULIET, Reaction(StanzaId("1"), ("👍",)))
    await quill.write(6, JULIET, Resolution(StanzaId("1"), resolved=True))
    soft, ay_me = (await archive.before(orchard, None, 50)).messages
    assert (soft.message.body, soft.edited, soft.resolved) == ("But soft", NOON, True)
    assert soft.message.cell == cell
    assert soft.reactions == {"👍": (Sender(JULIET, "Juliet", "juliet"),)}
    assert ay_me.quote == soft.beginning
    assert await archive.last_stanza_id(orchard) == "6"


@pytest.mark.parametrize("target", [StanzaId("1"), OriginId("o1")])
async def test_what_was_taken_back_is_not_shown(
    archive: ArchiveStore, orchard: RoomId, quill: Quill, target: StanzaId | OriginId
) -> None:
    await quill.write(1, ROMEO, ChatMessage("I love thee, Rosaline"))
    await quill.write(2, JULIET, Retraction(target))
    await quill.write(3, ROMEO, Retraction(target))
    message = await archive.message(orchard, StanzaId("1"))
    assert message is not None
    assert (message.message.body, message.retracted_by) == ("", "Romeo Montague")


async def test_of_an_encrypted_message_it_is_kept_that_there_was_one(
    archive: ArchiveStore, orchard: RoomId, quill: Quill
) -> None:
    await quill.write(1, ROMEO, ChatMessage("", encryption="OMEMO"))
    message = await archive.message(orchard, StanzaId("1"))
    assert message is not None
    assert message.message == ChatMessage("", encryption="OMEMO")


async def test_somebody_whom_the_hub_does_not_know_is_called_by_their_address(
    archive: ArchiveStore, orchard: RoomId, quill: Quill
) -> None:
    await quill.write(1, "friar@montague.lit", ChatMessage("Wisely and slow"))
    message = await archive.message(orchard, StanzaId("1"))
    assert message is not None
    assert message.sender == Sender("friar@montague.lit", "friar", None)


async def test_what_others_said_is_unread_until_it_is_read(
    archive: ArchiveStore, orchard: RoomId, quill: Quill, romeo: Account
) -> None:
    await quill.write(1, JULIET, ChatMessage("Ay me"))
    await quill.write(2, ROMEO, ChatMessage("She speaks"))
    await quill.write(3, JULIET, ChatMessage("O Romeo", mentions=(ROMEO,)))
    await quill.write(4, JULIET, Reaction(StanzaId("2"), ("👍",)))
    mark = await archive.mark(orchard, romeo.id, ROMEO)
    assert (mark.read, mark.unread, mark.mentions, mark.notify) == (None, 2, 1, Notify.MENTIONS)
    await archive.set_mark(orchard, romeo.id, read=StanzaId("1"))
    await archive.set_mark(orchard, romeo.id, notify=Notify.ALL)
    mark = await archive.mark(orchard, romeo.id, ROMEO)
    assert (mark.read, mark.unread, mark.mentions, mark.notify) == ("1", 1, 1, Notify.ALL)
    await archive.set_mark(orchard, romeo.id, read=StanzaId("3"))
    await archive.set_mark(orchard, romeo.id, read=StanzaId("2"))
    mark = await archive.mark(orchard, romeo.id, ROMEO)
    assert (mark.read, mark.unread, mark.mentions) == ("3", 0, 0)
