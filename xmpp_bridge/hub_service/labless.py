"""What a Jupyter server writes for its owner's clients, for those who have never started one."""

from __future__ import annotations

import asyncio
import json
import logging
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from typing import Final
from weakref import WeakValueDictionary

from slixmpp.xmlstream import tostring

from xmpp_bridge.accounts.app_password_store import AppPasswordStore
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.chat.bookmarks import STORAGE, Bookmark, changed_storage, changes, read_storage
from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.rooms.store import RoomStore

log = logging.getLogger(__name__)

MEMORY: Final = "urn:xmpp-bridge:given:0"
"""Beside the bookmarks, what we have put among them: what their owner takes out stays out."""


class Labless:
    """Does nothing for anybody whose Jupyter server does it. All of it is a convenience, so that it may fail."""

    def __init__(
        self,
        ejabberd: EjabberdApi,
        app_passwords: AppPasswordStore,
        leases: LeaseStore,
        rooms: RoomStore,
        addresses: Addresses,
    ) -> None:
        self._ejabberd = ejabberd
        self._app_passwords = app_passwords
        self._leases = leases
        self._rooms = rooms
        self._addresses = addresses
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def changed(self, people: Iterable[Account]) -> None:
        """They have other rooms now, or are to have a client soon."""
        for person in people:
            try:
                async with self._locks.setdefault(person.id, asyncio.Lock()):
                    await self._write(person)
            except AWAY as error:
                log.info("not written: account=%s why=%s", person.localpart, refusal(error))

    async def _write(self, person: Account) -> None:
        if await self._leases.of_account(person.id):
            return
        if not await self._app_passwords.of_account(person.id):
            return
        await self._write_bookmarks(person)

    async def _write_bookmarks(self, person: Account) -> None:
        storage = await self._read(person, "storage", STORAGE)
        memory = await self._read(person, "given", MEMORY)
        wanted = {
            (jid := self._addresses.chat(room.id).bare): Bookmark(
                jid, room.name, person.display_name
            )
            for room, _ in await self._rooms.rooms_of(person.id)
        }
        changed = changes(wanted, read_storage(storage), _given(memory))
        if changed.put or changed.remove:
            given = ET.Element(f"{{{MEMORY}}}given")
            given.text = json.dumps(dict(changed.given))
            for element in (changed_storage(storage, changed), given):
                # ejabberd knows an element by its own namespace, and none by a prefix.
                await self._ejabberd.set_private(person.localpart, tostring(element))

    async def _read(self, person: Account, name: str, namespace: str) -> ET.Element:
        """Our own words and a client's, as the XMPP server has parsed and kept them."""
        tag = f"{{{namespace}}}{name}"
        text = await self._ejabberd.private(person.localpart, name, namespace)
        found = ET.fromstring(text).find(tag) if text else None  # noqa: S314
        return ET.Element(tag) if found is None else found


def _given(memory: ET.Element) -> Mapping[str, str]:
    try:
        raw = json.loads(memory.text or "{}")
        return {str(room): str(name) for room, name in raw.items()}
    except (ValueError, AttributeError):
        return {}
