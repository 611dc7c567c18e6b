"""What waits for a room that its writer was taken out of is theirs again, as soon as they look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from tests.chat.test_outbox import ORCHARD, TOMB, waiting
from tests.server_extension.test_chat_list import raw
from xmpp_bridge.chat.outbox import ChatOutbox
from xmpp_bridge.server_extension.chat_desk import ChatDesk
from xmpp_bridge.server_extension.hub_service import HubService
from xmpp_bridge.server_extension.session import Session
from xmpp_bridge.xmpp.client import Client


class NoStream:
    """An XMPP server that is away."""

    jid = None

    async def stream(self) -> None:
        await asyncio.Event().wait()


class Romeo:
    hub_user = "romeo"
    credential = None
    client = cast("Client", NoStream())

    def owner_json(self) -> None: ...

    def status(self) -> dict[str, Any]:
        return {"trouble": None, "connected": False, "since": None, "retry_at": None}


class Service:
    """He is in one room."""

    asked = 0

    async def chat_rooms(self) -> Any:
        self.asked += 1
        return [raw(id=ORCHARD)]


class Tab:
    def __init__(self) -> None:
        self.frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def tell(self, frame: dict[str, Any]) -> None:
        self.frames.put_nowait(frame)

    async def hears(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(5):
            while (frame := await self.frames.get())["kind"] != kind:
                pass
        return frame


@asynccontextmanager
async def desk(folder: Path, outbox: ChatOutbox) -> AsyncIterator[ChatDesk]:
    service = cast("HubService", Service())
    made = ChatDesk(cast("Session", Romeo()), service, outbox, folder / "bookmarked.json")
    running = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_waits_for_a_lost_room_is_given_back_and_the_rest_waits_on(
    tmp_path: Path,
) -> None:
    outbox = ChatOutbox(tmp_path / "outbox.json")
    outbox.put(waiting(1, TOMB))
    outbox.put(waiting(2, ORCHARD))
    tab = Tab()
    async with desk(tmp_path, outbox) as made:
        made.opened(tab)
        frame = await tab.hears("unsaid")
    assert (frame["room"], frame["client_id"], frame["body"]) == (TOMB, "c1", "line 1")
    assert frame["text"] == "you are not a member of its room any more"
    again = ChatOutbox(tmp_path / "outbox.json")
    assert again.of(TOMB) == []
    assert again.of(ORCHARD) == [waiting(2, ORCHARD)]


async def test_it_is_kept_until_somebody_looks(tmp_path: Path) -> None:
    outbox = ChatOutbox(tmp_path / "outbox.json")
    outbox.put(waiting(1, TOMB))
    async with desk(tmp_path, outbox) as made:
        async with asyncio.timeout(5):
            while not made.knows(ORCHARD):
                await asyncio.sleep(0)
        assert outbox.of(TOMB) == [waiting(1, TOMB)]
        tab = Tab()
        made.opened(tab)
        await tab.hears("unsaid")
    assert outbox.of(TOMB) == []
