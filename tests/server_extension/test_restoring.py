"""What was is written again by whoever may write, as one edit of theirs, and can be undone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pycrdt
import pytest

from tests.documents.test_falling_asleep import LINK
from tests.documents.test_linked_room import Desk, opened
from xmpp_bridge.documents.restoration import content_of
from xmpp_bridge.documents.shared_file import SharedFile
from xmpp_bridge.documents.shared_files import SharedFiles
from xmpp_bridge.documents.update import EMPTY_UPDATE
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.server_extension.hub_service import HubService
from xmpp_bridge.server_extension.opening import Opening
from xmpp_bridge.server_extension.restoring import KEPT, Restoring
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError, NotReadyError

DOCUMENT = LINK.document


class Service:
    """Knows what was, and what takes edits back."""

    def __init__(self) -> None:
        self.was: Any = None
        self.update = EMPTY_UPDATE
        self.asked: list[tuple[int, int, str | None]] = []

    async def content_at(self, _document: DocumentId, _moment: int) -> Any:
        return self.was

    async def reversal(
        self, _document: DocumentId, after: int, through: int, hub_user: str | None
    ) -> bytes:
        self.asked.append((after, through, hub_user))
        return self.update


class NeverOpens:
    def soon(self, _shared: SharedFile) -> asyncio.Task[None]:
        return asyncio.create_task(self._no())

    def trouble(self, _document: DocumentId) -> None: ...
    async def _no(self) -> None: ...


class Stage:
    """A notebook that is open, and what restores it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.shared = desk.room.shared
        self.service = Service()
        files = SharedFiles()
        files.add(self.shared)
        self.restoring = Restoring(
            files, cast("Opening", NeverOpens()), cast("HubService", self.service)
        )

    @property
    def state(self) -> bytes:
        return self.desk.room.ydoc.get_update()

    def write(self, index: int, source: str) -> None:
        text = self.desk.notebook.ycells[index]["source"]
        del text[: len(str(text))]
        text.insert(0, source)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with opened(tmp_path) as desk:
        yield Stage(desk)


async def test_all_of_it_or_one_cell_is_restored_and_each_is_undone(stage: Stage) -> None:
    stage.service.was = content_of(stage.state, "notebook")
    name = stage.desk.notebook.ycells[0]["id"]
    stage.write(0, "x = 10")
    stage.write(1, "y = 20")

    one = await stage.restoring.restore(DOCUMENT, 1, {name})
    await stage.desk.agrees(["x = 1", "y = 20"])
    whole = await stage.restoring.restore(DOCUMENT, 1, None)
    await stage.desk.agrees(["x = 1", "y = 2"])
    assert await stage.restoring.restore(DOCUMENT, 1, None) is None

    assert one is not None
    assert whole is not None
    await stage.restoring.undo(DOCUMENT, whole)
    await stage.restoring.undo(DOCUMENT, one)
    await stage.desk.agrees(["x = 10", "y = 20"])
    with pytest.raises(NotFoundError):
        await stage.restoring.undo(DOCUMENT, one)


async def test_what_was_typed_since_stays_when_it_is_undone(stage: Stage) -> None:
    stage.service.was = content_of(stage.state, "notebook")
    stage.write(0, "x = 10")
    done = await stage.restoring.restore(DOCUMENT, 1, None)
    stage.write(1, "y = 3")
    assert done is not None
    await stage.restoring.undo(DOCUMENT, done)
    await stage.desk.agrees(["x = 10", "y = 3"])


async def test_somebodys_edits_are_rolled_back_by_what_the_service_says(stage: Stage) -> None:
    fork: pycrdt.Doc[Any] = pycrdt.Doc()
    fork.apply_update(stage.state)
    before = fork.get_state()
    fork.get("cells", type=pycrdt.Array)[0]["source"].insert(0, "# ")
    stage.service.update = fork.get_update(before)

    done = await stage.restoring.roll_back(DOCUMENT, 3, 9, "juliet")
    assert stage.service.asked == [(3, 9, "juliet")]
    await stage.desk.agrees(["# x = 1", "y = 2"])
    assert done is not None
    await stage.restoring.undo(DOCUMENT, done)
    await stage.desk.agrees(["x = 1", "y = 2"])
    stage.service.update = EMPTY_UPDATE
    assert await stage.restoring.roll_back(DOCUMENT, 3, 9, "juliet") is None


async def test_what_hangs_on_edits_that_are_not_here_waits(stage: Stage) -> None:
    elsewhere: pycrdt.Doc[Any] = pycrdt.Doc()
    text = elsewhere.get("source", type=pycrdt.Text)
    text.insert(0, "unheard")
    before = elsewhere.get_state()
    text.insert(7, "!")
    stage.service.update = elsewhere.get_update(before)
    with pytest.raises(NotReadyError):
        await stage.restoring.roll_back(DOCUMENT, 0, 1, None)


async def test_a_viewer_restores_nothing(stage: Stage) -> None:
    stage.service.was = content_of(stage.state, "notebook")
    stage.write(0, "x = 10")
    before = stage.state
    stage.shared.link = replace(stage.shared.link, role=Role.VIEWER)
    with pytest.raises(ForbiddenError):
        await stage.restoring.restore(DOCUMENT, 1, None)
    with pytest.raises(ForbiddenError):
        await stage.restoring.roll_back(DOCUMENT, 0, 1, None)
    assert stage.state == before


async def test_only_the_last_ones_are_remembered(stage: Stage) -> None:
    numbers = []
    for turn in range(KEPT + 1):
        stage.service.was = content_of(stage.state, "notebook")
        stage.write(0, f"x = {turn + 7}")
        numbers.append(await stage.restoring.restore(DOCUMENT, 1, None))
    assert None not in numbers
    with pytest.raises(NotFoundError):
        await stage.restoring.undo(DOCUMENT, str(numbers[0]))
    with pytest.raises(NotFoundError):
        await stage.restoring.undo(DocumentId("e" * 32), str(numbers[-1]))


async def test_what_does_not_open_is_not_restored(stage: Stage) -> None:
    stage.service.was = content_of(stage.state, "notebook")
    stage.shared.room = None
    with pytest.raises(NotReadyError):
        await stage.restoring.restore(DOCUMENT, 1, None)
    with pytest.raises(NotFoundError):
        await stage.restoring.restore(DocumentId("e" * 32), 1, None)
    stage.shared.room = stage.desk.room
