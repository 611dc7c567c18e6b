"""What we need of a running jupyter_server_ydoc and jupyter_server_fileid that they do not offer in public."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from typing import Any, cast

import jupyter_server_ydoc.app
import jupyter_server_ydoc.handlers
from jupyter_server.utils import ensure_async
from jupyter_server_fileid.manager import ArbitraryFileIdManager
from jupyter_server_ydoc.app import YDocExtension

from xmpp_bridge.documents.linked_room import ChosenRoom, LinkedRoom
from xmpp_bridge.documents.shared_file import SharedFiles
from xmpp_bridge.xmpp.errors import NotFoundError, NotReadyError, UnavailableError

log = logging.getLogger(__name__)

KNOWN_TO_WORK = {"jupyter-server-ydoc": ("3.0.",), "jupyter-server-fileid": ("0.9.", "0.10.")}
PRIVATE_MEMBERS = {
    YDocExtension: ("_room_locks", "get_document"),
    ChosenRoom.__mro__[1]: (
        "_maybe_save_document",
        "_on_document_change",
        "_on_filepath_change",
        "_on_outofband_change",
        "_save_to_disc",
        "_watch_ready",
    ),
    ArbitraryFileIdManager: ("get_id", "get_path", "index"),
}
UNLINKED = json.dumps({"reason": "unknown_session", "reloadable": True})


def why_not() -> str | None:
    """Why documents cannot be shared with what is installed here; None if they can."""
    for package, series in KNOWN_TO_WORK.items():
        try:
            installed = version(package)
        except PackageNotFoundError:
            return f"{package} is not installed"
        if not installed.startswith(series):
            return (
                f"{package} {installed} is not one of {', '.join(series)}x, which are known to work"
            )
    for owner, names in PRIVATE_MEMBERS.items():
        gone = [name for name in names if not hasattr(owner, name)]
        if gone:
            return f"{owner.__name__} has no {', '.join(gone)} any more"
    return None


def install(files: SharedFiles) -> None:
    """Let jupyter_server_ydoc make linked rooms for `files`; every other file is as before."""
    ChosenRoom.shared_files = files
    jupyter_server_ydoc.app.DocumentRoom = ChosenRoom
    jupyter_server_ydoc.handlers.DocumentRoom = ChosenRoom


class YDocServer:
    """The collaboration server of this process."""

    def __init__(self, serverapp: Any) -> None:
        self._serverapp = serverapp

    @property
    def _app(self) -> YDocExtension:
        apps = self._serverapp.extension_manager.extension_apps.get("jupyter_server_ydoc")
        if not apps:
            raise UnavailableError("jupyter-collaboration is not enabled in this Jupyter server")
        return cast("YDocExtension", next(iter(apps)))

    @property
    def _file_ids(self) -> Any:
        return self._serverapp.web_app.settings["file_id_manager"]

    @property
    def contents(self) -> Any:
        """The contents manager."""
        return self._serverapp.contents_manager

    def path(self, file_id: str) -> str | None:
        """Where the file is now; renames through Jupyter are followed."""
        return cast("str | None", self._file_ids.get_path(file_id))

    def file_id(self, path: str) -> str | None:
        """The id of the file at `path`, if it has one."""
        return cast("str | None", self._file_ids.get_id(path))

    def assign(self, path: str, file_id: str) -> str:
        """Make `file_id` the id of the file at `path`; return the one it had.

        Ids are drawn at random upstream, but a room's id and the shared `document_id` are made of it, and must agree on
        all servers.
        """
        before = cast("str", self._file_ids.index(path))
        if before != file_id:
            connection: sqlite3.Connection = self._file_ids.con
            with connection:
                connection.execute("DELETE FROM Files WHERE id = ?", (file_id,))
                connection.execute("UPDATE Files SET id = ? WHERE id = ?", (file_id, before))
        return before

    async def open(self, room_id: str) -> LinkedRoom:
        """Open a linked room, or return it when it is open; raises NotReadyError when its history is out of reach."""
        app = self._app
        rooms = app.ywebsocket_server.rooms
        try:
            await app.get_document(room_id=room_id, copy=False, create=True)
            room = rooms.get(room_id)
            if not isinstance(room, LinkedRoom):
                raise NotReadyError(  # noqa: TRY301
                    "the file is open, but not yet as a shared document"
                )
            async with app._room_locks[room_id]:  # noqa: SLF001
                await room.initialize()  # A browser may have tried before us, and failed.
        except Exception:
            # COMPAT(jupyter_server_ydoc 3.0.4): the dead room stays registered.
            rooms.pop(room_id, None)
            raise
        return room

    async def evict(self, room_id: str) -> None:
        """Close a room; its browsers are told to load the document again."""
        server = self._app.ywebsocket_server
        room = server.rooms.get(room_id)
        if room is None:
            return
        for client in list(room.clients):
            if hasattr(client, "close"):
                client.close(1003, UNLINKED)
        await _saved(room)
        await server.delete_room(name=room_id)

    async def file_exists(self, path: str) -> bool:
        """Whether there is a file at `path` right now."""
        return bool(await ensure_async(self.contents.file_exists(path)))

    async def model(self, path: str) -> dict[str, Any]:
        """What the contents manager says of the file, without its content."""
        if not await self.file_exists(path):
            raise NotFoundError(f"there is no file {path}")
        model = await ensure_async(self.contents.get(path, content=False))
        return cast("dict[str, Any]", model)

    async def write(self, path: str, model: dict[str, Any]) -> dict[str, Any]:
        """Write a file through the contents manager."""
        return cast("dict[str, Any]", await ensure_async(self.contents.save(model, path)))

    async def delete(self, path: str) -> None:
        """Delete a file through the contents manager, which may keep it in its trash."""
        await ensure_async(self.contents.delete(path))


async def _saved(room: Any) -> None:
    """A stock room's pending save is cancelled when it stops; wait for it instead."""
    saving = getattr(room, "_saving_document", None)
    if saving is not None and not saving.done():
        await asyncio.wait([saving])
