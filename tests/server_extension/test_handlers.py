"""The extension's REST API says of itself what it does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import validate

from xmpp_bridge.server_extension.handlers import ROUTES, local_path
from xmpp_bridge.server_extension.linking import blank
from xmpp_bridge.server_extension.openapi import describe
from xmpp_bridge.server_extension.presence_handlers import PRESENCE_ROUTES
from xmpp_bridge.server_extension.restoring_handlers import RESTORING_ROUTES
from xmpp_bridge.server_extension.sharing_handlers import shared_routes
from xmpp_bridge.server_extension.uploads import UPLOAD_ROUTES
from xmpp_bridge.xmpp.errors import BadPayloadError

METHODS = ("get", "post", "put", "patch", "delete")


def test_the_description_is_openapi() -> None:
    validate(describe())


def test_every_route_and_method_is_described_and_nothing_else() -> None:
    described = {
        (re.sub(r"{\w+}", "([^/]+)", path).replace(".json", r"\.json"), method)
        for path, item in describe()["paths"].items()
        for method in item
        if method in METHODS
    }
    served = {
        (path, method)
        for path, handler in ROUTES + UPLOAD_ROUTES + PRESENCE_ROUTES + RESTORING_ROUTES
        for method in METHODS
        if method in vars(handler)
    }
    served |= {
        (path, method.lower())
        for path, _handler, settings in shared_routes({})
        for method in settings["methods"]
    }
    served |= {("/xmpp-bridge/api/taken", "get"), ("/xmpp-bridge/api/taken/([^/]+)", "delete")}
    served |= {("/xmpp-bridge/api/folders", method) for method in ("get", "post", "delete")}
    assert described == served


@pytest.mark.parametrize("path", ["", "/", "..", "a/../b", "a//b", "./a", "a/.."])
def test_a_path_outside_of_the_server_is_refused(path: str) -> None:
    with pytest.raises(BadPayloadError):
        local_path(path)


@pytest.mark.parametrize(("given", "kept"), [("/a.ipynb", "a.ipynb"), ("né 🌹/b.md", "né 🌹/b.md")])
def test_a_path_within_it_is_taken(given: str, kept: str) -> None:
    assert local_path(given) == kept


def test_a_blank_file_of_each_kind() -> None:
    notebook: Any = blank("notebook")
    assert notebook["cells"] == []
    assert blank("file") == ""
