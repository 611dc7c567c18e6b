"""The access table, sentence by sentence: who may not is refused, by every way; who is out is out within a second."""

from __future__ import annotations

import asyncio
import time
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from slixmpp import JID
from slixmpp.exceptions import IqError, IqTimeout

from demo.rest import Rest
from tests.e2e.people import Actor, acting, connected
from tests.e2e.places import (
    Everywhere,
    everywhere,
    inside,
    is_let_in,
    rest,
    room_of,
    seconds_until_out,
    status_of,
)
from tests.e2e.servers import DOMAIN, Hub, HubSettings, running_hub
from tests.e2e.test_app_passwords import made, page_of, phone, refused
from xmpp_bridge.hub_service.routes import ROUTES
from xmpp_bridge.xmpp.errors import UnavailableError
from xmpp_bridge.xmpp.stream import Stream

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.accept,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

CAST = ("romeo", "juliet", "mercutio", "bob", "alice")
ROUNDS = 12
LIMIT = 1.0
OWN = {"/api/rooms", "/api/chat/rooms", "/api/me", "/api/search", "/api/directory"}
"""Open to everybody with an account; what they show is the asker's own."""
MUC = "http://jabber.org/protocol/muc"
FORBIDDEN = {401, 403, 404, 405}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub() -> AsyncIterator[Hub]:
    # The sweeper must not end sessions beside a server's own during the test.
    settings = HubSettings(doors=True, service={"reconcile_seconds": 3600})
    async with running_hub(settings) as hub:
        yield hub


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cast(hub: Hub) -> AsyncIterator[list[Actor]]:
    async with acting(hub, *CAST) as actors:
        yield actors


async def every_route(client: Rest, where: Everywhere, link: str = "0" * 32) -> dict[str, int]:
    """What each path about this room and document answers, whatever is asked of it."""
    values = {
        "room": where.room,
        "document": where.document,
        "hub_user": "bob",
        "group": "capulets",
        "link": link,
        "message": "1",
        "upload": "0" * 32,
        "name": "x.txt",
        "jid": "rosaline@capulet.lit",
        "moment": "1",
    }
    bodies: dict[str, dict[str, Any]] = {
        "members": {"role": "owner"},
        "groups": {"role": "owner"},
        "owner": {"hub_user": "bob"},
        "heir": {"hub_user": "bob"},
        "links": {"role": "editor"},
        "documents": {"name": "y.md", "type": "file", "format": "text"},
        "hub-share": {"server": ""},
        "mark": {"read": "1"},
    }
    answers = {}
    for path in ROUTES:
        if ("{room}" not in path and "{document}" not in path) or path.startswith("/api/admin"):
            continue
        filled = path.format(**values).lstrip("/")
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            body = next((body for key, body in bodies.items() if f"/{key}" in path), {})
            sent = body if method in {"POST", "PUT", "PATCH"} else None
            if filled.endswith(("sync", "relay", "uploads")) and method == "POST":
                attempt = client.send(f"{filled}?name=x.txt", b"x", "application/octet-stream")
            else:
                attempt = client.call(method, filled, sent)
            answers[f"{method} {path}"] = await status_of(attempt)
    return answers


async def test_a_stranger_is_refused_at_every_path_about_a_room(
    hub: Hub, cast: list[Actor], record_property: Any
) -> None:
    romeo, _juliet, _mercutio, bob, _alice = cast
    where = await everywhere(romeo, await room_of(romeo))

    answers = await every_route(rest(hub, bob), where)

    allowed = {what: code for what, code in answers.items() if code not in FORBIDDEN}
    # Of what is malformed the service says so before it looks whose it is.
    assert {what for what, code in allowed.items() if code != 400} == set()
    assert len(answers) > 60
    record_property("figure", f"{len(answers)} of {len(answers)} requests refused")


async def test_a_viewer_and_an_editor_are_refused_what_only_owners_may(
    hub: Hub, cast: list[Actor], record_property: Any
) -> None:
    romeo, juliet, mercutio, _bob, _alice = cast
    room = await room_of(romeo, juliet="editor", mercutio="viewer")
    where = await everywhere(romeo, room)
    of_owners: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
        ("PATCH", f"api/rooms/{room}", {"name": "Mantua"}),
        ("DELETE", f"api/rooms/{room}", None),
        ("PUT", f"api/rooms/{room}/members/bob", {"role": "viewer"}),
        ("DELETE", f"api/rooms/{room}/members/romeo", None),
        ("PUT", f"api/rooms/{room}/groups/capulets", {"role": "viewer"}),
        ("DELETE", f"api/rooms/{room}/groups/capulets", None),
        ("POST", f"api/rooms/{room}/links", {"role": "viewer"}),
        ("DELETE", f"api/rooms/{room}/links/{'0' * 32}", None),
        ("PUT", f"api/rooms/{room}/bans/romeo", {}),
        ("DELETE", f"api/rooms/{room}/bans/romeo", None),
        ("PUT", f"api/rooms/{room}/mutes/romeo", {}),
        ("PUT", f"api/rooms/{room}/owner", {"hub_user": "juliet"}),
        ("PUT", f"api/rooms/{room}/heir", {"hub_user": "juliet"}),
        ("PUT", f"api/rooms/{room}/hub-share", {"server": ""}),
        ("PUT", f"api/documents/{where.document}/lock", {}),
        ("DELETE", f"api/documents/{where.document}/lock", None),
    )
    for actor in (juliet, mercutio):
        for method, path, body in of_owners:
            status = await status_of(rest(hub, actor).call(method, path, body))
            assert status in {403, 404}, (actor.name, method, path, status)
        access = await rest(hub, actor).call("GET", f"api/rooms/{room}/access")
        assert access["links"] == access["banned"] == []
    of_editors = ("POST", f"api/rooms/{room}/documents")
    body = {"name": "y.md", "type": "file", "format": "text"}
    assert await status_of(rest(hub, mercutio).call(*of_editors, body)) == 403
    for actor in (romeo, juliet, mercutio):  # No Jupyter server is an administrator.
        for path in ("api/admin/rooms", "api/admin/rooms?q=Verona"):
            assert await status_of(rest(hub, actor).call("GET", path)) == 403
        assert await status_of(rest(hub, actor).call("DELETE", f"api/admin/rooms/{room}")) == 403
        assert await status_of(rest(hub, actor).call("POST", "api/nudge", {"all": True})) == 401
    record_property("figure", f"{2 * len(of_owners) + 13} requests refused")


async def test_whoever_was_in_comes_back_by_nothing_that_they_still_have(
    hub: Hub, cast: list[Actor], record_property: Any
) -> None:
    romeo, juliet, _mercutio, _bob, _alice = cast
    room = await room_of(romeo)
    link = await rest(hub, romeo).call("POST", f"api/rooms/{room}/links", {"role": "editor"})
    token = link["url"].rpartition("/")[2]
    page = rest(hub, juliet)
    await page.call("POST", f"api/join/{token}")
    where = await everywhere(juliet, room)
    upload = await juliet.service.upload(room, "letter.txt", "text/plain", b"o happy dagger")
    attempts: dict[str, bool] = {}
    async with connected(juliet, "beside") as stream:
        async with inside(juliet, stream, where) as places:
            assert await page.read(upload["url"]) == b"o happy dagger"
            assert not await _archive_is_closed(stream, where.chat)
            started = time.monotonic()
            path = f"api/rooms/{room}/links/{link['id']}?people=remove"
            await rest(hub, romeo).call("DELETE", path)
            await seconds_until_out(places, started)
        # The same session, with what it knew: addresses, password, link, the token of its server.
        attempts["old link"] = await status_of(page.call("POST", f"api/join/{token}")) == 403
        attempts["upload URL"] = await _is_refused(page.read(upload["url"]))
        for kind, (address, password) in zip(
            ("MUC chat", "MUC document", "MUC cursors"), where.addresses, strict=True
        ):
            attempts[f"{kind}, old password"] = not await is_let_in(
                juliet, stream, address, password
            )
            attempts[f"{kind}, a message"] = await _message_is_refused(stream, address)
        attempts["MAM"] = await _archive_is_closed(stream, where.chat)
        for address in (where.chat, where.edits, where.cursors):
            name = address.domain.partition(".")[0]
            attempts[f"IQ owner form, {name}"] = await _iq_is_refused(stream, address, "owner")
            attempts[f"IQ affiliation, {name}"] = await _iq_is_refused(stream, address, "admin")
            attempts[f"IQ to an occupant, {name}"] = await _iq_is_refused(
                stream, JID(f"{address.bare}/{'romeo'}"), "version"
            )
    answers = await every_route(page, where, link["id"])
    leaks = {w for w, code in answers.items() if code not in FORBIDDEN | {400}}
    assert leaks == set()
    assert {what for what, refused in attempts.items() if not refused} == set()
    assert await _lists(page, room) == set()
    record_property("figure", f"{len(attempts)} ways by XMPP and link, {len(answers)} by REST")


async def test_an_app_password_opens_no_room_that_its_owner_is_not_in_and_a_revoked_one_nothing(
    hub: Hub, cast: list[Actor]
) -> None:
    # For half a minute after a revocation whatever else she has without a lease ends, too: nobody of the other tests.
    romeo, _juliet, _mercutio, _bob, alice = cast
    room = await room_of(romeo, alice="viewer")
    where = await everywhere(alice, room)
    await romeo.service.remove_member(room, "alice")
    page = await page_of(hub, "alice")
    password = await made(page)
    async with phone(alice, password["password"]) as stream:
        for address, old in where.addresses:
            assert not await is_let_in(alice, stream, address, old)
        assert await _archive_is_closed(stream, where.chat)
    await page.call("DELETE", f"api/app-passwords/{password['id']}")
    assert await refused(alice, password["password"])


async def test_a_viewers_update_and_anybodys_in_a_locked_document_are_refused_by_ejabberd(
    hub: Hub, cast: list[Actor]
) -> None:
    romeo, juliet, mercutio, _bob, _alice = cast
    room = await room_of(romeo, juliet="editor", mercutio="viewer")
    where = await everywhere(romeo, room)
    lock = f"api/documents/{where.document}/lock"
    async with (
        connected(mercutio, "beside") as his,
        connected(juliet, "beside") as hers,
        inside(mercutio, his, where) as places,
        inside(juliet, hers, where) as held,
    ):
        assert (_role(places[1]), _role(held[1])) == ("visitor", "participant")
        await rest(hub, romeo).call("PUT", lock, {"reason": "pencils down"})
        await _until(lambda: _role(held[1]) == "visitor")
        await rest(hub, romeo).call("DELETE", lock)
        await _until(lambda: _role(held[1]) == "participant")
        await romeo.service.set_member(room, "mercutio", "editor")
        await _until(lambda: _role(places[1]) == "participant")
        await romeo.service.set_member(room, "mercutio", "viewer")
        await _until(lambda: _role(places[1]) == "visitor")


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def _role(place: Any) -> str:
    return "" if place.me is None else str(place.me.role)


async def _is_refused(attempt: Awaitable[Any]) -> bool:
    return await status_of(attempt) in FORBIDDEN


async def _lists(page: Rest, room: str) -> set[str]:
    """Where the room still shows up in what somebody may list."""
    found = set()
    for path in ("api/rooms", "api/chat/rooms", "api/documents", "api/search?q=dagger"):
        if room in str(await page.call("GET", path)):
            found.add(path)
    return found


async def _message_is_refused(stream: Stream, address: JID) -> bool:
    answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def on_error(stanza: Any) -> None:
        if stanza["from"].bare == address.bare and not answered.done():
            answered.set_result(stanza["type"])

    stream.add_event_handler("message_error", on_error)
    stream.make_message(address, "Let me in", mtype="groupchat").send()
    try:
        async with asyncio.timeout(10):
            return await answered == "error"
    finally:
        stream.del_event_handler("message_error", on_error)


async def _archive_is_closed(stream: Stream, chat: JID) -> bool:
    try:
        async for _page in stream.mam.walk(chat, None):
            break
    except UnavailableError:
        return True
    return False


async def _iq_is_refused(stream: Stream, address: JID, what: str) -> bool:
    if what == "version":
        iq = stream.make_iq_get("jabber:iq:version", ito=address)
    elif what == "owner":
        iq = stream.make_iq_get(f"{MUC}#owner", ito=address)
    else:
        iq = stream.make_iq_set(ito=address)
        query = ET.SubElement(iq.xml, f"{{{MUC}#admin}}query")
        item = {"affiliation": "owner", "jid": f"juliet@{DOMAIN}"}
        ET.SubElement(query, f"{{{MUC}#admin}}item", item)
    try:
        await iq.send(timeout=10)  # type: ignore[no-untyped-call]
    except (IqError, IqTimeout):
        return True
    return False
