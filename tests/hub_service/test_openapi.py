"""The document says what the handlers do: same paths, same methods, same scopes, same fields."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from tornado.web import RequestHandler

from tests.hub_service.fake_hub import NOON
from tests.hub_service.world import ADDRESSES, World
from xmpp_bridge.hub_service.handlers.base import READING, AuthenticatedHandler
from xmpp_bridge.hub_service.openapi import PATHS, document
from xmpp_bridge.hub_service.routes import ROUTES, pattern
from xmpp_bridge.hub_service.views import Views

METHODS = ("get", "post", "put", "patch", "delete")
DOCUMENT = document("/services/xmpp-bridge/", "1.2.3")


def implemented(handler: type[RequestHandler]) -> set[str]:
    return {
        method
        for method in METHODS
        if getattr(handler, method) is not getattr(RequestHandler, method)
    }


def test_it_is_an_openapi_document() -> None:
    validate(DOCUMENT)


def test_it_names_every_path_and_no_other() -> None:
    assert set(PATHS) == set(ROUTES)


@pytest.mark.parametrize("path", ROUTES)
def test_it_names_every_method_and_no_other(path: str) -> None:
    assert set(PATHS[path]) & set(METHODS) == implemented(ROUTES[path])


@pytest.mark.parametrize("path", ROUTES)
def test_it_names_the_scope_that_the_handler_demands(path: str) -> None:
    handler = ROUTES[path]
    for method in implemented(handler):
        named = {
            scope
            for way in PATHS[path][method]["security"]
            for scopes in way.values()
            for scope in scopes
        }
        demanded: set[str] = set()
        if issubclass(handler, AuthenticatedHandler) and method.upper() not in handler.without_hub:
            reading = method.upper() in READING
            demanded = {handler.reading_scope if reading else handler.writing_scope}
        assert named == demanded


@pytest.mark.parametrize("path", ROUTES)
def test_it_names_the_parameters_that_the_handler_takes(path: str) -> None:
    names = re.findall(r"{(\w+)}", path)
    assert [each["$ref"].rpartition("/")[2] for each in PATHS[path].get("parameters", [])] == names
    for method in implemented(ROUTES[path]):
        taken = list(inspect.signature(getattr(ROUTES[path], method)).parameters)
        assert taken == ["self", *names]


def test_a_name_stands_for_one_segment_of_a_path() -> None:
    found = re.fullmatch(
        pattern("/api/rooms/{room}/members/{hub_user}"), "/api/rooms/a/members/b%2Fc"
    )
    assert found is not None
    assert found.groups() == ("a", "b%2Fc")
    assert re.fullmatch(pattern("/api/rooms/{room}"), "/api/rooms/a/members") is None


def conforms(value: Any, schema: str) -> None:
    """Fail unless `value` is as the document says."""
    reference = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    OAS31Validator(reference).validate(value)


async def test_rooms_and_documents_look_as_it_says(world: World) -> None:
    views = Views(ADDRESSES)
    opened = await world.document("romeo", juliet="viewer")
    romeo = await world.somebody("romeo")
    room = await world.sharing.room(romeo, opened.document.room_id)

    conforms(views.account(romeo), "Account")
    conforms(views.room(room), "Room")
    conforms(views.document(opened), "Document")
    (version,) = views.versions([(opened.document, opened.role)], {}).values()
    conforms(version, "Version")
    conforms(views.admission(opened, room.members, {7: romeo}), "Admission")
    assert views.room(room)["created_at"] == NOON.isoformat()
