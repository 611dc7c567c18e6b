"""Brings a replica and everybody else to the same history, whatever was missed."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from slixmpp import JID
from slixmpp.exceptions import IqError, IqTimeout

from xmpp_bridge.documents.metrics import SYNCS
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.service import Service
from xmpp_bridge.documents.stanza import ReplicaId, SyncAnswer, SyncQuery, read_payload, to_xml
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.documents.update import (
    EMPTY_UPDATE,
    Deletes,
    UpdateContents,
    read_state_vector,
    read_update,
)
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import BadPayloadError, UnavailableError
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
    ) -> None:
        self._take = take
        self._document = document
        self._replica = replica
        self._service = service

    async def with_service(self, replica: ReplicaId, mark: Callable[[], T]) -> T:
        """Exchange with the service; what was typed up to the mark is durable when this returns. Raises BridgeErrors.

        `mark` is called in the moment in which what we give is put together.
        """
        ask = SyncMessage(replica, self._replica.state_vector(), EMPTY_UPDATE)
        answer = await self._service.sync(self._document, ask)
        await self._take(answer.update)
        known = read_state_vector(answer.state_vector)
        mine, moment = self._replica.own_missing(known), mark()
        if not self._replica.read_only and adds(
            read_update(mine), known, read_update(answer.update)
        ):
            give = SyncMessage(replica, self._replica.state_vector(), mine)
            await self._take((await self._service.sync(self._document, give)).update)
        SYNCS.labels("service").inc()
        return moment

    async def with_peer(
        self, stream: Stream, place: Place, replica: ReplicaId, give: Callable[[bytes], None]
    ) -> None:
        """The same with one occupant who has a voice, while the service is away; what it lacks is for `give`."""
        for nick in peers(place):
            iq = stream.make_iq_get(ito=JID(f"{place.room.bare}/{nick}"))
            iq.xml.append(to_xml(SyncQuery(replica, self._replica.state_vector())))
            try:
                result = await iq.send(timeout=PEER_PATIENCE)  # type: ignore[no-untyped-call]
            except (IqError, IqTimeout) as error:
                log.info(
                    "sync not answered: document=%s nick=%s why=%s", self._document, nick, error
                )
                continue
            answer = read_payload(result.xml)
            if not isinstance(answer, SyncAnswer):
                raise BadPayloadError("an occupant's answer to a sync is none")
            await self._take(answer.update)
            known = read_state_vector(answer.state_vector)
            mine = self._replica.own_missing(known)
            if not self._replica.read_only and adds(
                read_update(mine), known, read_update(answer.update)
            ):
                give(mine)
            SYNCS.labels("peer").inc()
            return
        raise UnavailableError("neither the service nor another server answers")


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

    A full update names every deletion there ever was, so deletions only count beyond what the other side named too.
    """
    if any(structs.end > known.get(structs.client, 0) for structs in mine.structs):
        return True
    named = merged(theirs.deletes)
    return any(
        not any(start >= low and end <= high for low, high in named.get(client, ()))
        for client, ranges in merged(mine.deletes).items()
        for start, end in ranges
    )


def merged(deletes: Iterable[Deletes]) -> dict[int, list[tuple[int, int]]]:
    """Deletions by client, neighbours joined: who names them in how many pieces says nothing."""
    joined: dict[int, list[tuple[int, int]]] = {}
    for client, start, end in sorted(deletes):
        ranges = joined.setdefault(client, [])
        if ranges and start <= ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(end, ranges[-1][1]))
        else:
            ranges.append((start, end))
    return joined
