"""What owners do about people and documents that are in their rooms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.demand import Demand
from xmpp_bridge.hub_service.enforcing import Enforcing
from xmpp_bridge.rooms.entry import Restriction
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId
from xmpp_bridge.rooms.moderation_store import ModerationStore
from xmpp_bridge.rooms.room import Document
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import BadPayloadError, ConflictError

MAX_REASON: Final = 500
MAX_MINUTES: Final = 60 * 24 * 366 * 10


class Moderation:
    """Holds in ejabberd too when a verb returns: by affiliation, by password, by voice."""

    def __init__(
        self,
        demand: Demand,
        rooms: RoomStore,
        store: ModerationStore,
        enforcing: Enforcing,
        now: Callable[[], datetime],
    ) -> None:
        self._demand = demand
        self._rooms = rooms
        self._store = store
        self._enforcing = enforcing
        self._now = now
        self.locked = store.locked

    async def restrict(
        self,
        asker: Account,
        room_id: RoomId,
        hub_user: str,
        kind: Restriction,
        reason: str,
        minutes: int | None,
    ) -> None:
        """Ban or mute somebody, for so long or until it is lifted."""
        await self._demand.owner(asker, room_id)
        person = await self._demand.people.named(hub_user)
        if person.id == asker.id:
            raise ConflictError(f"nobody puts a {kind} on themselves")
        until = None if minutes is None else self._now() + _span(minutes)
        settled = await self._store.restrict(
            room_id, person.id, kind, read_reason(reason), until, asker
        )
        await self._enforce(kind, room_id)
        await self._enforcing.carry_out(settled)

    async def lift(self, asker: Account, room_id: RoomId, hub_user: str, kind: Restriction) -> None:
        """Take it back: who was in before is in again, who could speak speaks."""
        await self._demand.owner(asker, room_id)
        person = await self._demand.people.named(hub_user)
        settled = await self._store.lift(room_id, person.id, kind)
        await self._enforce(kind, room_id)
        await self._enforcing.carry_out(settled)

    async def lapse(self) -> None:
        """End what has lasted for as long as it was to."""
        for settled in await self._store.lapse():
            await self._enforcing.chat(settled.room)
            await self._enforcing.carry_out(settled)

    async def transfer(self, asker: Account, room_id: RoomId, hub_user: str) -> None:
        """The room is theirs; the asker stays as an editor."""
        await self._demand.owner(asker, room_id)
        heir = await self._demand.people.named(hub_user)
        if heir.id == asker.id:
            raise ConflictError("the room is yours already")
        await self._enforcing.carry_out(await self._store.transfer(room_id, asker, heir))

    async def set_heir(self, asker: Account, room_id: RoomId, hub_user: str | None) -> None:
        """Whose the room will be when its last owner has left the hub."""
        await self._demand.owner(asker, room_id)
        heir = None if hub_user is None else await self._demand.people.named(hub_user)
        await self._store.set_heir(room_id, None if heir is None else heir.id)

    async def lock(self, asker: Account, document_id: DocumentId, reason: str) -> Document:
        """Nobody types in it any more when this returns, owners neither."""
        document = await self._demand.document(asker, document_id)
        await self._store.lock(document_id, asker, read_reason(reason))
        await self._enforcing.document(document)
        return document

    async def unlock(self, asker: Account, document_id: DocumentId) -> None:
        """Everybody types again who did before."""
        document = await self._demand.document(asker, document_id)
        await self._store.unlock(document_id)
        await self._enforcing.document(document)

    async def _enforce(self, kind: Restriction, room_id: RoomId) -> None:
        if (
            kind is Restriction.MUTE
        ):  # Who is in does not change by it, so nothing else would tell ejabberd.
            await self._enforcing.chat(room_id)


def read_reason(text: str) -> str:
    """Parse what came from outside."""
    if len(text) > MAX_REASON or not text.isprintable():
        raise BadPayloadError(f"a reason is one line of at most {MAX_REASON} characters")
    return text


def _span(minutes: int) -> timedelta:
    if not 0 < minutes <= MAX_MINUTES:
        raise BadPayloadError("minutes is a whole number above 0, or null for no end")
    return timedelta(minutes=minutes)
