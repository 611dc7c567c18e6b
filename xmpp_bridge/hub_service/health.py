"""Whether everything that the service needs is there, and what is not."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from xmpp_bridge.hub_service.away import AWAY, refusal
from xmpp_bridge.xmpp.errors import BridgeError
from xmpp_bridge.xmpp.retry import Retry

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=2)

Check = Callable[[], Awaitable[BridgeError | None]]
Needed = TypeVar("Needed")


class Health:
    """Asks every part that has been named; before the first one the service is starting."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}
        self._starting = "the service is starting"

    def hold_up(self, reason: str) -> None:
        """The service cannot start yet, because of this."""
        self._starting = f"the service is starting: {reason}"

    def watch(self, checks: Mapping[str, Check]) -> None:
        """From now on these must be well."""
        self._checks.update(checks)

    async def troubles(self) -> dict[str, str]:
        """What is not well, and why; empty when everything is."""
        if not self._checks:
            return {"service": self._starting}
        reasons = await asyncio.gather(*map(_reason, self._checks.values()))
        return {
            part: reason
            for part, reason in zip(self._checks, reasons, strict=True)
            if reason is not None
        }


async def _reason(check: Check) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            trouble = await check()
    except TimeoutError:
        return "no answer in time"
    return None if trouble is None else str(trouble)


async def trouble_of(asking: Awaitable[None]) -> BridgeError | None:
    """The refusal that `asking` ends with, if it does."""
    try:
        await asking
    except BridgeError as error:
        return error
    return None


async def eventually(
    attempt: Callable[[], Awaitable[Needed]],
    health: Health,
    chance: Callable[[], float] = random.random,
) -> Needed:
    """What the service cannot start without; tried again until it is there."""
    retry = Retry()
    while True:
        try:
            return await attempt()
        except AWAY as error:
            reason = refusal(error)
            health.hold_up(str(reason))
            retry = retry.next(chance())
            seconds = retry.delay.total_seconds()
            log.warning("cannot start yet: reason=%s retry_in=%.2fs", reason, seconds)
            await asyncio.sleep(seconds)
