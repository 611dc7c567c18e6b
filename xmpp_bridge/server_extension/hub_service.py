"""The hub service's REST API, as this Jupyter server's owner."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from slixmpp import JID
from slixmpp.jid import InvalidJID
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse

from xmpp_bridge.chat.message import StanzaId
from xmpp_bridge.chat.spoken import Spoken, from_json
from xmpp_bridge.documents.relay import RelayMessage, encode_relay
from xmpp_bridge.documents.service import (
    Admission,
    DocumentInfo,
    Version,
    read_admission,
    read_document,
    read_versions,
)
from xmpp_bridge.documents.sync import (
    CONTENT_TYPE,
    MOST_SYNC,
    SyncMessage,
    decode_sync,
    encode_sync,
)
from xmpp_bridge.rooms.identifiers import DocumentId, RoomId, read_document_id, read_room_id
from xmpp_bridge.rooms.parting import Parted
from xmpp_bridge.xmpp import errors
from xmpp_bridge.xmpp.stream import Login, Secret

log = logging.getLogger(__name__)

LARGEST_ANSWER = 512 * 1024 * 1024
TIMEOUT = 60.0
SLOWEST = 250_000
"""Bytes a second at which something large must leave."""


@dataclass(frozen=True)
class Credential:
    """A login that this Jupyter server may use until it expires, and where."""

    login: Login
    expires_at: datetime
    renew_after: float
    """Seconds from now."""
    service_jid: JID
    display_name: str


class HubService:
    """Raises BridgeErrors: what the service refused, by its condition, and UnavailableError if it does not answer."""

    def __init__(self, url: str, token: Secret) -> None:
        self._url = url.rstrip("/") + "/"
        self._token = token
        self._http = AsyncHTTPClient(
            force_instance=True,
            max_clients=20,
            max_body_size=LARGEST_ANSWER,
            max_buffer_size=LARGEST_ANSWER,
        )

    def close(self) -> None:
        self._http.close()

    async def credential(self) -> Credential:
        """Ask for a fresh login; each one lives for a quarter of an hour at most."""
        return read_credential(await self._json("POST", "api/credentials", {}))

    async def rooms(self) -> Any:
        """The rooms of this server's owner, as the service gives them."""
        return await self._json("GET", "api/rooms")

    async def create_room(self, name: str) -> Any:
        return await self._json("POST", "api/rooms", {"name": name})

    async def set_member(self, room: str, hub_user: str, role: str) -> Any:
        return await self._json("PUT", _member_path(room, hub_user), {"role": role})

    async def remove_member(self, room: str, hub_user: str) -> Any:
        return await self._json("DELETE", _member_path(room, hub_user))

    async def create_document(self, room: str, name: str, kind: str, form: str) -> DocumentInfo:
        body = {"name": name, "type": kind, "format": form}
        return read_document(await self._json("POST", f"api/rooms/{quote(room)}/documents", body))

    async def remove_document(self, room: str, document: DocumentId) -> None:
        await self._json("DELETE", f"api/rooms/{quote(room)}/documents/{quote(document)}")

    async def admission(self, document: DocumentId) -> Admission:
        return read_admission(await self._json("GET", f"api/documents/{quote(document)}"))

    async def versions(self, only: DocumentId | None = None) -> dict[DocumentId, Version]:
        """What each document is at that this server's owner may read; or only that one."""
        query = "" if only is None else f"?{urlencode({'document': only})}"
        return read_versions(await self._json("GET", f"api/documents/versions{query}"))

    async def partings(self) -> list[Parted]:
        """What this server's owner was taken out of, and whose files are to go."""
        return read_partings(await self._json("GET", "api/partings"))

    async def chat_rooms(self) -> Any:
        """The rooms of this server's owner, with what is unread in each."""
        return (await self._json("GET", "api/chat/rooms"))["rooms"]

    async def messages(self, room: str, **window: str | int) -> Any:
        """A page of what was said: `before`, `after` or `around` one message, at most `limit`."""
        return await self._json("GET", f"api/rooms/{quote(room)}/messages?{urlencode(window)}")

    async def message(self, room: str, message: StanzaId) -> Spoken:
        """One message as it is now."""
        path = f"api/rooms/{quote(room)}/messages/{quote(message)}"
        return from_json(await self._json("GET", path))

    async def direct(self, hub_user: str) -> RoomId:
        """The room of the owner and one other person."""
        return read_room_id(
            (await self._json("POST", "api/chat/direct", {"hub_user": hub_user}))["room"]
        )

    async def moderate(self, room: str, message: StanzaId, reason: str) -> None:
        """Take back what somebody else said, as an owner of the room."""
        query = urlencode({"reason": reason})
        path = f"api/rooms/{quote(room)}/messages/{quote(message)}?{query}"
        await self._json("DELETE", path)

    async def search(self, **window: str | int) -> Any:
        """What was said in the owner's rooms, found by the words of `q`."""
        return await self._json("GET", f"api/search?{urlencode(window)}")

    async def upload(self, room: str, name: str, kind: str, body: bytes) -> Any:
        """Put a file into a room; it is durable when this returns."""
        request = HTTPRequest(
            f"{self._url}api/rooms/{quote(room)}/uploads?{urlencode({'name': name})}",
            method="POST",
            body=body,
            headers={"Content-Type": kind},
        )
        return read_json((await self._fetch(request)).body)

    async def download(self, room: str, upload: str, name: str) -> HTTPResponse:
        """A file of a room, with the headers that make it harmless."""
        path = f"api/rooms/{quote(room)}/uploads/{quote(upload, safe='')}/{quote(name, safe='')}"
        return await self._fetch(HTTPRequest(self._url + path))

    async def download_of_client(self, upload: str, name: str) -> HTTPResponse:
        """The same for a file which somebody's XMPP client has put there."""
        path = f"api/uploads/{quote(upload, safe='')}/{quote(name, safe='')}"
        return await self._fetch(HTTPRequest(self._url + path))

    async def set_mark(self, room: str, **mark: str) -> Any:
        """Move the mark up to which the owner has `read`, or change of what they are told (`notify`)."""
        return await self._json("PUT", f"api/rooms/{quote(room)}/mark", mark)

    async def people(self, words: str) -> Any:
        """Everybody of whom the owner may know and whose name holds these words; a hundred at most."""
        return await self._json("GET", f"api/people?{urlencode({'q': words})}")

    async def person(self, hub_user: str) -> Any:
        """One of them."""
        return await self._json("GET", f"api/people/{quote(hub_user, safe='')}")

    async def wishes(self) -> Any:
        """How the owner wants to be seen."""
        return await self._json("GET", "api/presence")

    async def choose(self, choice: str) -> Any:
        return await self._json("PUT", "api/presence", {"choice": choice})

    async def tell_place(self, room: str, *, tells: bool) -> Any:
        """Whether those in a room may know what the owner has open of it."""
        return await self._json("PUT", f"api/rooms/{quote(room)}/presence", {"tells_place": tells})

    async def sync(self, document: DocumentId, message: SyncMessage) -> SyncMessage:
        """Give what the service lacks and get what we lack; what was given is durable when this returns."""
        return await self._exchange(document, "sync", encode_sync(message))

    async def relay(self, document: DocumentId, message: RelayMessage) -> SyncMessage:
        """Offer what others wrote and the service lacks; how much of it was kept, the answer's state vector tells."""
        return await self._exchange(document, "relay", encode_relay(message))

    async def content_at(self, document: DocumentId, moment: int) -> Any:
        """The file as it was after that step of its time line."""
        path = f"api/documents/{quote(document)}/time-line/{moment}/content"
        return (await self._json("GET", path))["content"]

    async def reversal(
        self, document: DocumentId, after: int, through: int, hub_user: str | None
    ) -> bytes:
        """The Yjs update that takes back what somebody, or everybody, did; an empty one if nothing."""
        body = {"after": after, "through": through, "hub_user": hub_user}
        request = HTTPRequest(
            f"{self._url}api/documents/{quote(document)}/reversal",
            method="POST",
            body=json.dumps(body),
            headers={"Content-Type": "application/json"},
        )
        return (await self._fetch(request)).body

    async def pass_on(self, method: str, path: str, body: bytes | None) -> HTTPResponse:
        """What somebody asks of the service in the owner's name, as it is."""
        request = HTTPRequest(
            self._url + path, method, headers={"Content-Type": "application/json"}, body=body
        )
        return await self._fetch(request)

    async def _exchange(self, document: DocumentId, verb: str, body: bytes) -> SyncMessage:
        if len(body) > MOST_SYNC:
            megabytes = f"{len(body) / 1e6:.0f} MB, of which the hub takes {MOST_SYNC / 1e6:.0f}"
            raise errors.TooLargeError(f"an edit is too large to be shared: {megabytes}")
        request = HTTPRequest(
            f"{self._url}api/documents/{quote(document)}/{verb}",
            method="POST",
            body=body,
            headers={"Content-Type": CONTENT_TYPE},
        )
        return decode_sync((await self._fetch(request)).body)

    async def _json(self, method: str, path: str, body: Any = None) -> Any:
        request = HTTPRequest(
            self._url + path,
            method=method,
            body=None if body is None else json.dumps(body),
            headers={"Content-Type": "application/json"},
        )
        answer = await self._fetch(request)
        return read_json(answer.body) if answer.body else None

    async def _fetch(self, request: HTTPRequest) -> HTTPResponse:
        request.headers["Authorization"] = f"token {self._token!s}"
        request.request_timeout = TIMEOUT + len(request.body or b"") / SLOWEST
        request.connect_timeout = 10.0
        request.follow_redirects = False
        try:
            return await self._http.fetch(request)
        except HTTPClientError as error:
            raise read_refusal(error) from None
        except OSError as error:
            raise errors.UnavailableError(f"the hub service cannot be reached: {error}") from None


def read_partings(raw: Any) -> list[Parted]:
    """Parse the service's answer."""
    try:
        return [
            Parted(read_document_id(each["document"]), str(each["name"]), str(each["room"]))
            for each in raw["partings"]
        ]
    except (KeyError, TypeError) as error:
        raise errors.BadPayloadError(
            "the hub service's answer is not a list of partings"
        ) from error


def read_json(body: bytes) -> Any:
    """Parse the service's answer."""
    try:
        return json.loads(body)
    except ValueError as error:
        raise errors.BadPayloadError("the hub service's answer is not JSON") from error


BY_STATUS = {
    400: "bad-request",
    401: "not-authorized",
    403: "forbidden",
    413: "resource-constraint",
}


def read_refusal(error: HTTPClientError) -> errors.BridgeError:
    """What the service says is wrong; a 404 without a word of its own is the proxy's: the service is away."""
    body = error.response.body if error.response is not None else b""
    try:
        raw = json.loads(body)
        condition, reason = str(raw["condition"]), str(raw["reason"])
    except (ValueError, KeyError, TypeError):
        condition = BY_STATUS.get(error.code, "service-unavailable")
        reason = f"the hub service answers {error.code}"
    return errors.error_of(condition, reason)


def read_credential(raw: Any) -> Credential:
    """Parse the service's answer."""
    try:
        account, xmpp = raw["account"], raw["xmpp"]
        return Credential(
            login=Login(
                jid=JID(f"{account['jid']}/{raw['resource']}"),
                password=Secret(raw["password"]),
                host=str(xmpp["host"]),
                port=int(xmpp["port"]),
                authorities=xmpp["ca_pem"],
            ),
            expires_at=datetime.fromisoformat(raw["expires_at"]).astimezone(UTC),
            renew_after=float(raw["renew_after_seconds"]),
            service_jid=JID(xmpp["service_jid"]),
            display_name=str(account["display_name"]),
        )
    except (KeyError, TypeError, ValueError, InvalidJID) as error:
        raise errors.BadPayloadError("the hub service's answer is not a credential") from error


def _member_path(room: str, hub_user: str) -> str:
    return f"api/rooms/{quote(room)}/members/{quote(hub_user, safe='')}"
