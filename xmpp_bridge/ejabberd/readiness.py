"""When ejabberd serves, and why it does not."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

from xmpp_bridge.ejabberd.admin_channel import AdminChannel
from xmpp_bridge.ejabberd.errors import PortTakenError, StartError
from xmpp_bridge.ejabberd.process import Process
from xmpp_bridge.xmpp.errors import UnavailableError

_POLL = 0.1
_REASON = 300


class LogMark:
    """A place in ejabberd's log: what follows is about this start."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._offset = log.stat().st_size if log.exists() else 0

    def reason(self) -> StartError:
        """Return why ejabberd ended since, as its log tells."""
        lines = self._since()
        for line in lines:
            if "address already in use" in line:
                return PortTakenError(line[-_REASON:])
        wrong = [line for line in lines if "[critical]" in line or "[error]" in line]
        return StartError(
            f"ejabberd ended: {wrong[0][-_REASON:] if wrong else 'its log is silent'}"
        )

    def _since(self) -> list[str]:
        if not self.log.exists():
            return []
        with self.log.open("rb") as log:
            log.seek(self._offset)
            return log.read().decode("utf-8", "replace").splitlines()


async def until_ready(
    process: Process, channel: AdminChannel, c2s: tuple[str, int], patience: timedelta
) -> bool:
    """Return whether ejabberd serves: commands and clients. False when the process has ended before."""
    with suppress(TimeoutError):
        async with asyncio.timeout(patience.total_seconds()):
            while process.returncode is None:
                if await _obeys(channel) and await _listens(c2s):
                    return True
                await asyncio.sleep(_POLL)
            return False
    raise StartError(f"ejabberd was not ready after {patience.total_seconds():.0f} seconds")


async def _obeys(channel: AdminChannel) -> bool:
    """Only the ejabberd of this directory has our socket and knows our key."""
    try:
        answer = await channel.call("status")
    except UnavailableError:
        return False
    return answer.status == HTTPStatus.OK and "is running" in str(answer.value)


async def _listens(c2s: tuple[str, int]) -> bool:
    try:
        _, writer = await asyncio.open_connection(*c2s)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
