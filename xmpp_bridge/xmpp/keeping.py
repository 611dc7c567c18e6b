"""Something that is kept up for as long as there is a connection, and taken up again on the next."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from typing import Any

from xmpp_bridge.xmpp.client import Client
from xmpp_bridge.xmpp.errors import BridgeError
from xmpp_bridge.xmpp.retry import Retry
from xmpp_bridge.xmpp.stream import Stream
from xmpp_bridge.xmpp.tasks import while_it_lasts

log = logging.getLogger(__name__)


async def keep_up(
    what: str,
    client: Client,
    doing: Callable[[Stream], Coroutine[Any, Any, None]],
    chance: Callable[[], float] = random.random,
) -> None:
    """Do it on every stream until cancelled; a refusal or a full disk puts it off, and ends nothing else."""
    retry = Retry()
    while True:
        stream = await client.stream()
        try:
            await while_it_lasts(stream.ended, doing(stream))
        except BridgeError as error:
            log.info("%s not kept up: condition=%s reason=%s", what, error.condition, error)
        except OSError as error:
            log.warning("%s not kept up: reason=%s", what, error)
        retry = (Retry() if stream.ended.done() else retry).next(chance())
        await asyncio.sleep(retry.delay.total_seconds())
