"""A linked room and its file: what others write there is merged, in whichever moment they write it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import nbformat
import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from jupyter_server_fileid.manager import ArbitraryFileIdManager
from jupyter_server_ydoc.loaders import FileLoader
from jupyter_ydoc import YNotebook
from nbformat.reader import NotJSONError

from demo import edits
from tests.documents.test_falling_asleep import LINK, Silence
from xmpp_bridge.documents.linked_room import ChosenRoom, LinkedRoom
from xmpp_bridge.documents.shared_file import Network, SharedFile
from xmpp_bridge.documents.shared_files import SharedFiles

PATH = "orchard.ipynb"
POLL = 0.02


class Events:
    """Whom the room tells what it does; nobody."""

    def emit(self, **_event: Any) -> None: ...


class Company:
    others = frozenset[str]()

    def is_ours(self, _client: int) -> bool:
        return True

    def owner(self, _client: int) -> str | None:
        return None

    def display_name(self, jid: str) -> str:
        return jid


class Alone(Silence):
    company = Company()  # type: ignore[assignment] # of somebody this time


class Desk:
    """A notebook of two cells that Romeo has shared, open on his server."""

    def __init__(self, room: LinkedRoom, contents: AsyncLargeFileManager) -> None:
        self.room = room
        self.contents = contents
        self.file = Path(contents.root_dir) / PATH
        self.notebook: YNotebook = room._document

    @property
    def sources(self) -> list[str]:
        return edits.sources(self.notebook)

    def on_disk(self) -> list[str]:
        try:
            notebook = nbformat.read(self.file, as_version=4)  # type: ignore[no-untyped-call]
        except NotJSONError:
            return []  # jupyter_server rewrites a file in place: we looked in between
        return [cell.source for cell in notebook.cells]

    def edit_on_disk(self, index: int, source: str, modified: int | None = None) -> None:
        """As `mv` puts a file there: another one, as old as it is."""
        notebook = nbformat.read(self.file, as_version=4)  # type: ignore[no-untyped-call]
        notebook.cells[index].source = source
        new = self.file.with_suffix(".new")
        nbformat.write(notebook, new)  # type: ignore[no-untyped-call]
        if modified is not None:
            os.utime(new, ns=(modified, modified))
        new.replace(self.file)

    async def agrees(self, sources: list[str]) -> None:
        """Document and file say this."""
        async with asyncio.timeout(5):
            while not self.sources == self.on_disk() == sources:
                await asyncio.sleep(POLL)


@asynccontextmanager
async def opened(
    tmp_path: Path, poll: float | None = POLL, save_delay: float | None = POLL
) -> AsyncIterator[Desk]:
    async def write_file(_path: str, _model: dict[str, Any]) -> None: ...

    async def is_busy(_path: str) -> bool:
        return False

    folder = tmp_path / "home"
    folder.mkdir()
    contents = AsyncLargeFileManager(root_dir=str(folder))
    cells = [edits.code_cell("x = 1"), edits.code_cell("y = 2")]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / PATH).write_text(json.dumps(notebook))
    ids = ArbitraryFileIdManager(root_dir=str(folder), db_path=str(tmp_path / "ids.db"))
    link = replace(LINK, file_id=ids.index(PATH), type="notebook", format="json", creator=True)
    files = SharedFiles()
    files.add(
        SharedFile(
            link,
            tmp_path / "link",
            "romeo",
            lambda *_: cast("Network", Alone()),
            write_file,
            is_busy,
        )
    )
    loader = FileLoader(link.file_id, ids, contents, poll_interval=poll)
    log = logging.getLogger(__name__)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ChosenRoom, "shared_files", files, raising=False)
        room = LinkedRoom(
            link.room_id, "json", "notebook", loader, Events(), None, log, save_delay=save_delay
        )
    starting = asyncio.create_task(room.start())
    try:
        await room.initialize()
        desk = Desk(room, contents)
        await room.save()
        yield desk
    finally:
        streams = (room._update_send_stream, room._update_receive_stream)
        if loader.number_of_subscriptions:
            await room.stop()
        await starting
        for stream in streams:  # COMPAT(pycrdt 0.14): left open
            stream.close()
        await loader.clean()
        ids.con.close()


def after(contents: Any, step: str, act: Callable[[], None]) -> None:
    """Act once, when the contents manager has done this step of its next save."""
    original = getattr(contents, step)

    async def acting(*arguments: Any, **options: Any) -> Any:
        done = await original(*arguments, **options)
        setattr(contents, step, original)
        act()
        return done

    setattr(contents, step, acting)


async def test_who_edits_the_file_as_soon_as_it_is_written_is_not_taken_for_us(
    tmp_path: Path,
) -> None:
    """Before the contents manager has looked how old the file is that it wrote (jupyverse#532, in CI)."""
    async with opened(tmp_path) as desk:
        after(desk.contents, "_save_notebook", lambda: desk.edit_on_disk(1, "y = 3"))
        edits.append_text(desk.notebook, 0, " # saved")
        await desk.agrees(["x = 1 # saved", "y = 3"])


async def test_who_edits_the_file_while_we_look_at_what_we_wrote_is_not_taken_for_us(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as desk:
        after(desk.contents, "save", lambda: desk.edit_on_disk(1, "y = 3"))
        edits.append_text(desk.notebook, 0, " # saved")
        await desk.agrees(["x = 1 # saved", "y = 3"])


@pytest.mark.parametrize("age", [0, 3600 * 10**9], ids=["as old", "an hour older"])
async def test_a_file_that_is_no_newer_is_another_one_all_the_same(
    tmp_path: Path, age: int
) -> None:
    """As `mv`, `cp -p` and `rsync` bring it, or whose clock was stepped back."""
    async with opened(tmp_path) as desk:
        modified = desk.file.stat().st_mtime_ns - age
        desk.edit_on_disk(1, "y = 3", modified)
        await desk.agrees(["x = 1", "y = 3"])


async def test_a_file_that_is_no_newer_is_not_written_over(tmp_path: Path) -> None:
    """Who types in the moment before it is noticed saves with it."""
    async with opened(tmp_path) as desk:
        modified = desk.file.stat().st_mtime_ns
        desk.edit_on_disk(1, "y = 3", modified)
        edits.append_text(desk.notebook, 0, " # typed")
        await desk.room.save()
        await desk.agrees(["x = 1 # typed", "y = 3"])


async def test_who_only_asks_whether_it_is_saved_hides_no_edit(tmp_path: Path) -> None:
    """As a document does that is about to fall asleep."""
    async with opened(tmp_path, poll=None, save_delay=None) as desk:
        desk.edit_on_disk(1, "y = 3")
        assert not await desk.room.is_saved()
        edits.append_text(desk.notebook, 0, " # typed")
        await desk.room.save()
        await desk.room.save()
        await desk.agrees(["x = 1 # typed", "y = 3"])


async def test_a_renamed_file_has_its_new_path_in_the_document(tmp_path: Path) -> None:
    async with opened(tmp_path) as desk:
        desk.file = desk.file.rename(desk.file.with_name("tomb.ipynb"))
        desk.room._file._file_id_manager.move(PATH, "tomb.ipynb")
        async with asyncio.timeout(5):
            while desk.notebook.path != "tomb.ipynb":
                await asyncio.sleep(POLL)
        edits.append_text(desk.notebook, 0, " # saved")
        await desk.agrees(["x = 1 # saved", "y = 2"])


async def test_a_file_that_is_half_written_is_read_when_it_is_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(tmp_path) as desk:
        whole = desk.file.read_text().replace("y = 2", "y = 3")
        desk.file.write_text(whole[:100])
        async with asyncio.timeout(5):
            while "file not read" not in caplog.text:
                await asyncio.sleep(POLL)
        desk.file.write_text(whole)
        await desk.agrees(["x = 1", "y = 3"])


async def test_a_room_that_closes_in_the_middle_of_a_save_ends_it_first(tmp_path: Path) -> None:
    """FileLoader swallows the cancellation of a save, and whoever waited for its end would wait for ever."""
    async with opened(tmp_path) as desk:
        closing: list[asyncio.Task[None]] = []
        after(
            desk.contents,
            "_save_notebook",
            lambda: closing.append(asyncio.create_task(desk.room.stop())),
        )
        edits.append_text(desk.notebook, 0, " # saved")
        async with asyncio.timeout(5):
            while not closing:
                await asyncio.sleep(POLL)
            await closing[0]
        assert desk.on_disk() == ["x = 1 # saved", "y = 2"]
        base = desk.room.shared.journal.base
        assert base is not None
        assert base.content["cells"][0]["source"] == "x = 1 # saved"
