"""Hub users as the Hub's REST API tells them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse

from xmpp_bridge.accounts.store import HubUser
from xmpp_bridge.hub_service.group_defaults import GroupDefaults, read_defaults
from xmpp_bridge.xmpp.errors import BadPayloadError, UnavailableError
from xmpp_bridge.xmpp.stream import Secret

PATIENCE = timedelta(seconds=10)
PAGE = 200  # the most that a hub gives at once
NEWEST = 20


@dataclass(frozen=True)
class HubPerson:
    """A hub user, and what of theirs may speak for them now."""

    user: HubUser
    blocked: bool
    """The hub takes every role from a user whom the administrator blocks."""
    servers: frozenset[str]
    """Names of their Jupyter servers that run or are starting; the default one is empty."""
    admin: bool = False


@dataclass(frozen=True)
class Shared:
    """One share of a Jupyter server in the hub: with a hub user or a hub group, and which scopes."""

    user: str | None
    group: str | None
    scopes: frozenset[str]


class HubApi:
    """What the service may ask the hub in its own name."""

    def __init__(self, url: str, token: Secret) -> None:
        self._url = url.rstrip("/")
        self._headers = {
            "Authorization": f"token {token!s}",
            "Accept": "application/jupyterhub-pagination+json",
        }
        self._client = AsyncHTTPClient(force_instance=True)

    def close(self) -> None:
        self._client.close()

    async def person(self, name: str) -> HubPerson | None:
        """The hub user of this name, or nobody."""
        response = await self._get(f"/users/{quote(name, safe='')}")
        return None if response.code == HTTPStatus.NOT_FOUND else read_person(_json(response))

    async def everybody(self) -> AsyncIterator[list[HubPerson]]:
        """Every hub user, a page at a time; whoever is made meanwhile may be missing."""
        offset: int | None = 0
        while offset is not None:
            page = _json(await self._get(f"/users?limit={PAGE}&offset={offset}"))
            yield [read_person(model) for model in page["items"]]
            offset = _next(page)

    async def how_many(self) -> tuple[int, list[HubPerson]]:
        """How many hub users there are, and the newest of them: cheap enough to ask often."""
        page = _json(await self._get(f"/users?limit={NEWEST}&sort=-id"))
        newest = [read_person(model) for model in page["items"]]
        return int(page["_pagination"]["total"]), newest

    async def group(self, name: str) -> frozenset[str] | None:
        """Who is in the hub's group of this name; None if there is none."""
        response = await self._get(f"/groups/{quote(name, safe='')}")
        if response.code == HTTPStatus.NOT_FOUND:
            return None
        return frozenset(map(str, _json(response)["users"]))

    async def group_defaults(self, name: str) -> GroupDefaults:
        """What the group's properties say about sharing with it; nothing for a group that there is not."""
        response = await self._get(f"/groups/{quote(name, safe='')}")
        if response.code == HTTPStatus.NOT_FOUND:
            return GroupDefaults()
        return read_defaults(name, _json(response).get("properties") or {})

    async def shares(self, owner: str, server: str) -> list[Shared]:
        """With whom somebody has shared this server of theirs."""
        found: list[Shared] = []
        offset: int | None = 0
        while offset is not None:
            where = f"/shares/{quote(owner, safe='')}/{quote(server, safe='')}"
            response = await self._get(f"{where}?limit={PAGE}&offset={offset}")
            if response.code == HTTPStatus.NOT_FOUND:
                return []  # The server was never started, or its owner is gone.
            page = _json(response)
            found += [read_share(model) for model in page["items"]]
            offset = _next(page)
        return found

    async def active(self) -> dict[str, HubPerson]:
        """Everybody whose Jupyter server runs or is starting, by name; a page at a time."""
        people: dict[str, HubPerson] = {}
        offset: int | None = 0
        while offset is not None:
            response = await self._get(f"/users?state=active&limit={PAGE}&offset={offset}")
            page = _json(response)
            people |= {model["name"]: read_person(model) for model in page["items"]}
            offset = _next(page)
        return people

    async def still_has(self, name: str, created: datetime) -> bool:
        """Whether the hub user of this name is the one who was created then."""
        person = await self.person(name)
        return person is not None and person.user.created == created

    async def _get(self, path: str) -> HTTPResponse:
        request = HTTPRequest(
            self._url + path,
            headers=self._headers,
            request_timeout=PATIENCE.total_seconds(),
            connect_timeout=PATIENCE.total_seconds(),
        )
        try:
            return await self._client.fetch(request, raise_error=False)
        except (HTTPClientError, OSError) as error:
            raise UnavailableError(f"the hub does not answer: {type(error).__name__}") from error


def _next(page: Mapping[str, Any]) -> int | None:
    following = page["_pagination"]["next"]
    return None if following is None else int(following["offset"])


def read_share(model: Mapping[str, Any]) -> Shared:
    """Parse a share of JupyterHub 5 or 6."""
    try:
        user, group = model.get("user"), model.get("group")
        return Shared(
            None if user is None else str(user["name"]),
            None if group is None else str(group["name"]),
            frozenset(map(str, model["scopes"])),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadPayloadError(f"the hub's share lacks or garbles {error}") from error


def _json(response: HTTPResponse) -> Any:
    if response.code != HTTPStatus.OK:
        raise UnavailableError(f"the hub answered {response.code}")
    return json.loads(response.body)


def read_person(model: Mapping[str, Any]) -> HubPerson:
    """Parse a user model of JupyterHub 5 or 6."""
    try:
        name = str(model["name"])
        return HubPerson(
            user=HubUser(
                name=name,
                created=_time(model["created"]),
                display_name=_display_name(model) or name,
                groups=frozenset(map(str, model.get("groups") or ())),
            ),
            blocked=not model["roles"] and not model.get("admin", False),
            servers=frozenset(map(str, model["servers"])),
            admin=bool(model.get("admin", False)),
        )
    except (KeyError, TypeError, ValueError) as error:
        # A missing field is a missing scope; see `xmpp_bridge.jupyterhub.SERVICE_SCOPES`.
        raise BadPayloadError(f"the hub's user model lacks or garbles {error}") from error


def _display_name(model: Mapping[str, Any]) -> str:
    # COMPAT(jupyterhub < 6): there is no user_info.
    return str((model.get("user_info") or {}).get("display_name") or "")


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
