"""Who is here: over a real hub, a real ejabberd and real Jupyter servers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.e2e.chat_tab import ChatTab, Frame, chat_tab
from tests.e2e.sitting_phone import phone_in
from tests.e2e.stage import Stage, until

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NOON = datetime(1997, 7, 16, 12, tzinfo=UTC)


async def sees(tab: ChatTab, username: str, like: Callable[[Frame], bool]) -> Frame:
    """Wait until the newest that a tab was told of somebody is `like` that."""

    async def told() -> Any:
        latest = None
        for frame in tab.frames:
            if frame["kind"] == "people":
                latest = None if frame["whole"] else latest
                found = [each for each in frame["people"] if each["username"] == username]
                latest = found[-1] if found else latest
        return latest if latest is not None and like(latest) else None

    person: Frame = await until(told, f"{username} is like that for the tab")
    return person


async def test_one_is_seen_as_one_is_and_as_one_wants_to_be(stage: Stage) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    document, room = await stage.shared(alice, "present.ipynb", "x = 1", bob="viewer")
    try:
        async with chat_tab(alice.server) as hers:
            async with chat_tab(bob.server) as his:
                at = {"document": document, "cell": "alice-0", "number": 1}
                await his.remark("activity", idle_seconds=0, at=at)
                found = await sees(hers, "bob", lambda each: bool(each["at"]))
                assert (found["show"], found["devices"]) == ("available", ["lab"])
                assert (found["at"], room in found["rooms"]) == (at, True)
                await hers.sees(
                    lambda frame: (
                        frame["kind"] == "occupants"
                        and frame["room"] == room
                        and [each["show"] for each in frame["people"] if each["username"] == "bob"]
                        == ["available"]
                    )
                )
                path = f"xmpp-bridge/api/rooms/{room}/presence"
                await bob.server.call("PUT", path, {"tells_place": False})
                await sees(hers, "bob", lambda each: each["at"] is None)
                await his.remark("activity", idle_seconds=600, at=None)
                idle = await sees(hers, "bob", lambda each: bool(each["show"] == "away"))
                assert idle["since"] is not None
                await bob.server.call("PUT", "xmpp-bridge/api/presence", {"choice": "dnd"})
                await sees(hers, "bob", lambda each: bool(each["show"] == "dnd"))
                await bob.server.call("PUT", "xmpp-bridge/api/presence", {"choice": "hidden"})
                hidden = await sees(hers, "bob", lambda each: bool(each["show"] == "xa"))
                await bob.server.call("PUT", "xmpp-bridge/api/presence", {"choice": "auto"})
                await sees(hers, "bob", lambda each: bool(each["show"] == "away"))
            gone = await sees(hers, "bob", lambda each: bool(each["show"] == "xa"))
            assert {**gone, "since": None} == {**hidden, "since": None}
            listed = (await alice.server.call("GET", "xmpp-bridge/api/people"))["people"]
            assert [each["show"] for each in listed if each["username"] == "bob"] == ["xa"]
    finally:
        await bob.server.call("PUT", "xmpp-bridge/api/presence", {"choice": "auto"})


@pytest.mark.accept
async def test_a_phone_counts_and_is_marked(stage: Stage) -> None:
    alice = stage.people["alice"]
    room = await stage.room(alice, "Mantua", carol="editor")
    async with chat_tab(alice.server) as hers:
        async with phone_in(stage, "carol", room) as phone:
            await sees(hers, "carol", lambda each: "phone" in each["devices"])
            await hers.sees(
                lambda frame: (
                    frame["kind"] == "occupants"
                    and frame["room"] == room
                    and any("phone" in each["devices"] for each in frame["people"])
                )
            )
            phone.idle(NOON)
            found = await sees(hers, "carol", lambda each: bool(each["show"] == "away"))
            assert found["since"] == NOON.isoformat()
        await sees(hers, "carol", lambda each: "phone" not in each["devices"])


@pytest.mark.accept
async def test_who_is_killed_is_gone_as_soon_as_the_xmpp_server_notices(stage: Stage) -> None:
    alice = stage.people["alice"]
    dan = await stage.enter("bob/two")
    await stage.room(alice, "Tomb", bob="editor")
    async with chat_tab(alice.server) as hers, chat_tab(dan.server) as his:
        await his.remark("activity", idle_seconds=0, at=None)
        await sees(hers, "bob", lambda each: bool(each["show"] == "available"))
        await stage.stack.kill_server("bob/two")
        await sees(hers, "bob", lambda each: bool(each["show"] == "xa"))
    await stage.restart_service()
    async with chat_tab(alice.server) as hers, chat_tab(stage.people["bob"].server) as his:
        await his.remark("activity", idle_seconds=0, at=None)
        await sees(hers, "bob", lambda each: bool(each["show"] == "available"))
