"""A room whose last owner has left the hub goes to its heir, or to an admin of the hub."""

from __future__ import annotations

import logging

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.enforcing import Enforcing
from xmpp_bridge.rooms.moderation_store import ModerationStore
from xmpp_bridge.rooms.oversight_store import OversightStore

log = logging.getLogger(__name__)


class Inheritance:
    """Whoever comes back to the hub as the same person owns again what was theirs, beside the heir."""

    def __init__(
        self, moderation: ModerationStore, oversight: OversightStore, enforcing: Enforcing
    ) -> None:
        self._moderation = moderation
        self._oversight = oversight
        self._enforcing = enforcing

    async def settle(self, admins: list[Account]) -> None:
        """Give every room that nobody owns to somebody."""
        for room_id in await self._moderation.ownerless():
            heir = await self._moderation.heir(room_id)
            if heir is None or not heir.enabled:
                heir = admins[0] if admins else None
            if heir is None:
                log.warning("a room has no owner, and the hub no admin: room=%s", room_id)
                continue
            await self._enforcing.carry_out(
                await self._oversight.make_owner(room_id, heir.id, None)
            )
            log.info("inherited: room=%s by=%s", room_id, heir.localpart)
