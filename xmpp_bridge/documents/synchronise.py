"""Brings a replica and everybody else to the same history, whatever was missed."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TypeVar

from slixmpp import JID
from slixmpp.exceptions import IqError, IqTimeout

from xmpp_bridge.documents.aside import read_aside
from xmpp_bridge.documents.metrics import SYNCS
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.service import Service
from xmpp_bridge.documents.stanza import ReplicaId, SyncAnswer, SyncQuery, read_payload, to_xml
from xmpp_bridge.documents.sync import MOST_SYNC, SyncMessage
from xmpp_bridge.documents.update import (
    EMPTY_UPDATE,
    Deletes,
    Structs,
    UpdateContents,
    read_state_vector,
)
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import BadPayloadError, TooLargeError, UnavailableError
from xmpp_bridge.xmpp.muc import Place
from xmpp_bridge.xmpp.stream import Stream

log = logging.getLogger(__name__)

T = TypeVar("T")

PEER_PATIENCE = 30.0


class Synchroniser:
    """One replica's way to what it lacks, and to whoever lacks what it has."""

    def __init__(
        self,
        document: DocumentId,
        replica: Replica,
        service: Service,
        take: Callable[[bytes], Awaitable[None]],
        told: Callable[[Mapping[int, int]], None],
    ) -> None:
        """`told` hears how far the service is after each exchange with it."""
        self._take = take
        self._told = told
        self._document = document
        self._replica = replica
        self._service = service

    async def with_service(self, replica: ReplicaId, mark: Callable[[], T]) -> tuple[T, bool]:
        """Exchange with the service; return the mark, and whether what was typed up to it is durable.

        It is not while it hangs on what somebody else wrote and the service lacks: nobody could read it. `mark` is
        called in the moment in which what we give is put together. Raises BridgeErrors.
        """
        ask = SyncMessage(replica, self._replica.state_vector(), EMPTY_UPDATE)
        answer = await self._service.sync(self._document, ask)
        await self._take(answer.update)
        known = read_state_vector(answer.state_vector)
        mine, moment, reach = self._replica.own_missing(known), mark(), self._replica.own_reach()
        gives = not self._replica.read_only
        if gives and adds(await read_aside(mine), known, await read_aside(answer.update)):
            give = SyncMessage(replica, self._replica.state_vector(), mine)
            answer = await self._service.sync(self._document, give)
            await self._take(answer.update)
            known = read_state_vector(answer.state_vector)
        self._told(known)
        SYNCS.labels("service").inc()
        return moment, not gives or all(known.get(who, 0) >= end for who, end in reach.items())

    async def with_peer(self, stream: Stream, place: Place, give: Callable[[bytes], None]) -> None:
        """The same with one occupant who has a voice, while the service is away; what it lacks is for `give`."""
        for nick in peers(place):
            try:
                answer = await self._ask(stream, JID(f"{place.room.bare}/{nick}"))
                await self._take(answer.update)
            except (IqError, IqTimeout, BadPayloadError, TooLargeError) as error:
                log.info(
                    "sync not answered: document=%s nick=%s why=%s", self._document, nick, error
                )
                continue
            known = read_state_vector(answer.state_vector)
            mine = self._replica.own_missing(known)
            if not self._replica.read_only and adds(
                await read_aside(mine), known, await read_aside(answer.update)
            ):
                give(mine)
            SYNCS.labels("peer").inc()
            return
        raise UnavailableError("neither the service nor another server answers")

    async def _ask(self, stream: Stream, whom: JID) -> SyncAnswer:
        """The whole answer of one occupant, in however many parts it comes."""
        state_vector, update = self._replica.state_vector(), bytearray()
        while True:
            iq = stream.make_iq_get(ito=whom)
            iq.xml.append(to_xml(SyncQuery(state_vector, len(update))))
            result = await iq.send(timeout=PEER_PATIENCE)  # type: ignore[no-untyped-call]
            part = read_payload(result.xml)
            if not isinstance(part, SyncAnswer) or part.offset != len(update):
                raise BadPayloadError("an occupant's answer to a sync is none")
            update += part.update
            if max(len(update), part.total or 0) > MOST_SYNC:
                raise TooLargeError("an occupant's answer to a sync is too large")
            if part.total is None or len(update) >= part.total:
                return SyncAnswer(part.state_vector, bytes(update))


def peers(place: Place) -> list[str]:
    """Who may be asked: those with a voice have history that counts. Each asker begins elsewhere in the list."""
    voices = sorted(
        nick
        for nick, occupant in place.occupants.items()
        if nick != place.nick and occupant.role == "participant"
    )
    start = hash(place.nick) % len(voices) if voices else 0
    return voices[start:] + voices[:start]


def adds(mine: UpdateContents, known: dict[int, int], theirs: UpdateContents) -> bool:
    """Whether `mine` says anything that somebody at `known`, who said `theirs`, has not got.

    A full update names every deletion there ever was, so deletions only count beyond what the other side named too. So
    does history that waits there for what it hangs on: it is in what they say, and not in what they know.
    """
    beyond = (
        Structs(client, max(start, known.get(client, 0)), end)
        for client, start, end in mine.structs
        if end > known.get(client, 0)
    )
    return not (within(beyond, theirs.structs) and within(mine.deletes, theirs.deletes))


def within(some: Iterable[Structs | Deletes], others: Iterable[Structs | Deletes]) -> bool:
    """Whether all of these are named among the others."""
    named = merged(others)
    return all(
        any(start >= low and end <= high for low, high in named.get(client, ()))
        for client, ranges in merged(some).items()
        for start, end in ranges
    )


def merged(stretches: Iterable[Structs | Deletes]) -> dict[int, list[tuple[int, int]]]:
    """Stretches by client, neighbours joined: who names them in how many pieces says nothing."""
    joined: dict[int, list[tuple[int, int]]] = {}
    for client, start, end in sorted(stretches):
        ranges = joined.setdefault(client, [])
        if ranges and start <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(end, ranges[-1][1]))
        else:
            ranges.append((start, end))
    return joined
