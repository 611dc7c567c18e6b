"""A room takes its files back: each is put aside whole, whatever happens, and its owner reads where it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from xmpp_bridge.documents.shared_file import SharedFile
from xmpp_bridge.documents.shared_files import SharedFiles
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.parting import Parted
from xmpp_bridge.server_extension.taking_back import TakingBack
from xmpp_bridge.xmpp.errors import NotFoundError, UnavailableError

SONNET = DocumentId("0f" * 16)
CELL = {"cell_type": "code", "id": "a", "source": "x = 1", "metadata": {}, "outputs": []}
NOTEBOOK = {
    "cells": [{**CELL, "execution_count": None}],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}
PARTED = Parted(SONNET, "sonnet.ipynb", "Orchard")


class Juliet:
    """Her server: one linked notebook."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.contents = AsyncLargeFileManager(root_dir=str(home))
        self.files = SharedFiles()
        self.partings: list[Parted] = []
        self.left: list[DocumentId] = []
        self.told = 0
        self.fails: Exception | None = None
        self.away = False
        link = SimpleNamespace(file_id="id", document=SONNET)
        self.files.add(cast("SharedFile", SimpleNamespace(link=link, document=SONNET, room=None)))
        (home / "sonnet.ipynb").write_text(json.dumps(NOTEBOOK))
        self.taking_back = self.restarted()

    def restarted(self) -> TakingBack:
        return TakingBack(
            self.home / ".data" / "taken.json",
            self.home / ".data" / "aside",
            self.files,
            self,
            self._partings,
            self._leave,
            self._on_news,
            lambda: datetime(2026, 11, 29, 9, tzinfo=UTC),
        )

    def path(self, _file_id: str) -> str | None:
        return "sonnet.ipynb"

    async def file_exists(self, path: str) -> bool:
        return bool(await self.contents.file_exists(path))

    async def delete(self, path: str) -> None:
        if self.fails is not None:
            raise self.fails
        (self.home / path).unlink()

    async def _partings(self) -> list[Parted]:
        if self.away:
            raise UnavailableError("the service is away")
        return self.partings

    async def _leave(self, document: DocumentId) -> None:
        self.left.append(document)
        self.files.remove(cast("SharedFile", self.files.of(document)))

    def _on_news(self) -> None:
        self.told += 1

    @property
    def aside(self) -> Path:
        (taken,) = self.taking_back.all.values()
        return Path(str(taken.aside))


@pytest.fixture
def juliet(tmp_path: Path) -> Juliet:
    return Juliet(tmp_path)


def content(path: Path) -> Any:
    return json.loads(path.read_text())["cells"][0]["source"]


async def test_the_file_is_put_aside_whole_and_its_owner_is_told_where(juliet: Juliet) -> None:
    juliet.partings = [PARTED]
    await juliet.taking_back.look()
    assert juliet.left == [SONNET]
    assert not (juliet.home / "sonnet.ipynb").exists()
    assert content(juliet.aside) == "x = 1"
    assert juliet.aside.name.endswith("-sonnet.ipynb")
    (taken,) = juliet.taking_back.all.values()
    assert (taken.name, taken.room, taken.path) == ("sonnet.ipynb", "Orchard", "sonnet.ipynb")
    assert juliet.told > 1
    # It is told again until it was read of, and then no more.
    juliet.taking_back = juliet.restarted()
    where = juliet.aside
    juliet.taking_back.dismiss(SONNET)
    assert juliet.restarted().all == {}
    assert where.exists()
    with pytest.raises(NotFoundError):
        juliet.taking_back.dismiss(SONNET)


async def test_whoever_is_in_or_keeps_the_files_loses_nothing(juliet: Juliet) -> None:
    await juliet.taking_back.look()
    juliet.partings = [Parted(DocumentId("1" * 32), "masque.ipynb", "Hall")]
    await juliet.taking_back.look()
    assert juliet.left == []
    assert (juliet.home / "sonnet.ipynb").exists()
    assert juliet.taking_back.all == {}


async def test_what_was_begun_is_finished_after_a_restart(juliet: Juliet) -> None:
    juliet.partings, juliet.fails = [PARTED], OSError("the disk is gone")
    with pytest.raises(OSError, match="disk"):
        await juliet.taking_back.look()
    assert (juliet.home / "sonnet.ipynb").exists()
    juliet.fails, juliet.taking_back = None, juliet.restarted()
    await juliet.taking_back.look()
    assert not (juliet.home / "sonnet.ipynb").exists()
    assert content(juliet.aside) == "x = 1"


async def test_a_service_that_is_away_takes_nothing(juliet: Juliet) -> None:
    juliet.partings, juliet.away = [PARTED], True
    with pytest.raises(UnavailableError):
        await juliet.taking_back.look()
    assert juliet.left == []


async def test_a_record_that_cannot_be_read_takes_nothing(juliet: Juliet) -> None:
    (juliet.home / ".data").mkdir()
    (juliet.home / ".data" / "taken.json").write_text("[{}]")
    assert juliet.restarted().all == {}
