"""Who may write what, by the database's word; ejabberd's is only the first lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.documents.access import Reason, Refusal, may_write
from xmpp_bridge.documents.aside import read_aside
from xmpp_bridge.documents.entry import Entry
from xmpp_bridge.documents.update import UpdateContents
from xmpp_bridge.hub_service.submission import (
    Heard,
    Obstacle,
    Outcome,
    RefusedUpdateError,
    Submission,
)
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.standing import Standing, standing
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    ForbiddenError,
    NotFoundError,
    NotReadyError,
)


@dataclass(frozen=True)
class Admitted:
    """An update that may be kept, and whether its document had no history before this group."""

    submission: Submission
    entry: Entry
    begins: bool


@dataclass(frozen=True)
class _Claim:
    """An update that can be read, and whose it is said to be."""

    submission: Submission
    contents: UpdateContents
    localpart: str


class Writers:
    """Decides on groups of updates: one look at the database for each, however many people and documents are in it."""

    def __init__(self, engine: AsyncEngine, domain: str) -> None:
        self._engine = engine
        self._domain = domain

    async def admit(self, group: Sequence[Submission]) -> list[Admitted | Outcome]:
        """What may be kept of the group, in its order, and for the rest an outcome with a `RefusedUpdateError`."""
        claims = [await self._claim(each) for each in group]
        asked = {
            (each.submission.document, each.localpart)
            for each in claims
            if isinstance(each, _Claim)
        }
        now = await standing(self._engine, asked)
        begun = {each.id for each in now.documents.values() if each.born}
        return [_decided(each, now, begun) if isinstance(each, _Claim) else each for each in claims]

    async def _claim(self, submission: Submission) -> _Claim | Outcome:
        try:
            contents = await read_aside(submission.update)
        except BadPayloadError as error:
            return _refused(submission, error.condition, Reason.BAD_PAYLOAD)
        if not isinstance(submission, Heard):
            return _Claim(submission, contents, submission.account.localpart)
        # Whose client ids these are is decided where they are claimed: in the transaction.
        decision = may_write(submission.occupant, contents, {})
        if isinstance(decision, Refusal):
            return _refused(submission, decision.condition, decision.reason)
        localpart, _, domain = decision.writer.rpartition("@")
        if domain != self._domain:
            return _refused(submission, ForbiddenError.condition, Obstacle.NOT_A_MEMBER)
        return _Claim(submission, contents, localpart)


def _decided(claim: _Claim, now: Standing, begun: set[DocumentId]) -> Admitted | Outcome:
    """Without I/O. A document that begins with this update is in `begun` for those behind it."""
    submission = claim.submission
    document, account = now.documents.get(submission.document), now.accounts.get(claim.localpart)
    if document is None:
        return _refused(submission, NotFoundError.condition, Obstacle.NO_DOCUMENT)
    role = None if account is None else now.roles.get((document.id, account.id))
    if account is None or role is None:
        return _refused(submission, ForbiddenError.condition, Obstacle.NOT_A_MEMBER)
    if not role.may_write:
        return _refused(submission, ForbiddenError.condition, Reason.VIEWER)
    if document.id not in begun and account.id != document.creator_id:
        return _refused(submission, NotReadyError.condition, Reason.NOT_BORN)
    begun.add(document.id)
    heard = submission.stanza if isinstance(submission, Heard) else None
    entry = Entry(
        document=document.id,
        account_id=account.id,
        replica=submission.replica,
        sequence=None if heard is None else heard.sequence,
        update=submission.update,
        clients=claim.contents.structs,
        received_at=submission.received_at,
    )
    return Admitted(submission, entry, begins=not document.born)


def _refused(submission: Submission, condition: str, reason: Reason | Obstacle) -> Outcome:
    return Outcome(submission, RefusedUpdateError(condition, reason))
