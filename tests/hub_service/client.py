"""The service's handlers, and somebody who calls them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from jupyterhub.services.auth import HubOAuth  # type: ignore[import-untyped]
from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import HTTPError

from tests.hub_service.world import ADDRESSES, World
from xmpp_bridge.hub_service.exchange import Exchange
from xmpp_bridge.hub_service.health import Health
from xmpp_bridge.hub_service.parts import Front, Parts
from xmpp_bridge.hub_service.resources import MOST_JSON
from xmpp_bridge.hub_service.routes import application
from xmpp_bridge.hub_service.scopes import ROOMS_READ, access
from xmpp_bridge.hub_service.views import Views

PREFIX = "/services/xmpp-bridge/"
OPENS = access("xmpp-bridge")


class FakeAuth(HubOAuth):  # type: ignore[misc]
    """Knows a person by each token; `tokens` are names with their scopes."""

    def __init__(self) -> None:
        super().__init__(
            api_token="x", oauth_client_id="service-xmpp-bridge", access_scopes={OPENS}
        )
        self.tokens: dict[str, tuple[str, ...]] = {}
        self.admins: set[str] = set()
        self.away = False

    async def _check_hub_authorization(self, url: str, api_token: str, **_: Any) -> Any:
        if self.away:
            raise HTTPError(500, "the hub is away")
        if api_token not in self.tokens:
            return None
        scopes = [OPENS, ROOMS_READ, *self.tokens[api_token]]
        return {
            "name": api_token,
            "kind": "user",
            "admin": api_token in self.admins,
            "token_id": api_token,
            "scopes": scopes,
        }


class Client:
    """Somebody with tokens, and the service they call."""

    def __init__(self, front: Front, auth: FakeAuth, port: int) -> None:
        self.front = front
        self.auth = auth
        self.url = f"http://127.0.0.1:{port}{PREFIX}"

    async def call(
        self, method: str, path: str, token: str | None = None, body: bytes | None = None
    ) -> HTTPResponse:
        return await AsyncHTTPClient().fetch(
            self.url + path,
            method=method,
            body=body,
            headers={} if token is None else {"Authorization": f"token {token}"},
            raise_error=False,
            allow_nonstandard_methods=True,
            follow_redirects=False,
        )

    async def stream(self, path: str, token: str) -> AsyncIterator[bytes]:
        """The body of an answer, as it comes."""
        pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        answer = AsyncHTTPClient().fetch(
            self.url + path,
            headers={"Authorization": f"token {token}"},
            streaming_callback=pieces.put_nowait,
        )
        answer.add_done_callback(lambda _: pieces.put_nowait(None))
        while (piece := await pieces.get()) is not None:
            yield piece
        await answer

    async def condition(self, *request: Any, **more: Any) -> tuple[int, str]:
        response = await self.call(*request, **more)
        return response.code, json.loads(response.body)["condition"]


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[Client]:
    """The handlers over a world, and somebody who calls them."""
    auth = FakeAuth()
    front = Front(PREFIX, auth, world.metrics, Health())
    exchange = Exchange(
        world.history,
        world.recorder,
        world.reporter,
        world.document_rooms.hears,
        world.waking.asked,
        world.now,
    )
    front.parts = Parts(
        people=world.people,
        credentials=world.credentials,
        app_passwords=world.app_passwords,
        sharing=world.sharing,
        time_lines=world.shared.time_lines,
        access=world.shared.access,
        links=world.shared.links,
        moderation=world.shared.moderation,
        administration=world.shared.administration,
        following=world.shared.following,
        chat=world.chat,
        finding=world.finding,
        files=world.files,
        slots=world.slots,
        guests=world.guests,
        direct=world.direct,
        exchange=exchange,
        relays=world.relays,
        presence=world.presence.view,
        views=Views(ADDRESSES),
        sharing_views=world.sharing_views,
        xmpp_server=lambda: world.xmpp_server,
        keeper=world.keeper,
        auditing=world.auditing,
    )
    server = HTTPServer(application(front, b"x" * 32), max_body_size=MOST_JSON)
    listener, port = bind_unused_port()
    server.add_socket(listener)
    yield Client(front, auth, port)
    server.stop()
    await server.close_all_connections()
