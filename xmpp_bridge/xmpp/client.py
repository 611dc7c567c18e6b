"""One connection: log in, stay in, and log in again with jitter."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from slixmpp import JID

from xmpp_bridge.xmpp.errors import BridgeError, UnreachableError
from xmpp_bridge.xmpp.retry import KNOCK, LONGEST, Retry
from xmpp_bridge.xmpp.stream import Login, Stream, logged_in

log = logging.getLogger(__name__)


class Client:
    """Whoever needs a stream waits for `stream()` and lives until it has `ended`."""

    def __init__(
        self,
        credentials: Callable[[], Awaitable[Login]],
        prepare: Callable[[Stream], None] = lambda _stream: None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._credentials = credentials
        self._prepare = prepare
        self._chance = chance
        self._stream: Stream | None = None
        self._jid: JID | None = None
        self._up = asyncio.Event()
        self._now = asyncio.Event()
        self.trouble: BridgeError | None = None
        """Why there is no stream, when there is none."""
        self.since = datetime.now(UTC)
        """When the stream came or went last."""
        self.retry_at: datetime | None = None
        """When the next login is tried, while it is waited for."""

    @property
    def connected(self) -> bool:
        """Whether somebody is logged in right now."""
        return self._stream is not None

    @property
    def jid(self) -> JID | None:
        """As whom we are logged in, or were last."""
        return self._jid

    async def stream(self) -> Stream:
        """The stream, as soon as there is one."""
        while self._stream is None:
            await self._up.wait()
        return self._stream

    def hurry(self) -> None:
        """Something suggests that the next attempt may succeed: do not wait for it."""
        self._now.set()

    def drop(self, error: BridgeError) -> None:
        """End the stream that is; another login follows."""
        if self._stream is not None:
            self._stream.end(error)

    async def run(self) -> None:
        """Stay logged in until cancelled."""
        retry = Retry()
        while True:
            try:
                self.trouble = await self._once()
                retry = Retry()
            except BridgeError as error:
                self.trouble = error
            longest = KNOCK if isinstance(self.trouble, UnreachableError) else LONGEST
            retry = retry.next(self._chance(), longest)
            log.warning(
                "xmpp disconnected: condition=%s retry_in=%.2fs reason=%s",
                self.trouble.condition,
                retry.delay.total_seconds(),
                self.trouble,
            )
            await self._pause(retry)

    async def _once(self) -> BridgeError:
        account = await self._credentials()
        async with logged_in(account) as stream:
            self._prepare(stream)
            self._stream, self._jid, self.trouble = stream, stream.boundjid, None
            self.since = datetime.now(UTC)
            self._up.set()
            log.info("xmpp connected: jid=%s", stream.boundjid)
            try:
                return await asyncio.shield(stream.ended)
            finally:
                self._stream = None
                self.since = datetime.now(UTC)
                self._up.clear()

    async def _pause(self, retry: Retry) -> None:
        self._now.clear()
        self.retry_at = datetime.now(UTC) + retry.delay
        try:
            async with asyncio.timeout(retry.delay.total_seconds()):
                await self._now.wait()
        except TimeoutError:
            return
        finally:
            self.retry_at = None
