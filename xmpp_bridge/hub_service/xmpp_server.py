"""The XMPP server this service works with: one of its own, or one that somebody else runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from joserfc.jwk import ECKey
from slixmpp import JID

from xmpp_bridge.accounts.jid import bare_jid
from xmpp_bridge.xmpp.component import ComponentLogin
from xmpp_bridge.xmpp.stream import Secret

SERVICE_RESOURCE = "service"
NICK = "xmpp-bridge"


@dataclass(frozen=True)
class Addresses:
    """The names of everything below one XMPP domain."""

    domain: str

    @property
    def service(self) -> JID:
        """As whom the service speaks, in every room and to every Jupyter server."""
        return JID(f"xmpp-bridge@bridge.{self.domain}/{SERVICE_RESOURCE}")

    @property
    def documents(self) -> str:
        return f"documents.{self.domain}"

    @property
    def awareness(self) -> str:
        return f"awareness.{self.domain}"

    @property
    def rooms(self) -> str:
        return f"rooms.{self.domain}"

    def account(self, localpart: str, resource: str | None = None) -> JID:
        """The address of an account, or of one of its places."""
        bare = bare_jid(localpart, self.domain)
        return JID(bare if resource is None else f"{bare}/{resource}")

    def document(self, document: str) -> JID:
        return JID(f"{document}@{self.documents}")

    def chat(self, room: str) -> JID:
        return JID(f"{room}@{self.rooms}")


@dataclass(frozen=True)
class XmppServer:
    """Where ejabberd listens and what the service shares with it."""

    c2s: tuple[str, int]
    """Where Jupyter servers connect."""
    component: tuple[str, int]
    component_secret: Secret = field(repr=False)
    admin_address: str
    authority: Path | None
    """The CA by which clients know it; None for the system's own."""
    signing_key: ECKey = field(repr=False)
    extauth_socket: Path
    direct_tls_port: int | None = None
    """Where clients connect that begin with TLS (XEP-0368), at the host of `c2s`."""
    websocket: str | None = None
    """Where clients in a browser connect (RFC 7395)."""

    def login(self, addresses: Addresses) -> ComponentLogin:
        """How the component connects."""
        host, port = self.component
        return ComponentLogin(
            addresses.service, addresses.domain, self.component_secret, host, port
        )
