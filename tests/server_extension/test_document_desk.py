"""What tabs hear of the linked documents, and how little is asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

from xmpp_bridge.documents.backlog import NOTHING_UNSAVED
from xmpp_bridge.documents.shared_file import Link
from xmpp_bridge.documents.shared_files import SharedFiles
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.server_extension.chat_desk import ChatDesk
from xmpp_bridge.server_extension.document_desk import DocumentDesk
from xmpp_bridge.server_extension.linking import Linking, LinkStatus
from xmpp_bridge.xmpp.errors import UnavailableError

DOCUMENT = DocumentId("d" * 32)
LINK = Link(
    DOCUMENT, "1" * 32, "f", "daylight.ipynb", "notebook", "json", creator=False, role=Role.EDITOR
)


class World:
    """One linked file, one tab, and what it was told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.asked = 0
        self.looks = 0
        self.watched = False
        self.path = "daylight.ipynb"
        self.network = SimpleNamespace(state="live", unsaved=NOTHING_UNSAVED, trouble=None)
        self.files = [SimpleNamespace(link=LINK, document=DOCUMENT, network=self.network)]
        self.desk = DocumentDesk(
            cast("SharedFiles", self.files),
            cast("Linking", self),
            cast("ChatDesk", self),
            every=0.0,
        )

    async def statuses(self) -> list[LinkStatus]:
        self.asked += 1
        return [LinkStatus(each.link, self.path, "live", 0, None) for each in self.files]

    def tell(self, frame: dict[str, Any]) -> None:
        self.told.append(frame)

    def tell_state(self) -> None:
        self.looks += 1

    def open(self) -> None:
        self.watched = True
        self.desk.opened()

    async def a_few_looks(self) -> None:
        enough = self.looks + 5
        async with asyncio.timeout(5):
            while self.looks < enough:
                await asyncio.sleep(0)


async def some_turns() -> None:
    """Time enough for a look, which waits for nothing here."""
    for _ in range(100):
        await asyncio.sleep(0)


@asynccontextmanager
async def running() -> AsyncIterator[World]:
    world = World()
    task = asyncio.create_task(world.desk.run())
    yield world
    task.cancel()
    await asyncio.wait([task])


async def test_a_tab_that_comes_is_told_everything_and_then_nothing_while_nothing_happens() -> None:
    async with running() as world:
        world.open()
        await world.a_few_looks()
        (told,) = world.told
        assert told["kind"] == "documents"
        (document,) = told["documents"]
        assert document["status"] == "saved"
        assert document["path"] == "daylight.ipynb"
        assert world.asked == 1, "files are not asked for at every look"


async def test_whoever_has_no_documents_is_told_so() -> None:
    async with running() as world:
        world.files.clear()
        world.open()
        await world.a_few_looks()
        assert world.told == [{"kind": "documents", "documents": []}]


async def test_nobody_looks_while_no_tab_is_open() -> None:
    async with running() as world:
        await some_turns()
        assert world.looks == 0
        world.open()
        await world.a_few_looks()
        world.watched = False
        await some_turns()
        looks = world.looks
        await some_turns()
        assert world.looks == looks


async def test_a_new_role_and_a_rename_are_told_of_that_document_alone() -> None:
    async with running() as world:
        world.open()
        await world.a_few_looks()
        world.path = "night.ipynb"
        world.desk.files_changed()
        await world.a_few_looks()
        kinds = [(frame["kind"], frame.get("document", {}).get("path")) for frame in world.told]
        assert kinds == [("documents", None), ("document", "night.ipynb")]


async def test_trouble_that_is_over_is_not_remembered() -> None:
    async with running() as world:
        world.network.trouble = UnavailableError("the service does not answer")
        world.open()
        await world.a_few_looks()
        assert world.told[0]["documents"][0]["status"] == "opening"
        world.network.trouble = None
        await world.a_few_looks()
        assert world.told[-1]["document"]["status"] == "saved"


async def test_a_document_that_is_linked_or_left_is_told_with_all_others() -> None:
    async with running() as world:
        world.open()
        await world.a_few_looks()
        world.files.clear()
        await world.a_few_looks()
        assert world.told[-1] == {"kind": "documents", "documents": []}
