"""What is in a shared folder becomes documents, and what comes into it later."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.server_extension.folders import Folders
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    ConflictError,
    NotFoundError,
    UnavailableError,
)

ROOM, OTHER = RoomId("1" * 32), RoomId("2" * 32)


class Sharer:
    """Makes documents of files, as `Linking` does."""

    def __init__(self) -> None:
        self.shared: list[str] = []
        self.away = False

    async def share(self, path: str, room: str) -> None:
        if self.away:
            raise UnavailableError("the hub service is away")
        if path in self.shared:
            raise ConflictError(f"{path} is shared already")
        if path.endswith(".sh"):
            raise BadPayloadError("the file is not writable")
        self.shared.append(path)


@pytest.fixture
def sharer() -> Sharer:
    return Sharer()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    course = tmp_path / "home" / "course"
    (course / "week 1").mkdir(parents=True)
    (course / ".ipynb_checkpoints").mkdir()
    for name in ("one.ipynb", "notes.md", "week 1/two.ipynb", ".ipynb_checkpoints/one.ipynb"):
        (course / name).write_text("{}")
    (course / "picture.png").write_bytes(b"\x89PNG")
    return tmp_path / "home"


@pytest.fixture
def folders(home: Path, sharer: Sharer) -> Folders:
    contents = AsyncLargeFileManager(root_dir=str(home))
    return Folders(home.parent / "state" / "folders.json", lambda: contents, sharer, every=0.01)


async def test_notebooks_and_texts_are_shared_and_nothing_else(
    folders: Folders, sharer: Sharer
) -> None:
    outcome = await folders.share("course", ROOM)

    names = {"course/one.ipynb", "course/notes.md", "course/week 1/two.ipynb"}
    assert set(outcome.shared) == set(sharer.shared) == names
    assert outcome.refused == {}


async def test_what_comes_later_follows_and_what_failed_is_tried_again(
    folders: Folders, sharer: Sharer, home: Path
) -> None:
    await folders.share("course", ROOM)
    (home / "course" / "three.ipynb").write_text("{}")
    sharer.away = True
    running = asyncio.create_task(folders.run())
    folders.files_changed()
    await asyncio.sleep(0)
    sharer.away = False
    async with asyncio.timeout(10):
        while "course/three.ipynb" not in sharer.shared:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait([running])


async def test_why_a_file_was_not_shared_is_told(folders: Folders, home: Path) -> None:
    (home / "course" / "run.sh").write_text("exit")
    outcome = await folders.share("course", ROOM)
    assert outcome.refused == {"course/run.sh": "the file is not writable"}


async def test_a_folder_is_of_one_room_and_is_remembered_until_it_is_stopped(
    folders: Folders, sharer: Sharer, home: Path
) -> None:
    await folders.share("course", ROOM)
    with pytest.raises(ConflictError):
        await folders.share("course", OTHER)
    with pytest.raises(NotFoundError):
        await folders.share("nowhere", ROOM)
    record = home.parent / "state" / "folders.json"
    again = Folders(record, lambda: None, sharer)
    assert dict(again.all) == {"course": ROOM}
    again.stop("course")
    with pytest.raises(NotFoundError):
        again.stop("course")
    assert dict(Folders(record, lambda: None, sharer).all) == {}
    record.write_text("[")
    assert dict(Folders(record, lambda: None, sharer).all) == {}
