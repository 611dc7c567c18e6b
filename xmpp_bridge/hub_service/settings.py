"""The service's settings: names, defaults and help. Nothing below the application looks them up."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path

from joserfc.jwk import ECKey
from sqlalchemy import make_url
from traitlets import Int, TraitError, Unicode, default, validate
from traitlets.config import Application

from importlib.metadata import version
from xmpp_bridge.accounts.credential import MAX_LIFETIME
from xmpp_bridge.ejabberd.settings import (
    Database,
    EjabberdSettings,
    PostgresDatabase,
    SqliteDatabase,
)
from xmpp_bridge.hub_service.xmpp_server import XmppServer
from xmpp_bridge.xmpp.stream import Secret

EXTERNAL_NEEDS = (
    "external_host",
    "external_component_secret_file",
    "external_signing_key_file",
    "external_extauth_socket",
)


class HubServiceSettings(Application):
    """What an administrator may set, on the command line or in a file."""

    name = "xmpp-bridge service"
    version = version("xmpp-bridge")
    aliases = {  # noqa: RUF012 - as traitlets declares it
        "config": "HubService.config_file",
        "log-level": "HubService.log_level",
    }
    flags = {  # noqa: RUF012
        "generate-config": (
            {"HubService": {"generate_config_to": "xmpp_bridge_config.py"}},
            "Write xmpp_bridge_config.py with every setting and its default, and stop.",
        ),
    }

    config_file = Unicode(help="Configuration file to read.").tag(config=True)
    generate_config_to = Unicode(help="Where --generate-config writes.").tag(config=True)
    domain = Unicode(
        "hub.localhost", help="The XMPP domain: part of every address, so choose it once."
    ).tag(config=True)
    state_directory = Unicode(
        "xmpp-bridge",
        help="Folder of the database, the keys and the embedded ejabberd; made with mode 0700.",
    ).tag(config=True)
    database_url = Unicode(
        help="SQLAlchemy URL of the service's database, e.g. postgresql://…; SQLite in the state"
        " folder when empty.",
    ).tag(config=True)

    credential_seconds = Int(
        int(MAX_LIFETIME.total_seconds()),
        help="Lifetime of a Jupyter server's XMPP credential; it renews at half of it.",
    ).tag(config=True)
    reconcile_seconds = Int(
        60,
        help="How often sessions and rooms at ejabberd are compared with the hub and the database:"
        " within this time a deleted, blocked or renamed hub user is cut off.",
    ).tag(config=True)
    hub_cache_seconds = Int(
        30,
        help="For how long the hub's answer about a token is believed; credentials always ask anew.",
    ).tag(config=True)

    ejabberd_interface = Unicode(
        "127.0.0.1", help="Address on which the embedded ejabberd listens for Jupyter servers."
    ).tag(config=True)
    ejabberd_c2s_port = Int(
        0, help="Its port for XMPP clients; 0 chooses a free one and keeps it."
    ).tag(config=True)
    ejabberd_component_port = Int(
        0, help="Its port for the service's component; 0 chooses a free one and keeps it."
    ).tag(config=True)
    ejabberd_database_url = Unicode(
        help="postgresql:// URL of its own database; SQLite in the state folder when empty.",
    ).tag(config=True)

    external_admin_url = Unicode(
        help="https:// URL of the mod_http_api of an ejabberd that runs elsewhere with our"
        " configuration. When set, none is embedded, and the settings below count.",
    ).tag(config=True)
    external_host = Unicode(help="Where Jupyter servers and the component reach it.").tag(
        config=True
    )
    external_c2s_port = Int(5222, help="Its port for XMPP clients.").tag(config=True)
    external_component_port = Int(5275, help="Its port for components (XEP-0114).").tag(config=True)
    external_component_secret_file = Unicode(help="File with the component's secret.").tag(
        config=True
    )
    external_signing_key_file = Unicode(
        help="File with the private ES256 key (JWK) whose public half is its `jwt_key`.",
    ).tag(config=True)
    external_ca_file = Unicode(
        help="CA that signed its certificate; the system's own when empty."
    ).tag(config=True)
    external_extauth_socket = Unicode(
        help="Unix socket on which the service answers its extauth program.",
    ).tag(config=True)

    @default("log_level")
    def _what_happened(self) -> int:
        return logging.INFO

    @validate("credential_seconds")
    def _short(self, proposal: dict[str, int]) -> int:
        if not 0 < proposal["value"] <= MAX_LIFETIME.total_seconds():
            raise TraitError(f"a credential lives for at most {MAX_LIFETIME}")
        return proposal["value"]

    @validate("reconcile_seconds", "hub_cache_seconds")
    def _positive(self, proposal: dict[str, int]) -> int:
        if proposal["value"] <= 0:
            raise TraitError("a period is longer than nothing")
        return proposal["value"]

    @property
    def state(self) -> Path:
        return Path(self.state_directory).absolute()

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.state / 'bridge.sqlite'}"

    @property
    def credential_lifetime(self) -> timedelta:
        return timedelta(seconds=self.credential_seconds)

    @property
    def reconcile_every(self) -> timedelta:
        return timedelta(seconds=self.reconcile_seconds)

    @property
    def hub_cache(self) -> timedelta:
        return timedelta(seconds=self.hub_cache_seconds)

    @property
    def embedded(self) -> EjabberdSettings:
        """The ejabberd that the service runs itself."""
        return EjabberdSettings(
            domain=self.domain,
            directory=self.state / "ejabberd",
            c2s_port=self.ejabberd_c2s_port,
            component_port=self.ejabberd_component_port,
            interface=self.ejabberd_interface,
            database=_ejabberd_database(self.ejabberd_database_url),
        )

    def external(self) -> XmppServer:
        """The ejabberd that somebody else runs; reads its secrets now."""
        missing = [name for name in EXTERNAL_NEEDS if not getattr(self, name)]
        if missing:
            raise TraitError(f"an ejabberd elsewhere also needs HubService.{missing[0]}")
        secret = Path(self.external_component_secret_file).read_text().strip()
        key = json.loads(Path(self.external_signing_key_file).read_text())
        return XmppServer(
            c2s=(self.external_host, self.external_c2s_port),
            component=(self.external_host, self.external_component_port),
            component_secret=Secret(secret),
            admin_address=self.external_admin_url,
            authority=Path(self.external_ca_file) if self.external_ca_file else None,
            signing_key=ECKey.import_key(key),
            extauth_socket=Path(self.external_extauth_socket),
        )


def _ejabberd_database(url: str) -> Database:
    if not url:
        return SqliteDatabase()
    address = make_url(url)
    if address.get_backend_name() != "postgresql" or not (address.host and address.database):
        raise TraitError("ejabberd's database is postgresql://user:password@host/name")
    return PostgresDatabase(
        host=address.host,
        port=address.port or 5432,
        name=address.database,
        user=address.username or "",
        password=address.password or "",
    )
