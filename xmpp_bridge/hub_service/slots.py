"""Files of XMPP clients: may they put one, and who may read it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.archive.lexemes import file_mark, sender_mark
from xmpp_bridge.archive.match import Match, Phrase
from xmpp_bridge.archive.search import Search, Wanted
from xmpp_bridge.chat.attachment import upload_in
from xmpp_bridge.hub_service.files import DISK_REFUSES, MEGABYTE, Limits
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.uploads.folder import Incoming
from xmpp_bridge.uploads.slot import Announcement, Slot, new_token
from xmpp_bridge.uploads.slots import SlotStore
from xmpp_bridge.uploads.upload import UploadId
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    ConflictError,
    NotAuthorizedError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
)
from xmpp_bridge.xmpp.stream import Secret

MOST_OPEN: Final = 20
"""Announced files of one account that have not come yet."""
MOST_SHARINGS: Final = 100
"""Messages about one file that are looked at; whoever shares it more often has other plans."""


class Slots:
    """A client asks for the address of a file before it says in which room the file is for.

    So the file is its owner's alone, until they have said in a room where it is: then it is for the members of that
    room, as long as that message stands. Nobody else opens it by passing the address on.
    """

    def __init__(
        self,
        store: SlotStore,
        accounts: AccountStore,
        search: Search,
        addresses: Addresses,
        limits: Limits,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._search = search
        self._addresses = addresses
        self.limits = limits

    async def offer(self, asker: Account, file: Announcement) -> tuple[Slot, Secret]:
        """A slot, and what whoever fills it must show."""
        if file.size > self.limits.file:
            raise TooLargeError(f"a file has at most {self.limits.file // MEGABYTE:,} MB here")
        size, waiting = await self._store.taken_by(asker.id)
        if size + file.size > self.limits.room:
            raise UnavailableError(
                f"your files together have at most {self.limits.room // MEGABYTE:,} MB here"
            )
        if waiting >= MOST_OPEN:
            raise UnavailableError(f"{waiting} files are announced and have not come: try later")
        token = new_token()
        return await self._store.offer(asker.id, file, token), token

    async def admit(self, slot_id: UploadId, token: str, size: int) -> Slot:
        """The slot that this token opens now, for a file of this size."""
        slot = await self._store.find(slot_id)
        if slot is None or not slot.admits(token):
            raise NotAuthorizedError("this is not the token of an announced file")
        if size != slot.file.size:
            raise BadPayloadError(f"a file of {slot.file.size:,} bytes was announced")
        if slot.sha256 is not None:
            raise ConflictError("there is a file at this address already")
        if self._store.has_expired(slot):
            raise NotFoundError("the file was announced too long ago: announce it again")
        return slot

    def receive(self) -> Incoming:
        """Room for a file."""
        try:
            return self._store.receive()
        except OSError as error:
            raise UnavailableError(DISK_REFUSES) from error

    async def keep(self, incoming: Incoming, slot: Slot) -> None:
        """The file is durable when this returns."""
        if incoming.size != slot.file.size:
            raise BadPayloadError("this is not all of the file")
        try:
            await self._store.keep(incoming, slot)
        except OSError as error:
            raise UnavailableError(DISK_REFUSES) from error

    async def find(self, asker: Account, slot_id: UploadId) -> Slot:
        """A file which the asker may read."""
        slot = await self._store.find(slot_id)
        if slot is None or slot.sha256 is None or not await self._may_read(asker, slot):
            raise NotFoundError("no such file")
        return slot

    def path_of(self, slot: Slot) -> Path:
        """Where what is in the file lies."""
        return self._store.path_of(slot)

    async def _may_read(self, asker: Account, slot: Slot) -> bool:
        if asker.id == slot.account_id:
            return True
        owner = await self._accounts.by_id(slot.account_id)
        if owner is None:
            return False
        sender = self._addresses.account(owner.localpart).bare
        marks = file_mark(slot.id), sender_mark(sender)
        match = Match(tuple((Phrase((mark,)),) for mark in marks))
        hits = await self._search.newest(Wanted(asker.id, match, ()), MOST_SHARINGS)
        return any(
            upload_in(attachment.url) == slot.id
            for hit in hits
            for attachment in hit.spoken.message.attachments
        )
