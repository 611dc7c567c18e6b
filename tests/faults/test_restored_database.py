"""The service's database is lost, and what is put in its place is older than what people have."""

from __future__ import annotations

from typing import Any

import pytest

from demo import edits
from tests.e2e.chat_tab import chat_tab
from tests.e2e.stage import Stage, agree, on_disk, tabs
from tests.faults.backup import back_up, restore

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_what_was_done_since_the_backup_comes_back_from_the_members(
    stage: Stage, record_property: Any
) -> None:
    alice, bob, carol = (stage.people[name] for name in ("alice", "bob", "carol"))
    document, room = await stage.shared(alice, "restored.ipynb", "x = 1", "y = 2", bob="editor")
    await alice.server.call(
        "PUT", f"xmpp-bridge/api/rooms/{room}/members/carol", {"role": "editor"}
    )
    async with tabs("restored.ipynb", alice, bob) as (hers, his), chat_tab(alice.server) as chat:
        edits.append_text(hers.notebook, 0, " # before")
        await agree([hers, his])
        await alice.live(document)
        backup = back_up(stage)
        edits.append_text(hers.notebook, 0, " and after")
        edits.append_text(his.notebook, 1, " # after")
        await agree([hers, his])
        for person in (alice, bob):
            await person.live(document)
        await chat.ask("post", room=room, client_id="a1", body="Said after the backup")
        await chat.message("Said after the backup", state="sent")
        await chat.delivered("Said after the backup")

        await restore(stage, backup)
        edits.append_text(his.notebook, 1, " and since")
        expected = ["x = 1 # before and after", "y = 2 # after and since"]
        await agree([hers, his])
        for person in (alice, bob):
            await person.live(document)
        assert edits.sources(hers.notebook) == expected
    await on_disk([alice, bob], "restored.ipynb", expected)
    for name in ("alice", "bob"):
        await stage.stack.stop_server(name)
    try:
        await carol.join(document, "found-after.ipynb")
        await carol.live(document)
        await on_disk([carol], "found-after.ipynb", expected)
        async with chat_tab(carol.server) as chat:
            await chat.in_room(room, "carol")
            page = await chat.ask("page", room=room, limit=50)
        assert [message["body"] for message in page["messages"]] == ["Said after the backup"]
    finally:
        for name in ("alice", "bob"):
            await stage.enter(name)
    record_property("figure", "all edits and messages since the backup, from members and ejabberd")
