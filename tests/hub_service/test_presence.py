"""Who is online: told to whoever may know, at most once a second, and to nobody else."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from slixmpp.stanza import Presence as Stanza

from tests.hub_service.client import Client
from tests.hub_service.fake_hub import NOON
from tests.hub_service.world import ADDRESSES, DOMAIN, World
from xmpp_bridge.hub_service.presence import Presence
from xmpp_bridge.hub_service.presence_view import PresenceSettings, PresenceView
from xmpp_bridge.presence.announcement import (
    Announcement,
    At,
    PeopleNews,
    announcement_to_xml,
    condition_to_xml,
    read_news,
)
from xmpp_bridge.presence.circles import Reach
from xmpp_bridge.presence.condition import Choice, Condition, Device, Show
from xmpp_bridge.presence.store import PresenceStore
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.membership import Role

LAB = Condition(Show.AVAILABLE, Device.LAB)


class Verona:
    """The service, and servers that speak to it as ejabberd lets them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.presence: Presence = world.presence.presence

    def says(
        self,
        person: str,
        condition: Condition | None,
        at: At | None = None,
        *,
        watches: bool = True,
    ) -> None:
        """What somebody's server says; None when it is gone."""
        stanza = Stanza()
        stanza["from"] = f"{person}@{DOMAIN}/jupyter"
        if condition is None:
            stanza["type"] = "unavailable"
        else:
            stanza.xml.extend(condition_to_xml(condition, "jabber:component:accept"))
            stanza.xml.append(announcement_to_xml(Announcement(at, watches=watches)))
        self.presence.heard(stanza)

    async def told(self) -> dict[str, list[PeopleNews]]:
        """What each server is told in one round."""
        self.world.voice.elements.clear()
        await self.presence.tell()
        found: dict[str, list[PeopleNews]] = {}
        for place, element in self.world.voice.elements:
            wrapped = ET.Element("message")
            wrapped.append(element)
            news = read_news(wrapped)
            assert isinstance(news, PeopleNews)
            found.setdefault(place.partition("@")[0], []).append(news)
        return found


@pytest.fixture
async def document(world: World) -> DocumentId:
    """Romeo's and Juliet's; the nurse is in a room with Juliet, Paris with nobody."""
    opened = await world.document("romeo", juliet="viewer")
    juliet = await world.somebody("juliet")
    await world.somebody("nurse")
    await world.somebody("paris")
    kitchen = (await world.sharing.create_room(juliet, "Kitchen")).room.id
    await world.sharing.set_member(juliet, kitchen, "nurse", Role.EDITOR)
    return opened.document.id


@pytest.fixture
async def verona(world: World, document: DocumentId) -> Verona:
    verona = Verona(world)
    for person in ("romeo", "juliet", "nurse", "paris"):
        verona.says(person, LAB)
    await verona.told()
    return verona


def names(news: list[PeopleNews]) -> set[str]:
    return {person.hub_user for each in news for person in each.people}


async def test_who_watches_is_first_told_of_everybody_around_and_of_themselves(
    world: World, document: DocumentId
) -> None:
    verona = Verona(world)
    for person in ("romeo", "juliet", "paris"):
        verona.says(person, LAB)
    told = await verona.told()
    assert names(told["romeo"]) == {"romeo", "juliet"}
    assert told["romeo"][0].whole
    assert told["romeo"][0].choice is Choice.AUTO
    assert names(told["juliet"]) == {"juliet", "romeo", "nurse"}
    assert names(told["paris"]) == {"paris"}


async def test_a_change_is_told_to_those_around_only(verona: Verona) -> None:
    verona.says("nurse", Condition(Show.AWAY, Device.LAB, NOON))
    verona.says("nurse", Condition(Show.DND, Device.LAB))
    told = await verona.told()
    assert told.keys() == {"juliet", "nurse"}
    ((news,),) = ([each.people for each in told["juliet"]],)
    assert [(each.hub_user, each.show) for each in news] == [("nurse", Show.DND)]
    assert await verona.told() == {}


async def test_a_server_without_a_browser_is_told_nothing(verona: Verona) -> None:
    verona.says("juliet", Condition(Show.ABSENT, Device.LAB), watches=False)
    await verona.told()
    verona.says("romeo", Condition(Show.AWAY, Device.LAB, NOON))
    assert (await verona.told()).keys() == {"romeo"}


async def test_who_is_gone_is_absent_since_now(verona: Verona, world: World) -> None:
    verona.says("juliet", None)
    told = await verona.told()
    assert told.keys() == {"romeo", "nurse"}
    (juliet,) = told["romeo"][0].people
    assert (juliet.show, juliet.devices, juliet.since) == (Show.ABSENT, (), NOON)


async def test_where_somebody_works_is_for_those_in_that_room(
    verona: Verona, document: DocumentId
) -> None:
    at = At(document, "c1", 3)
    verona.says("juliet", LAB, at)
    told = await verona.told()
    assert told["romeo"][0].people[0].at == at
    assert told["nurse"][0].people[0].at is None


async def test_where_somebody_works_is_not_told_in_a_room_where_they_do_not_wish_it(
    verona: Verona, world: World, document: DocumentId
) -> None:
    juliet = await world.somebody("juliet")
    verona.says("juliet", LAB, At(document, "c1", 3))
    await verona.told()
    shared = await world.rooms.document(document)
    assert shared is not None
    room = shared.room_id
    await world.presence.view.tell_place(juliet, room, tells=False)
    told = await verona.told()
    (juliets,) = [each for each in told["romeo"][0].people if each.hub_user == "juliet"]
    assert juliets.at is None


async def test_who_takes_somebody_in_or_out_changes_who_knows(verona: Verona, world: World) -> None:
    juliet = await world.somebody("juliet")
    rooms = {each.room.name: each.room.id for each in await world.sharing.rooms(juliet)}
    kitchen = rooms["Kitchen"]
    await world.sharing.set_member(juliet, kitchen, "paris", Role.VIEWER)
    told = await verona.told()
    assert names(told["paris"]) == {"paris", "juliet", "nurse"}
    await world.sharing.remove_member(juliet, kitchen, "paris")
    told = await verona.told()
    assert {name for each in told["paris"] for name in each.gone} == {"juliet", "nurse"}
    assert {name for each in told["juliet"] for name in each.gone} == {"paris"}
    verona.says("juliet", Condition(Show.DND, Device.LAB))
    assert "paris" not in await verona.told()


async def test_hiding_is_leaving_for_all_that_others_are_told(verona: Verona, world: World) -> None:
    await world.presence.view.choose(await world.somebody("juliet"), Choice.HIDDEN)
    told = await verona.told()
    (hidden,) = [each for each in told["romeo"][0].people if each.hub_user == "juliet"]
    assert told["juliet"][0].choice is Choice.HIDDEN
    await world.presence.view.choose(await world.somebody("juliet"), Choice.AUTO)
    await verona.told()
    verona.says("juliet", None)
    (gone,) = (await verona.told())["romeo"][0].people
    assert hidden == gone


async def test_a_client_of_ones_own_counts(verona: Verona) -> None:
    phone = Condition(Show.AVAILABLE, Device.PHONE)
    verona.presence.attend(f"juliet@{DOMAIN}", "orchard/juliet", phone)
    (juliet,) = (await verona.told())["romeo"][0].people
    assert juliet.devices == (Device.LAB, Device.PHONE)
    verona.presence.attend(f"juliet@{DOMAIN}", "orchard/juliet", None)
    verona.presence.attend("tybalt@capulet.lit", "orchard/tybalt", phone)
    (juliet,) = (await verona.told())["romeo"][0].people
    assert juliet.devices == (Device.LAB,)


async def test_what_is_no_announcement_counts_for_nothing(verona: Verona) -> None:
    for sender, inside in (
        (f"juliet@{DOMAIN}/jupyter", ""),
        (f"juliet@rooms.{DOMAIN}/jupyter", "<here xmlns='urn:xmpp-bridge:presence:0'/>"),
        (f"juliet@{DOMAIN}", "<here xmlns='urn:xmpp-bridge:presence:0'/>"),
        (
            f"juliet@{DOMAIN}/jupyter",
            "<here xmlns='urn:xmpp-bridge:presence:0'><at document='x' number='y'/></here>",
        ),
    ):
        stanza = Stanza()
        stanza["from"] = sender
        if inside:
            stanza.xml.append(ET.fromstring(inside))
        verona.presence.heard(stanza)
    assert await verona.told() == {}


async def test_groups_of_the_hub_count_where_it_wishes_that(
    world: World, document: DocumentId
) -> None:
    for name in ("romeo", "paris"):
        person = world.hub.people[name]
        world.hub.people[name] = type(person)(
            type(person.user)(
                person.user.name,
                person.user.created,
                person.user.display_name,
                frozenset({"kinsmen"}),
            ),
            person.blocked,
            person.servers,
        )
    settings = PresenceSettings(Reach.GROUPS, Choice.AUTO, tells_place=True)
    store = PresenceStore(world.engine)
    view = PresenceView(store, world.rooms, world.hub, ADDRESSES, settings, world.now)
    romeo = await world.somebody("romeo")
    await view.list(romeo)  # the names are known from here on
    view.moved()
    assert {each.hub_user for each in await view.list(romeo)} == {"juliet", "paris"}


async def ask(client: Client, method: str, path: str, token: str, body: Any = None) -> Any:
    sent = None if body is None else json.dumps(body).encode()
    response = await client.call(method, path, token, sent)
    assert response.code == 200, response.body
    return json.loads(response.body)


async def test_over_rest_one_finds_those_around_and_nobody_else(
    verona: Verona, client: Client
) -> None:
    client.auth.tokens |= {"romeo": (), "paris": ()}
    (juliet,) = (await ask(client, "GET", "api/people", "romeo"))["people"]
    assert (juliet["username"], juliet["show"], juliet["devices"]) == (
        "juliet",
        "available",
        ["lab"],
    )
    assert await ask(client, "GET", "api/people/juliet", "romeo") == juliet
    assert (await ask(client, "GET", "api/people", "paris"))["people"] == []
    for name in ("juliet", "nobody"):
        refusal = await client.condition("GET", f"api/people/{name}", "paris")
        assert refusal == (404, "item-not-found")


async def test_over_rest_one_says_how_one_wants_to_be_seen(
    verona: Verona, client: Client, world: World
) -> None:
    client.auth.tokens |= {"romeo": (), "paris": ()}
    wishes = await ask(client, "GET", "api/presence", "romeo")
    (room,) = wishes["tells_place"]
    assert wishes == {"choice": "auto", "tells_place": {room: True}}
    assert (await ask(client, "PUT", "api/presence", "romeo", {"choice": "dnd"}))["choice"] == "dnd"
    path = f"api/rooms/{room}/presence"
    changed = await ask(client, "PUT", path, "romeo", {"tells_place": False})
    assert changed == {"choice": "dnd", "tells_place": {room: False}}
    refusal = await client.condition("PUT", path, "paris", b'{"tells_place": true}')
    assert refusal == (404, "item-not-found")
    refusal = await client.condition("PUT", "api/presence", "romeo", b'{"choice": "loud"}')
    assert refusal == (400, "bad-request")
