"""Who may write what, by the database's word; ejabberd's is only the first lock."""

from __future__ import annotations

from dataclasses import dataclass

from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.documents.access import Reason, Refusal, may_write
from xmpp_bridge.documents.aside import read_aside
from xmpp_bridge.documents.entry import Entry
from xmpp_bridge.documents.update import UpdateContents
from xmpp_bridge.hub_service.submission import (
    Given,
    Heard,
    Obstacle,
    RefusedUpdateError,
    Submission,
)
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Document
from xmpp_bridge.rooms.store import RoomStore
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


class Writers:
    """Decides on one group of updates; looks up each person and document once."""

    def __init__(self, accounts: AccountStore, rooms: RoomStore, domain: str) -> None:
        self._accounts = accounts
        self._rooms = rooms
        self._domain = domain
        self._people: dict[str, Account | None] = {}
        self._documents: dict[DocumentId, Document | None] = {}
        self._begun: set[DocumentId] = set()
        self._roles: dict[tuple[DocumentId, int], Role | None] = {}

    async def admit(self, submission: Submission) -> Admitted:
        """What may be kept of the submission, or raise `RefusedUpdateError`."""
        contents = await _read(submission.update)
        account = await self._writer(submission, contents)
        document = await self._document(submission.document)
        if document is None:
            raise RefusedUpdateError(NotFoundError.condition, Obstacle.NO_DOCUMENT)
        role = await self._role(document.id, account.id)
        if role is None:
            raise RefusedUpdateError(ForbiddenError.condition, Obstacle.NOT_A_MEMBER)
        if not role.may_write:
            raise RefusedUpdateError(ForbiddenError.condition, Reason.VIEWER)
        begun = document.born or document.id in self._begun
        if not begun and account.id != document.creator_id:
            raise RefusedUpdateError(NotReadyError.condition, Reason.NOT_BORN)
        self._begun.add(document.id)
        return Admitted(submission, _entry(submission, account, contents), begins=not document.born)

    async def _writer(self, submission: Submission, contents: UpdateContents) -> Account:
        if isinstance(submission, Given):
            return submission.account
        # Whose client ids these are is decided where they are claimed: in the transaction.
        decision = may_write(submission.occupant, contents, {})
        if isinstance(decision, Refusal):
            raise RefusedUpdateError(decision.condition, decision.reason)
        account = await self._person(decision.writer)
        if account is None or not account.enabled:
            raise RefusedUpdateError(ForbiddenError.condition, Obstacle.NOT_A_MEMBER)
        return account

    async def _person(self, bare_jid: str) -> Account | None:
        if bare_jid not in self._people:
            localpart, _, domain = bare_jid.rpartition("@")
            ours = domain == self._domain
            self._people[bare_jid] = await self._accounts.by_localpart(localpart) if ours else None
        return self._people[bare_jid]

    async def _document(self, document: DocumentId) -> Document | None:
        if document not in self._documents:
            self._documents[document] = await self._rooms.document(document)
        return self._documents[document]

    async def _role(self, document: DocumentId, account_id: int) -> Role | None:
        key = (document, account_id)
        if key not in self._roles:
            self._roles[key] = await self._rooms.role_in_document(document, account_id)
        return self._roles[key]


async def _read(update: bytes) -> UpdateContents:
    try:
        return await read_aside(update)
    except BadPayloadError as error:
        raise RefusedUpdateError(error.condition, Reason.BAD_PAYLOAD) from error


def _entry(submission: Submission, account: Account, contents: UpdateContents) -> Entry:
    heard = submission.stanza if isinstance(submission, Heard) else None
    return Entry(
        document=submission.document,
        account_id=account.id,
        replica=submission.replica,
        sequence=None if heard is None else heard.sequence,
        update=submission.update,
        clients=contents.structs,
        received_at=submission.received_at,
    )
