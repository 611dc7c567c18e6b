"""A hub's chat of a year, made up the same way every time: rooms, people and what they said."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.store import Account, AccountStore, HubUser
from xmpp_bridge.archive import rows
from xmpp_bridge.archive.lexemes import lexemes_of
from xmpp_bridge.archive.order import place_of
from xmpp_bridge.archive.tables import found_by, said
from xmpp_bridge.chat.message import ChatMessage, StanzaId
from xmpp_bridge.rooms import tables
from xmpp_bridge.rooms.identifiers import RoomId, new_room_id
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.storage.engine import writing

ROOMS, PEOPLE, IN_ROOM, READABLE = 500, 300, 20, 20
WORDS = 30_000
DOMAIN = "hub.localhost"
BEGAN = datetime(2025, 11, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
TOGETHER = 20_000
"""Messages in one transaction."""
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]


@dataclass(frozen=True)
class Corpus:
    """What there is, and who asks: a member of `READABLE` rooms."""

    asker: Account
    readable: list[RoomId]
    vocabulary: list[str]
    """The most frequent first."""
    speaker: str
    """The bare JID of somebody who speaks in those rooms."""


async def fill(engine: AsyncEngine, messages: int) -> Corpus:
    """Write everything into an empty database that has its tables."""
    chance = random.Random(1597)
    people = await _people(engine)
    asker = people[0]
    rooms = [(new_room_id(), chance.sample(people[1:], IN_ROOM)) for _ in range(ROOMS)]
    readable = [room for room, _ in rooms[:: ROOMS // READABLE]]
    belonging = [(room, person) for room, people_in in rooms for person in people_in]
    belonging += [(room, asker) for room in readable]
    async with writing(engine) as connection:
        await connection.execute(
            insert(tables.rooms),
            [
                {"id": room, "name": f"Room {number}", "created_at": BEGAN}
                for number, (room, _) in enumerate(rooms)
            ],
        )
        await connection.execute(
            insert(tables.members),
            [
                {"room_id": room, "account_id": person.id, "role": Role.EDITOR}
                for room, person in belonging
            ],
        )
    vocabulary = _vocabulary(chance)
    await _say(engine, _messages(chance, rooms, vocabulary, messages))
    speaker = next(people_in[0] for room, people_in in rooms if room in readable)
    return Corpus(asker, readable, vocabulary, f"{speaker.localpart}@{DOMAIN}")


async def _people(engine: AsyncEngine) -> list[Account]:
    async def nobody_is_renamed(_name: str, _created: datetime) -> bool:
        return True

    accounts = AccountStore(engine, nobody_is_renamed)
    return [
        await accounts.ensure(HubUser(f"person-{n}", BEGAN, f"Person {n}")) for n in range(PEOPLE)
    ]


def _vocabulary(chance: random.Random) -> list[str]:
    """Words as long as real ones."""
    found: dict[str, None] = {}
    while len(found) < WORDS:
        found["".join(chance.choices(SYLLABLES, k=chance.choice((1, 2, 2, 3, 3, 4))))] = None
    return list(found)


def _messages(
    chance: random.Random,
    rooms: Sequence[tuple[RoomId, list[Account]]],
    vocabulary: Sequence[str],
    count: int,
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The rows of each message: what was said, and what it is found by."""
    zipf = list(accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
    busy = list(accumulate(1 / (rank + 20) for rank in range(len(rooms))))
    places = chance.sample(range(len(rooms)), len(rooms))  # which room is busy has no order
    step = YEAR / count
    for number, index in enumerate(chance.choices(places, cum_weights=busy, k=count)):
        room, members = rooms[index]
        sender = chance.choice(members)
        length = 1 + min(200, int(chance.expovariate(1 / 12)))
        message = ChatMessage(" ".join(chance.choices(vocabulary, cum_weights=zipf, k=length)))
        at = BEGAN + step * number
        stanza_id = StanzaId(str(int(at.timestamp() * 1_000_000)))
        place, jid = place_of(room, stanza_id), f"{sender.localpart}@{DOMAIN}"
        yield (
            {
                "id": place,
                "room_id": room,
                "stanza_id": int(stanza_id),
                "sender": jid,
                "account_id": sender.id,
                "said_at": at,
                "origin_id": f"o{number}",
                **rows.columns_of(message),
            },
            {"id": place, "room_id": room, "lexemes": lexemes_of(room, jid, message)},
        )


async def _say(
    engine: AsyncEngine, messages: Iterator[tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    postgresql = engine.dialect.name == "postgresql"
    if postgresql:  # An index is made faster than it grows.
        await _do(engine, "DROP INDEX ix_chat_words_lexemes")
    while batch := list(islice(messages, TOGETHER)):
        async with writing(engine) as connection:
            await connection.execute(insert(said), [each for each, _ in batch])
            await connection.execute(insert(found_by), [each for _, each in batch])
    if postgresql:
        await _do(engine, "CREATE INDEX ix_chat_words_lexemes ON chat_words USING gin (lexemes)")
    await _do(engine, "ANALYZE")


async def _do(engine: AsyncEngine, statement: str) -> None:
    async with writing(engine) as connection:
        await connection.execute(text(statement))
