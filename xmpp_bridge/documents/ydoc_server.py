"""What we need of a running jupyter_server_ydoc and jupyter_server_fileid that they do not offer in public."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, TypeVar, cast

import jupyter_server_ydoc.app
import jupyter_server_ydoc.handlers
from jupyter_server.utils import ensure_async
from jupyter_server_fileid.manager import ArbitraryFileIdManager
from jupyter_server_ydoc.app import YDocExtension
from pycrdt import Doc, create_awareness_message

from xmpp_bridge.documents import collaborators, disk, kernel_run
from xmpp_bridge.documents.linked_room import ChosenRoom, LinkedRoom
from xmpp_bridge.documents.shared_files import SharedFiles
from xmpp_bridge.documents.standing_runs import StandingRuns
from xmpp_bridge.xmpp.errors import NotFoundError, NotReadyError, UnavailableError

log = logging.getLogger(__name__)

Key = TypeVar("Key")

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
BUSY = frozenset({"busy", "starting", "restarting"})
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
    kernel_run.install(functools.partial(_runs, files))


def _runs(files: SharedFiles, doc: Doc[Any]) -> StandingRuns | None:
    rooms = (shared.room for shared in files)
    return next(
        (room.running.runs for room in rooms if isinstance(room, LinkedRoom) and room.ydoc is doc),
        None,
    )


class YDocServer:
    """The collaboration server of this process."""

    def __init__(self, serverapp: Any) -> None:
        self._serverapp = serverapp
        self._get_document: Callable[..., Awaitable[Any]] | None = None

    def watch(self, files: SharedFiles) -> None:
        """From now on a linked file that is asked for counts as used, and wakes for those who ask for what is open."""
        app = self._app
        server, get_document = app.ywebsocket_server, app.get_document
        get_room = server.get_room

        async def get_room_and_note(path: str) -> Any:
            room = await get_room(path)
            if isinstance(room, LinkedRoom):
                room.shared.used()
            return room

        async def get_document_awake(
            *, path: str | None = None, room_id: str | None = None, **options: Any
        ) -> Any:
            file_id = (
                (self.file_id(path or "") or "") if room_id is None else room_id.rpartition(":")[2]
            )
            if file_id in files:
                try:
                    # In a task of its own: who asks may live long, and AnyIO's thread with them (`linked_room`).
                    room = await asyncio.create_task(self.open(files[file_id].link.room_id))
                except Exception as error:  # noqa: BLE001 - as if nobody had it open
                    log.warning("document not opened for somebody: reason=%s", error)
                    return None
                room.lent = room.lent or not options.get("copy", True)
                room.shared.used()
            return await get_document(path=path, room_id=room_id, **options)

        self._get_document = get_document
        server.get_room, app.get_document = get_room_and_note, get_document_awake

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
            await (self._get_document or app.get_document)(room_id=room_id, copy=False, create=True)
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
        async with self._app._room_locks[room_id]:  # noqa: SLF001
            room = self._app.ywebsocket_server.rooms.get(room_id)
            if room is None:
                return
            for client in list(room.clients):
                if hasattr(client, "close"):
                    client.close(1003, UNLINKED)
            await _saved(room)
            await self._close(room_id)

    async def tell_collaborators(self, update: bytes) -> None:
        """Give an awareness update to whoever looks at the list of collaborators."""
        room = self._app.ywebsocket_server.rooms.get(collaborators.ROOM)
        if room is None:
            return  # Nobody looks; whoever does later is told within ten seconds.
        collaborators.apply(room.awareness, update)
        message = create_awareness_message(update)
        for client in list(room.clients):
            await client.send(message)

    async def lay_down(
        self, room_id: str, comes_to_rest: Callable[[LinkedRoom], Awaitable[bool]]
    ) -> None:
        """Close a linked room if it comes to rest; whoever asks for it meanwhile waits, and gets a new one."""
        async with self._app._room_locks[room_id]:  # noqa: SLF001
            room = self._app.ywebsocket_server.rooms.get(room_id)
            if isinstance(room, LinkedRoom) and room.ready and await comes_to_rest(room):
                await self._close(room_id)

    async def _close(self, room_id: str) -> None:
        """The room, and what looks at its file every second."""
        await self._app.ywebsocket_server.delete_room(name=room_id)
        loaders, file_id = self._app.file_loaders, room_id.rpartition(":")[2]
        if file_id in loaders and loaders[file_id].number_of_subscriptions == 0:
            await loaders.remove(file_id)

    async def busy_kernels(self) -> frozenset[str]:
        """The paths of notebooks whose kernel runs; `""` for a kernel that is not known to be a notebook's."""
        running = {
            kernel["id"]
            for kernel in self._serverapp.kernel_manager.list_kernels()
            if kernel["execution_state"] == "busy"
        }
        if not running:
            return frozenset()
        sessions = await ensure_async(self._serverapp.session_manager.list_sessions())
        paths = {session["kernel"]["id"]: session["path"] for session in sessions}
        return frozenset(paths.get(each, "").removeprefix("RTC:") for each in running)

    async def stamp(self, path: str) -> str | None:
        """Another text each time that the file is written; None if there is none."""
        return await disk.stamp(self.contents, path)

    async def stamps(self, paths: Mapping[Key, str]) -> dict[Key, str | None]:
        """The stamps of many files, at hardly any cost where they are files of this machine."""
        return await disk.stamps(self.contents, paths)

    async def is_busy(self, path: str) -> bool:
        """Whether a kernel that somebody opened for the file at `path` has something to do."""
        sessions = await ensure_async(self._serverapp.session_manager.list_sessions())
        return any(
            (session.get("kernel") or {}).get("execution_state") in BUSY
            for session in sessions
            if session["path"] == path
        )

    async def file_exists(self, path: str) -> bool:
        """Whether there is a file at `path` right now."""
        return bool(await ensure_async(self.contents.file_exists(path)))

    async def folder_exists(self, path: str) -> bool:
        """Whether there is a folder at `path`; `.` is the uppermost."""
        return bool(await ensure_async(self.contents.dir_exists("" if path == "." else path)))

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
