"""Who is in a document's room right now, and whose a client id is; neither from what anybody says of themselves."""

from __future__ import annotations

from collections.abc import Mapping

from xmpp_bridge.documents.inbox import Inbox
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.service import Admission, Member
from xmpp_bridge.xmpp.muc import Place


class Company:
    """Answers for one replica; while it has no place in the room, it cannot tell who else is there."""

    def __init__(self, inbox: Inbox, replica: Replica) -> None:
        self._inbox = inbox
        self._replica = replica
        self._place: Place | None = None
        self._me = ""
        self._members: Mapping[str, Member] = {}

    def entered(self, place: Place, me: str, admission: Admission) -> None:
        """We have a place, as the bare JID `me`."""
        self._place, self._me, self._members = place, me, admission.members

    def left(self) -> None:
        """We have no place any more."""
        self._place = None

    def is_ours(self, client: int) -> bool:
        """Whether this very server writes under a client id."""
        # Its own client id is remembered with the first update only, which is after the first thing that it writes.
        return client == self._replica.doc.client_id or client in self._replica.own_clients

    def owner(self, client: int) -> str | None:
        """The bare JID that a client id belongs to, as far as is known."""
        return self._me if self.is_ours(client) else self._inbox.owner(client)

    @property
    def others(self) -> frozenset[str] | None:
        """The bare JIDs of all other places in the room, which may be ours: of another server."""
        place = self._place
        if place is None:
            return None
        return frozenset(
            occupant.jid.bare
            for occupant in place.occupants.values()
            if occupant.jid is not None and occupant.nick != place.nick
        )

    def display_name(self, jid: str) -> str:
        """How a member is called."""
        member = self._members.get(jid)
        return member.display_name if member else jid.partition("@")[0]
