"""Whether this occupant may write this update, and the reason; without I/O.

The XMPP server has refused a viewer already. This is the second lock: a component can speak under any nick, and an
editor could otherwise write history in somebody else's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from xmpp_bridge.documents.update import UpdateContents

VOICE: Final = frozenset({"participant", "moderator"})
"""The roles whose groupchat messages a moderated room lets through (XEP-0045, section 5.1.1)."""


class Reason(StrEnum):
    """Why an update was refused, as metrics and logs count it."""

    NOT_AN_OCCUPANT = "not-an-occupant"
    UNKNOWN_JID = "unknown-jid"
    NOT_AN_ACCOUNT = "not-an-account"
    VIEWER = "viewer"
    FOREIGN_CLIENT_ID = "foreign-client-id"
    BAD_PAYLOAD = "bad-payload"
    TOO_LARGE = "too-large"
    NOT_BORN = "not-born"
    CONTRADICTS_RELAY = "contradicts-relay"


class Address(Protocol):
    """A JID that the XMPP server vouches for."""

    @property
    def bare(self) -> str: ...
    @property
    def domain(self) -> str: ...


class Occupant(Protocol):
    """Somebody in the document room, from its presence stanzas."""

    @property
    def jid(self) -> Address | None: ...
    @property
    def role(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Allowed:
    """Apply it; `new_clients` are client ids that from now on belong to `writer`, a bare JID."""

    writer: str
    new_clients: frozenset[int]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Do not apply it; `condition` is for the sender (RFC 6120, section 8.3.3), `reason` for us."""

    condition: str
    reason: Reason


Decision = Allowed | Refusal


def may_write(
    occupant: Occupant | None, contents: UpdateContents, owners: Mapping[int, str]
) -> Decision:
    """Decide on an update that arrived through the room from `occupant`, by its real JID and never its nick."""
    if occupant is None:
        return Refusal("forbidden", Reason.NOT_AN_OCCUPANT)
    if occupant.jid is None:
        return Refusal("forbidden", Reason.UNKNOWN_JID)
    if occupant.role not in VOICE:
        return Refusal("forbidden", Reason.VIEWER)
    return may_write_as(occupant.jid.bare, contents, owners)


def may_write_as(writer: str, contents: UpdateContents, owners: Mapping[int, str]) -> Decision:
    """Decide on an update of `writer`, a bare JID known to be an editor, by whose history it continues.

    Anybody may delete what anybody wrote: that is editing. Only structs are somebody's own.
    """
    clients = contents.clients
    if any(owners.get(client, writer) != writer for client in clients):
        return Refusal("forbidden", Reason.FOREIGN_CLIENT_ID)
    return Allowed(writer, clients - owners.keys())


def is_account(bare_jid: str, domain: str) -> bool:
    """Whether this is somebody who can log in to `domain`: a component, ours included, never writes."""
    localpart, _, host = bare_jid.partition("@")
    return bool(localpart) and host == domain
