"""The pages of auditors: what they show, to whom, and that each view is entered."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tests.hub_service.client import Client
from tests.hub_service.test_audit import audits, grant, room_of
from tests.hub_service.world import World, caller
from xmpp_bridge.archive.store import Entry
from xmpp_bridge.audit.export import Form
from xmpp_bridge.audit.filters import EVERYTHING, Filters
from xmpp_bridge.chat.message import ChatMessage, Correction, OriginId, Retraction, Said, StanzaId
from xmpp_bridge.hub_service.auditing import Auditor
from xmpp_bridge.hub_service.exports import State
from xmpp_bridge.hub_service.scopes import AUDIT, ROOMS_WRITE
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.errors import NotFoundError

PAGES = ("audit", "audit?words=light", "audit/rooms/ROOM", "audit/entries/0", "audit/exports")
FIRST = 1_700_000_000_000_000


async def say(world: World, room: RoomId, name: str, number: int, what: Said) -> None:
    """An entry of somebody, whose clients call their messages by their numbers."""
    person = await world.somebody(name)
    stanza_id, jid = StanzaId(str(FIRST + number)), f"{name}@montague.lit"
    origin = OriginId(f"{name}-{number}")
    entry = Entry(room, stanza_id, jid, person.id, world.now(), origin, what)
    await world.archive.append([entry])
    world.clock += timedelta(minutes=1)


async def a_quarrel(world: World) -> RoomId:
    """Romeo corrects himself, Juliet takes back what she said, and then she is out."""
    romeo, juliet = await world.somebody("romeo"), await world.somebody("juliet")
    room = (await world.sharing.create_room(romeo, "Orchard")).room.id
    await world.sharing.set_member(romeo, room, "juliet", Role.EDITOR)
    await say(world, room, "romeo", 1, ChatMessage("I love Rosaline"))
    await say(world, room, "juliet", 2, ChatMessage("Deny thy father"))
    await say(world, room, "romeo", 3, Correction(OriginId("romeo-1"), "I love Juliet", ()))
    await say(world, room, "juliet", 4, Retraction(StanzaId(str(FIRST + 2))))
    await world.sharing.remove_member(romeo, room, juliet.hub_user)
    world.clock += timedelta(minutes=1)
    await say(world, room, "romeo", 5, ChatMessage("O, I am fortune's fool"))
    await world.keeper.sequencer.sequence_all()
    return room


async def page(client: Client, path: str, token: str) -> str:
    response = await client.call("GET", path, token)
    assert response.code == 200, response.body
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'nonce-")
    return response.body.decode()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scopes", [(), (ROOMS_WRITE,), ("admin:users", "admin-ui")])
async def test_nobody_else_sees_them_and_that_they_tried_is_entered(
    client: Client, world: World, scopes: tuple[str, ...], path: str
) -> None:
    tybalt = grant(client, world, "tybalt", *scopes)

    assert await client.condition("GET", path, tybalt) == (403, "forbidden")

    (tried,) = await audits(world)
    assert (tried["action"], tried["auditor"]) == ("refused", "tybalt")


async def test_only_auditors_are_led_there(client: Client, world: World) -> None:
    leads = 'href="/services/xmpp-bridge/audit"'
    assert leads in await page(client, "rooms", grant(client, world, "escalus", AUDIT))
    nurse = grant(client, world, "nurse", f"{AUDIT}!group=capulets")
    assert leads in await page(client, "rooms", nurse)
    assert leads not in await page(client, "rooms", grant(client, world, "romeo"))


async def test_nothing_is_shown_before_anything_is_asked(client: Client, world: World) -> None:
    await a_quarrel(world)
    prince = grant(client, world, "escalus", AUDIT)

    assert "Rosaline" not in await page(client, "audit", prince)
    assert await audits(world) == []


async def test_what_was_corrected_and_retracted_is_found(client: Client, world: World) -> None:
    room = await a_quarrel(world)
    prince = grant(client, world, "escalus", AUDIT)

    assert "I love Rosaline" in await page(client, "audit?words=rosaline", prince)
    asked = {"words": "father", "person": "juliet", "room": room, "kind": "chat", "cell": ""}
    found = await page(client, f"audit?{urlencode(asked)}", prince)
    assert "Deny thy father" in found
    assert "fortune" not in found
    early = await page(client, "audit?kind=chat&before=1997-07-16T12:01", prince)
    assert ("I love Rosaline" in early, "Deny" in early) == (True, False)
    assert [each["action"] for each in await audits(world)] == ["searched"] * 3


@pytest.mark.parametrize("asked", ["kind=love", "person=nobody", "before=soon", "below=x", "x=y"])
async def test_what_cannot_be_looked_for_is_said(client: Client, world: World, asked: str) -> None:
    prince = grant(client, world, "escalus", AUDIT)

    response = await client.call("GET", f"audit?{asked}", prince)

    assert response.code in {400, 404}
    assert b"<strong>Not found:</strong>" in response.body


async def test_a_room_is_shown_as_it_was(client: Client, world: World) -> None:
    room = await a_quarrel(world)
    prince = grant(client, world, "escalus", AUDIT)

    now = await page(client, f"audit/rooms/{room}", prince)
    assert "corrected" in now
    assert "I love Juliet" in now
    assert "retracted by its author" in now
    assert "Could be read by: <bdi>juliet, romeo</bdi>" in now
    assert "Could be read by: <bdi>romeo</bdi>" in now
    assert "<td><bdi>juliet</bdi></td>" not in now
    then = await page(client, f"audit/rooms/{room}?at=1997-07-16T12:02", prince)
    assert "Deny thy father" in then
    assert "corrected" not in then
    assert "retracted" not in then
    assert "<td><bdi>juliet</bdi></td><td>editor</td><td>yes</td>" in then
    viewed = [each for each in await audits(world) if each["action"] == "room-viewed"]
    assert [each["at"] for each in viewed] == [None, "1997-07-16T12:02:00.000000Z"]


async def test_a_long_room_is_paged(client: Client, world: World) -> None:
    room = await room_of(world, "romeo", *(f"line {number}" for number in range(70)))
    prince = grant(client, world, "escalus", AUDIT)
    await world.keeper.sequencer.sequence_all()

    newest = await page(client, f"audit/rooms/{room}", prince)
    assert ("line 69" in newest, "line 0<" in newest) == (True, False)
    older = newest.partition('<a href="?at=&amp;')[2].partition('"')[0]
    oldest = await page(client, f"audit/rooms/{room}?at=&{older}", prince)
    assert ("line 69" in oldest, "line 0<" in oldest) == (False, True)


async def test_an_auditor_of_a_group_sees_its_rooms_alone(client: Client, world: World) -> None:
    theirs = await room_of(world, "juliet", "What's in a name?")
    others = await room_of(world, "romeo", "A rose")
    world.hub.puts("juliet", "capulets")
    nurse = grant(client, world, "nurse", f"{AUDIT}!group=capulets")
    await world.keeper.sequencer.sequence_all()

    found = await page(client, "audit?kind=chat", nurse)
    assert ("in a name?" in found, "A rose" in found) == (True, False)
    assert (theirs in found, others in found) == (True, False)
    assert "in a name?" in await page(client, f"audit/rooms/{theirs}", nurse)
    path = f"audit/rooms/{others}"
    assert await client.condition("GET", path, nurse) == (404, "item-not-found")
    hidden = await world.keeper.reading.page(Filters(room=others), EVERYTHING, None, 1)
    path = f"audit/entries/{hidden[0].position}"
    assert await client.condition("GET", path, nurse) == (404, "item-not-found")
    seen = [(each["action"], each.get("count", each.get("found"))) for each in await audits(world)]
    assert seen == [("searched", 1), ("room-viewed", 3), ("room-viewed", 0), ("viewed", False)]


async def test_an_entry_is_shown_with_its_proof_and_without_what_was_destroyed(
    client: Client, world: World
) -> None:
    await room_of(world, "romeo", "<b>my password</b>")
    prince = grant(client, world, "escalus", AUDIT)
    await world.keeper.sequencer.sequence_all()
    (kept,) = await world.keeper.reading.page(Filters(words="password"), EVERYTHING, None, 1)

    path = f"audit/entries/{kept.position}"
    shown = await page(client, path, prince)
    assert "&lt;b&gt;my password&lt;/b&gt;" in shown
    assert kept.leaf in shown
    await world.keeper.retention.destroy([kept.position], "a password")
    shown = await page(client, path, prince)
    assert "my password" not in shown
    assert kept.leaf in shown


async def test_exports_say_how_far_they_are_and_from_where_they_go_on(
    client: Client, world: World
) -> None:
    await room_of(world, "romeo", *(f"line {number}" for number in range(1_500)))
    prince = grant(client, world, "escalus", AUDIT)
    assert "None since the service was started" in await page(client, "audit/exports", prince)
    auditor = Auditor(caller("escalus", AUDIT), None, EVERYTHING)
    export = await world.auditing.export(auditor, Form.JSONL, Filters(), 0)
    first = [await anext(export.pieces) for _ in range(3)]

    await export.pieces.aclose()

    assert (export.running.state, export.running.done) == (State.BROKEN, 1_000)
    shown = await page(client, "audit/exports", prince)
    assert "broken off" in shown
    assert 'name="first" inputmode="numeric" value="1000"' in shown
    rest = await client.call("GET", f"api/audit/export?first={export.running.next}", prince)
    lines = "".join(first[:2]).splitlines() + rest.body.decode().splitlines()
    assert (
        sum('"entry":' in line for line in lines) == export.total + 2
    )  # and what was entered of it
    assert ": whole<br>" in await page(client, "audit/exports", prince)


async def test_what_runs_is_told_until_it_has_ended(client: Client, world: World) -> None:
    await room_of(world, "romeo", "But soft!", "What light?")
    prince = grant(client, world, "escalus", AUDIT)
    auditor = Auditor(caller("escalus", AUDIT), None, EVERYTHING)
    export = await world.auditing.export(auditor, Form.CSV, Filters(), 0)
    shown = client.stream("audit/exports", prince)
    told = b""
    while b"<progress" not in told:
        told += await anext(shown)
    assert b"0 of " in told
    async for _ in export.pieces:
        pass
    rest = b"".join([each async for each in shown])
    assert b", whole" in rest
    assert rest.rstrip().endswith(b"</html>")


async def test_there_was_no_room_before_it_was_made(client: Client, world: World) -> None:
    room = await a_quarrel(world)
    auditor = Auditor(caller("escalus", AUDIT), None, EVERYTHING)
    with pytest.raises(NotFoundError):
        await world.auditing.room(auditor, room, world.now() - timedelta(days=9), None, 50)
