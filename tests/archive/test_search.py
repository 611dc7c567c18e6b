"""Messages are found by what they say now, on either database, and nothing else is found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.archive import order
from xmpp_bridge.archive.indexing import index_all
from xmpp_bridge.archive.lexemes import room_mark, sender_mark
from xmpp_bridge.archive.match import Match, Phrase
from xmpp_bridge.archive.order import first_place_at, place_of
from xmpp_bridge.archive.search import Hit, Search, Wanted
from xmpp_bridge.archive.store import ArchiveStore, Entry
from xmpp_bridge.archive.tables import found_by
from xmpp_bridge.archive.words import words
from xmpp_bridge.chat.message import (
    ChatMessage,
    Correction,
    Moderation,
    OriginId,
    Retraction,
    Said,
    StanzaId,
)
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.engine import writing
from xmpp_bridge.storage.prepared import Reads

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
START = int(NOON.timestamp() * 1_000_000)
NUMBERS = count(1)
ROMEO, JULIET = "romeo@montague.lit", "juliet@montague.lit"


@pytest.fixture
async def search(engine: AsyncEngine) -> AsyncIterator[Search]:
    async with aclosing(Reads(engine)) as reads:
        yield Search(engine, reads)


def entry(room: RoomId, number: int, body: str | Said, sender: str = ROMEO) -> Entry:
    said = ChatMessage(body) if isinstance(body, str) else body
    at = NOON + timedelta(microseconds=number)
    return Entry(
        room, StanzaId(str(START + number)), sender, None, at, OriginId(f"o{number}"), said
    )


def phrase(text: str, *, beginning: bool = False) -> Phrase:
    return Phrase(tuple(words(text)), beginning)


def wanted(
    reader: Account,
    *,
    every: list[Phrase],
    without: tuple[Phrase, ...] = (),
    room: RoomId | None = None,
) -> Wanted:
    return Wanted(reader.id, Match(tuple((each,) for each in every), without), every, room)


def bodies(hits: list[Hit]) -> list[str]:
    return [hit.spoken.message.body for hit in hits]


async def test_newest_first_in_the_rooms_that_may_be_read(
    archive: ArchiveStore, search: Search, orchard: RoomId, engine: AsyncEngine, romeo: Account
) -> None:
    cell = (await RoomStore(engine, lambda: NOON).create_room("Cell", romeo.id)).id
    # The other room's archive is caught up later: the order is by when it was said.
    await archive.append([entry(orchard, n, f"the moon {n}") for n in (1, 3, 5)])
    await archive.append([entry(cell, n, f"the moon {n}") for n in (2, 4)])
    both = wanted(romeo, every=[phrase("moon")])
    assert bodies(await search.newest(both, 10)) == [f"the moon {n}" for n in (5, 4, 3, 2, 1)]
    assert bodies(await search.newest(both, 2)) == ["the moon 5", "the moon 4"]
    until = (await search.newest(both, 2))[-1].place
    rest = replace(both, until=until)
    assert bodies(await search.newest(rest, 2)) == ["the moon 3", "the moon 2"]
    only = wanted(romeo, every=[phrase("moon")], room=orchard)
    assert bodies(await search.newest(only, 10)) == [f"the moon {n}" for n in (5, 3, 1)]
    later = Wanted(
        romeo.id, None, (), orchard, since=first_place_at(NOON + timedelta(microseconds=3))
    )
    assert bodies(await search.newest(later, 10)) == ["the moon 5", "the moon 3"]


@pytest.mark.parametrize(
    ("looked_for", "found"),
    [
        ([phrase("LEARNING")], True),
        ([phrase("learning rate")], True),
        ([phrase("rate learning")], False),
        ([phrase("rate"), phrase("learning")], True),
        ([phrase("learn", beginning=True)], True),
        ([phrase("learning ra", beginning=True)], True),
        ([phrase("learn")], False),
        ([phrase("学习")], True),
        ([phrase("习学")], False),
        ([phrase("naive")], True),
        ([phrase("🎉")], True),
        ([Phrase((sender_mark(ROMEO),))], True),
        ([Phrase((sender_mark(JULIET),))], False),
        ([phrase("absent")], False),
    ],
)
async def test_what_is_found(
    archive: ArchiveStore,
    search: Search,
    orchard: RoomId,
    looked_for: list[Phrase],
    romeo: Account,
    *,
    found: bool,
) -> None:
    await archive.append([entry(orchard, 1, "The naïve learning rate — 机器学习 🎉")])
    hits = await search.newest(wanted(romeo, every=looked_for), 10)
    assert bool(hits) is found


async def test_what_must_not_be_there(
    archive: ArchiveStore, search: Search, orchard: RoomId, romeo: Account
) -> None:
    await archive.append([entry(orchard, n, body) for n, body in enumerate(("a b", "a c", "d"), 1)])
    hits = await search.newest(wanted(romeo, every=[phrase("a")], without=(phrase("b"),)), 10)
    assert bodies(hits) == ["a c"]
    everything = [Phrase((room_mark(orchard),))]
    hits = await search.newest(wanted(romeo, every=everything, without=(phrase("a"),)), 10)
    assert bodies(hits) == ["d"]


async def test_a_message_is_found_by_what_it_says_now(
    archive: ArchiveStore, search: Search, orchard: RoomId, romeo: Account
) -> None:
    async def found(text: str) -> list[str]:
        return bodies(await search.newest(wanted(romeo, every=[phrase(text)]), 10))

    await archive.append([entry(orchard, 1, "it was the lark"), entry(orchard, 2, "the lark?")])
    correction = Correction(OriginId("o1"), "it was the nightingale")
    await archive.append([entry(orchard, 3, correction, JULIET)])
    assert await found("nightingale") == []  # not hers to correct
    await archive.append([entry(orchard, 4, correction)])
    assert await found("nightingale") == ["it was the nightingale"]
    assert await found("lark") == ["the lark?"]
    await archive.append([entry(orchard, 5, Retraction(StanzaId(str(START + 1))), JULIET)])
    assert await found("nightingale") == ["it was the nightingale"]
    await archive.append([entry(orchard, 6, Retraction(StanzaId(str(START + 1))))])
    assert await found("nightingale") == []
    moderation = Moderation(StanzaId(str(START + 2)), JULIET, "no birds")
    await archive.append([entry(orchard, 7, moderation, "bridge.montague.lit")])
    assert await found("lark") == []
    again = Correction(OriginId("o2"), "the lark again")
    await archive.append([entry(orchard, 8, again)])
    assert await found("lark") == []  # what was taken back does not come back


async def test_the_best_come_first_and_what_was_found_is_marked(
    archive: ArchiveStore, search: Search, orchard: RoomId, romeo: Account
) -> None:
    long = "soft what light " + "word " * 100 + "breaks " + "word " * 100
    for number, body in enumerate(("light light light!", long, "Light, and more"), 1):
        await archive.append([entry(orchard, number, body)])
    looked_for = wanted(romeo, every=[phrase("light")])
    hits, among = await search.best(looked_for, 0, 2)
    assert (bodies(hits), among) == (["light light light!", "Light, and more"], 3)
    (last,), _ = await search.best(looked_for, 2, 2)
    assert last.spoken.message.body == long
    assert list(hits[1].snippet[1::2]) == ["Light"]
    assert "".join(hits[1].snippet) == "Light, and more"
    (hit,) = await search.newest(wanted(romeo, every=[phrase("breaks")]), 1)
    shown = "".join(hit.snippet)
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 260
    assert list(hit.snippet[1::2]) == ["breaks"]


async def test_rooms_may_speak_in_the_same_microsecond(
    archive: ArchiveStore,
    search: Search,
    orchard: RoomId,
    engine: AsyncEngine,
    romeo: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(order, "_SLOTS", 32)
    store = RoomStore(engine, lambda: NOON)
    rooms = [orchard, *[(await store.create_room(f"r{n}", romeo.id)).id for n in range(30)]]
    places = [place_of(room, StanzaId(str(START))) for room in rooms]
    for room in rooms:
        await archive.append([entry(room, 0, "at once")])
    assert len(places) > len(set(places))  # some wanted the same place
    hits = await search.newest(wanted(romeo, every=[phrase("at once")]), 100)
    assert {hit.room for hit in hits} == set(rooms)


async def test_an_archive_older_than_the_index_is_taken_in(
    archive: ArchiveStore, search: Search, orchard: RoomId, engine: AsyncEngine, romeo: Account
) -> None:
    await archive.append([entry(orchard, n, f"line {n}") for n in range(1, 6)])
    await archive.append([entry(orchard, 6, Correction(OriginId("o2"), "another line"))])
    await archive.append([entry(orchard, 7, Retraction(StanzaId(str(START + 3))))])
    before = bodies(await search.newest(wanted(romeo, every=[phrase("line")]), 10))
    async with writing(engine) as connection:
        await connection.execute(delete(found_by))
    assert await search.newest(wanted(romeo, every=[phrase("line")]), 10) == []
    assert await index_all(engine) == 7
    assert bodies(await search.newest(wanted(romeo, every=[phrase("line")]), 10)) == before
    assert await index_all(engine) == 0


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=80))
async def test_whatever_is_said_is_found_by_its_own_words(
    archive: ArchiveStore, search: Search, orchard: RoomId, text: str, romeo: Account
) -> None:
    number = next(NUMBERS)
    found = words(text)
    if not found:
        return
    await archive.append([entry(orchard, number, text)])
    hits = await search.newest(wanted(romeo, every=[Phrase(tuple(found))]), 1000)
    assert f"o{number}" in {hit.spoken.origin for hit in hits}
