"""An ordinary restart of anything between people loses nothing and doubles nothing."""

from __future__ import annotations

from typing import Any

import pytest

from demo import edits
from tests.e2e.stage import Person, Stage, agree, on_disk, tabs
from tests.e2e.typists import survive

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_the_service_restarts_while_people_type(stage: Stage, record_property: Any) -> None:
    await survive(stage, "service.ipynb", stage.restart_service, record_property)


async def test_ejabberd_is_killed_while_people_type(stage: Stage, record_property: Any) -> None:
    await survive(stage, "ejabberd.ipynb", stage.kill_ejabberd, record_property)


async def test_a_jupyter_server_is_killed_with_unsaved_edits(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    document, _ = await stage.shared(alice, "killed.ipynb", "x = 1", "y = 2", bob="editor")
    async with tabs("killed.ipynb", alice) as (hers,):
        edits.append_text(hers.notebook, 0, " # precious")
        await hers.acknowledged()
        await stage.stack.kill_server("alice")
    assert alice.sources("killed.ipynb") == ["x = 1", "y = 2"], "it was saved before the kill"
    async with tabs("killed.ipynb", bob) as (his,):
        edits.append_text(his.notebook, 1, " # meanwhile")
        await his.acknowledged()
        await bob.live(document)
    await stage.enter("alice")
    await alice.live(document)
    await on_disk([alice, bob], "killed.ipynb", ["x = 1 # precious", "y = 2 # meanwhile"])
    record_property("figure", "0 lost, 0 doubled")


async def test_the_file_is_edited_while_its_server_is_down_and_others_edit(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    document, _ = await stage.shared(alice, "offline.ipynb", "x = 1", "y = 2", bob="editor")
    await on_disk([bob], "offline.ipynb", ["x = 1", "y = 2"])
    await stage.stack.stop_server("bob")
    notebook = bob.read("offline.ipynb")
    notebook.cells[0].source = "x = 1 # by hand"
    bob.write_notebook("offline.ipynb", notebook)
    async with tabs("offline.ipynb", alice) as (hers,):
        edits.append_text(hers.notebook, 1, " # live")
        await hers.acknowledged()
        await alice.live(document)
    await stage.enter("bob")
    await bob.live(document)
    await on_disk([alice, bob], "offline.ipynb", ["x = 1 # by hand", "y = 2 # live"])
    record_property("figure", "both edits on both disks")


async def test_the_file_is_edited_outside_jupyter_while_somebody_types(
    stage: Stage, alice: Person, bob: Person
) -> None:
    document, _ = await stage.shared(alice, "outside.ipynb", "x = 1", "y = 2", bob="editor")
    async with tabs("outside.ipynb", alice, bob) as (hers, his):
        edits.append_text(hers.notebook, 0, " # typed")
        await hers.acknowledged()
        await on_disk([bob], "outside.ipynb", ["x = 1 # typed", "y = 2"])
        notebook = bob.read("outside.ipynb")
        notebook.cells[1].source = "y = 3"
        bob.write_notebook("outside.ipynb", notebook)
        edits.append_text(hers.notebook, 0, " and typed")
        await hers.until(
            lambda: edits.sources(hers.notebook) == ["x = 1 # typed and typed", "y = 3"],
            "bob's edit on disk",
        )
        await agree([hers, his])
    await alice.live(document)
    await on_disk([alice, bob], "outside.ipynb", ["x = 1 # typed and typed", "y = 3"])


async def test_all_leave_and_then_somebody_new_joins(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    document, room = await stage.shared(alice, "empty.ipynb", "x = 1", bob="editor")
    async with tabs("empty.ipynb", alice, bob) as (hers, his):
        edits.append_text(hers.notebook, 0, " # hers")
        edits.append_text(his.notebook, 0, " # his")
        content = await agree([hers, his])
    await alice.live(document)
    await bob.live(document)
    await alice.server.call(
        "PUT", f"xmpp-bridge/api/rooms/{room}/members/carol", {"role": "editor"}
    )
    await stage.stack.stop_server("alice")
    await stage.stack.stop_server("bob")
    carol = stage.people["carol"]
    await carol.join(document, "found.ipynb")
    await carol.live(document)
    await on_disk([carol], "found.ipynb", [cell["source"] for cell in content["cells"]])
    for name in ("alice", "bob"):
        await stage.enter(name)
    record_property("figure", "joined from the durable copy alone")
