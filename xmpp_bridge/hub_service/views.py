"""The JSON of what the service knows; the only file that knows its shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from xmpp_bridge.accounts.app_password import AppPassword
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.archive.snippet import Snippet
from xmpp_bridge.archive.store import Mark
from xmpp_bridge.chat.invitation import join_link
from xmpp_bridge.chat.spoken import Spoken, called, to_json
from xmpp_bridge.hub_service.chat import ChatRoom
from xmpp_bridge.hub_service.credentials import Granted
from xmpp_bridge.hub_service.finding import Found
from xmpp_bridge.hub_service.presence_view import Wishes
from xmpp_bridge.hub_service.sharing import OpenDocument, OpenRoom
from xmpp_bridge.hub_service.xmpp_server import Addresses, XmppServer
from xmpp_bridge.rooms.entry import Lock
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Document, Member


class Views:
    """Everything under one XMPP domain, as JSON values."""

    def __init__(self, addresses: Addresses, recorded: Mapping[str, Any] | None = None) -> None:
        """`recorded` is what members are told of the record."""
        self._addresses = addresses
        self.recorded = recorded

    def account(self, account: Account) -> dict[str, Any]:
        return {
            "jid": str(self._addresses.account(account.localpart)),
            "hub_user": account.hub_user,
            "display_name": account.display_name,
        }

    def credential(
        self, granted: Granted, server: XmppServer, ca_pem: str | None
    ) -> dict[str, Any]:
        host, port = server.c2s
        return {
            "account": self.account(granted.account),
            "resource": granted.jid.resource,
            "password": str(granted.credential.token),
            "expires_at": granted.credential.expires_at.isoformat(),
            "renew_after_seconds": int(granted.renew_after.total_seconds()),
            "xmpp": {
                "domain": self._addresses.domain,
                "host": host,
                "port": port,
                "ca_pem": ca_pem,
                "service_jid": self._addresses.service.bare,
                "documents": self._addresses.documents,
                "awareness": self._addresses.awareness,
                "rooms": self._addresses.rooms,
            },
        }

    def app_password(self, password: AppPassword) -> dict[str, Any]:
        return {
            "id": password.id,
            "label": password.label,
            "created_at": password.created_at.isoformat(),
            "expires_at": password.expires_at and password.expires_at.isoformat(),
            "last_used_at": password.last_used_at and password.last_used_at.isoformat(),
        }

    def login(self, account: Account, server: XmppServer) -> dict[str, Any]:
        """What an XMPP client is told besides the password."""
        jid = str(self._addresses.account(account.localpart))
        host, port = server.c2s
        return {
            "jid": jid,
            "host": host,
            "port": port,
            "direct_tls_port": server.direct_tls_port,
            "websocket": server.websocket,
            "uri": f"xmpp:{quote(jid, safe='@')}",
        }

    def room(self, opened: OpenRoom) -> dict[str, Any]:
        return {
            "id": opened.room.id,
            "name": opened.room.name,
            "role": opened.role,
            "created_at": opened.room.created_at.isoformat(),
            "members": [self.member(member) for member in opened.members],
            "documents": [self.document(document) for document in opened.documents],
            "recorded": self.recorded,
        }

    def member(self, member: Member) -> dict[str, Any]:
        return {**self.account(member.account), "role": member.role}

    def document(self, opened: OpenDocument) -> dict[str, Any]:
        document = opened.document
        return {
            "id": document.id,
            "room": document.room_id,
            "name": document.name,
            "type": document.type,
            "format": document.format,
            "role": opened.role,
            "born": document.born,
            "locked": opened.lock and _lock(opened.lock),
            "creator": opened.creator.hub_user,
            "jid": f"{document.id}@{self._addresses.documents}",
            "awareness_jid": f"{document.id}@{self._addresses.awareness}",
        }

    def versions(
        self, readable: Iterable[tuple[Document, Role]], versions: Mapping[DocumentId, str]
    ) -> dict[str, Any]:
        """What each document is at, empty for one without history, and what the asker may do with it."""
        return {
            document.id: {"version": versions.get(document.id, ""), "role": role}
            for document, role in readable
        }

    def admission(
        self, opened: OpenDocument, members: Iterable[Member], clients: Mapping[int, Account]
    ) -> dict[str, Any]:
        """A document with what it takes to enter its rooms, and whose history is whose."""
        return {
            **self.document(opened),
            "password": str(opened.document.password),
            "members": [self.member(member) for member in members],
            "clients": {
                str(client): str(self._addresses.account(account.localpart))
                for client, account in clients.items()
            },
        }

    def chat_room(self, chat: ChatRoom, reader: Account) -> dict[str, Any]:
        """A room's chat; `direct` is the other one, where two people write to each other."""
        others = (each.account for each in chat.members if each.account.id != reader.id)
        other = next(others, None) if chat.room.is_direct else None
        return {
            "id": chat.room.id,
            "name": chat.room.name,
            "role": chat.role,
            "jid": str(self._addresses.chat(chat.room.id)),
            "direct": other and self.account(other),
            "members": [self.member(member) for member in chat.members],
            "documents": [
                {"id": each.id, "name": each.name, "type": each.type} for each in chat.documents
            ],
            "recorded": self.recorded,
            **self.mark(chat.mark),
        }

    def room_link(self, chat: ChatRoom, reader: Account) -> dict[str, str]:
        """What a room is called, and the link that opens it in an XMPP client."""
        others = [each.account for each in chat.members if each.account.id != reader.id]
        direct = chat.room.is_direct and bool(others)
        name = others[0].display_name if direct else chat.room.name
        uri = join_link(str(self._addresses.chat(chat.room.id)))
        return {"id": str(chat.room.id), "name": name, "uri": uri}

    def mark(self, mark: Mark) -> dict[str, Any]:
        return {
            "read": mark.read,
            "unread": mark.unread,
            "mentions": mark.mentions,
            "notify": mark.notify,
        }

    def wishes(self, wishes: Wishes) -> dict[str, Any]:
        return {"choice": wishes.choice.value, "tells_place": wishes.tells_place}

    def found(self, found: Found, reader: Account) -> dict[str, Any]:
        return {
            "hits": [
                {
                    "room": hit.room,
                    "message": self.message(hit.spoken, hit.room, reader),
                    "snippet": _parts(hit.snippet),
                }
                for hit in found.hits
            ],
            "cursor": found.cursor,
            "total_at_least": found.at_least,
            "problems": [{"at": each.at, "text": each.text} for each in found.problems],
        }

    def message(self, spoken: Spoken, room: str, reader: Account) -> dict[str, Any]:
        me = self._addresses.account(reader.localpart).bare
        sender = spoken.sender
        if sender.hub_user is None:
            sender = replace(sender, display_name=called(sender.jid, self._addresses.domain))
        return to_json(replace(spoken, sender=sender), room, me, delivered=True)


def _lock(lock: Lock) -> dict[str, Any]:
    return {"by": lock.by.hub_user, "at": lock.at.isoformat(), "reason": lock.reason}


def _parts(snippet: Snippet) -> list[dict[str, Any]]:
    return [{"text": text, "hit": at % 2 == 1} for at, text in enumerate(snippet) if text]
