"""Who may audit, and what is entered about whoever does or tries."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.hub_service.client import Client
from tests.hub_service.world import World
from xmpp_bridge.archive.store import Entry
from xmpp_bridge.audit.filters import EVERYTHING, Filters
from xmpp_bridge.audit.verify import main
from xmpp_bridge.chat.message import ChatMessage, StanzaId
from xmpp_bridge.hub_service.destroying import out_of_the_chat
from xmpp_bridge.hub_service.scopes import AUDIT, ROOMS_WRITE
from xmpp_bridge.rooms.entry import Restriction
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.links import LinkWish
from xmpp_bridge.rooms.membership import Role

PATHS = (
    "api/audit/entries",
    "api/audit/entries/0",
    "api/audit/export",
    "api/audit/export?form=csv",
)


async def room_of(world: World, owner: str, *words: str) -> RoomId:
    """A room in which somebody says something."""
    person = await world.somebody(owner)
    room = (await world.sharing.create_room(person, f"{owner}'s room")).room.id
    entries = [
        Entry(
            room,
            StanzaId(str(1_700_000_000_000_000 + number)),
            f"{owner}@montague.lit",
            person.id,
            world.now(),
            None,
            ChatMessage(body),
        )
        for number, body in enumerate(words)
    ]
    await world.archive.append(entries)
    return room


async def test_what_owners_do_about_people_is_entered(world: World) -> None:
    opened = await world.document("romeo", juliet="viewer")
    room, document = opened.document.room_id, opened.document.id
    romeo, juliet = await world.somebody("romeo"), await world.somebody("juliet")
    moderation, links = world.stores.moderation, world.stores.links
    link = await links.create(room, LinkWish(Role.EDITOR, "for Rosaline", most_uses=1), romeo)
    rosaline = await world.somebody("rosaline")
    await links.accept(str(links.token(link)), rosaline.id)
    await links.revoke(room, link.id, people=True)
    await moderation.restrict(room, juliet.id, Restriction.BAN, "a duel", None, romeo)
    await moderation.lift(room, juliet.id, Restriction.BAN)
    await moderation.lock(document, romeo, "the end")
    await moderation.unlock(document)
    await world.stores.entries.put_group(room, "montagues", Role.VIEWER, romeo.id)
    await world.stores.entries.drop_group(room, "montagues")

    await world.keeper.sequencer.sequence_all()
    found = await world.keeper.reading.page(Filters(), EVERYTHING, None, 500)
    done = [(each.entry["kind"], each.entry["action"], each.content or {}) for each in found]
    assert [what[:2] for what in reversed(done) if what[0] in {"link", "membership", "document"}][
        3:
    ] == [
        ("link", "made"),
        ("link", "used"),
        ("membership", "set"),
        ("link", "revoked"),
        ("membership", "removed"),
        ("membership", "ban"),
        ("membership", "removed"),
        ("membership", "ban-lifted"),
        ("membership", "set"),
        ("document", "locked"),
        ("document", "unlocked"),
        ("membership", "group-set"),
        ("membership", "group-removed"),
    ]
    assert str(links.token(link)) not in json.dumps([what[2] for what in done])


async def audits(world: World) -> list[dict[str, Any]]:
    """What was entered about auditors, oldest first."""
    await world.keeper.sequencer.sequence_all()
    found = await world.keeper.reading.page(Filters(), EVERYTHING, None, 500)
    return [
        {"action": each.entry["action"], **(each.content or {})}
        for each in reversed(found)
        if each.entry["kind"] == "audit"
    ]


def grant(client: Client, world: World, name: str, *scopes: str) -> str:
    """The token of somebody who holds these scopes."""
    if name not in world.hub.people:
        world.hub.has(name)
    client.auth.tokens[name] = scopes
    return name


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "scopes",
    [
        (),
        (ROOMS_WRITE,),
        ("admin:users", "admin:servers", "admin:groups", "admin-ui", "read:hub"),
        (f"{AUDIT}!user=tybalt",),
        (f"{AUDIT}!server=tybalt/",),
        ("custom:xmpp-bridge:audits",),
    ],
    ids=["nothing", "member", "hub-admin", "filtered-by-user", "filtered-by-server", "like-it"],
)
async def test_nobody_else_audits_and_that_they_tried_is_entered(
    client: Client, world: World, scopes: tuple[str, ...], path: str
) -> None:
    tybalt = grant(client, world, "tybalt", *scopes)

    assert await client.condition("GET", path, tybalt) == (403, "forbidden")

    (tried,) = await audits(world)
    assert (tried["action"], tried["auditor"]) == ("refused", "tybalt")
    assert tried["path"].endswith(path.partition("?")[0])


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_audits_without_a_token(client: Client, path: str) -> None:
    assert await client.condition("GET", path) == (401, "not-authorized")
    assert await client.condition("GET", path, "somebody") == (401, "not-authorized")


async def test_an_auditor_sees_all_and_each_look_is_entered(client: Client, world: World) -> None:
    room = await room_of(world, "romeo", "But soft!", "What light?")
    prince = grant(client, world, "escalus", AUDIT)
    await world.keeper.sequencer.sequence_all()

    found = await client.call("GET", f"api/audit/entries?kind=chat&room={room}&words=light", prince)
    (entry,) = json.loads(found.body)["entries"]
    viewed = await client.call("GET", f"api/audit/entries/{entry['index']}", prince)

    assert entry["content"]["body"] == "What light?"
    assert json.loads(viewed.body) == entry
    searched, seen = await audits(world)
    assert searched["filters"] == {"kind": "chat", "room": room, "words": "light"}
    assert (searched["action"], searched["count"]) == ("searched", 1)
    assert (seen["action"], seen["index"], seen["found"]) == ("viewed", entry["index"], True)


async def test_an_auditor_of_a_group_sees_the_rooms_of_that_group_alone(
    client: Client, world: World
) -> None:
    theirs = await room_of(world, "juliet", "What's in a name?")
    others = await room_of(world, "romeo", "A rose")
    world.hub.puts("juliet", "capulets")
    nurse = grant(client, world, "nurse", f"{AUDIT}!group=capulets")
    await world.keeper.sequencer.sequence_all()

    found = json.loads((await client.call("GET", "api/audit/entries", nurse)).body)["entries"]
    assert {each["entry"]["room"] for each in found} == {theirs}
    hidden = await world.keeper.reading.page(Filters(room=others), EVERYTHING, None, 1)
    path = f"api/audit/entries/{hidden[0].position}"
    assert await client.condition("GET", path, nurse) == (404, "item-not-found")
    exported = await client.call("GET", f"api/audit/export?room={others}", nurse)
    assert b"A rose" not in exported.body
    assert [each["action"] for each in await audits(world)] == [
        "searched",
        "viewed",
        "export-begun",
        "export-ended",
    ]


async def test_an_auditor_of_some_rooms_sees_no_others(client: Client, world: World) -> None:
    one, _ = await room_of(world, "romeo", "one"), await room_of(world, "romeo", "two")
    world.rooms_of_auditors["escalus"] = [one]
    prince = grant(client, world, "escalus", AUDIT)
    await world.keeper.sequencer.sequence_all()

    found = json.loads((await client.call("GET", "api/audit/entries", prince)).body)["entries"]
    assert {each["entry"]["room"] for each in found} == {one}


async def test_who_is_no_auditor_any_more_is_out_at_once(client: Client, world: World) -> None:
    prince = grant(client, world, "escalus", AUDIT)
    assert (await client.call("GET", PATHS[0], prince)).code == 200

    client.auth.tokens["escalus"] = ()

    assert await client.condition("GET", PATHS[0], prince) == (403, "forbidden")


async def test_an_export_is_checked_elsewhere_and_both_ends_of_it_are_entered(
    client: Client, world: World, tmp_path: Path
) -> None:
    await room_of(world, "romeo", "But soft!", "=1+1")
    prince = grant(client, world, "escalus", AUDIT)
    exported = await client.call("GET", "api/audit/export", prince)
    lines = exported.body.decode().splitlines()
    (tmp_path / "key").write_bytes((await client.call("GET", "api/record/key")).body)
    kept = (await client.call("GET", "api/record/checkpoints")).body
    (tmp_path / "checkpoints").write_bytes(kept)
    (tmp_path / "export").write_bytes(exported.body)
    out = io.StringIO()

    given = ["--checkpoint", str(tmp_path / "checkpoints"), "--key", str(tmp_path / "key")]
    assert main([str(tmp_path / "export"), *given], out) == 0
    assert exported.headers["X-Record-Entries"] == str(len(lines) - 2)
    begun, ended = await audits(world)
    assert (begun["action"], ended["action"]) == ("export-begun", "export-ended")
    assert begun["count"] == ended["count"] == len(lines) - 2
    assert ended["whole"] is True


async def test_a_part_of_the_record_brings_its_proofs(
    client: Client, world: World, tmp_path: Path
) -> None:
    room = await room_of(world, "romeo", "But soft!", "What light?")
    prince = grant(client, world, "escalus", AUDIT)
    exported = await client.call("GET", f"api/audit/export?kind=chat&room={room}", prince)
    checkpoint = (await client.call("GET", "api/record/checkpoint")).body
    (tmp_path / "key").write_bytes((await client.call("GET", "api/record/key")).body)
    (tmp_path / "checkpoint").write_bytes(checkpoint)
    (tmp_path / "export").write_bytes(exported.body)
    given = [str(tmp_path / "export"), "--checkpoint", str(tmp_path / "checkpoint")]
    given += ["--key", str(tmp_path / "key")]
    lines = [json.loads(line) for line in exported.body.decode().splitlines()]

    assert main(given, io.StringIO()) == 0
    assert [line["readers"] for line in lines if "entry" in line] == [["romeo"], ["romeo"]]
    altered = exported.body.replace(b'"action":"message"', b'"action":"reaction"', 1)
    (tmp_path / "export").write_bytes(altered)
    assert main(given, io.StringIO()) == 1


@pytest.mark.parametrize("form", ["csv", "html", "eml"])
async def test_exports_for_people_hold_what_was_said_and_run_nothing(
    client: Client, world: World, form: str
) -> None:
    await room_of(world, "romeo", "=HYPERLINK(1)", "<script>alert(1)</script>")
    prince = grant(client, world, "escalus", AUDIT)
    text = (await client.call("GET", f"api/audit/export?form={form}", prince)).body.decode()

    assert "romeo" in text
    assert "<script>" not in text or form != "html"
    assert form != "csv" or "'=HYPERLINK(1)" in text
    assert form != "eml" or text.count("\nSubject: message in room") == 2


async def test_proofs_and_checkpoints_are_for_everybody(client: Client, world: World) -> None:
    await room_of(world, "romeo", "But soft!")
    assert await client.condition("GET", "api/record/checkpoint") == (404, "item-not-found")
    await world.keeper.checkpoints.sign()
    note = (await client.call("GET", "api/record/checkpoint")).body.decode()
    size = int(note.splitlines()[1])

    proof = await client.call("GET", f"api/record/proofs/inclusion/0?size={size}")
    assert len(json.loads(proof.body)["hashes"]) > 0
    proof = await client.call("GET", f"api/record/proofs/consistency?old=1&size={size}")
    assert len(json.loads(proof.body)["hashes"]) > 0
    path = f"api/record/proofs/inclusion/{size}?size={size}"
    assert await client.condition("GET", path) == (404, "item-not-found")
    path = f"api/record/proofs/consistency?old=1&size={size + 1}"
    assert await client.condition("GET", path) == (404, "item-not-found")


@pytest.mark.parametrize(
    "query",
    ["kind=love", "after=noon", "after=2026-01-01", "account=x", "first=-1", "form=pdf", "x=1"],
)
async def test_what_cannot_be_looked_for_is_refused(
    client: Client, world: World, query: str
) -> None:
    prince = grant(client, world, "escalus", AUDIT)

    assert await client.condition("GET", f"api/audit/export?{query}", prince) == (
        400,
        "bad-request",
    )


@pytest.mark.parametrize("words", ['"', "a OR", "NEAR(", "soft*", "col:", "-", "()", "'", '"" ""'])
async def test_any_words_may_be_looked_for(client: Client, world: World, words: str) -> None:
    prince = grant(client, world, "escalus", AUDIT)

    found = await client.call("GET", f"api/audit/entries?words={quote(words)}", prince)
    assert found.code == 200


async def test_members_are_told_by_which_policy_a_room_is_recorded(
    client: Client, world: World
) -> None:
    romeo = grant(client, world, "romeo", ROOMS_WRITE)
    made = await client.call("POST", "api/rooms", romeo, body=b'{"name": "Orchard"}')

    assert "recorded" in json.loads(made.body)
    await world.keeper.sequencer.sequence_all()
    (created,) = await world.keeper.reading.page(
        Filters(room=json.loads(made.body)["id"]), EVERYTHING, None, 1
    )
    assert created.entry["account"] == (await world.somebody("romeo")).id


async def test_what_is_destroyed_is_gone_from_the_chat_as_well(world: World) -> None:
    room = await room_of(world, "romeo", "my password is Rosaline", "What light?")
    await world.keeper.sequencer.sequence_all()
    found = await world.keeper.reading.page(Filters(words="rosaline"), EVERYTHING, None, 9)

    await world.keeper.retention.destroy(
        [each.position for each in found], "a password", out_of_the_chat
    )

    page = await world.archive.before(room, None, 10)
    assert [each.message.body for each in page.messages] == ["", "What light?"]
