"""Group commits: what is kept, what is refused, and what is said about it."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.hub_service.fake_hub import NOON
from tests.hub_service.world import ADDRESSES, DOMAIN, REPLICA, Author, World, given, heard, text_of
from xmpp_bridge.documents.stanza import Available, Durable, Refused, Resync, UpdateStanza
from xmpp_bridge.hub_service.submission import Heard
from xmpp_bridge.storage.engine import writing
from xmpp_bridge.xmpp.errors import BridgeError
from xmpp_bridge.xmpp.muc import Occupant

ROMEO = f"romeo@{DOMAIN}/jupyter"


async def test_whatever_waits_is_kept_in_one_commit_with_one_receipt(world: World) -> None:
    document = (await world.document("romeo")).document.id
    romeo = Author()

    await world.keep(*(heard(document, "romeo", romeo.writes(f"{n} "), n) for n in range(1, 6)))

    assert text_of(await world.history.state(document)) == "1 2 3 4 5 "
    assert world.voice.told == [(ROMEO, Durable(document, REPLICA, 5))]
    commits = world.metrics.registry.get_sample_value("xmpp_bridge_commit_updates_count")
    assert commits == 1


async def test_the_first_update_of_its_creator_gives_birth_to_a_document(world: World) -> None:
    opened = await world.document("romeo", juliet="editor")
    document = opened.document.id
    romeo, juliet = Author(), Author()

    await world.keep(
        heard(document, "juliet", juliet.writes("too early")),
        heard(document, "romeo", romeo.writes("He jests at scars")),
        heard(document, "juliet", juliet.writes("in time"), 2),
    )

    assert world.refused("not-born") == 1
    born = await world.rooms.document(document)
    assert born is not None
    assert born.born


@pytest.mark.parametrize(
    ("role", "reason"), [("viewer", "viewer"), (None, "not-a-member")], ids=str
)
async def test_whoever_may_not_write_is_refused_whatever_the_room_let_through(
    world: World, role: str | None, reason: str
) -> None:
    others = {} if role is None else {"juliet": role}
    document = (await world.document("romeo", **others)).document.id
    await world.somebody("juliet")
    await world.keep(heard(document, "romeo", Author().writes("mine")))
    world.voice.told.clear()

    await world.keep(heard(document, "juliet", Author().writes("forced")))

    assert world.refused(reason) == 1
    assert text_of(await world.history.state(document)) == "mine"
    refusal = Refused(document, REPLICA, 1, "forbidden", reason)
    assert world.voice.told == [(f"juliet@{DOMAIN}/jupyter", refusal)]


async def test_ejabberds_word_counts_too(world: World) -> None:
    document = (await world.document("romeo")).document.id

    await world.keep(heard(document, "romeo", Author().writes("x"), role="visitor"))

    assert world.refused("viewer") == 1


@pytest.mark.parametrize(
    ("occupant", "reason"),
    [
        (None, "not-an-occupant"),
        (Occupant("romeo", None, "member", "participant"), "unknown-jid"),
        (Occupant("romeo", ADDRESSES.service, "owner", "moderator"), "not-a-member"),
    ],
    ids=["a nick nobody holds", "a nick without a real JID", "our own component"],
)
async def test_a_nick_proves_nothing(world: World, occupant: Occupant | None, reason: str) -> None:
    document = (await world.document("romeo")).document.id
    stanza = UpdateStanza(REPLICA, 1, Author().writes("x"))

    await world.keep(Heard(document, occupant, stanza, NOON))

    assert world.refused(reason) == 1


async def test_one_forged_client_id_does_not_hold_up_the_others(world: World) -> None:
    document = (await world.document("romeo", juliet="editor")).document.id
    romeo = Author()
    await world.keep(heard(document, "romeo", romeo.writes("a")))
    forger = Author(romeo.doc.client_id)
    forger.text += "zz"

    outcomes = await world.keep(
        heard(document, "romeo", romeo.writes("b"), 2),
        heard(document, "juliet", forger.doc.get_update()),
        heard(document, "romeo", romeo.writes("c"), 3),
    )

    assert [outcome.error is None for outcome in outcomes] == [True, False, True]
    assert world.refused("foreign-client-id") == 1
    assert text_of(await world.history.state(document)) == "abc"


async def test_what_no_parser_understands_is_refused(world: World) -> None:
    document = (await world.document("romeo")).document.id

    await world.keep(heard(document, "romeo", b"\x01\x02\x03"))

    assert world.refused("bad-payload") == 1


async def test_what_is_given_over_http_is_announced_to_the_room(world: World) -> None:
    document = (await world.document("romeo")).document.id
    submission = given(document, await world.somebody("romeo"), Author().writes("x"))

    await world.keep(submission)

    await submission.kept
    assert world.voice.said == [Available()]


async def test_whoever_gives_what_is_refused_hears_why(world: World) -> None:
    document = (await world.document("romeo", juliet="viewer")).document.id
    submission = given(document, await world.somebody("juliet"), Author().writes("x"))

    await world.keep(submission)

    with pytest.raises(BridgeError, match="viewer"):
        await submission.kept


async def test_a_gap_is_not_covered_by_a_receipt(world: World) -> None:
    document = (await world.document("romeo")).document.id
    romeo = Author()

    await world.keep(heard(document, "romeo", romeo.writes("1"), 1))
    missed = romeo.writes("2")
    await world.keep(heard(document, "romeo", romeo.writes("3"), 3))

    assert world.voice.told == [(ROMEO, Durable(document, REPLICA, 1))]
    assert world.voice.said == [Resync()]
    await world.keep(given(document, await world.somebody("romeo"), missed))
    world.reporter.synced(document, REPLICA)
    await world.keep(heard(document, "romeo", romeo.writes("4"), 4))
    assert world.voice.told[1:] == [(ROMEO, Durable(document, REPLICA, 4))]
    assert text_of(await world.history.state(document)) == "1234"


async def test_when_the_database_fails_nothing_is_called_durable(
    world: World, engine: AsyncEngine
) -> None:
    document = (await world.document("romeo")).document.id
    romeo = Author()
    async with writing(engine) as connection:
        await connection.exec_driver_sql("ALTER TABLE document_updates RENAME TO elsewhere")
    submission = given(document, await world.somebody("romeo"), romeo.writes("1"))

    await world.keep(heard(document, "romeo", romeo.writes("2")), submission)

    assert world.voice.told == []
    assert world.voice.said == [Resync()]
    with pytest.raises(BridgeError, match="does not answer"):
        await submission.kept
