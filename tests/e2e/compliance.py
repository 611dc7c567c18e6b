"""XEP-0479 (XMPP Compliance Suites 2023), as far as a server does it for clients: asked of the one that runs."""

from __future__ import annotations

import ssl
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from demo.rest import Rest
from tests.e2e.clients.login import ClientLogin
from tests.e2e.raw_stream import RawStream, raw_stream

DISCO = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
STREAM = "{urn:ietf:params:xml:ns:xmpp-tls}starttls/{urn:ietf:params:xml:ns:xmpp-tls}required"
OPEN = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='{domain}' version='1.0'/>"
ROSTER = "<query xmlns='jabber:iq:roster'/>"
PRIVATE = "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>"


@dataclass
class Server:
    """What a client finds: before it logs in, after that, and what answers for what."""

    login: ClientLogin
    room: str
    service: Rest
    """The hub service, asked by nobody in particular."""
    plain: ET.Element
    before: ET.Element
    after: ET.Element
    stream: RawStream

    @property
    def domain(self) -> str:
        return self.login.jid.partition("@")[2]

    async def has(self, address: str, *features: str) -> bool:
        """Whether all these are among what disco says of an address."""
        answer = await self.stream.ask("get", address, DISCO)
        told = {each.get("var") for each in answer.iterfind("{*}query/{*}feature")}
        return set(features) <= told

    async def is_a(self, address: str, category: str, kind: str) -> bool:
        answer = await self.stream.ask("get", address, DISCO)
        identities = answer.iterfind("{*}query/{*}identity")
        return (category, kind) in {(each.get("category"), each.get("type")) for each in identities}

    async def answers(self, payload: str) -> bool:
        """Whether a query about one's own account has a result."""
        return (await self.stream.ask("get", None, payload)).get("type") == "result"

    def offers(self, *tags: str) -> bool:
        """Whether these are among the features of the stream after the login."""
        return set(tags) <= {each.tag for each in self.after}


Ask = Callable[[Server], Awaitable[bool]]


@dataclass(frozen=True)
class Row:
    """A feature of a suite; `advanced` ones make an Advanced Server."""

    suite: str
    feature: str
    provider: str
    ask: Ask
    advanced: bool = False
    note: str = ""


async def _core(server: Server) -> bool:
    mechanisms = [each.text for each in server.before.iterfind("{*}mechanisms/{*}mechanism")]
    return "PLAIN" in mechanisms and server.offers("{urn:ietf:params:xml:ns:xmpp-bind}bind")


async def _tls(server: Server) -> bool:
    """Without TLS there is no way to log in at all."""
    return server.plain.find(STREAM) is not None and server.plain.find("{*}mechanisms") is None


async def _direct_tls(server: Server) -> bool:
    return server.before.find("{*}mechanisms") is not None


async def _websocket(server: Server) -> bool:
    trusting = ssl.create_default_context(cafile=str(server.login.ca))
    async with connect(
        server.login.websocket,
        host=server.login.host,  # a name such as hub.localhost is known to browsers only
        ssl=trusting,
        subprotocols=[Subprotocol("xmpp")],
    ) as socket:
        await socket.send(OPEN.format(domain=server.domain))
        opened, features = str(await socket.recv()), str(await socket.recv())
    return opened.startswith("<open ") and "PLAIN" in features


async def _bosh(server: Server) -> bool:
    return (await _fetch(server, "/bosh")).code == 200


async def _host_meta(server: Server) -> bool:
    found = await server.service.call("GET", "host-meta.json")
    links = {(each["rel"], each["href"]) for each in found["links"]}
    return ("urn:xmpp:alt-connections:websocket", server.login.websocket) in links


async def _fetch(server: Server, path: str) -> HTTPResponse:
    url = f"https://{server.login.host}:{urlsplit(server.login.websocket).port}{path}"
    return await AsyncHTTPClient().fetch(url, ca_certs=str(server.login.ca), raise_error=False)


def _server(*features: str) -> Ask:
    return lambda server: server.has(server.domain, *features)


def _account(*features: str) -> Ask:
    return lambda server: server.has(server.login.jid, *features)


def _room(*features: str) -> Ask:
    return lambda server: server.has(server.room, *features)


def _stream(*tags: str) -> Ask:
    async def ask(server: Server) -> bool:
        return server.offers(*tags)

    return ask


PUBSUB = "http://jabber.org/protocol/pubsub"
ROWS = (
    Row("Core", "Core features", "RFC 6120", _core),
    Row("Core", "TLS", "RFC 7590", _tls, note="no login without it; TLS 1.2 and newer"),
    Row("Core", "Direct TLS", "XEP-0368", _direct_tls, advanced=True),
    Row("Core", "Feature discovery", "XEP-0030", _server("http://jabber.org/protocol/disco#info")),
    Row(
        "Core",
        "Feature broadcasts",
        "XEP-0115",
        _stream("{http://jabber.org/protocol/caps}c"),
        advanced=True,
    ),
    Row(
        "Core",
        "Server extensibility",
        "XEP-0114",
        lambda server: server.is_a(f"bridge.{server.domain}", "store", "file"),
        note="the hub service is one; nobody else has the secret",
    ),
    Row(
        "Core",
        "Event publishing",
        "XEP-0163",
        lambda server: server.is_a(server.login.jid, "pubsub", "pep"),
        advanced=True,
    ),
    Row("Web", "Web connection mechanisms", "RFC 7395", _websocket),
    Row("Web", "Web connection mechanisms", "XEP-0206", _bosh, note="left out: a second way in"),
    Row("Web", "Connection mechanism discovery", "XEP-0156", _host_meta, advanced=True),
    Row("IM", "Core features", "RFC 6121", lambda server: server.answers(ROSTER)),
    Row(
        "IM",
        "User avatar compatibility",
        "XEP-0398",
        _account("urn:xmpp:pep-vcard-conversion:0"),
        advanced=True,
        note="left out: cards are shown by the service; a Jupyter server puts its owner's picture in both places",
    ),
    Row("IM", "vcard-temp", "XEP-0054", _account("vcard-temp")),
    Row("IM", "Outbound message synchronization", "XEP-0280", _server("urn:xmpp:carbons:2")),
    Row(
        "IM",
        "User blocking",
        "XEP-0191",
        _server("urn:xmpp:blocking"),
        advanced=True,
        note="left out: who may write to whom is the rooms'",
    ),
    Row("IM", "Group chat", "XEP-0045", _room("http://jabber.org/protocol/muc")),
    Row(
        "IM",
        "Advanced group chat",
        "XEP-0048",
        lambda server: server.answers(PRIVATE),
        advanced=True,
        note="filled by people's Jupyter servers",
    ),
    Row("IM", "Advanced group chat", "XEP-0313", _room("urn:xmpp:mam:2"), advanced=True),
    Row(
        "IM",
        "Advanced group chat",
        "XEP-0402",
        _account("urn:xmpp:bookmarks:1#compat"),
        advanced=True,
        note="bookmarks of both kinds are there, but ejabberd 23.01 does not convert what a client writes",
    ),
    Row(
        "IM",
        "Advanced group chat",
        "XEP-0410",
        _room("http://jabber.org/protocol/muc#self-ping-optimization"),
        advanced=True,
        note="not announced; whoever is not in a room and pings it is told so all the same",
    ),
    Row(
        "IM",
        "Persistent storage of private data",
        "XEP-0223",
        _account(f"{PUBSUB}#publish-options", f"{PUBSUB}#access-whitelist"),
        advanced=True,
        note="not all that it takes is announced",
    ),
    Row(
        "IM",
        "Private XML storage",
        "XEP-0049",
        lambda server: server.answers(PRIVATE),
        advanced=True,
    ),
    Row("IM", "Stream management", "XEP-0198", _stream("{urn:xmpp:sm:3}sm"), advanced=True),
    Row(
        "IM",
        "History storage and retrieval",
        "XEP-0313",
        _account("urn:xmpp:mam:2"),
        advanced=True,
        note="of rooms; a person's own archive keeps nothing unless their client asks",
    ),
    Row(
        "IM",
        "File upload",
        "XEP-0363",
        lambda server: server.has(f"bridge.{server.domain}", "urn:xmpp:http:upload:0"),
        note="by the hub service, if it knows its `public_url`",
    ),
)


async def table(login: ClientLogin, room: str, service: Rest) -> list[str]:
    """The rows of the table, each with what this server does now."""
    async with raw_stream(login, direct_tls=False) as plain, raw_stream(login) as stream:
        before, without_tls = await stream.open(), await plain.open()
        after = await stream.log_in(login)
        server = Server(login, room, service, without_tls, before, after, stream)
        return [
            f"| {row.suite} | {row.feature} | {row.provider} | {_level(row)} |"
            f" {'yes' if await row.ask(server) else '**no**'} | {row.note} |"
            for row in ROWS
        ]


def _level(row: Row) -> str:
    return "Advanced Server" if row.advanced else "Server"
