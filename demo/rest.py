"""REST calls as one person makes them, to a hub, its service or a Jupyter server."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse

PATIENCE_SECONDS = 60.0
JSON = "application/json"


class RefusedError(Exception):
    """The server answered, and the answer is no."""

    def __init__(self, method: str, url: str, status: int, answer: str) -> None:
        super().__init__(f"{method} {url}: {status} {answer[:500]}")
        self.status = status


@dataclass(frozen=True)
class Rest:
    """One server (`url` ends with a slash) and the token of the person who asks."""

    url: str
    token: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"}

    def below(self, path: str) -> "Rest":
        """The same person, at `path` below this URL."""
        return Rest(urljoin(self.url, path), self.token)

    def websocket_url(self, path: str) -> str:
        return urljoin(self.url, path).replace("http", "ws", 1)

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """Return the JSON answer, or raise `RefusedError`."""
        answer = await self._ask(method, path, None if body is None else json.dumps(body))
        return json.loads(answer) if answer else None

    async def text(self, path: str) -> str:
        """Return what can be read at `path` as it is, or raise `RefusedError`."""
        return (await self._ask("GET", path, None)).decode()

    async def read(self, path: str) -> bytes:
        """Return the file at `path`, or raise `RefusedError`."""
        return await self._ask("GET", path, None)

    async def send(self, path: str, file: bytes, kind: str) -> Any:
        """Post a file of this MIME type, and return the JSON answer."""
        return json.loads(await self._ask("POST", path, file, kind))

    async def answers(self, path: str) -> bool:
        """Whether `path` can be read now; for waiting until a server is up."""
        try:
            response = await self._fetch("GET", urljoin(self.url, path), None)
        except (OSError, HTTPClientError):
            return False
        return response.code < 400

    async def _ask(
        self, method: str, path: str, body: str | bytes | None, kind: str = JSON
    ) -> bytes:
        url = urljoin(self.url, path)
        response = await self._fetch(method, url, body, kind)
        if response.code >= 400:
            raise RefusedError(method, url, response.code, response.body.decode(errors="replace"))
        return response.body

    async def _fetch(
        self, method: str, url: str, body: str | bytes | None, kind: str = JSON
    ) -> HTTPResponse:
        request = HTTPRequest(
            url,
            method=method,
            headers={**self.headers, "Content-Type": kind},
            body=body,
            allow_nonstandard_methods=True,
            request_timeout=PATIENCE_SECONDS,
            follow_redirects=False,
        )
        return await AsyncHTTPClient().fetch(request, raise_error=False)
