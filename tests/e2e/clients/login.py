"""What somebody types into an XMPP client: their address, an app password, and where the server is."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from demo.rest import Rest
from tests.e2e.stage import Person, Stage


@dataclass(frozen=True)
class ClientLogin:
    """As the page of app passwords shows it; `ca` is the authority that an administrator would install."""

    jid: str
    password: str = field(repr=False)
    host: str
    port: int
    direct_tls_port: int
    websocket: str
    ca: Path

    @property
    def localpart(self) -> str:
        return self.jid.partition("@")[0]


async def app_password(stage: Stage, person: Person, label: str) -> ClientLogin:
    """A new app password of the person, good for a day."""
    page = Rest(stage.stack.service.url, person.server.token)
    made = await page.call("POST", "api/app-passwords", {"label": label, "days": 1})
    login = made["login"]
    (ca,) = stage.stack.settings.directory.rglob("ejabberd/etc/ca.pem")
    return ClientLogin(
        login["jid"],
        made["password"],
        login["host"],
        login["port"],
        login["direct_tls_port"],
        login["websocket"],
        ca,
    )


def as_a_person(*command: str) -> tuple[str, ...]:
    """The command; where root runs the tests, as somebody with another number and the same files."""
    if os.geteuid() != 0:
        return command
    return ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--", *command)
