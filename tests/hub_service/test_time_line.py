"""A document's time line by REST and as a page: for its members, and for nobody else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import quote

import pycrdt
import pytest

from tests.documents.notebooks import cells_of, new_cell
from tests.hub_service.client import Client
from tests.hub_service.fake_hub import NOON
from tests.hub_service.test_openapi import conforms
from tests.hub_service.world import World
from xmpp_bridge.documents.entry import Entry
from xmpp_bridge.documents.update import EMPTY_UPDATE, read_update
from xmpp_bridge.hub_service.scopes import ROOMS_WRITE
from xmpp_bridge.hub_service.sharing import OpenDocument
from xmpp_bridge.rooms.room import DocumentFormat, DocumentType


class Desk:
    """Who writes, and what the service keeps of it."""

    def __init__(self, world: World, opened: OpenDocument) -> None:
        self.id = opened.document.id
        self.room = opened.document.room_id
        self.path = f"api/documents/{self.id}"
        self.page = f"documents/{self.id}/time-line"
        self._world = world
        self._minutes = 0

    async def write(self, who: str, change: Any, minutes: int = 0) -> None:
        self._minutes += minutes
        account = await self._world.accounts.by_hub_user(who)
        assert account is not None
        doc: pycrdt.Doc[Any] = pycrdt.Doc()
        doc.apply_update(await self._world.history.state(self.id))
        before = doc.get_state()
        with doc.transaction():
            change(doc.get("cells", type=pycrdt.Array))
        data = doc.get_update(before)
        at = NOON + timedelta(minutes=self._minutes)
        entry = Entry(self.id, account.id, "f00d", None, data, read_update(data).structs, at)
        await self._world.history.append([replace(entry)])


@pytest.fixture
async def desk(client: Client, world: World) -> Desk:
    return await at_desk(client, world)


async def at_desk(client: Client, world: World) -> Desk:
    """A notebook that two people have written, and a third may read."""
    client.auth.tokens |= dict.fromkeys(("romeo", "juliet", "tybalt", "paris"), (ROOMS_WRITE,))
    await world.somebody("paris")
    room = (await world.document("romeo", juliet="editor", tybalt="viewer")).document.room_id
    opened = await world.sharing.add_document(
        await world.somebody("romeo"),
        room,
        "balcony.ipynb",
        DocumentType.NOTEBOOK,
        DocumentFormat.JSON,
    )
    desk = Desk(world, opened)
    await desk.write("romeo", lambda cells: cells.append(new_cell("soft", "But soft")))
    await desk.write("juliet", lambda cells: cells.append(new_cell("window", "<b>window</b>")), 10)
    await desk.write("romeo", lambda cells: cells[0]["source"].insert(3, " very"), 10)
    return desk


async def asked(client: Client, path: str, who: str = "tybalt") -> Any:
    answer = await client.call("GET", path, who)
    assert answer.code == 200, answer.body
    return json.loads(answer.body)


async def test_a_viewer_sees_who_changed_which_cell_when(client: Client, desk: Desk) -> None:
    found = await asked(client, f"{desk.path}/time-line")
    conforms(found, "TimeLine")
    newest, middle, _ = found["moments"]
    assert newest["people"][0]["hub_user"] == "romeo"
    assert newest["people"][0]["cells"] == [
        {"id": "soft", "number": 1, "beginning": "But very soft"}
    ]
    assert middle["people"][0]["display_name"] == "Juliet"
    assert (found["role"], found["more"]) == ("viewer", False)


async def test_it_comes_in_pages_and_from_a_time_on(client: Client, desk: Desk) -> None:
    path = f"{desk.path}/time-line"
    first = await asked(client, f"{path}?limit=1")
    assert (len(first["moments"]), first["more"]) == (1, True)
    rest = await asked(client, f"{path}?before={first['moments'][0]['after']}&grain=fine")
    assert [each["people"][0]["hub_user"] for each in rest["moments"]] == ["juliet", "romeo"]
    until = quote((NOON + timedelta(minutes=12)).isoformat())
    assert (await asked(client, f"{path}?until={until}"))["moments"] == rest["moments"]
    local = (NOON + timedelta(minutes=12)).replace(tzinfo=None).isoformat()
    assert (await asked(client, f"{path}?until={local}"))["moments"] == rest["moments"]


async def test_a_moment_is_shown_beside_another(client: Client, desk: Desk) -> None:
    moments = (await asked(client, f"{desk.path}/time-line"))["moments"]
    newest = moments[0]
    look = await asked(client, f"{desk.path}/time-line/{newest['id']}?against={newest['after']}")
    conforms(look, "Look")
    assert [each["fate"] for each in look["cells"]] == ["changed", "same"]
    assert look["cells"][0]["lines"] == [["-", "But soft"], ["+", "But very soft"]]
    now = await asked(client, f"{desk.path}/time-line/now?against={moments[1]['after']}")
    assert [each["fate"] for each in now["cells"]] == ["changed", "new"]
    content = await asked(client, f"{desk.path}/time-line/{moments[2]['id']}/content")
    assert [cell["source"] for cell in content["content"]["cells"]] == ["But soft"]


async def test_somebodys_edits_are_taken_back_by_an_update(
    client: Client, world: World, desk: Desk
) -> None:
    def body(who: str | None, after: int = 0) -> bytes:
        return json.dumps({"after": after, "through": 10**6, "hub_user": who}).encode()

    state = await world.history.state(desk.id)
    path = f"{desk.path}/reversal"
    answer = await client.call("POST", path, "juliet", body("romeo"))
    assert answer.code == 200
    assert [cell["id"] for cell in cells_of(state, answer.body)] == ["window"]
    everybody = await client.call("POST", path, "juliet", body(None))
    assert cells_of(state, everybody.body) == []
    nothing = await client.call("POST", path, "juliet", body("tybalt"))
    assert nothing.body == EMPTY_UPDATE
    assert await world.history.state(desk.id) == state
    assert await client.condition("POST", path, "tybalt", body("romeo")) == (403, "forbidden")
    assert await client.condition("POST", path, "juliet", body("nobody")) == (
        404,
        "item-not-found",
    )


@pytest.mark.parametrize(
    "question",
    [
        "time-line",
        "time-line?grain=minute",
        "time-line?before=x",
        "time-line?until=noon",
        "time-line/first",
        "time-line/1?against=-1",
        "time-line/99999999999999999999",
    ],
)
async def test_what_makes_no_sense_is_refused_and_strangers_find_nothing(
    client: Client, desk: Desk, question: str
) -> None:
    assert await client.condition("GET", f"{desk.path}/{question}", "paris") in (
        (404, "item-not-found"),
        (400, "bad-request"),
    )
    if question != "time-line":
        assert await client.condition("GET", f"{desk.path}/{question}", "romeo") == (
            400,
            "bad-request",
        )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"after": -1, "through": 1, "hub_user": None},
        {"after": 0, "through": True, "hub_user": None},
        {"after": 0, "through": 1, "hub_user": 7},
    ],
)
async def test_an_interval_has_two_ends(client: Client, desk: Desk, body: Any) -> None:
    path, sent = f"{desk.path}/reversal", json.dumps(body).encode()
    assert await client.condition("POST", path, "romeo", sent) == (400, "bad-request")


async def test_a_moment_that_never_was_is_not_found(client: Client, desk: Desk) -> None:
    assert await client.condition("GET", f"{desk.path}/time-line/999999", "romeo") == (
        404,
        "item-not-found",
    )


async def test_the_page_shows_it_in_any_browser(client: Client, desk: Desk) -> None:
    answer = await client.call("GET", desk.page, "tybalt")
    page = unescape(answer.body.decode())
    assert answer.code == 200
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert page.count('class="moment"') == 3
    assert "But very soft" in page
    assert '<span class="said">added: </span><span aria-hidden="true">+</span> But very' in page
    moments = (await asked(client, f"{desk.path}/time-line"))["moments"]
    older = await client.call("GET", f"{desk.page}?moment={moments[1]['id']}", "tybalt")
    assert "&lt;b&gt;window" in older.body.decode()
    assert "very soft" not in older.body.decode().split("<article", 1)[1]
    room = await client.call("GET", f"rooms/{desk.room}", "tybalt")
    assert f"documents/{desk.id}/time-line" in room.body.decode()
    assert (await client.call("GET", desk.page, "paris")).code == 404
