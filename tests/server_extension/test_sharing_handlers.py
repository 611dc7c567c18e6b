"""What passes through to the hub service, and what does not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_server.auth import AllowAllAuthorizer, IdentityProvider, User
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.server_extension.folders import Outcome
from xmpp_bridge.server_extension.sharing_handlers import (
    FoldersHandler,
    TakenFileHandler,
    TakenHandler,
    shared_routes,
)
from xmpp_bridge.server_extension.taking_back import Taken
from xmpp_bridge.xmpp.errors import ForbiddenError

ROOM = "1" * 32


class Romeo(IdentityProvider):
    """Everybody is the owner of this server, or a visitor who says so."""

    def get_user(self, handler: RequestHandler) -> User:
        return User(username=handler.request.headers.get("Who", "romeo"))

    def is_token_authenticated(self, handler: RequestHandler) -> bool:
        return True


class Service:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.refuses = False

    async def pass_on(self, method: str, path: str, body: bytes | None) -> Any:
        if self.refuses:
            raise ForbiddenError("This link has expired. Ask for a new one.")
        self.asked.append((method, path, None if body is None else json.loads(body)))
        code = 204 if method == "DELETE" else 201 if method == "POST" else 200
        return SimpleNamespace(code=code, body=b"" if code == 204 else b'{"good": true}')


class Folders:
    all = {"course": ROOM}  # noqa: RUF012 - a fake

    async def share(self, path: str, room: str) -> Outcome:
        return Outcome([f"{path}/one.ipynb {room[:1]}"], {})

    def stop(self, path: str) -> None:
        assert path == "course"


class TakingBack:
    def __init__(self) -> None:
        taken = Taken(DocumentId("2" * 32), "a.md", "Orchard", "acts/a.md", "/aside/a.md")
        self.all = {taken.document: taken}

    def dismiss(self, document: DocumentId) -> None:
        del self.all[document]


class Browser:
    """Somebody's lab."""

    def __init__(self, port: int, service: Service) -> None:
        self.url = f"http://127.0.0.1:{port}/xmpp-bridge/api/"
        self.service = service

    async def call(
        self, method: str, path: str, body: Any = None, who: str = "romeo"
    ) -> HTTPResponse:
        return await AsyncHTTPClient().fetch(
            self.url + path,
            method=method,
            body=None if body is None else json.dumps(body),
            headers={"Who": who, "Content-Type": "application/json"},
            raise_error=False,
            allow_nonstandard_methods=True,
        )


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    service = Service()
    tools = {
        "linking": None,
        "service": service,
        "session": SimpleNamespace(hub_user="romeo"),
    }
    folders = {**tools, "folders": Folders()}
    taken = {**tools, "taking_back": TakingBack()}
    application = Application(
        [
            *shared_routes(tools),
            ("/xmpp-bridge/api/folders", FoldersHandler, folders),
            ("/xmpp-bridge/api/taken", TakenHandler, taken),
            ("/xmpp-bridge/api/taken/([^/]+)", TakenFileHandler, taken),
        ],
        identity_provider=Romeo(),
        authorizer=AllowAllAuthorizer(),
        allow_remote_access=True,
        disable_check_xsrf=True,
        base_url="/",
        headers={},
    )
    server = HTTPServer(application)
    listener, port = bind_unused_port()
    server.add_socket(listener)
    yield Browser(port, service)
    server.stop()
    await server.close_all_connections()


async def test_a_question_passes_with_its_names_and_comes_back_as_it_is(browser: Browser) -> None:
    answer = await browser.call("GET", f"directory?q=r%C3%B6&room={ROOM}")
    assert (answer.code, json.loads(answer.body)) == (200, {"good": True})
    put = await browser.call("PUT", f"rooms/{ROOM}/groups/a%2Fb%20c", {"role": "viewer"})
    assert put.code == 200
    assert (await browser.call("POST", "join/token", {})).code == 201
    assert (await browser.call("DELETE", f"rooms/{ROOM}/bans/juliet")).code == 204
    assert browser.service.asked == [
        ("GET", f"api/directory?q=r%C3%B6&room={ROOM}", None),
        ("PUT", f"api/rooms/{ROOM}/groups/a%2Fb%20c", {"role": "viewer"}),
        ("POST", "api/join/token", {}),
        ("DELETE", f"api/rooms/{ROOM}/bans/juliet", None),
    ]


async def test_a_refusal_keeps_its_sentence(browser: Browser) -> None:
    browser.service.refuses = True
    answer = await browser.call("POST", "join/token", {})
    reason = "This link has expired. Ask for a new one."
    assert (answer.code, json.loads(answer.body)["reason"]) == (403, reason)


async def test_a_visitor_and_an_unknown_method_pass_nothing(browser: Browser) -> None:
    assert (await browser.call("GET", "invitations", who="tybalt")).code == 403
    assert (await browser.call("POST", "invitations", {})).code == 405
    assert (await browser.call("GET", f"rooms/../{ROOM}/access")).code >= 400
    assert browser.service.asked == []


async def test_folders_are_shared_listed_and_stopped(browser: Browser) -> None:
    shared = await browser.call("POST", "folders", {"path": "course", "room": ROOM})
    assert (shared.code, json.loads(shared.body)["shared"]) == (201, ["course/one.ipynb 1"])
    listed = json.loads((await browser.call("GET", "folders")).body)
    assert listed == {"folders": [{"path": "course", "room": ROOM}]}
    assert (await browser.call("DELETE", "folders?path=course")).code == 204


async def test_what_was_taken_back_is_listed_until_its_owner_has_read_of_it(
    browser: Browser,
) -> None:
    (taken,) = json.loads((await browser.call("GET", "taken")).body)["taken"]
    assert (taken["path"], taken["aside"]) == ("acts/a.md", "/aside/a.md")
    assert (await browser.call("GET", "taken", who="tybalt")).code == 403
    assert (await browser.call("DELETE", f"taken/{taken['document']}")).code == 204
    assert json.loads((await browser.call("GET", "taken")).body) == {"taken": []}
