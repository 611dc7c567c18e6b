"""What is let in from the room, what is refused, and what waits for what is before it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pycrdt import Doc, Text
from slixmpp import JID

from xmpp_bridge.documents.inbox import Inbox
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.stanza import Chunk, UpdateStanza, new_replica_id
from xmpp_bridge.rooms.identifiers import new_document_id
from xmpp_bridge.xmpp.muc import Occupant

JULIET = Occupant("juliet~1", JID("juliet@montague.lit/jupyter"), "member", "participant")
ROMEO = JID("romeo@montague.lit/jupyter")
NURSE = Occupant("nurse~1", JID("nurse@montague.lit/jupyter"), "none", "visitor")


class Nobody:
    """A memory that keeps nothing."""

    own_clients: frozenset[int] = frozenset()
    local_clients: frozenset[int] = frozenset()

    def append(self, update: bytes) -> None: ...
    def own(self, client: int) -> None: ...
    def disown(self, clients: Collection[int]) -> None: ...


class Writer:
    """Somebody else's replica, and what it sends."""

    def __init__(self, client: int | None = None) -> None:
        self.doc: Doc[Any] = Doc() if client is None else Doc(client_id=client)
        self.text = self.doc.get("source", type=Text)
        self.replica = new_replica_id()
        self.stanzas: list[UpdateStanza] = []
        self._subscription = self.doc.observe(self._send)

    def _send(self, event: Any) -> None:
        self.stanzas.append(UpdateStanza(self.replica, len(self.stanzas) + 1, event.update))


class Desk:
    """An inbox over a replica with a text."""

    def __init__(self) -> None:
        self.doc: Doc[Any] = Doc()
        self.text = self.doc.get("source", type=Text)
        self.replica = Replica(self.doc, 7, Nobody(), lambda _update, _says: None)
        self.inbox = Inbox(new_document_id(), self.replica)

    def entered(self, **owners: str) -> None:
        self.inbox.entered({int(client[1:]): jid for client, jid in owners.items()}, ROMEO)
        self.inbox.held = False


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    desk.entered()
    yield desk
    desk.replica.close()


def refused(reason: str) -> float:
    value = REGISTRY.get_sample_value(
        "xmpp_bridge_server_updates_refused_total", {"reason": reason}
    )
    return value or 0.0


def test_an_editors_update_is_applied_at_once(desk: Desk) -> None:
    juliet = Writer()
    juliet.text += "Ay me"
    assert desk.inbox.arrive(JULIET, JULIET.nick, juliet.stanzas[0])
    assert str(desk.text) == "Ay me"


@pytest.mark.parametrize(
    ("occupant", "reason"),
    [
        (NURSE, "viewer"),
        (None, "not-an-occupant"),
        (Occupant("x", None, "member", "participant"), "unknown-jid"),
    ],
)
def test_whoever_may_not_write_is_refused_and_counted(
    desk: Desk, occupant: Occupant | None, reason: str
) -> None:
    before = refused(reason)
    somebody = Writer()
    somebody.text += "Fie"
    assert desk.inbox.arrive(occupant, "somebody", somebody.stanzas[0])
    assert str(desk.text) == ""
    assert refused(reason) == before + 1


def test_a_client_id_belongs_to_whoever_wrote_under_it_first(desk: Desk) -> None:
    before = refused("foreign-client-id")
    desk.entered(c5="romeo@montague.lit")
    impostor = Writer(5)
    impostor.text += "I am Romeo"
    desk.inbox.arrive(JULIET, JULIET.nick, impostor.stanzas[0])
    assert str(desk.text) == ""
    assert refused("foreign-client-id") == before + 1


def test_what_has_a_hole_before_it_waits_for_the_sync(desk: Desk) -> None:
    juliet = Writer()
    juliet.text += "Ay "
    juliet.text += "me"
    assert not desk.inbox.arrive(JULIET, JULIET.nick, juliet.stanzas[1])
    assert str(desk.text) == ""


async def test_what_waited_is_applied_when_the_sync_has_brought_what_is_before_it(
    desk: Desk,
) -> None:
    juliet = Writer()
    for word in ("Ay ", "me", "!"):
        juliet.text += word
    assert not desk.inbox.arrive(JULIET, JULIET.nick, juliet.stanzas[1])
    assert desk.inbox.arrive(JULIET, JULIET.nick, juliet.stanzas[2])  # in order behind it
    assert not await desk.inbox.drain()
    await desk.inbox.take(juliet.stanzas[0].update)
    assert await desk.inbox.drain()
    assert str(desk.text) == "Ay me!"


def test_a_missed_stanza_is_noticed_even_if_nothing_leans_on_it(desk: Desk) -> None:
    juliet = Writer()
    juliet.text += "Ay me"
    first = juliet.stanzas[0]
    assert desk.inbox.arrive(JULIET, JULIET.nick, first)
    assert not desk.inbox.arrive(JULIET, JULIET.nick, UpdateStanza(first.replica, 3, first.update))


def test_what_hangs_on_nothing_missed_does_not_wait_for_the_sync(desk: Desk) -> None:
    juliet, nurse = Writer(), Writer()
    juliet.text += "Ay "
    juliet.text += "me"
    nurse.text += "Madam!"
    assert not desk.inbox.arrive(JULIET, JULIET.nick, juliet.stanzas[1])

    assert desk.inbox.arrive(JULIET, JULIET.nick, nurse.stanzas[0])

    assert str(desk.text) == "Madam!"


async def test_a_sync_that_brings_one_of_two_things_lets_the_other_wait(desk: Desk) -> None:
    juliet, nurse = Writer(), Writer()
    for writer in (juliet, nurse):
        writer.text += "first"
        writer.text += "second"
        desk.inbox.arrive(JULIET, JULIET.nick, writer.stanzas[1])
    await desk.inbox.take(nurse.stanzas[0].update)

    assert not await desk.inbox.drain()

    assert str(desk.text) == "firstsecond"
    await desk.inbox.take(juliet.stanzas[0].update)
    assert await desk.inbox.drain()
    assert str(desk.text).count("firstsecond") == 2


def chunks(writer: Writer) -> list[Chunk]:
    (stanza,) = writer.stanzas
    half, total = len(stanza.update) // 2, len(stanza.update)
    return [
        Chunk(stanza.replica, 0, total, stanza.update[:half]),
        Chunk(stanza.replica, half, total, stanza.update[half:], 1),
    ]


def test_an_update_in_chunks_is_applied_when_it_is_whole(desk: Desk) -> None:
    juliet = Writer()
    juliet.text += "Ay me"
    first, last = chunks(juliet)

    assert desk.inbox.arrive(JULIET, JULIET.nick, first)
    assert str(desk.text) == ""
    assert desk.inbox.arrive(JULIET, JULIET.nick, last)
    assert str(desk.text) == "Ay me"


def test_the_end_of_an_update_whose_beginning_was_missed_calls_for_a_sync(desk: Desk) -> None:
    juliet = Writer()
    juliet.text += "Ay me"

    assert not desk.inbox.arrive(JULIET, JULIET.nick, chunks(juliet)[1])


@pytest.mark.parametrize("why", ["left", "called"])
def test_what_is_unfinished_is_forgotten(desk: Desk, why: str) -> None:
    juliet = Writer()
    juliet.text += "Ay me"
    first, last = chunks(juliet)
    desk.inbox.arrive(JULIET, JULIET.nick, first)

    if why == "left":
        desk.inbox.left(JULIET.nick)
    else:
        desk.inbox.called()

    assert not desk.inbox.arrive(JULIET, JULIET.nick, last)
    assert str(desk.text) == ""


def test_of_a_viewer_not_even_the_beginning_is_kept(desk: Desk) -> None:
    before = refused("viewer")
    somebody = Writer()
    somebody.text += "Fie"
    first, last = chunks(somebody)

    desk.inbox.arrive(NURSE, NURSE.nick, first)

    assert refused("viewer") == before + 1
    assert not desk.inbox.arrive(JULIET, NURSE.nick, last)


def test_somebody_elses_history_in_chunks_is_refused_as_a_whole(desk: Desk) -> None:
    before = refused("foreign-client-id")
    desk.entered(c5="romeo@montague.lit")
    impostor = Writer(5)
    impostor.text += "I am Romeo"
    for chunk in chunks(impostor):
        assert desk.inbox.arrive(JULIET, JULIET.nick, chunk)
    assert str(desk.text) == ""
    assert refused("foreign-client-id") == before + 1


async def test_while_held_everything_waits(desk: Desk) -> None:
    juliet = Writer()
    juliet.text += "Ay me"
    desk.inbox.held = True
    assert desk.inbox.arrive(JULIET, JULIET.nick, juliet.stanzas[0])
    assert str(desk.text) == ""
    assert await desk.inbox.drain()
    assert str(desk.text) == "Ay me"


async def test_whoever_came_by_a_sync_has_an_owner_once_the_service_says_so(desk: Desk) -> None:
    juliet = Writer()
    juliet.text += "Ay me"
    await desk.inbox.take(juliet.stanzas[0].update)
    assert not desk.inbox.knows_everybody
    desk.inbox.learn({juliet.doc.client_id: "juliet@montague.lit"})
    assert desk.inbox.knows_everybody
    before = refused("foreign-client-id")
    juliet.text += "!"
    romeo = Occupant("romeo~1", JID("romeo@montague.lit/jupyter"), "member", "participant")
    desk.inbox.arrive(romeo, romeo.nick, juliet.stanzas[1])
    assert str(desk.text) == "Ay me"
    assert refused("foreign-client-id") == before + 1
