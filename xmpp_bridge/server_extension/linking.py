"""Share a file, join a document, leave it: the verbs of a person who links files of this server."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from xmpp_bridge.documents.service import DocumentInfo
from xmpp_bridge.documents.shared_file import Link, SharedFile, read_link
from xmpp_bridge.documents.shared_files import SharedFiles
from xmpp_bridge.documents.ydoc_server import YDocServer
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.server_extension.hub_service import HubService
from xmpp_bridge.server_extension.opening import Opening
from xmpp_bridge.server_extension.other_servers import linked_elsewhere
from xmpp_bridge.server_extension.sleeping import Sleeping
from xmpp_bridge.xmpp.errors import BadPayloadError, BridgeError, ConflictError, NotFoundError

log = logging.getLogger(__name__)

LAST_SAVE = 5.0
"""Seconds that a file gets to be saved while its server goes down."""
SHAREABLE = {("notebook", "json"), ("file", "text")}


@dataclass(frozen=True)
class LinkStatus:
    """A linked file as its owner sees it."""

    link: Link
    path: str | None
    state: str
    """`live`, `asleep`, `offline`, `waiting` (its history is out of reach), `file-missing` or `refused`."""
    waiting_bytes: int
    trouble: BridgeError | None


class Linking:
    """Which files of this server are linked."""

    def __init__(
        self,
        directory: Path,
        files: SharedFiles,
        ydoc: YDocServer,
        service: HubService,
        make_file: Callable[[Link, Path], SharedFile],
        hub_user: str,
        opening: Opening,
        sleeping: Sleeping,
    ) -> None:
        self._directory = directory
        self._files = files
        self._ydoc = ydoc
        self._service = service
        self._make_file = make_file
        self._hub_user = hub_user
        self._opening = opening
        self._sleeping = sleeping
        self._verbs = asyncio.Lock()

    # -- life ---------------------------------------------------------------------------------------

    def restore(self) -> None:
        """Read what was linked before; must come before any room is opened."""
        for record in sorted(self._directory.glob("*/link.json")):
            try:
                link = read_link(record.read_text(encoding="utf-8"))
            except (OSError, ValueError, TypeError, KeyError):
                log.exception("link not readable: document=%s", record.parent.name)
                continue
            self._files.add(self._make_file(link, record.parent))

    async def close(self) -> None:
        """Save what is open and stop; the links stay."""
        await self._opening.close()
        await asyncio.gather(*(self._close_one(shared) for shared in self._files))

    async def _close_one(self, shared: SharedFile) -> None:
        if shared.room is None:
            return
        try:
            async with asyncio.timeout(LAST_SAVE):
                await shared.room.save()
        except Exception:  # the server goes down; the journal has it all
            log.exception("document not saved: document=%s", shared.document)
        await self._ydoc.evict(shared.link.room_id)

    # -- verbs --------------------------------------------------------------------------------------

    async def share(self, path: str, room: str) -> LinkStatus:
        """Make a document of the file at `path`; its members find it in `room`."""
        async with self._verbs:
            self._must_be_free(path)
            model = await self._ydoc.model(path)
            kind, form = _shareable(model)
            info = await self._service.create_document(room, PurePosixPath(path).name, kind, form)
            return await self._link(path, info, creator=True)

    async def join(self, document: DocumentId, path: str | None) -> LinkStatus:
        """Link a document to the file at `path`, which is made if there is none and backed up if there is."""
        async with self._verbs:
            info = (await self._service.admission(document)).info
            known = self._files.of(document)
            if known is not None:
                return await self._attach_again(known, path)
            self._must_be_ours(_file_id(document))
            path = path or await self._free_path(info.name)
            self._must_be_free(path)
            await self._make_room_for(path, info, blank(info.type))
            creator = not info.born and info.creator == self._hub_user
            return await self._link(path, info, creator=creator)

    async def leave(self, document: DocumentId, *, delete_file: bool = False) -> None:
        """Unlink the file. It stays as it is, and is nobody's but its owner's from now on."""
        async with self._verbs:
            shared = self._get(document)
            path = self._ydoc.path(shared.link.file_id)
            await self._opening.stop(shared)
            if shared.room is not None:
                await shared.room.save()
            self._files.remove(shared)
            await self._ydoc.evict(shared.link.room_id)
            if path is not None:
                self._ydoc.assign(path, str(uuid5(NAMESPACE_URL, f"left:{document}:{path}")))
            shutil.rmtree(self._directory / document, ignore_errors=True)
            if delete_file and path is not None:
                await self._ydoc.delete(path)

    async def file_deleted(self) -> None:
        """A file was deleted in Jupyter: only the file. The link waits for a new place, or for `leave`."""
        for shared in self._files:
            if shared.room is not None and self._ydoc.path(shared.link.file_id) is None:
                await self._ydoc.evict(shared.link.room_id)

    # -- queries ------------------------------------------------------------------------------------

    async def statuses(self) -> list[LinkStatus]:
        return [await self._status(shared) for shared in self._files]

    async def status(self, document: DocumentId) -> LinkStatus:
        return await self._status(self._get(document))

    async def _status(self, shared: SharedFile) -> LinkStatus:
        path = self._ydoc.path(shared.link.file_id)
        network = shared.network
        trouble = self._opening.trouble(shared.document)
        if path is None or not await self._ydoc.file_exists(path):
            return LinkStatus(shared.link, path, "file-missing", 0, trouble)
        if network is None:
            return self._closed_status(shared, path, trouble)
        return LinkStatus(
            shared.link, path, network.state, network.unsaved.size, network.trouble or trouble
        )

    def _closed_status(
        self, shared: SharedFile, path: str, trouble: BridgeError | None
    ) -> LinkStatus:
        if self._sleeping.is_refused(shared):
            refusal = NotFoundError("the document is not shared with you any more")
            return LinkStatus(shared.link, path, "refused", 0, refusal)
        if self._sleeping.is_asleep(shared):
            return LinkStatus(shared.link, path, "asleep", 0, None)
        state = "waiting" if shared.rest is None else "offline"
        return LinkStatus(shared.link, path, state, 0, trouble)

    # -- how ----------------------------------------------------------------------------------------

    async def _link(self, path: str, info: DocumentInfo, *, creator: bool) -> LinkStatus:
        link = Link(
            document=info.id,
            room=info.room,
            file_id=_file_id(info.id),
            name=info.name,
            type=info.type,
            format=info.format,
            creator=creator,
            role=info.role,
        )
        shared = self._make_file(link, self._directory / info.id)
        shared.keep(link)
        await self._attach(shared, path)
        return await self._status(shared)

    async def _attach(self, shared: SharedFile, path: str) -> None:
        before = self._ydoc.file_id(path)
        if before is not None:
            await self._ydoc.evict(replace(shared.link, file_id=before).room_id)
        self._ydoc.assign(path, shared.link.file_id)
        self._files.add(shared)
        shared.used()
        await asyncio.wait([self._opening.soon(shared)], timeout=15)

    async def _attach_again(self, shared: SharedFile, path: str | None) -> LinkStatus:
        """Give a linked document whose file went away a new place."""
        now = self._ydoc.path(shared.link.file_id)
        if now is not None and await self._ydoc.file_exists(now):
            raise ConflictError(f"this document is {now} on this server")
        path = path or await self._free_path(shared.link.name)
        self._must_be_free(path)
        if await self._ydoc.file_exists(path):
            raise ConflictError(f"there is a file {path} already")
        base = shared.journal.base
        content = blank(shared.link.type) if base is None else base.content
        await self._write(path, shared.link.type, shared.link.format, content)
        await self._attach(shared, path)
        return await self._status(shared)

    async def _make_room_for(self, path: str, info: DocumentInfo, content: Any) -> None:
        if not await self._ydoc.file_exists(path):
            await self._write(path, info.type, info.format, content)
            return
        if _shareable(await self._ydoc.model(path)) != (info.type, info.format):
            raise BadPayloadError(f"{path} is not a {info.type}, as {info.name} is")

    async def _write(self, path: str, kind: str, form: str, content: Any) -> None:
        folder = str(PurePosixPath(path).parent)
        if not await self._ydoc.folder_exists(folder):
            raise NotFoundError(f"there is no folder {folder} on this server")
        await self._ydoc.write(path, {"type": kind, "format": form, "content": content})

    async def _free_path(self, name: str) -> str:
        """The document's name, numbered when there is such a file already."""
        path, number = PurePosixPath(name), 1
        while await self._ydoc.file_exists(str(path)):
            path = PurePosixPath(f"{PurePosixPath(name).stem}-{number}{path.suffix}")
            number += 1
        return str(path)

    def _must_be_free(self, path: str) -> None:
        file_id = self._ydoc.file_id(path)
        if file_id is not None and file_id in self._files:
            raise ConflictError(f"{path} is shared already")
        if file_id is not None:
            self._must_be_ours(file_id)

    def _must_be_ours(self, file_id: str) -> None:
        server = linked_elsewhere(self._directory).get(file_id)
        if server is not None:
            raise ConflictError(
                f"your server {server}, which has the same files, shares it already"
            )

    def _get(self, document: DocumentId) -> SharedFile:
        shared = self._files.of(document)
        if shared is None:
            raise NotFoundError("no file of this server is linked to that document")
        return shared


def _file_id(document: DocumentId) -> str:
    return str(uuid5(NAMESPACE_URL, f"xmpp:{document}"))


def blank(kind: str) -> Any:
    """What a file is made with that only waits for its history."""
    if kind != "notebook":
        return ""
    return {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def _shareable(model: dict[str, Any]) -> tuple[str, str]:
    kind = (
        str(model["type"]),
        "json" if model["type"] == "notebook" else str(model.get("format") or "text"),
    )
    if kind not in SHAREABLE:
        raise BadPayloadError("only notebooks and text files can be shared")
    if not model.get("writable", True):
        raise BadPayloadError("the file is not writable")
    return kind
