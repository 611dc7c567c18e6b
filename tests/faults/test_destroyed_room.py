"""Somebody destroys rooms on the XMPP server."""

from __future__ import annotations

from typing import Any

import pytest

from demo import edits
from tests.e2e.chat_tab import chat_tab
from tests.e2e.stage import Person, Stage, agree, on_disk, tabs
from tests.faults.destruction import admin_of

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_rooms_destroyed_behind_our_back_are_made_again_and_nothing_is_lost(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    document, room = await stage.shared(alice, "destroyed.ipynb", "x = 1", "y = 2", bob="editor")
    admin, settings = admin_of(stage)
    async with tabs("destroyed.ipynb", alice, bob) as (hers, his):
        edits.append_text(hers.notebook, 0, " # before")
        await agree([hers, his])
        async with chat_tab(alice.server) as her_chat, chat_tab(bob.server) as his_chat:
            await her_chat.ask("post", room=room, client_id="a1", body="Said before")
            await his_chat.message("Said before")
            for name, service in (
                (document, settings.documents),
                (document, settings.awareness),
                (room, settings.rooms),
            ):
                await admin.destroy_room(name, service)
            edits.append_text(hers.notebook, 0, " and after")
            edits.append_text(his.notebook, 1, " # after")
            await her_chat.ask("post", room=room, client_id="a2", body="Said after")
            await his_chat.message("Said after")
            page = await his_chat.ask("page", room=room, limit=50)
            assert [message["body"] for message in page["messages"]] == [
                "Said before",
                "Said after",
            ]
        await agree([hers, his])
        await alice.live(document)
        await bob.live(document)
    await on_disk([alice, bob], "destroyed.ipynb", ["x = 1 # before and after", "y = 2 # after"])
    record_property("figure", "three rooms destroyed, made again, 0 lost")
