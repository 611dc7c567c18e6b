"""Whose card is shown to whom, and what of it is its owner's."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from tests.hub_service.fake_ejabberd import FakeEjabberd
from tests.hub_service.fake_rooms import FakeComponent
from xmpp_bridge.accounts.card import VCARD, Card, read_vcard, vcard_to_xml
from xmpp_bridge.accounts.picture import picture_of
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.cards import AT_ONCE, MOST_BYTES, Cards
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.xmpp.delegation import CLIENT, FORWARD, STANZAS, Delegated

NOON = datetime(1997, 7, 16, 12, tzinfo=UTC)
JULIET, NOBODY = "juliet@montague.lit", "nobody@montague.lit"
PICTURE = base64.b64decode("iVBORw0KGgo=")


class World:
    """Romeo may know of Juliet; Tybalt has been shut out."""

    def __init__(self) -> None:
        self.ejabberd = FakeEjabberd()
        self.people = {
            JULIET: Account(1, "juliet", "juliet", NOON, "Juliet", enabled=True),
            "tybalt@montague.lit": Account(2, "tybalt", "tybalt", NOON, "Tybalt", enabled=False),
        }
        self.now = 0.0
        self.cards = Cards(
            FakeComponent(),
            self.ejabberd,
            Addresses("montague.lit"),
            self.account,
            lambda asker, person: (asker, person) == ("romeo", "juliet"),
            lambda: self.now,
        )

    async def account(self, jid: str) -> Account | None:
        return self.people.get(jid)

    async def ask(
        self, sender: str, account: str = JULIET, vcard: ET.Element | None = None
    ) -> Card | str:
        """The card that is shown, or the condition of the refusal; with a vCard, it is to be kept."""
        iq = ET.Element(f"{{{CLIENT}}}iq", type="get" if vcard is None else "set", id="1")
        iq.append(ET.Element(f"{{{VCARD}}}vCard") if vcard is None else vcard)
        handed = await self.cards.answered(Delegated(iq, sender, account))
        back = handed.find(f"{{{FORWARD}}}forwarded/{{{CLIENT}}}iq")
        assert back is not None
        assert (back.get("from"), back.get("to")) == (account, sender)
        error = back.find(f"{{{CLIENT}}}error")
        if error is None:
            return read_vcard(back.find(f"{{{VCARD}}}vCard"))
        return error[0].tag.removeprefix(f"{{{STANZAS}}}")


@pytest.fixture
async def world() -> World:
    return World()


async def test_who_may_know_of_somebody_sees_the_hubs_name_and_a_picture(world: World) -> None:
    wanted = Card("Juliet", picture_of(JULIET))
    assert await world.ask("romeo@montague.lit/phone") == wanted
    assert await world.ask("juliet@montague.lit/phone") == wanted
    room = "5f1e@rooms.montague.lit/Benvolio"
    assert await world.ask(room) == wanted


@pytest.mark.parametrize(
    "stranger",
    [
        "benvolio@montague.lit/phone",
        "romeo@capulet.lit/phone",
        "romeo@rooms.capulet.lit/romeo",
        "romeo@documents.montague.lit/romeo",
    ],
)
async def test_whoever_may_not_know_hears_what_is_said_of_nobody(
    world: World, stranger: str
) -> None:
    assert await world.ask(stranger) == await world.ask(stranger, NOBODY) == "item-not-found"


async def test_who_is_shut_out_has_no_card(world: World) -> None:
    assert await world.ask("tybalt@montague.lit/phone", "tybalt@montague.lit") == "item-not-found"


async def test_the_owner_may_have_a_picture_and_no_other_name(world: World) -> None:
    mine = vcard_to_xml(Card("The Prince", PICTURE), None)
    assert await world.ask("juliet@montague.lit/phone", vcard=mine) == Card()
    assert await world.ask("romeo@montague.lit/phone") == Card("Juliet", PICTURE)


async def test_nobody_else_writes_on_a_card(world: World) -> None:
    card = vcard_to_xml(Card("", PICTURE), None)
    assert await world.ask("romeo@montague.lit/phone", vcard=card) == "forbidden"
    assert await world.ask("romeo@montague.lit/phone") == Card("Juliet", picture_of(JULIET))


async def test_a_card_is_not_a_hard_disk(world: World) -> None:
    large = vcard_to_xml(Card("", bytes(MOST_BYTES)), None)
    assert await world.ask("juliet@montague.lit/phone", vcard=large) == "resource-constraint"
    assert world.ejabberd.kept == {}


async def test_who_asks_without_end_waits(world: World) -> None:
    for _ in range(AT_ONCE):
        await world.ask("benvolio@montague.lit/phone", NOBODY)
    assert await world.ask("benvolio@montague.lit/phone", NOBODY) == "resource-constraint"
    world.now = 1.0
    assert await world.ask("benvolio@montague.lit/phone", NOBODY) == "item-not-found"


async def test_while_ejabberd_is_away_that_is_said(world: World) -> None:
    world.ejabberd.away = True
    assert await world.ask("romeo@montague.lit/phone") == "service-unavailable"
