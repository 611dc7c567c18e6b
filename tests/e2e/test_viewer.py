"""Who may only read: refused by ejabberd, by every receiver, by the service, and by their own server."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from demo import edits
from tests.e2e.stage import Stage, agree, on_disk, tabs, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_a_viewer_reads_live_and_their_browser_writes_nothing(stage: Stage) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    document, _ = await stage.shared(alice, "view.ipynb", "x = 1", bob="viewer")
    async with tabs("view.ipynb", alice, bob) as (hers, his):
        edits.append_text(his.notebook, 0, " # graffiti")
        await his.acknowledged()
        edits.append_text(hers.notebook, 0, " # hers")
        await his.until(lambda: "# hers" in edits.source_of(his.notebook, 0), "what alice types")
        await hers.acknowledged()
    await alice.live(document)
    await on_disk([alice, bob], "view.ipynb", ["x = 1 # hers"])


async def test_a_role_that_changes_changes_what_one_may_do_at_once(stage: Stage) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    document, room = await stage.shared(alice, "promoted.ipynb", "x = 1", bob="viewer")
    await alice.server.call("PUT", f"xmpp-bridge/api/rooms/{room}/members/bob", {"role": "editor"})

    async def promoted() -> bool:
        return bool((await bob.status(document))["role"] == "editor")

    await until(promoted, "bob is an editor")
    async with tabs("promoted.ipynb", alice, bob) as (hers, his):
        edits.append_text(his.notebook, 0, " # his")
        await agree([hers, his])
    await on_disk([alice, bob], "promoted.ipynb", ["x = 1 # his"])


async def test_a_removed_member_hears_nothing_more(stage: Stage) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    document, room = await stage.shared(alice, "removed.ipynb", "x = 1", bob="editor")
    await on_disk([bob], "removed.ipynb", ["x = 1"])
    await alice.server.call("DELETE", f"xmpp-bridge/api/rooms/{room}/members/bob")

    async def refused() -> bool:
        return bool((await bob.status(document))["state"] == "refused")

    await until(refused, "bob's server knows")
    async with tabs("removed.ipynb", alice) as (hers,):
        edits.append_text(hers.notebook, 0, " # among us")
        await hers.acknowledged()
    await alice.live(document)
    await on_disk([alice], "removed.ipynb", ["x = 1 # among us"])
    assert bob.sources("removed.ipynb") == ["x = 1"]


def as_text(update: bytes) -> str:
    return base64.b64encode(update).decode()


__all__: list[Any] = []
