"""The frames of one's own Jupyter server (server_extension/frames.py), over a connection that comes back by itself."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Callable
from itertools import count
from typing import Any, Final

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from xmpp_bridge.xmpp.errors import ForbiddenError, UnavailableError, error_of
from xmpp_bridge.xmpp.retry import Retry

log = logging.getLogger(__name__)

Frame = dict[str, Any]
PATIENCE: Final = 60.0
"""Seconds that an answer may take."""
LARGEST: Final = 64 * 1024 * 1024
REFUSED: Final = (401, 403)


class FrameSocket:
    """Asks and is answered; whatever else comes is given to `hear`, and each connection begins with `opened`."""

    def __init__(
        self,
        url: str,
        token: str,
        hear: Callable[[Frame], None],
        opened: Callable[[], None],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._request = HTTPRequest(url, headers={"Authorization": f"token {token}"})
        self._hear = hear
        self._opened = opened
        self._chance = chance
        self._requests = count(1)
        self._asked: dict[str, asyncio.Future[Frame]] = {}
        self._connection: WebSocketClientConnection | None = None

    async def run(self) -> None:
        """Stay connected until cancelled; raises ForbiddenError if the token is not good for this server."""
        retry = Retry()
        while True:
            try:
                self._connection = await websocket_connect(
                    self._request, ping_interval=20, max_message_size=LARGEST
                )
                retry = Retry()
                self._opened()
                await self._listen(self._connection)
            except HTTPClientError as error:
                if error.code in REFUSED:
                    raise ForbiddenError("the Jupyter server does not accept this token") from None
                log.info("not connected: status=%s", error.code)
            except OSError as error:
                log.info("not connected: reason=%s", type(error).__name__)
            finally:
                self._close()
            retry = retry.next(self._chance())
            await asyncio.sleep(retry.delay.total_seconds())

    async def ask(self, kind: str, **fields: Any) -> Frame:
        """Send a command and return its answer; raises what it was refused with, or UnavailableError."""
        request = f"p{next(self._requests)}"
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._asked[request] = answer
        try:
            if self._connection is None:
                raise UnavailableError("there is no connection to the Jupyter server now")
            frame = {"kind": kind, "request": request, **fields}
            await self._connection.write_message(json.dumps(frame))
            async with asyncio.timeout(PATIENCE):
                answered = await answer
        except WebSocketClosedError:
            raise UnavailableError("the connection to the Jupyter server was lost") from None
        except TimeoutError:
            raise UnavailableError("the Jupyter server does not answer") from None
        finally:
            del self._asked[request]
        if answered["kind"] == "refused":
            raise error_of(answered["condition"], answered["text"])
        return answered

    async def _listen(self, connection: WebSocketClientConnection) -> None:
        while (text := await connection.read_message()) is not None:
            frame = json.loads(text)
            answer = self._asked.get(frame.get("request") or "")
            if answer is not None and not answer.done():
                answer.set_result(frame)
            else:
                self._hear(frame)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(UnavailableError("the connection was lost"))
