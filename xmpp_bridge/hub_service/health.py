"""Whether everything that the service needs is there, and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from xmpp_bridge.xmpp.errors import BridgeError

PATIENCE = timedelta(seconds=2)

Check = Callable[[], Awaitable[BridgeError | None]]


class Health:
    """Asks every part that has been named; before the first one the service is starting."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}

    def watch(self, checks: Mapping[str, Check]) -> None:
        """From now on these must be well."""
        self._checks.update(checks)

    async def troubles(self) -> dict[str, str]:
        """What is not well, and why; empty when everything is."""
        if not self._checks:
            return {"service": "the service is starting"}
        reasons = await asyncio.gather(*map(_reason, self._checks.values()))
        return {
            part: reason
            for part, reason in zip(self._checks, reasons, strict=True)
            if reason is not None
        }


async def _reason(check: Check) -> str | None:
    try:
        trouble = await asyncio.wait_for(check(), PATIENCE.total_seconds())
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
