from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from xmpp_bridge.hub_service.hub_api import HubApi, read_person
from xmpp_bridge.xmpp.errors import BadPayloadError, UnavailableError
from xmpp_bridge.xmpp.stream import Secret

CREATED = "2026-11-22T10:00:00.123456Z"
ROMEO: dict[str, Any] = {
    "name": "romeo",
    "created": CREATED,
    "groups": ["montague"],
    "roles": ["user"],
    "admin": False,
    "servers": {"": {"ready": True}, "mantua": {"ready": False}},
    "user_info": {"display_name": "Romeo M."},
}


class Hub(RequestHandler):
    """Two users, one to a page."""

    def get(self, name: str | None) -> None:
        if self.request.headers["Authorization"] != "token secret":
            self.set_status(403)
        elif name == "romeo":
            self.write(ROMEO)
        elif name:
            self.set_status(404)
        else:
            offset = int(self.get_argument("offset"))
            following = {"offset": 1} if offset == 0 else None
            self.write(
                {
                    "items": [ROMEO | {"name": ("romeo", "juliet")[offset]}],
                    "_pagination": {"next": following},
                }
            )


@pytest.fixture
async def address() -> AsyncIterator[str]:
    server = HTTPServer(Application([("/hub/api/users/?(.*)", Hub)]))
    listener, port = bind_unused_port()
    server.add_socket(listener)
    yield f"http://127.0.0.1:{port}/hub/api"
    server.stop()
    await server.close_all_connections()


@pytest.fixture
async def hub(address: str) -> AsyncIterator[HubApi]:
    api = HubApi(address, Secret("secret"))
    yield api
    api.close()


def test_a_user_model_says_who_somebody_is() -> None:
    person = read_person(ROMEO)
    assert person.user.created == datetime(2026, 11, 22, 10, 0, 0, 123456, UTC)
    assert person.user.display_name == "Romeo M."
    assert person.user.groups == {"montague"}
    assert person.servers == {"", "mantua"}
    assert not person.blocked


def test_without_user_info_the_name_is_shown() -> None:
    model = {key: value for key, value in ROMEO.items() if key != "user_info"}
    assert read_person(model).user.display_name == "romeo"


def test_the_hub_leaves_a_blocked_user_no_role() -> None:
    assert read_person(ROMEO | {"roles": []}).blocked


@pytest.mark.parametrize("field", ["created", "roles", "servers"])
def test_a_model_without_a_scopes_fields_is_no_model(field: str) -> None:
    with pytest.raises(BadPayloadError, match=field):
        read_person({key: value for key, value in ROMEO.items() if key != field})


async def test_somebody_is_found_by_name(hub: HubApi) -> None:
    person = await hub.person("romeo")
    assert person is not None
    assert await hub.still_has("romeo", person.user.created)


async def test_nobody_is_not_an_error(hub: HubApi) -> None:
    assert await hub.person("tybalt/../romeo") is None


async def test_everybody_with_a_server_comes_page_by_page(hub: HubApi) -> None:
    assert set(await hub.active()) == {"romeo", "juliet"}


async def test_a_hub_that_refuses_us_is_as_good_as_away(address: str) -> None:
    api = HubApi(address, Secret("wrong"))
    with pytest.raises(UnavailableError, match="403"):
        await api.person("romeo")
    api.close()


async def test_a_hub_that_is_away_says_nothing_about_anybody() -> None:
    listener, port = bind_unused_port()
    listener.close()
    api = HubApi(f"http://127.0.0.1:{port}/hub/api", Secret("secret"))
    with pytest.raises(UnavailableError):
        await api.person("romeo")
    api.close()
