"""Cursors of others are shown under what the hub says of them, and one's own only if one wants to be seen."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any, cast

import pytest
from pycrdt import Awareness, Doc
from slixmpp import JID

from xmpp_bridge.documents.cursors import Cursors
from xmpp_bridge.documents.service import Admission, Member
from xmpp_bridge.documents.shared_file import LiveRoom
from xmpp_bridge.presence.awareness import ClientState, write_awareness
from xmpp_bridge.presence.looks import shown
from xmpp_bridge.presence.stanza import Awareness as Moves
from xmpp_bridge.presence.stanza import Identity, to_xml
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.errors import UnavailableError
from xmpp_bridge.xmpp.muc import Occupant, RoomMessage

ROMEO = Occupant("nick~1", JID("romeo@montague.lit/jupyter"), "none", "participant")
HERE: list[dict[str, Any]] = [{"anchor": {}, "head": {}}]
CLIENT = 7


class Room:
    """A document that is open, and nobody looks at."""

    def __init__(self) -> None:
        self.ydoc: Doc[Any] = Doc()
        self.awareness = Awareness(self.ydoc)
        self.clients: set[Any] = set()

    async def save(self) -> None: ...


class Admissions:
    """What the service says of who is a member."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.asked = 0

    async def ask(self) -> Admission:
        self.asked += 1
        if not self.members:
            raise UnavailableError("away")
        return cast("Admission", self)


class World:
    def __init__(self) -> None:
        self.room, self.admissions, self.hides = Room(), Admissions(), False
        self.cursors = Cursors(cast("LiveRoom", self.room), lambda: self.hides, self.admissions.ask)

    def enters(self, name: str = "Escalus") -> None:
        """Romeo, with what he would like to be called."""
        presence = ET.Element("presence")
        presence.append(to_xml(Identity(name, "#ff0000")))
        self.cursors.on_presence(ROMEO, presence)

    def moves(self) -> None:
        state = {"cursors": HERE, "user": {"username": "escalus", "color": "#ff0000"}}
        payload = to_xml(Moves(write_awareness([ClientState(CLIENT, 1, state)])))
        self.cursors.on_message(RoomMessage(ROMEO.nick, "m1", (payload,)))

    @property
    def romeo(self) -> Any:
        return (self.room.awareness.states.get(CLIENT) or {}).get("user")


@pytest.fixture
def world() -> World:
    return World()


async def test_who_somebody_is_says_the_hub_and_nothing_they_say_themselves(world: World) -> None:
    romeo = Member("romeo@montague.lit", "romeo", "Romeo Montague", Role.VIEWER)
    world.admissions.members = {romeo.jid: romeo}
    world.enters()
    await world.cursors._meet()
    world.moves()
    assert world.romeo == shown("romeo", "Romeo Montague", "viewer")
    assert list(world.cursors.people) == [world.romeo]


async def test_whom_the_service_does_not_know_yet_is_asked_for_once(world: World) -> None:
    world.enters()
    world.moves()
    assert world.romeo == shown("romeo", "romeo", None)
    await world.cursors._meet()
    await world.cursors._meet()
    assert world.admissions.asked == 1


async def test_who_leaves_is_shown_no_more(world: World) -> None:
    world.enters()
    world.moves()
    world.cursors.on_left(ROMEO)
    assert world.romeo is None


async def test_who_hides_moves_for_nobody(world: World) -> None:
    awareness = world.room.awareness
    state = ClientState(99, 1, {"cursors": HERE})
    awareness.apply_awareness_update(write_awareness([state]), "a browser")
    world.cursors._put(99)
    assert world.cursors._outbox._current == {99: {"cursors": HERE}}
    world.hides = True
    world.cursors._put(99)
    assert world.cursors._outbox._current == {}
