"""Whether a room still knows us (XEP-0410): a server that has forgotten somebody does not tell."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import Sized
from contextlib import suppress
from datetime import timedelta
from typing import Final, Protocol

from slixmpp import JID
from slixmpp.basexmpp import BaseXMPP
from slixmpp.exceptions import IqError, IqTimeout

from xmpp_bridge.xmpp.errors import BridgeError, UnavailableError

SELDOM: Final = 10
"""So many times as seldom is an empty room asked: there are thousands. Who comes is seen, or gives cause to doubt."""
_STILL_THERE: Final = frozenset({"service-unavailable", "feature-not-implemented"})
"""What another client of ours, or the room, answers for itself (XEP-0410, section 3.1)."""


class Held(Protocol):
    """A place in a room."""

    room: JID
    nick: str
    doubted: asyncio.Event
    """Something speaks against our being there."""

    @property
    def occupants(self) -> Sized: ...
    def lose(self, error: BridgeError) -> None: ...


async def keep_asking(stream: BaseXMPP, place: Held, every: timedelta, patience: timedelta) -> None:
    """Ask again and again, and lose the place when the room denies it or says nothing."""
    passed_over = 0
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(every.total_seconds()):
                await place.doubted.wait()
        passed_over += 1
        alone = len(place.occupants) < 2  # noqa: PLR2004 - with ourselves
        if alone and passed_over < SELDOM and not place.doubted.is_set():
            continue
        passed_over = 0
        place.doubted.clear()
        await _ask(stream, place, patience)


async def _ask(stream: BaseXMPP, place: Held, patience: timedelta) -> None:
    iq = stream.make_iq_get(ito=JID(f"{place.room.bare}/{place.nick}"))
    iq.xml.append(ET.Element("{urn:xmpp:ping}ping"))
    try:
        await iq.send(timeout=patience.total_seconds())  # type: ignore[no-untyped-call]
    except IqError as error:
        if error.condition not in _STILL_THERE:
            place.lose(UnavailableError(f"the room has forgotten us: {error.condition}"))
    except IqTimeout:
        place.lose(UnavailableError("the room does not answer"))
