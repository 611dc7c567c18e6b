from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from xmpp_bridge.hub_service.group_defaults import GroupDefaults, read_defaults
from xmpp_bridge.hub_service.hub_api import HubApi, Shared, read_person, read_share
from xmpp_bridge.rooms.membership import Role
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
            offset = int(self.get_argument("offset", "0"))
            following = {"offset": 1} if offset == 0 else None
            self.write(
                {
                    "items": [ROMEO | {"name": ("romeo", "juliet")[offset]}],
                    "_pagination": {"next": following, "total": 2},
                }
            )


class Groups(RequestHandler):
    """One group."""

    def get(self, name: str) -> None:
        if name != "montague":
            self.set_status(404)
            return
        properties = {"xmpp-bridge": {"role": "viewer", "link_minutes": 60}, "house": "Verona"}
        self.write({"name": name, "users": ["romeo", "benvolio"], "properties": properties})


class Shares(RequestHandler):
    """One server of Romeo's, shared with a person and with a group."""

    def get(self, owner: str, server: str) -> None:
        if (owner, server) != ("romeo", ""):
            self.set_status(404)
            return
        items = [
            {"user": {"name": "juliet"}, "group": None, "scopes": ["a"]},
            {"user": None, "group": {"name": "montague"}, "scopes": ["b", "c"]},
        ]
        self.write({"items": items, "_pagination": {"next": None, "total": 2}})


@pytest.fixture
async def address() -> AsyncIterator[str]:
    server = HTTPServer(
        Application(
            [
                ("/hub/api/users/?(.*)", Hub),
                ("/hub/api/groups/(.*)", Groups),
                ("/hub/api/shares/([^/]+)/([^/]*)", Shares),
            ]
        )
    )
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


async def test_everybody_comes_page_by_page_and_how_many_they_are_at_once(hub: HubApi) -> None:
    pages = [[each.user.name for each in page] async for page in hub.everybody()]
    assert pages == [["romeo"], ["juliet"]]
    total, newest = await hub.how_many()
    assert (total, [each.user.name for each in newest]) == (2, ["romeo"])


async def test_a_group_says_who_is_in_it_and_none_is_not_an_error(hub: HubApi) -> None:
    assert await hub.group("montague") == frozenset({"romeo", "benvolio"})
    assert await hub.group("capulet") is None


async def test_a_groups_properties_say_how_it_is_shared_with(hub: HubApi) -> None:
    assert await hub.group_defaults("montague") == GroupDefaults(Role.VIEWER, 60)
    assert await hub.group_defaults("capulet") == GroupDefaults()


@pytest.mark.parametrize(
    "ours",
    ["viewer", {"role": "king"}, {"role": ["viewer"]}, {"link_minutes": 0}, {"link_minutes": True}],
)
def test_properties_that_make_no_sense_are_refused_with_a_sentence(ours: Any) -> None:
    with pytest.raises(BadPayloadError, match="administrator"):
        read_defaults("montague", {"xmpp-bridge": ours})


async def test_shares_say_with_whom_and_what(hub: HubApi) -> None:
    assert await hub.shares("romeo", "") == [
        Shared("juliet", None, frozenset({"a"})),
        Shared(None, "montague", frozenset({"b", "c"})),
    ]
    assert await hub.shares("romeo", "mantua") == []
    with pytest.raises(BadPayloadError):
        read_share({"user": {"name": "juliet"}})


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
