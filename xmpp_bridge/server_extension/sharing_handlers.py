"""Who has access: passed through to the hub service as the owner of this server, path by path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from tornado import web

from xmpp_bridge.rooms.identifiers import read_document_id, read_room_id
from xmpp_bridge.server_extension.folders import Folders
from xmpp_bridge.server_extension.handlers import BridgeHandler, local_path
from xmpp_bridge.server_extension.shared_paths import SHARED_PATHS
from xmpp_bridge.server_extension.taking_back import TakingBack
from xmpp_bridge.xmpp.errors import BadPayloadError


class SharedHandler(BridgeHandler):
    """One path of the service, under the same name."""

    # tornado calls it with what the route says
    def initialize(  # type: ignore[override]
        self, path: str, methods: tuple[str, ...], **tools: Any
    ) -> None:
        super().initialize(**tools)
        self._path = path
        self._methods = methods

    @web.authenticated
    @authorized
    async def get(self, *names: str) -> None:
        await self._pass_on(names)

    @web.authenticated
    @authorized
    async def post(self, *names: str) -> None:
        await self._pass_on(names)

    @web.authenticated
    @authorized
    async def put(self, *names: str) -> None:
        await self._pass_on(names)

    @web.authenticated
    @authorized
    async def patch(self, *names: str) -> None:
        await self._pass_on(names)

    @web.authenticated
    @authorized
    async def delete(self, *names: str) -> None:
        await self._pass_on(names)

    async def _pass_on(self, names: tuple[str, ...]) -> None:
        method = str(self.request.method)
        if method not in self._methods:
            raise web.HTTPError(HTTPStatus.METHOD_NOT_ALLOWED)
        if any(name in {"", ".", ".."} for name in names):
            raise BadPayloadError("a name is not a step of a path")
        path = "/".join(_filled(self._path, iter(names)))
        query = f"?{self.request.query}" if self.request.query else ""
        answer = await self.service.pass_on(method, f"api/{path}{query}", self._body(method))
        self.set_status(answer.code)
        if answer.code == HTTPStatus.NO_CONTENT:
            self.finish()
        else:
            self.set_header("Content-Type", "application/json")
            self.finish(answer.body)

    def _body(self, method: str) -> bytes | None:
        if method in {"GET", "DELETE"}:
            return None
        try:
            return json.dumps(json.loads(self.request.body or b"{}")).encode()
        except ValueError:
            raise BadPayloadError("the body is not JSON") from None


class FoldersHandler(BridgeHandler):
    """Folders of this server of which everything is shared, and what comes into them."""

    def initialize(self, folders: Folders, **tools: Any) -> None:  # type: ignore[override]
        super().initialize(**tools)
        self._folders = folders

    @web.authenticated
    @authorized
    async def get(self) -> None:
        found = [{"path": path, "room": room} for path, room in self._folders.all.items()]
        self.answer({"folders": found})

    @web.authenticated
    @authorized
    async def post(self) -> None:
        body = self.get_json_body()
        path = local_path(self.text(body, "path"))
        room = read_room_id(self.text(body, "room"))
        outcome = await self._folders.share(path, room)
        answer = {"path": path, "room": room, "shared": outcome.shared, "refused": outcome.refused}
        self.answer(answer, HTTPStatus.CREATED)

    @web.authenticated
    @authorized
    async def delete(self) -> None:
        """Nothing new of it is shared any more; what was shared stays shared."""
        self._folders.stop(local_path(self.get_query_argument("path")))
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


class TakenHandler(BridgeHandler):
    """Files of this server that their rooms have taken back."""

    def initialize(self, taking_back: TakingBack, **tools: Any) -> None:  # type: ignore[override]
        super().initialize(**tools)
        self._taking_back = taking_back

    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer({"taken": [asdict(each) for each in self._taking_back.all.values()]})


class TakenFileHandler(TakenHandler):
    """One of them."""

    @web.authenticated
    @authorized
    async def delete(self, document: str) -> None:
        """Its owner knows; the file stays where it is."""
        self._taking_back.dismiss(read_document_id(document))
        self.set_status(HTTPStatus.NO_CONTENT)
        self.finish()


def _filled(path: str, names: Iterator[str]) -> Iterator[str]:
    for part in path.split("/"):
        yield quote(next(names), safe="") if part.startswith("{") else part


def shared_routes(
    tools: dict[str, Any],
) -> list[tuple[str, type[BridgeHandler], dict[str, Any]]]:
    """A route for each path that passes."""
    return [
        (
            "/xmpp-bridge/api/"
            + "/".join("([^/]+)" if part.startswith("{") else part for part in path.split("/")),
            SharedHandler,
            {**tools, "path": path, "methods": methods},
        )
        for path, methods in SHARED_PATHS.items()
    ]
