"""How people have lost work in real-time collaboration before; each test is named after the thread that tells of it.

Here a notebook is shared, and what was typed must be there once, in the tabs and on the disks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from demo import edits
from demo.collab_client import CollabClient
from tests.e2e.stage import Person, Stage, agree, on_disk, tabs

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


def add_cell(tab: CollabClient, source: str) -> None:
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}
    tab.notebook.append_cell(cell | {"execution_count": None})


def forget_stores(person: Person) -> None:
    """Delete what jupyter-collaboration and we keep of documents on this person's server."""
    stores: list[Path] = [
        *person.home.rglob(".jupyter_ystore.db"),
        *person.home.rglob("updates.log"),
    ]
    assert stores
    for store in stores:
        store.unlink()


async def _once_everywhere(
    stage: Stage, path: str, document: str, clients: list[CollabClient], sources: list[str]
) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    await agree(clients)
    assert edits.sources(clients[0].notebook) == sources
    for person in (alice, bob):
        await person.live(document)
    await on_disk([alice, bob], path, sources)


async def test_jupyterlab_10852_a_laptop_sleeps_while_others_go_on(
    stage: Stage, alice: Person, bob: Person
) -> None:
    """The tab of a laptop that wakes hours later doubles the cells, and takes the newest changes back."""
    path = "jupyterlab_10852.ipynb"
    document, _ = await stage.shared(alice, path, "x = 1", bob="editor")
    async with tabs(path, alice, alice, bob) as (desk, laptop, his):
        async with laptop.asleep():
            edits.append_text(laptop.notebook, 0, " # on the train")
            add_cell(desk, "y = 2")
            edits.append_text(his.notebook, 0, " # meanwhile")
            await agree([desk, his])
        await agree([desk, laptop, his])
        text = edits.sources(desk.notebook)[0]
        assert sorted(text) == sorted("x = 1 # on the train # meanwhile")
        await _once_everywhere(stage, path, document, [desk, laptop, his], [text, "y = 2"])


async def test_jupyterlab_14031_a_hosted_server_is_culled_under_an_open_tab(
    stage: Stage, alice: Person, bob: Person
) -> None:
    """On a hub the server goes and comes again under a tab; the notebook is damaged, its cells are doubled."""
    path = "jupyterlab_14031.ipynb"
    document, _ = await stage.shared(alice, path, "x = 1", bob="editor")
    async with tabs(path, alice, bob) as (hers, his):
        for number in range(2):
            add_cell(hers, f"before = {number}")
            await hers.acknowledged()
            await stage.stack.stop_server("alice")
            add_cell(hers, f"without = {number}")
            await stage.enter("alice")
            await hers.acknowledged()
        expected = ["x = 1", "before = 0", "without = 0", "before = 1", "without = 1"]
        await _once_everywhere(stage, path, document, [hers, his], expected)


async def test_jupyter_collaboration_219_the_notebook_is_saved(
    stage: Stage, alice: Person, bob: Person
) -> None:
    """Nothing is saved, and nothing says so: the work of hours is gone with the tab."""
    path = "jupyter_collaboration_219.ipynb"
    await stage.shared(alice, path, "x = 1", bob="editor")
    async with tabs(path, alice) as (hers,):
        add_cell(hers, "y = 2")
        await hers.acknowledged()
    await on_disk([alice, bob], path, ["x = 1", "y = 2"])


@pytest.mark.parametrize("thread", ["545", "594"])
async def test_jupyter_collaboration_545_and_594_stores_are_gone_when_the_server_is_back(
    stage: Stage, alice: Person, bob: Person, thread: str
) -> None:
    """A tab that stays open meets a server without its store: the whole document is doubled (594: an empty one)."""
    path = f"jupyter_collaboration_{thread}.ipynb"
    began = ["x = 1"] if thread == "545" else [""]  # a notebook without cells is given an empty one
    document, _ = await stage.shared(alice, path, *began, bob="editor")
    async with tabs(path, alice, bob) as (hers, his):
        add_cell(hers, "y = 2")
        add_cell(hers, "z = 3")
        await agree([hers, his])
        await alice.live(document)
        async with hers.asleep():
            await stage.stack.stop_server("alice")
            forget_stores(alice)
            await stage.enter("alice")
        await hers.acknowledged()
        await _once_everywhere(stage, path, document, [hers, his], [*began, "y = 2", "z = 3"])


async def test_jupyter_collaboration_621_a_tab_reconnects_to_a_healthy_store(
    stage: Stage, alice: Person, bob: Person
) -> None:
    """With everything in order, reconnecting alone doubles the cells."""
    path = "jupyter_collaboration_621.ipynb"
    document, _ = await stage.shared(alice, path, "x = 1", bob="editor")
    async with tabs(path, alice, bob) as (hers, his):
        for number in range(5):
            add_cell(hers, f"n = {number}")
            async with hers.asleep():
                edits.append_text(his.notebook, 0, ".")
                await his.acknowledged()
            await hers.acknowledged()
        expected = ["x = 1.....", *(f"n = {number}" for number in range(5))]
        await _once_everywhere(stage, path, document, [hers, his], expected)


async def test_jupyverse_532_a_tab_comes_back_after_the_file_was_edited_on_disk(
    stage: Stage, alice: Person, bob: Person
) -> None:
    """The file is edited on disk, the room ends with the connection, and the tab doubles the cells on its return."""
    path = "jupyverse_532.ipynb"
    document, _ = await stage.shared(alice, path, "x = 1", "y = 2", bob="editor")
    async with tabs(path, alice, bob) as (hers, his):
        edits.append_text(hers.notebook, 0, " # saved")
        await on_disk([alice], path, ["x = 1 # saved", "y = 2"])
        notebook = alice.read(path)
        notebook.cells[1].source = "y = 3"
        alice.write_notebook(path, notebook)
        await hers.until(lambda: edits.sources(hers.notebook)[1] == "y = 3", "the edit on disk")
        async with hers.asleep():
            await stage.stack.stop_server("alice")
            await stage.enter("alice")
            add_cell(his, "z = 4")
        await hers.acknowledged()
        expected = ["x = 1 # saved", "y = 3", "z = 4"]
        await _once_everywhere(stage, path, document, [hers, his], expected)


async def test_jupyter_server_documents_305_a_tab_comes_back_with_another_history(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    """The room was freed, the file went on, and the tab that comes back empties the notebook."""
    path = "jupyter_server_documents_305.ipynb"
    document, _ = await stage.shared(alice, path, "x = 1", "y = 2", bob="editor")
    async with tabs(path, alice, bob) as (hers, his):
        async with hers.asleep():
            edits.append_text(hers.notebook, 0, " # asleep")
            await stage.stack.stop_server("alice")
            notebook = alice.read(path)
            notebook.cells[1].source = "y = 3"
            alice.write_notebook(path, notebook)
            await stage.enter("alice")
            await alice.live(document)
            add_cell(his, "z = 4")
            await his.acknowledged()
        await hers.acknowledged()
        expected = ["x = 1 # asleep", "y = 3", "z = 4"]
        await _once_everywhere(stage, path, document, [hers, his], expected)
    record_property("figure", "0 lost, 0 doubled")
