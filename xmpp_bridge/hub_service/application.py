"""`xmpp-bridge service`: every setting with its default and help; run the service, stop it when told to."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
from contextlib import suppress
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from joserfc.jwk import ECKey
from sqlalchemy import make_url
from traitlets import Bool, Dict, Int, TraitError, Unicode, default, validate
from traitlets.config import Application, catch_config_error

from xmpp_bridge.accounts.credential import MAX_LIFETIME
from xmpp_bridge.ejabberd.settings import (
    Database,
    EjabberdSettings,
    PostgresDatabase,
    SqliteDatabase,
)
from xmpp_bridge.hub_service.environment import HubEnvironment, read_environment
from xmpp_bridge.hub_service.federation_settings import FederationTraits
from xmpp_bridge.hub_service.files import MEGABYTE, Limits
from xmpp_bridge.hub_service.presence_settings import PresenceTraits
from xmpp_bridge.hub_service.record_settings import RecordTraits
from xmpp_bridge.hub_service.serving import serve
from xmpp_bridge.hub_service.settings import Settings
from xmpp_bridge.hub_service.xmpp_server import XmppServer
from xmpp_bridge.xmpp.stream import Secret

log = logging.getLogger(__name__)

LOG_FORMAT = "[%(levelname).1s %(asctime)s %(name)s] %(message)s"
EXTERNAL_NEEDS = (
    "external_host",
    "external_component_secret_file",
    "external_signing_key_file",
    "external_extauth_socket",
)


class HubService(FederationTraits, PresenceTraits, RecordTraits, Application):
    """Accounts, rooms and the durable copy of every shared document, beside a JupyterHub."""

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

    everybody_visible = Bool(
        False,  # noqa: FBT003 - as traitlets declares it
        help="All hub users may find all others and all hub groups when they look for whom to share with. Otherwise"
        " they find whoever shares a room or a group with them, and anybody whose exact name they know.",
    ).tag(config=True)
    public_url = Unicode(
        help="Where browsers reach the hub, e.g. https://hub.example/. XMPP clients put their files there;"
        " when empty, only the panel can share files.",
    ).tag(config=True)

    credential_seconds = Int(
        int(MAX_LIFETIME.total_seconds()),
        help="Lifetime of a Jupyter server's XMPP credential; it renews at half of it.",
    ).tag(config=True)
    reconcile_seconds = Int(
        60,
        help="How often XMPP sessions are compared with the hub, and places in rooms are asked for, in empty ones"
        " a tenth as often: within this time a deleted, blocked or renamed hub user is cut off.",
    ).tag(config=True)
    hub_cache_seconds = Int(
        30,
        help="For how long the hub's answer about a token is believed; credentials always ask anew.",
    ).tag(config=True)

    history_window_seconds = Int(
        60,
        help="Older updates of a document are kept together, those of so many seconds as one: who changed what is"
        " known that exactly. 0 keeps every keystroke by itself, for ever, at 150 bytes each.",
    ).tag(config=True)

    relay_after_seconds = Int(
        600,
        help="What somebody wrote and the service lacks, after a restored backup for instance, others may bring when"
        " its author's server has not been in the document for so long. Marked: docs/threat-model.md.",
    ).tag(config=True)

    upload_megabytes = Int(50, help="The largest file that somebody may put into a room.").tag(
        config=True
    )
    room_upload_megabytes = Int(
        5_000, help="What all files of one room may take on the service's disk."
    ).tag(config=True)

    digest_seconds = Int(
        1800,
        help="How often a room whose owner has asked for it (`!digest on`) is told what has changed in its notebooks.",
    ).tag(config=True)

    ejabberd_interface = Unicode(
        "127.0.0.1", help="Address on which the embedded ejabberd listens for Jupyter servers."
    ).tag(config=True)
    ejabberd_host = Unicode(
        help="Where Jupyter servers reach the embedded ejabberd, when not at that address."
    ).tag(config=True)
    ejabberd_environment = Dict(
        value_trait=Unicode(),
        key_trait=Unicode(),
        help="What the embedded ejabberd finds in its environment; nothing of the service's own gets there.",
    ).tag(config=True)
    ejabberd_c2s_port = Int(
        0, help="Its port for XMPP clients; 0 chooses a free one and keeps it."
    ).tag(config=True)
    ejabberd_component_port = Int(
        0, help="Its port for the service's component; 0 chooses a free one and keeps it."
    ).tag(config=True)
    ejabberd_direct_tls_port = Int(
        0,
        allow_none=True,
        help="Its port for clients that begin with TLS (XEP-0368); 0 chooses a free one and keeps it, None has none.",
    ).tag(config=True)
    ejabberd_web_port = Int(
        0,
        allow_none=True,
        help="Its port for clients in a browser (wss://…/ws); 0 chooses a free one and keeps it, None has"
        " none.",
    ).tag(config=True)
    websocket_url = Unicode(
        help="wss:// address at which browsers reach ejabberd's /ws, when not at its own port.",
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
    external_direct_tls_port = Int(
        None, allow_none=True, help="Its port for clients that begin with TLS; None for none."
    ).tag(config=True)
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

    @validate("public_url")
    def _whole(self, proposal: dict[str, str]) -> str:
        url = urlsplit(proposal["value"])
        if proposal["value"] and (url.scheme not in ("http", "https") or not url.hostname):
            raise TraitError("public_url is https://…, as people type it")
        return proposal["value"]

    @validate("credential_seconds")
    def _short(self, proposal: dict[str, int]) -> int:
        if not 0 < proposal["value"] <= MAX_LIFETIME.total_seconds():
            raise TraitError(f"a credential lives for at most {MAX_LIFETIME}")
        return proposal["value"]

    @validate("reconcile_seconds", "hub_cache_seconds", "relay_after_seconds", "digest_seconds")
    def _positive(self, proposal: dict[str, int]) -> int:
        if proposal["value"] <= 0:
            raise TraitError("a period is longer than nothing")
        return proposal["value"]

    @validate("history_window_seconds")
    def _not_negative(self, proposal: dict[str, int]) -> int:
        if proposal["value"] < 0:
            raise TraitError("a window has a length; 0 keeps every update by itself")
        return proposal["value"]

    @validate("upload_megabytes", "room_upload_megabytes")
    def _some(self, proposal: dict[str, int]) -> int:
        if proposal["value"] < 0:
            raise TraitError("a limit is a number of megabytes; 0 allows no files")
        return proposal["value"]

    @catch_config_error
    def initialize(self, argv: list[str] | None = None) -> None:
        super().initialize(argv)
        if self.config_file:
            path = Path(self.config_file).absolute()
            self.load_config_file(path.name, str(path.parent))
            self.parse_command_line(argv)  # The command line wins over the file.

    def start(self) -> None:
        if self.generate_config_to:
            Path(self.generate_config_to).write_text(self.generate_config_file())
            return
        # Libraries never tell more: at their DEBUG level stanzas and statements are somebody's notebook.
        logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
        logging.getLogger("xmpp_bridge").setLevel(int(str(self.log_level)))
        asyncio.run(_until_stopped(self.settings(), read_environment(os.environ)))

    @property
    def address_of_database(self) -> str:
        """The SQLAlchemy URL of the database, whether somebody has chosen one or not."""
        state = Path(self.state_directory).absolute()
        return self.database_url or f"sqlite:///{state / 'bridge.sqlite'}"

    def settings(self) -> Settings:
        """What was set, as plain values; reads the secrets of an ejabberd that runs elsewhere."""
        state = Path(self.state_directory).absolute()
        return Settings(
            domain=self.domain,
            state=state,
            database_url=self.address_of_database,
            credential_lifetime=timedelta(seconds=self.credential_seconds),
            reconcile_every=timedelta(seconds=self.reconcile_seconds),
            hub_cache=timedelta(seconds=self.hub_cache_seconds),
            history_window=timedelta(seconds=self.history_window_seconds),
            relay_after=timedelta(seconds=self.relay_after_seconds),
            digest_every=timedelta(seconds=self.digest_seconds),
            upload_limits=Limits(
                self.upload_megabytes * MEGABYTE, self.room_upload_megabytes * MEGABYTE
            ),
            federation_domains=tuple(self.federation_domains),
            everybody_visible=self.everybody_visible,
            presence=self.presence_settings(),
            public_url=self.public_url,
            xmpp_host=self.ejabberd_host,
            ejabberd=self._external() if self.external_admin_url else self._embedded(state),
            record=self.record_settings(),
        )

    def _embedded(self, state: Path) -> EjabberdSettings:
        return EjabberdSettings(
            domain=self.domain,
            directory=state / "ejabberd",
            c2s_port=self.ejabberd_c2s_port,
            component_port=self.ejabberd_component_port,
            interface=self.ejabberd_interface,
            direct_tls_port=self.ejabberd_direct_tls_port,
            web_port=self.ejabberd_web_port,
            websocket_url=self.websocket_url,
            environment=self.ejabberd_environment,
            federation=self.federation(),
            database=_ejabberd_database(self.ejabberd_database_url),
        )

    def _external(self) -> XmppServer:
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
            direct_tls_port=self.external_direct_tls_port,
            websocket=self.websocket_url or None,
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


async def _until_stopped(settings: Settings, environment: HubEnvironment) -> None:
    serving = asyncio.create_task(serve(settings, environment))
    # The hub says SIGINT first, and SIGTERM when that takes long; a shell may have had SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, _stop, serving, number)
    with suppress(asyncio.CancelledError):
        await serving


def _stop(serving: asyncio.Task[None], number: signal.Signals) -> None:
    """Stop once: a second signal must not cut short how ejabberd is being stopped."""
    log.info("stopping: signal=%s", number.name)
    if not serving.cancelling():
        serving.cancel()
