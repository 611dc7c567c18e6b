"""What the hub service answers, and refuses, as this server hears it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest, HTTPResponse

from xmpp_bridge.documents.sync import MOST_SYNC, SyncMessage
from xmpp_bridge.documents.update import EMPTY_STATE_VECTOR
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.server_extension.hub_service import HubService, read_credential, read_refusal
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    BridgeError,
    ForbiddenError,
    NotReadyError,
    TooLargeError,
    UnavailableError,
)
from xmpp_bridge.xmpp.stream import Secret

GOOD: dict[str, Any] = {
    "account": {"jid": "romeo@montague.lit", "hub_user": "romeo", "display_name": "Romeo"},
    "resource": "jupyter-orchard",
    "password": "e.y.J",
    "expires_at": "2026-11-23T12:15:00+00:00",
    "renew_after_seconds": 450,
    "xmpp": {
        "domain": "montague.lit",
        "host": "127.0.0.1",
        "port": 5222,
        "ca_pem": None,
        "service_jid": "xmpp-bridge@bridge.montague.lit",
        "documents": "documents.montague.lit",
        "awareness": "awareness.montague.lit",
        "rooms": "rooms.montague.lit",
    },
}


def failure(status: int, body: bytes) -> HTTPClientError:
    request = HTTPRequest("http://hub/services/xmpp-bridge/api/rooms")
    return HTTPClientError(status, response=HTTPResponse(request, status, buffer=io.BytesIO(body)))


def test_a_credential_is_read_and_does_not_show_its_password() -> None:
    credential = read_credential(GOOD)
    assert credential.login.jid.full == "romeo@montague.lit/jupyter-orchard"
    assert "e.y.J" not in repr(credential)


@pytest.mark.parametrize(
    "change",
    [
        {"account": None},
        {"account": {"jid": "@@", "display_name": ""}},
        {"expires_at": "soon"},
        {"xmpp": {}},
        {"renew_after_seconds": None},
    ],
)
def test_anything_else_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadPayloadError):
        read_credential({**GOOD, **change})


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, b'{"condition": "forbidden", "reason": "no"}', ForbiddenError),
        (409, b'{"condition": "unexpected-request", "reason": "not born"}', NotReadyError),
        (403, b"<html>", ForbiddenError),
        (404, b"<html>the proxy's", UnavailableError),
        (502, b"", UnavailableError),
        (599, b"", UnavailableError),
        (500, b'{"condition": "a-new-one", "reason": ""}', UnavailableError),
        (500, b"[]", UnavailableError),
    ],
)
def test_a_refusal_is_known_by_its_condition(
    status: int, body: bytes, error: type[BridgeError]
) -> None:
    assert type(read_refusal(failure(status, body))) is error


async def test_what_the_service_would_not_take_is_not_sent() -> None:
    service = HubService("http://127.0.0.1:9/", Secret("nobody answers here"))
    with pytest.raises(TooLargeError, match="210 MB, of which the hub takes 210"):
        await service.sync(
            DocumentId("0f" * 16), SyncMessage("", EMPTY_STATE_VECTOR, bytes(MOST_SYNC))
        )
    service.close()
