"""One browser tab: frames in, frames out, nothing decided."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from xmpp_bridge.server_extension import frames
from xmpp_bridge.server_extension.chat_commands import ChatCommands
from xmpp_bridge.server_extension.chat_desk import ChatDesk
from xmpp_bridge.server_extension.document_desk import DocumentDesk
from xmpp_bridge.server_extension.frames import Frame
from xmpp_bridge.server_extension.presence_desk import PresenceDesk
from xmpp_bridge.server_extension.session import Session
from xmpp_bridge.xmpp.errors import BadPayloadError, BridgeError

log = logging.getLogger(__name__)

MOST_UNREAD = 8 * 1024 * 1024
"""Bytes that may wait for a tab; one that does not read them is closed, and comes back when it can."""
MOST_ASKED = 1000
"""Frames of one tab that may wait to be answered."""
TRY_AGAIN_LATER = 1013  # RFC 6455, section 7.4, as registered since


class SocketHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Acts for the owner of this server and for nobody else."""

    auth_resource = "contents"

    def initialize(
        self,
        desk: ChatDesk,
        documents: DocumentDesk,
        presence: PresenceDesk,
        commands: ChatCommands,
        session: Session,
    ) -> None:
        self._presence = presence
        self._desk = desk
        self._documents = documents
        self._commands = commands
        self._session = session
        self._asked: asyncio.Queue[frames.Asking] = asyncio.Queue(MOST_ASKED)
        self._answering: asyncio.Task[None] | None = None

    @ws_authenticated
    @authorized
    async def get(self, *args: Any, **kwargs: Any) -> None:
        user = self.current_user
        if user is None or user.username != self._session.hub_user:
            raise web.HTTPError(403, "only the owner of this server may do that")
        await super().get(*args, **kwargs)

    @web.authenticated
    @authorized
    def post(self) -> None:
        """A WebSocket is opened with GET."""
        raise web.HTTPError(405)

    def open(self, *args: str, **kwargs: str) -> None:
        super().open(*args, **kwargs)
        self.set_nodelay(value=True)
        self._answering = asyncio.create_task(self._answer())
        self._desk.opened(self)
        self._documents.opened()
        self._presence.opened(self)

    def on_close(self) -> None:
        self._desk.closed(self)
        self._presence.closed(self)
        if self._answering is not None:
            self._answering.cancel()

    def on_message(self, message: str | bytes) -> None:
        try:
            frame = frames.decode(message)
            if isinstance(frame, frames.Activity):
                self._presence.active(self, frame)
            elif isinstance(frame, frames.Saying):
                # Not behind what the hub service is asked: it may be slow, or away, and people talk on.
                with self._refusing(frame):
                    self._tell_answer(self._commands.say(frame))
            else:
                self._asked.put_nowait(frame)
        except BadPayloadError as error:
            request = frames.request_of(message)
            self.tell(frames.refused(request, error.condition, str(error)))
        except asyncio.QueueFull:
            text = "too much was asked at once: try again in a moment"
            self.tell(frames.refused(frames.request_of(message), "resource-constraint", text))

    def tell(self, frame: Frame) -> None:
        """Send a frame, unless the tab has gone or does not read."""
        connection = self.ws_connection
        stream = None if connection is None else getattr(connection, "stream", None)
        if stream is not None and len(stream._write_buffer) > MOST_UNREAD:  # noqa: SLF001 - COMPAT(tornado 6): nothing public tells
            self.close(TRY_AGAIN_LATER, "this tab does not read")
            return
        try:
            self.write_message(json.dumps(frame, ensure_ascii=False))
        except WebSocketClosedError:
            self._desk.closed(self)

    async def _answer(self) -> None:
        """One after the other, as they were asked."""
        while True:
            frame = await self._asked.get()
            with self._refusing(frame):
                self._tell_answer(await self._commands.handle(frame))

    def _tell_answer(self, answer: Frame | None) -> None:
        if answer is not None:
            self.tell(answer)

    @contextmanager
    def _refusing(self, frame: frames.Saying | frames.Asking) -> Iterator[None]:
        """Whoever asked what cannot be done is told so."""
        request = getattr(frame, "request", None)
        try:
            yield
        except BridgeError as error:
            self.tell(frames.refused(request, error.condition, str(error)))
        except Exception:
            log.exception("frame not handled: kind=%s", type(frame).__name__)
            self.tell(frames.refused(request, "internal-server-error", "see the server's log"))
