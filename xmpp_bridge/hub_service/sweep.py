"""Which XMPP sessions must end: ejabberd drops nobody because a credential has expired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from xmpp_bridge.accounts.jid import is_of_a_server
from xmpp_bridge.accounts.lease_store import Lease
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.hub_api import HubPerson


class Reason(StrEnum):
    """Why a session ends; what it is counted under."""

    GONE = "gone"  # deleted or renamed in the hub: under the old name it knows nobody, or somebody else
    BLOCKED = "blocked"
    STOPPED = "stopped"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NO_LEASE = "no-lease"


@dataclass(frozen=True)
class Session:
    """Somebody who is logged in at ejabberd."""

    localpart: str
    resource: str


@dataclass(frozen=True)
class Kick:
    """End this session."""

    session: Session
    reason: Reason


@dataclass(frozen=True)
class Close:
    """The hub lets this person do nothing any more: end every session and close the account.

    Somebody who was renamed comes back under the new name, to the same account.
    """

    account: Account
    reason: Reason


Verdict = Kick | Close


def judge(
    account: Account,
    person: HubPerson | None,
    leases: Mapping[str, Lease],
    sessions: Iterable[Session],
    overdue: datetime,
    *,
    clients: bool = False,
) -> list[Verdict]:
    """What must happen to the sessions of one account; `leases` by resource.

    With `clients`, app passwords let in sessions that have no lease, unless they call themselves Jupyter servers: these
    may write as much as they like.

    A lease counts as expired when it ended before `overdue`: while the hub or the service was away,
    nobody could renew.
    """
    if not account.enabled or person is None or person.user.created != account.hub_created:
        return [Close(account, Reason.GONE)]
    if person.blocked:
        return [Close(account, Reason.BLOCKED)]
    reasons = (
        (session, _reason(person, leases.get(session.resource), overdue)) for session in sessions
    )
    return [
        Kick(session, reason)
        for session, reason in reasons
        if reason is not None
        and not (clients and reason is Reason.NO_LEASE and not is_of_a_server(session.resource))
    ]


def _reason(person: HubPerson, lease: Lease | None, overdue: datetime) -> Reason | None:
    if lease is None:
        return Reason.NO_LEASE
    if lease.revoked:
        return Reason.REVOKED
    if lease.server_name not in person.servers:
        return Reason.STOPPED
    if lease.expires_at < overdue:
        return Reason.EXPIRED
    return None
