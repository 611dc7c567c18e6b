"""Journey 1, between people's own Jupyter servers: what one types the others have, live and on disk."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest

from demo import edits
from demo.collab_client import CollabClient
from demo.rest import RefusedError
from tests.e2e.collab_client import RandomEditor
from tests.e2e.stage import Person, Stage, agree, on_disk, tabs, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

EDITS = 1000
IDLE_SECONDS = 30.0


async def test_what_one_types_the_other_sees_and_has_on_disk(
    stage: Stage, alice: Person, bob: Person
) -> None:
    await stage.shared(alice, "two.ipynb", "x = 1", "y = 2", bob="editor")
    async with tabs("two.ipynb", alice, bob) as (hers, his):
        edits.append_text(hers.notebook, 0, " # hello")
        edits.append_text(his.notebook, 1, " # né 🌹")
        await agree([hers, his])
        assert edits.sources(hers.notebook) == ["x = 1 # hello", "y = 2 # né 🌹"]
    await on_disk([alice, bob], "two.ipynb", ["x = 1 # hello", "y = 2 # né 🌹"])


async def test_text_files_are_shared_too(stage: Stage, alice: Person, bob: Person) -> None:
    (alice.home / "notes.md").write_text("# Notes\n")
    room = await stage.room(alice, bob="editor")
    document = (await alice.share("notes.md", room))["document"]
    await alice.live(document)
    await bob.join(document, "from-alice.md")
    await bob.live(document)

    async def arrived() -> bool:
        return (bob.home / "from-alice.md").read_text() == "# Notes\n"

    await until(arrived, "the text is on bob's disk")


@pytest.mark.parametrize("people", [pytest.param(2, marks=pytest.mark.accept), 3])
async def test_random_edits_of_all_at_once_end_equal_and_then_it_is_quiet(
    stage: Stage, people: int, record_property: Any
) -> None:
    crowd = [stage.people[name] for name in ("alice", "bob", "carol")[:people]]
    path = f"random-{people}.ipynb"
    members = {person.name: "editor" for person in crowd[1:]}
    document, _ = await stage.shared(
        crowd[0], path, *(f"cell {number}" for number in range(8)), **members
    )
    async with tabs(path, *crowd) as clients:
        editors = [
            RandomEditor(client.notebook, Random(seed)) for seed, client in enumerate(clients)
        ]
        for number in range(EDITS):
            editors[number % people].edit()
            await asyncio.sleep(0)  # everybody's messages get their turn
            if number % 10 == 0:
                await asyncio.sleep(0.01)
        for client in clients:
            await client.acknowledged()
        await until(lambda: _undoubled(clients), "no cell is there twice")
        content = await agree(clients)
        sources = [cell["source"] for cell in content["cells"]]
        await on_disk(crowd, path, sources)
        notebooks = [person.read(path) for person in crowd]
        assert all(notebook == notebooks[0] for notebook in notebooks)

        for person in crowd:
            await person.live(document)
        before = [await _traffic(person) for person in crowd]
        await asyncio.sleep(IDLE_SECONDS)  # the claim is about this time
        after = [await _traffic(person) for person in crowd]
        assert after == before
    record_property("figure", f"{EDITS} edits, {people} servers, {IDLE_SECONDS:.0f} s idle: 0 + 0")


async def _undoubled(clients: list[CollabClient]) -> bool:
    """Moves of one cell by two people at once leave two clones, as in JupyterLab; the servers make them one."""
    ids = [edits.cell_ids(client.notebook) for client in clients]
    return all(len(each) == len(set(each)) for each in ids)


async def _traffic(person: Person) -> tuple[float, float]:
    return (
        await person.count("xmpp_bridge_server_updates_sent_total"),
        await person.count("xmpp_bridge_server_saves_total"),
    )


async def test_cursors_carry_the_name_the_hub_vouches_for(
    stage: Stage, alice: Person, bob: Person
) -> None:
    await stage.shared(alice, "cursors.ipynb", "x = 1", bob="editor")
    async with tabs("cursors.ipynb", alice, bob) as (hers, his):
        await hers.until(lambda: "bob" in hers.people, "bob's cursor at alice's")
        his.introduce({"username": "carol", "name": "carol", "display_name": "Not Carol"})
        his.awareness.set_local_state_field("cursors", [{"anchor": 1}])
        await hers.until(
            lambda: any(
                state.get("cursors") == [{"anchor": 1}] for state in hers.awareness.states.values()
            ),
            "bob's move",
        )
        assert hers.people == {"alice", "bob"}


async def test_a_newcomers_tab_sees_who_is_there(
    stage: Stage, alice: Person, bob: Person, carol: Person
) -> None:
    await stage.shared(alice, "here.ipynb", "x = 1", bob="editor", carol="viewer")
    async with tabs("here.ipynb", alice, bob), tabs("here.ipynb", carol) as (hers,):
        await hers.until(lambda: {"alice", "bob"} <= hers.people, "both cursors")


async def test_rename_while_somebody_types(stage: Stage, alice: Person, bob: Person) -> None:
    await stage.shared(alice, "before.ipynb", "x = 1", bob="editor")
    async with tabs("before.ipynb", alice, bob) as (hers, his):
        typing = asyncio.create_task(_type_slowly(hers.notebook, "abcdefghij" * 4))
        await bob.server.call("PATCH", "api/contents/before.ipynb", {"path": "after.ipynb"})
        await typing
        await agree([hers, his])
        expected = ["x = 1" + "abcdefghij" * 4]
        assert edits.sources(his.notebook) == expected
        assert hers.notebook.path == "before.ipynb"
        await his.until(lambda: his.notebook.path == "after.ipynb", "the new path at bob's")
    await on_disk([alice], "before.ipynb", expected)
    await on_disk([bob], "after.ipynb", expected)
    assert not (bob.home / "before.ipynb").exists()


async def _type_slowly(notebook: Any, text: str) -> None:
    for character in text:
        edits.append_text(notebook, 0, character)
        await asyncio.sleep(0.02)


async def test_a_copy_is_not_linked(stage: Stage, alice: Person, bob: Person) -> None:
    document, _ = await stage.shared(alice, "original.ipynb", "x = 1", bob="editor")
    copy = await bob.server.call("POST", "api/contents/", {"copy_from": "original.ipynb"})
    linked = await bob.server.call("GET", "xmpp-bridge/api/documents")
    assert copy["path"] not in [each["path"] for each in linked["documents"]]
    async with tabs(copy["path"], bob) as (tab,):
        edits.append_text(tab.notebook, 0, " # mine")
        await tab.acknowledged()
    await alice.live(document)
    assert alice.sources("original.ipynb") == ["x = 1"]


async def test_join_over_an_unrelated_file_keeps_it_beside(
    stage: Stage, alice: Person, bob: Person
) -> None:
    alice.write("mine.ipynb", "shared = True")
    bob.write("mine.ipynb", "something = 'else'")
    room = await stage.room(alice, bob="editor")
    document = (await alice.share("mine.ipynb", room))["document"]
    await alice.live(document)
    await bob.join(document, "mine.ipynb")
    await on_disk([alice, bob], "mine.ipynb", ["shared = True"])
    (backup,) = bob.home.glob("mine.before-sharing-*.ipynb")
    assert bob.sources(backup.name) == ["something = 'else'"]


async def test_leaving_keeps_the_file_and_ends_the_link(
    stage: Stage, alice: Person, bob: Person
) -> None:
    document, _ = await stage.shared(alice, "left.ipynb", "x = 1", bob="editor")
    await bob.server.call("DELETE", f"xmpp-bridge/api/documents/{document}")
    async with tabs("left.ipynb", alice, bob) as (hers, his):
        edits.append_text(hers.notebook, 0, " # alone")
        edits.append_text(his.notebook, 0, " # free")
        await hers.acknowledged()
        await his.acknowledged()
        await on_disk([alice], "left.ipynb", ["x = 1 # alone"])
        await on_disk([bob], "left.ipynb", ["x = 1 # free"])
    with pytest.raises(RefusedError, match="404"):
        await bob.status(document)


async def test_deleting_the_file_is_not_leaving(stage: Stage, alice: Person, bob: Person) -> None:
    document, _ = await stage.shared(alice, "gone.ipynb", "x = 1", bob="editor")
    await bob.server.call("DELETE", "api/contents/gone.ipynb")

    async def missing() -> bool:
        return bool((await bob.status(document))["state"] == "file-missing")

    await until(missing, "bob's file is missed")
    async with tabs("gone.ipynb", alice) as (hers,):
        edits.append_text(hers.notebook, 0, " # meanwhile")
        await hers.acknowledged()
    await alice.live(document)
    await bob.join(document, "found.ipynb")
    await on_disk([bob], "found.ipynb", ["x = 1 # meanwhile"])


async def test_what_is_not_shared_with_somebody_does_not_exist_for_them(
    stage: Stage, alice: Person, carol: Person
) -> None:
    document, _ = await stage.shared(alice, "secret.ipynb", "x = 1")
    with pytest.raises(RefusedError, match="404"):
        await carol.join(document, "secret.ipynb")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"path": "../../etc/passwd", "room": "0" * 32}, 400),
        ({"path": "nowhere.ipynb", "room": "0" * 32}, 404),
        ({"path": "x.ipynb", "document": "no-id"}, 400),
    ],
)
async def test_bad_input_gets_a_clear_error(
    alice: Person, body: dict[str, str], status: int
) -> None:
    with pytest.raises(RefusedError) as refused:
        await alice.server.call("POST", "xmpp-bridge/api/documents", body)
    assert refused.value.status == status
