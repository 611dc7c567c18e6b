"""A Jupyter server dies between emptying a file and writing it, which is how jupyter_server saves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo import edits
from tests.e2e.stage import Person, Stage, agree, on_disk, tabs, until
from tests.faults.shelf import Shelf

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

CONFIGURATION = """
import contextlib, os, pathlib, signal
from jupyter_server.services.contents.fileio import FileManagerMixin

DEADLY = pathlib.Path({deadly!r})
atomic_writing = FileManagerMixin.atomic_writing


@contextlib.contextmanager
def dying(self, os_path, *arguments, **options):
    with atomic_writing(self, os_path, *arguments, **options) as file:
        if DEADLY.exists() and DEADLY.read_text() == os.path.basename(os_path):
            os.kill(os.getpid(), signal.SIGKILL)
        yield file


FileManagerMixin.atomic_writing = dying
"""


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}/exe").exists()  # a zombie has none


def content(file: Path) -> bytes:
    return file.read_bytes()


class Deadly:
    """Bob's server, which dies when it writes the file of this name, for as long as one is given."""

    def __init__(self, stage: Stage, bob: Person) -> None:
        self._stage = stage
        self._bob = bob
        self._name = bob.home / "deadly"
        self.configuration = bob.home / ".jupyter" / "jupyter_server_config.py"

    async def begin(self) -> None:
        self.configuration.parent.mkdir(exist_ok=True)
        self.configuration.write_text(CONFIGURATION.format(deadly=str(self._name)))
        await self._again()

    async def dies_writing(self, file: Path) -> None:
        """Wait until it has, with the file empty; and start it again."""
        pid = await self._stage.stack.server_pid(self._bob.name)

        async def died() -> bool:
            return not is_running(pid)

        await until(died, "bob's server has died")
        assert content(file) == b""
        self._name.unlink()
        await self._again()

    def name(self, file: Path) -> None:
        self._name.write_text(file.name)

    async def _again(self) -> None:
        await self._stage.stack.stop_server(self._bob.name)
        await self._stage.enter(self._bob.name)


@pytest.fixture
def deadly(stage: Stage, bob: Person) -> Iterator[Deadly]:
    deadly = Deadly(stage, bob)
    yield deadly
    deadly.configuration.unlink(missing_ok=True)


async def test_a_server_killed_while_it_writes_a_text_deletes_nothing(
    stage: Stage, alice: Person, bob: Person, deadly: Deadly, record_property: Any
) -> None:
    await deadly.begin()
    shelf = Shelf(stage, "cut-off")
    await shelf.fill(1)
    [(path, document)] = shelf.documents.items()
    deadly.name(bob.home / path)
    shelf.write(bob, path, "document 0\nI am hurt.\n")
    await shelf.has(alice, path, "document 0\nI am hurt.\n")

    await deadly.dies_writing(bob.home / path)

    await bob.live(document)
    for person in (bob, alice):
        await shelf.has(person, path, "document 0\nI am hurt.\n")
    shelf.write(alice, path, "document 0\nI am hurt.\nA plague o' both your houses!\n")
    for person in (alice, bob):
        await shelf.has(person, path, "document 0\nI am hurt.\nA plague o' both your houses!\n")
    record_property("figure", "a text: 0 lost")


async def test_a_server_killed_while_it_writes_a_notebook_deletes_nothing(
    stage: Stage, alice: Person, bob: Person, deadly: Deadly, record_property: Any
) -> None:
    await deadly.begin()
    path = "cut-off.ipynb"
    document, _ = await stage.shared(alice, path, "x = 1", "y = 2", bob="editor")
    async with tabs(path, alice) as (hers,):
        deadly.name(bob.home / path)
        edits.append_text(hers.notebook, 0, " # hers")
        await agree([hers])

        await deadly.dies_writing(bob.home / path)

        await bob.live(document)
        await alice.live(document)
        assert edits.sources(hers.notebook) == ["x = 1 # hers", "y = 2"]
    await on_disk([alice, bob], path, ["x = 1 # hers", "y = 2"])
    record_property("figure", "a notebook: 0 lost")
