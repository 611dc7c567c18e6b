"""Our commands, against a stand-in which answers as ejabberd 23.01 was seen to."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    BridgeError,
    ConflictError,
    ForbiddenError,
    NotAuthorizedError,
    NotFoundError,
    UnavailableError,
)


class StandIn:
    """Answers every command the same way and remembers what it was sent."""

    def __init__(self) -> None:
        self.status = 200
        self.body: Any = 0
        self.commands: list[tuple[str, dict[str, Any]]] = []
        self.credentials: list[str] = []

    def answers(self, status: int, body: Any) -> None:
        self.status, self.body = status, body


class Handler(RequestHandler):
    def initialize(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in

    def post(self, command: str) -> None:
        authorization = self.request.headers["Authorization"].removeprefix("Basic ")
        self.stand_in.credentials.append(base64.b64decode(authorization).decode())
        self.stand_in.commands.append((command, json.loads(self.request.body)))
        self.set_status(self.stand_in.status)
        self.finish(json.dumps(self.stand_in.body))


@pytest.fixture
async def ejabberd(tmp_path: Path) -> AsyncIterator[StandIn]:
    stand_in = StandIn()
    server = HTTPServer(Application([("/api/(.*)", Handler, {"stand_in": stand_in})]))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "admin.sock"))
        listener.listen()
        listener.settimeout(0)
        server.add_socket(listener)
        yield stand_in
        server.stop()
        await server.close_all_connections()


@pytest.fixture
def api(tmp_path: Path) -> EjabberdApi:
    return EjabberdApi(f"unix:{tmp_path / 'admin.sock'}", "montague.lit", lambda: "token")


async def test_every_command_carries_a_fresh_credential_of_the_admin_account(
    ejabberd: StandIn, tmp_path: Path
) -> None:
    tokens = iter(["first", "second"])
    api = EjabberdApi(f"unix:{tmp_path / 'admin.sock'}", "montague.lit", lambda: next(tokens))
    await api.status()
    await api.status()

    admin = "xmpp-bridge-admin@montague.lit"
    assert ejabberd.credentials == [f"{admin}:first", f"{admin}:second"]


async def test_a_room_is_created_with_its_options(ejabberd: StandIn, api: EjabberdApi) -> None:
    await api.create_room("balcony", "documents.montague.lit", {"moderated": "true"})

    assert ejabberd.commands == [
        (
            "create_room_with_opts",
            {
                "name": "balcony",
                "service": "documents.montague.lit",
                "host": "montague.lit",
                "options": [{"name": "moderated", "value": "true"}],
            },
        )
    ]


async def test_rooms_are_named_without_their_service(ejabberd: StandIn, api: EjabberdApi) -> None:
    ejabberd.answers(200, ["balcony@documents.montague.lit", "orchard@documents.montague.lit"])

    assert await api.rooms("documents.montague.lit") == ["balcony", "orchard"]


async def test_options_of_no_room_are_not_found(ejabberd: StandIn, api: EjabberdApi) -> None:
    ejabberd.answers(200, {})

    with pytest.raises(NotFoundError):
        await api.room_options("balcony", "documents.montague.lit")


async def test_affiliations_are_by_bare_jid(ejabberd: StandIn, api: EjabberdApi) -> None:
    entry = {"affiliation": "member", "reason": ""}
    ejabberd.answers(
        200,
        [
            entry | {"username": "romeo", "domain": "montague.lit"},
            entry | {"username": "", "domain": "capulet.lit"},
        ],
    )

    affiliations = await api.affiliations("balcony", "documents.montague.lit")
    assert affiliations == {"romeo@montague.lit": "member", "capulet.lit": "member"}


async def test_one_login_is_kicked_with_a_reason_and_all_without(
    ejabberd: StandIn, api: EjabberdApi
) -> None:
    await api.kick("romeo", "jupyter", "banished")
    await api.kick("romeo", None, "banished")

    romeo = {"user": "romeo", "host": "montague.lit"}
    assert ejabberd.commands == [
        ("kick_session", romeo | {"resource": "jupyter", "reason": "banished"}),
        ("kick_user", romeo),
    ]


@pytest.mark.parametrize(
    ("status", "sentence", "error"),
    [
        (400, "Room already exists", ConflictError),
        (400, "Room not found", NotFoundError),
        (400, "room_not_found", NotFoundError),
        (400, "Room doesn't exists", NotFoundError),
        (400, "The room does not exist.", NotFoundError),
        (400, "Invalid affiliation", BadPayloadError),
        (401, "You are not authorized to call this command.", NotAuthorizedError),
        (403, "Account does not have the right to perform the operation.", ForbiddenError),
        (404, "Endpoint not found.", UnavailableError),
        (409, "conflict", ConflictError),
        (500, "internal_error", UnavailableError),
    ],
)
async def test_a_refusal_is_an_error_of_ours_with_ejabberds_sentence(
    ejabberd: StandIn, api: EjabberdApi, status: int, sentence: str, error: type[BridgeError]
) -> None:
    ejabberd.answers(status, sentence)

    with pytest.raises(error, match="refused destroy_room") as refusal:
        await api.destroy_room("balcony", "documents.montague.lit")
    assert type(refusal.value) is error


@pytest.mark.parametrize("body", [None, "text", {"a": 1}, [1], [{}], [{"username": 1}]])
async def test_an_answer_of_another_shape_is_refused(
    ejabberd: StandIn, api: EjabberdApi, body: Any
) -> None:
    ejabberd.answers(200, body)

    with pytest.raises(BadPayloadError):
        await api.affiliations("balcony", "documents.montague.lit")


async def test_nobody_at_the_socket_means_unavailable(api: EjabberdApi) -> None:
    with pytest.raises(UnavailableError):
        await api.status()


async def test_an_ejabberd_that_hangs_means_unavailable(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "admin.sock"))
        deaf.listen()
        api = EjabberdApi(
            f"unix:{tmp_path / 'admin.sock'}",
            "montague.lit",
            lambda: "token",
            patience=timedelta(seconds=0.1),
        )
        with pytest.raises(UnavailableError):
            await api.status()


@pytest.mark.parametrize("answer", ["<query/>", {"res": "<query/>"}])
async def test_a_text_is_read_with_its_name_and_without(
    ejabberd: StandIn, api: EjabberdApi, answer: Any
) -> None:
    ejabberd.answers(200, answer)
    assert await api.private("juliet", "storage", "storage:bookmarks") == "<query/>"
