"""Sharing through people's own Jupyter servers: a link, an invitation, a lock, a folder."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from demo.rest import RefusedError
from tests.e2e.stage import Person, Stage, on_disk, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.accept,
    pytest.mark.asyncio(loop_scope="session"),
]


async def ask(person: Person, method: str, path: str, body: object = None) -> Any:
    return await person.server.call(method, f"xmpp-bridge/api/{path}", body)


async def test_a_link_leads_into_ones_own_server_and_no_further(stage: Stage) -> None:
    alice, bob, carol = (stage.people[name] for name in ("alice", "bob", "carol"))
    document, room = await stage.shared(alice, "linked-by-link.ipynb", "x = 1")
    wish = {"role": "editor", "most_uses": 1, "document": document}
    link = await ask(alice, "POST", f"rooms/{room}/links", wish)
    token = link["url"].rpartition("/")[2]

    seen = await ask(bob, "GET", f"join/{token}")
    assert (seen["joined"], seen["document"]["id"]) == (False, document)
    assert (await ask(bob, "POST", f"join/{token}"))["joined"] is True
    await bob.join(document, "linked-by-link.ipynb")
    await bob.live(document)
    with pytest.raises(RefusedError, match="as often as it may"):
        await ask(carol, "POST", f"join/{token}")

    access = await ask(alice, "GET", f"rooms/{room}/access")
    (source,) = {p["hub_user"]: p["sources"] for p in access["people"]}["bob"]
    assert (source["kind"], source["role"]) == ("link", "editor")


async def test_a_lock_makes_everybody_a_reader_and_back(stage: Stage) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    document, room = await stage.shared(alice, "locked.ipynb", "x = 1", bob="editor")
    (invitation,) = (
        each
        for each in (await ask(bob, "GET", "invitations"))["invitations"]
        if each["room"]["id"] == room
    )
    assert invitation["by"]["hub_user"] == "alice"

    async def role(person: Person, expected: str) -> bool:
        return bool((await person.status(document))["role"] == expected)

    await ask(alice, "PUT", f"documents/{document}/lock", {"reason": "pencils down"})
    for person in (alice, bob):
        await until(partial(role, person, "viewer"), f"{person.name} only reads")
    await ask(alice, "DELETE", f"documents/{document}/lock")
    await until(lambda: role(alice, "owner"), "alice owns it again")
    await until(lambda: role(bob, "editor"), "bob writes again")


async def test_what_comes_into_a_shared_folder_follows(stage: Stage) -> None:
    alice = stage.people["alice"]
    alice.write("course/one.ipynb", "x = 1")
    room = await stage.room(alice, "Course")
    answer = await ask(alice, "POST", "folders", {"path": "course", "room": room})
    assert answer["shared"] == ["course/one.ipynb"]

    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    model = {"type": "notebook", "format": "json", "content": notebook}
    await alice.server.call("PUT", "api/contents/course/two.ipynb", model)

    async def both() -> bool:
        found = await ask(alice, "GET", f"rooms/{room}")
        return {each["name"] for each in found["documents"]} == {"one.ipynb", "two.ipynb"}

    await until(both, "the second notebook is a document")
    await ask(alice, "DELETE", "folders?path=course")


async def test_the_file_of_whoever_is_taken_out_goes_where_the_owners_have_chosen_so(
    stage: Stage,
) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    document, room = await stage.shared(alice, "exam.ipynb", "x = 42", bob="editor")
    await on_disk([bob], "exam.ipynb", ["x = 42"])
    await ask(alice, "PUT", f"rooms/{room}/leavers", {"files": "remove"})
    await ask(alice, "DELETE", f"rooms/{room}/members/bob")

    async def aside() -> Path | None:
        taken = (await ask(bob, "GET", "taken"))["taken"]
        found = [each["aside"] for each in taken if each["document"] == document]
        return Path(found[0]) if found and found[0] else None

    where = await until(aside, "the file is put aside")
    assert json.loads(where.read_text())["cells"][0]["source"] == "x = 42"
    assert not (bob.home / "exam.ipynb").exists()
    linked = (await ask(bob, "GET", "documents"))["documents"]
    assert document not in {each["document"] for each in linked}
    await ask(bob, "DELETE", f"taken/{document}")
    assert await aside() is None
    assert where.exists()
