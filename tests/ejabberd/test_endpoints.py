"""Other ways in than STARTTLS: websockets (RFC 7395), and TLS from the first byte (XEP-0368)."""

from __future__ import annotations

import base64
import ssl
import time
import xml.etree.ElementTree as ET
from contextlib import suppress

import pytest
from tornado.httpclient import AsyncHTTPClient
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.e2e.clients.login import ClientLogin
from tests.e2e.raw_stream import raw_stream
from tests.ejabberd.people import Verona

pytestmark = [pytest.mark.e2e, pytest.mark.accept]

OPEN = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='montague.lit' version='1.0'/>"
AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{}</auth>"
BIND = (
    "<iq xmlns='jabber:client' type='set' id='b'>"
    "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>web</resource></bind></iq>"
)


def trusting(verona: Verona) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(verona.ejabberd.ca_pem))


def plain(localpart: str, password: str) -> str:
    return AUTH.format(base64.b64encode(f"\0{localpart}\0{password}".encode()).decode())


def websocket(verona: Verona) -> connect:
    url = f"wss://localhost:{verona.settings.web_port}/ws"
    return connect(url, ssl=trusting(verona), subprotocols=[Subprotocol("xmpp")], open_timeout=10)


async def over_websocket(verona: Verona, localpart: str, password: str) -> list[str]:
    """What the server answers to somebody who logs in, as far as it lets them come."""
    answers: list[str] = []
    async with websocket(verona) as socket:
        with suppress(ConnectionClosed):
            # Each begin of a stream is answered twice: it is open, and has these features.
            for said in (OPEN, plain(localpart, password), OPEN, BIND):
                await socket.send(said)
                answers += [str(await socket.recv()) for _ in range(2 if said == OPEN else 1)]
                if answers[-1].startswith("<failure"):
                    break
    return answers


async def test_a_browser_logs_in_over_websocket(verona: Verona) -> None:
    answers = await over_websocket(verona, "romeo", str(verona.credential("romeo")))

    assert "<mechanism>PLAIN</mechanism>" in answers[1]
    assert answers[2].startswith("<success")
    assert "urn:xmpp:sm:3" in answers[4]
    assert "romeo@montague.lit/web" in answers[5]


async def test_a_browser_is_slowed_down_as_any_other_client(verona: Verona) -> None:
    """Else a flood would come in here (docs/decisions/0021-limits-by-resource.md)."""
    large = f"<message xmlns='jabber:client' to='juliet@montague.lit'><body>{'x' * 8000}</body></message>"
    ping = "<iq xmlns='jabber:client' type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"
    async with websocket(verona) as socket:
        for said in (OPEN, plain("romeo", str(verona.credential("romeo"))), OPEN, BIND):
            await socket.send(said)
            for _ in range(2 if said == OPEN else 1):
                await socket.recv()
        began = time.monotonic()
        await socket.send(large)
        await socket.send(ping)
        while ET.fromstring(str(await socket.recv())).get("id") != "p":
            continue
    assert time.monotonic() - began > 2.0


async def test_the_admin_account_does_not_come_in_here_either(verona: Verona) -> None:
    admin = verona.settings.admin_jid.partition("@")[0]
    answers = await over_websocket(verona, admin, str(verona.ejabberd.admin_credential()))

    assert not any(f"{admin}@montague.lit/" in answer for answer in answers), answers


async def test_the_web_listener_has_no_admin_channel(verona: Verona) -> None:
    web = f"https://localhost:{verona.settings.web_port}"
    client, ca = AsyncHTTPClient(), str(verona.ejabberd.ca_pem)
    for path in ("/api/status", "/admin", "/"):
        answer = await client.fetch(web + path, ca_certs=ca, raise_error=False)
        assert answer.code == 404, path


async def test_nothing_large_comes_in_where_no_jupyter_server_does(verona: Verona) -> None:
    settings = verona.settings
    login = ClientLogin(
        f"romeo@{settings.domain}",
        str(verona.credential("romeo")),
        settings.interface,
        settings.c2s_port,
        settings.direct_tls_port or 0,
        "",
        verona.ejabberd.ca_pem,
    )
    # By its name, it is not slowed down: else a megabyte would take minutes, and no limit be met.
    async with raw_stream(login) as stream:
        await stream.open()
        await stream.log_in(login, "jupyter-large")
        body = f"<message to='juliet@{settings.domain}'><body>{'x' * 300_000}</body></message>"
        assert await stream.ends_after(body) == "policy-violation"
