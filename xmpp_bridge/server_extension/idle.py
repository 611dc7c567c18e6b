"""What a browser tab hears from a server that no hub has started: that there is no chat, and why."""

from __future__ import annotations

import json
from typing import Any

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.websocket import WebSocketHandler

from xmpp_bridge.server_extension import frames


class IdleSocketHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Says so once; a connection that stays open is not tried again and again."""

    auth_resource = "contents"

    def initialize(self, reason: str) -> None:
        self._why_idle = reason

    @ws_authenticated
    @authorized
    async def get(self, *args: Any, **kwargs: Any) -> None:
        await super().get(*args, **kwargs)

    def open(self, *args: str, **kwargs: str) -> None:
        super().open(*args, **kwargs)
        self.write_message(json.dumps(frames.idle(self._why_idle)))

    def on_message(self, message: str | bytes) -> None:
        """Refuse whatever is asked."""
        request = frames.request_of(message)
        refusal = frames.refused(request, "service-unavailable", self._why_idle)
        self.write_message(json.dumps(refusal))
