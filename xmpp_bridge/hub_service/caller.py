"""Who calls the service: what the hub says about the token of a request."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyterhub.services.auth import check_scopes  # type: ignore[import-untyped]

from xmpp_bridge.xmpp.errors import ForbiddenError


@dataclass(frozen=True)
class Caller:
    """A hub user or a hub service, and what the token at hand may do."""

    name: str
    kind: str
    token_id: str
    session_id: str | None
    scopes: frozenset[str]
    admin: bool = False
    fingerprint: str = field(default="", repr=False)
    """Of the token itself: a hub on SQLite gives the id of a deleted token to another."""

    def demand(self, *scopes: str) -> None:
        """Refuse unless the token holds one of `scopes` as it is, without a narrower filter."""
        if not check_scopes(set(scopes), set(self.scopes)):
            raise ForbiddenError(f"the token lacks the scope {' or '.join(sorted(scopes))}")

    def demand_hub_user(self) -> None:
        """Refuse hub services: nobody has given them an account."""
        if self.kind != "user":
            raise ForbiddenError("only a hub user has an account")

    def demand_admin(self) -> None:
        """Refuse whom the hub does not call an admin, and an admin's Jupyter server.

        Whatever runs in a notebook has its token.
        """
        self.demand_hub_user()
        opened = [scope for scope in self.scopes if scope.startswith("access:servers!server=")]
        if not self.admin or (opened and not self.session_id):
            raise ForbiddenError("only an admin of the hub may do this, from a browser")

    def jupyter_server(self) -> str:
        """The name of the one Jupyter server of its owner that this token belongs to.

        A browser's token opens any number of servers, one of a user's own making usually none:
        neither may become an XMPP connection that lives on without them.
        """
        opened = [scope for scope in self.scopes if scope.startswith("access:servers")]
        mine = f"access:servers!server={self.name}/"
        server = opened[0].removeprefix(mine) if len(opened) == 1 else "/"
        own = self.kind == "user" and not self.session_id and opened and opened[0].startswith(mine)
        if not own or "/" in server:
            raise ForbiddenError("only a Jupyter server's own token may do this")
        return server


def read_caller(model: Mapping[str, Any], token: str = "") -> Caller:
    """Parse the answer to `GET /hub/api/user` about this token."""
    return Caller(
        name=str(model["name"]),
        kind=str(model["kind"]),
        token_id=str(model.get("token_id") or ""),
        session_id=model.get("session_id") or None,
        scopes=frozenset(map(str, model["scopes"])),
        admin=bool(model.get("admin", False)),
        fingerprint=hashlib.sha256(token.encode()).hexdigest() if token else "",
    )
