"""Traits, and the one place which builds, wires, starts and stops what runs in a person's Jupyter server."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from traitlets import Float, Unicode, default

from xmpp_bridge.chat.outbox import ChatOutbox
from xmpp_bridge.documents import ydoc_server
from xmpp_bridge.documents.direct import DirectStanzas
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.room import DocumentRoom
from xmpp_bridge.documents.shared_file import Link, LiveRoom, SharedFile
from xmpp_bridge.documents.shared_files import SharedFiles
from xmpp_bridge.documents.wakefulness import QUIET
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.server_extension import events
from xmpp_bridge.server_extension.chat_commands import ChatCommands
from xmpp_bridge.server_extension.chat_desk import ACCESS, ChatDesk
from xmpp_bridge.server_extension.collaborators_desk import CollaboratorsDesk
from xmpp_bridge.server_extension.document_desk import DocumentDesk
from xmpp_bridge.server_extension.folders import Folders
from xmpp_bridge.server_extension.handlers import ROUTES
from xmpp_bridge.server_extension.hub_service import Credential, HubService
from xmpp_bridge.server_extension.idle import IdleSocketHandler
from xmpp_bridge.server_extension.linking import Linking
from xmpp_bridge.server_extension.opening import Opening
from xmpp_bridge.server_extension.presence_desk import PresenceDesk
from xmpp_bridge.server_extension.presence_handlers import PRESENCE_ROUTES
from xmpp_bridge.server_extension.restoring import Restoring
from xmpp_bridge.server_extension.restoring_handlers import RESTORING_ROUTES
from xmpp_bridge.server_extension.session import Session
from xmpp_bridge.server_extension.sharing_handlers import (
    FoldersHandler,
    TakenFileHandler,
    TakenHandler,
    shared_routes,
)
from xmpp_bridge.server_extension.sleeping import Sleeping
from xmpp_bridge.server_extension.taking_back import TakingBack
from xmpp_bridge.server_extension.uploads import UPLOAD_ROUTES
from xmpp_bridge.server_extension.websocket import SocketHandler
from xmpp_bridge.xmpp.errors import UnavailableError
from xmpp_bridge.xmpp.stream import Secret, Stream
from xmpp_bridge.xmpp.tasks import ended

CONTENTS_EVENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1"
DEFAULT_SERVER = "default"


class XmppBridge(ExtensionApp):
    """Live documents between the Jupyter servers of a hub."""

    name = "xmpp_bridge"

    hub_service_url = Unicode(
        help="Where the hub service answers, e.g. https://hub.example/services/xmpp-bridge/. "
        "The hub sets XMPP_BRIDGE_URL for every server; without either, nothing is shared.",
    ).tag(config=True)

    directory = Unicode(
        help="Where this server keeps the journals of its shared documents. It must outlive the server.",
    ).tag(config=True)

    quiet_seconds = Float(
        QUIET,
        help="A shared document that nobody has open here, no kernel writes and nobody changes for so long "
        "sleeps: it has no place in its room and takes no memory until it changes.",
    ).tag(config=True)

    @default("hub_service_url")
    def _default_hub_service_url(self) -> str:
        return os.environ.get("XMPP_BRIDGE_URL", "")

    @default("directory")
    def _default_directory(self) -> str:
        server = os.environ.get("JUPYTERHUB_SERVER_NAME") or DEFAULT_SERVER
        return str(Path(jupyter_data_dir()) / "xmpp_bridge" / server)

    def initialize_settings(self) -> None:
        """Wire everything; nothing runs yet."""
        logging.getLogger("xmpp_bridge").parent = self.log  # our lines are the server's
        self._linking: Linking | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._watching: asyncio.Task[None] | None = None
        hub_user = os.environ.get("JUPYTERHUB_USER", "")
        token = Secret(os.environ.get("JUPYTERHUB_API_TOKEN", ""))
        self._idle = self._why_idle(hub_user, token)
        if self._idle is not None:
            self.log.info("xmpp_bridge is idle: %s", self._idle)
            return
        self._wire(hub_user, token)

    def _why_idle(self, hub_user: str, token: Secret) -> str | None:
        if not hub_user or not token:
            return "this server was not started by JupyterHub"
        if not self.hub_service_url:
            return "this hub has no xmpp-bridge service (XMPP_BRIDGE_URL is not set)"
        return ydoc_server.why_not()

    def _wire(self, hub_user: str, token: Secret) -> None:
        self._service = HubService(self.hub_service_url, token)
        self._direct = DirectStanzas(self._changed)
        self._session = Session(
            hub_user,
            self._service,
            self._listen,
            self._trust_service,
            _now,
            random.random,
        )
        self._files = SharedFiles()
        self._ydoc = ydoc_server.YDocServer(self.serverapp)
        opening = Opening(self._ydoc, random.random)
        self._sleeping = Sleeping(
            self._files,
            opening,
            self._ydoc,
            self._service,
            self._session.client,
            self.quiet_seconds,
            random.random,
        )
        self._linking = Linking(
            Path(self.directory),
            self._files,
            self._ydoc,
            self._service,
            self._make_file,
            hub_user,
            opening,
            self._sleeping,
        )
        self._restoring = Restoring(self._files, opening, self._service)
        self._folders = Folders(
            Path(self.directory) / "folders.json",
            lambda: self._ydoc.contents,
            self._linking,
        )
        outbox = ChatOutbox(Path(self.directory) / "chat" / "outbox.json")
        here = Path(self.directory)
        self._taking_back = TakingBack(
            here / "taken.json",
            here / "aside",
            self._files,
            self._ydoc,
            self._service.partings,
            self._linking.leave,
            lambda: self._desk.tell(ACCESS),
            _now,
        )
        self._desk = ChatDesk(self._session, self._service, outbox, Path(self.directory) / "chat")
        self._presence = PresenceDesk(self._session, self._desk, _now)
        self._documents = DocumentDesk(self._files, self._linking, self._desk)
        self._collaborators = CollaboratorsDesk(self._files, self._ydoc, self._desk)
        self._commands = ChatCommands(self._desk, self._service, outbox, _now)
        self._linking.restore()
        ydoc_server.install(self._files)

    def _changed(self, document: DocumentId | None) -> None:
        """The service says that this document is another now, or that anything may have happened."""
        self._sleeping.changed(document)
        if document is None:
            self._taking_back.told()

    def _listen(self, stream: Stream) -> None:
        self._direct.listen(stream)
        self._desk.listen(stream)
        self._taking_back.told()
        self._presence.listen(stream)

    def _trust_service(self, credential: Credential) -> None:
        self._direct.service = credential.service_jid.bare

    def _make_file(self, link: Link, directory: Path) -> SharedFile:
        return SharedFile(
            link,
            directory,
            self._session.hub_user,
            self._connect,
            self._ydoc.write,
            self._ydoc.is_busy,
            hides=lambda: self._desk.hides,
        )

    def _connect(self, shared: SharedFile, replica: Replica, room: LiveRoom) -> DocumentRoom:
        return DocumentRoom(
            shared, replica, room, self._session.client, self._service, self._direct
        )

    def initialize_handlers(self) -> None:
        if self._linking is None:
            idle = {"reason": self._idle}
            self.handlers.append((r"/xmpp-bridge/ws", IdleSocketHandler, idle))
            return
        tools = {
            "linking": self._linking,
            "service": self._service,
            "session": self._session,
        }
        self.handlers.extend(
            (path, handler, tools) for path, handler in ROUTES + UPLOAD_ROUTES + PRESENCE_ROUTES
        )
        self.handlers.extend(shared_routes(tools))
        restoring = {**tools, "restoring": self._restoring}
        self.handlers.extend((path, handler, restoring) for path, handler in RESTORING_ROUTES)
        folders = {**tools, "folders": self._folders}
        self.handlers.append((r"/xmpp-bridge/api/folders", FoldersHandler, folders))
        taken = {**tools, "taking_back": self._taking_back}
        self.handlers.append((r"/xmpp-bridge/api/taken", TakenHandler, taken))
        self.handlers.append((r"/xmpp-bridge/api/taken/([^/]+)", TakenFileHandler, taken))
        socket = {
            "desk": self._desk,
            "documents": self._documents,
            "presence": self._presence,
            "commands": self._commands,
            "session": self._session,
        }
        self.handlers.append((r"/xmpp-bridge/ws", SocketHandler, socket))

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        """Log in, and wake what has changed of what was linked before; the server answers HTTP already."""
        if self._linking is None:
            return
        try:
            self._ydoc.watch(self._files)
        except UnavailableError as error:
            self.log.warning("xmpp_bridge shares no documents: %s", error)
        serverapp.event_logger.register_event_schema(events.SCHEMA)
        serverapp.event_logger.add_listener(
            schema_id=CONTENTS_EVENTS, listener=self._on_contents_event
        )
        self._tasks = [
            asyncio.create_task(self._session.renew()),
            asyncio.create_task(self._session.client.run()),
            asyncio.create_task(self._desk.run()),
            asyncio.create_task(self._documents.run()),
            asyncio.create_task(self._folders.run()),
            asyncio.create_task(self._taking_back.run()),
            asyncio.create_task(self._presence.run()),
            asyncio.create_task(self._collaborators.run()),
        ]
        self._watching = asyncio.create_task(self._sleeping.run())
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            # JupyterHub stops a server with SIGINT, which without a terminal ends it without any clean-up.
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, serverapp.stop, True)  # noqa: FBT003

    async def _on_contents_event(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:  # noqa: ARG002 - jupyter_events calls by name
        if self._linking is None:
            return
        if data["action"] != "get":
            self._folders.files_changed()
        if data["action"] in ("delete", "rename"):
            self._documents.files_changed()
        if data["action"] == "delete":
            await self._linking.file_deleted()

    async def stop_extension(self) -> None:
        """Save, leave the rooms, log out."""
        if self._linking is None:
            return
        await ended(self._watching)
        await self._linking.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._service.close()


def _now() -> datetime:
    return datetime.now(UTC)
