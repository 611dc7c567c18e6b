"""Keeps the owner's rooms among the bookmarks of their account, as long as their Jupyter server runs."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from xmpp_bridge.chat.bookmarks import (
    NATIVE,
    STORAGE,
    Bookmark,
    changed_storage,
    changes,
    conference_to_xml,
    read_conference,
    read_storage,
)
from xmpp_bridge.xmpp.client import Client
from xmpp_bridge.xmpp.errors import BadPayloadError
from xmpp_bridge.xmpp.keeping import keep_up
from xmpp_bridge.xmpp.pep import Shelf
from xmpp_bridge.xmpp.private_storage import read_private, write_private
from xmpp_bridge.xmpp.stream import Stream

log = logging.getLogger(__name__)

_STORAGE: Final = f"{{{STORAGE}}}storage"
Given = dict[str, dict[str, str]]
"""The names that we gave, by room, for each kind of bookmarks."""


class BookmarkKeeper:
    """`memory` is the file that says what we put there, so that what its owner took out stays out."""

    def __init__(
        self, client: Client, memory: Path, chance: Callable[[], float] = random.random
    ) -> None:
        self._client = client
        self._memory = memory
        self._chance = chance
        self._wanted: dict[str, Bookmark] | None = None
        self._news = asyncio.Event()

    def put(self, bookmarks: Iterable[Bookmark]) -> None:
        """These are the owner's rooms now."""
        wanted = {each.room: each for each in bookmarks}
        if wanted != self._wanted:
            self._wanted = wanted
            self._news.set()

    async def run(self) -> None:
        """Keep up with the owner's rooms until cancelled."""
        await keep_up("bookmarks", self._client, self._keep, self._chance)

    async def _keep(self, stream: Stream) -> None:
        self._news.set()
        while True:
            await self._news.wait()
            self._news.clear()
            if self._wanted is not None:
                given = await asyncio.to_thread(self._recall)
                given[NATIVE] = await self._native(stream, self._wanted, given.get(NATIVE, {}))
                await asyncio.to_thread(self._remember, given)
                given[STORAGE] = await self._storage(stream, self._wanted, given.get(STORAGE, {}))
                await asyncio.to_thread(self._remember, given)

    async def _native(
        self, stream: Stream, wanted: Mapping[str, Bookmark], given: Mapping[str, str]
    ) -> dict[str, str]:
        shelf = Shelf(stream, NATIVE)
        items = {item.get("id", ""): item for item in await shelf.items()}
        there = {}
        for room, item in items.items():
            try:
                there[room] = read_conference(item)
            except BadPayloadError as error:
                log.info("bookmark passed over: why=%s", error)
        changed = changes(wanted, there, given)
        for bookmark in changed.put:
            payload = conference_to_xml(bookmark, items.get(bookmark.room))
            await shelf.publish(bookmark.room, payload)
        for room in changed.remove:
            await shelf.retract(room)
        return dict(changed.given)

    async def _storage(
        self, stream: Stream, wanted: Mapping[str, Bookmark], given: Mapping[str, str]
    ) -> dict[str, str]:
        storage: ET.Element = await read_private(stream, _STORAGE)
        changed = changes(wanted, read_storage(storage), given)
        if changed.put or changed.remove:
            await write_private(stream, changed_storage(storage, changed))
        return dict(changed.given)

    def _recall(self) -> Given:
        try:
            raw = json.loads(self._memory.read_text(encoding="utf-8"))
            return {
                str(kind): {str(room): str(name) for room, name in names.items()}
                for kind, names in raw.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError):
            log.warning("what was bookmarked is forgotten: %s cannot be read", self._memory.name)
            return {}

    def _remember(self, given: Given) -> None:
        self._memory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = self._memory.with_suffix(".new")
        new.write_text(json.dumps(given), encoding="utf-8")
        new.replace(self._memory)
