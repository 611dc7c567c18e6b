"""What one ejabberd is told: its domain, its addresses, its database, and where its files live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

ADMIN_LOCALPART = "xmpp-bridge-admin"
"""The account of the admin channel; no hub user may ever get this localpart."""


@dataclass(frozen=True)
class SqliteDatabase:
    """One file in the instance's own directory: the default."""


@dataclass(frozen=True)
class PostgresDatabase:
    """A PostgreSQL database which exists; its tables are made at the first start."""

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)
    connections: int = 10


Database = SqliteDatabase | PostgresDatabase


@dataclass(frozen=True)
class Federation:
    """Servers whose people may be guests: nobody else reaches us, and we reach nobody else."""

    domains: tuple[str, ...]
    port: int = 5269
    authorities: Path = Path("/etc/ssl/certs/ca-certificates.crt")
    """Who vouches for them: a server without a certificate for its domain is not spoken with."""


@dataclass(frozen=True)
class EjabberdSettings:
    """One instance; a port of 0 means one that is free, kept in the directory for the next start."""

    domain: str
    directory: Path
    c2s_port: int = 0
    component_port: int = 0
    https_port: int | None = None
    direct_tls_port: int | None = None
    """For clients that begin with TLS (XEP-0368)."""
    web_port: int | None = None
    """For clients in a browser (RFC 7395), over TLS."""
    websocket_url: str = ""
    """Where browsers reach the latter; empty for the domain and that port."""
    interface: str = "127.0.0.1"
    environment: Mapping[str, str] = field(default_factory=dict)
    """What it finds in its environment, besides what it needs."""
    federation: Federation | None = None
    """With whom it speaks besides its own clients; nobody, as a rule."""
    database: Database = SqliteDatabase()
    loglevel: str = "warning"
    python: Path = Path("/usr/bin/python3")
    start_patience: timedelta = timedelta(seconds=60)
    stop_patience: timedelta = timedelta(seconds=15)

    @property
    def files(self) -> Files:
        return Files(self.directory.absolute())

    @property
    def rooms(self) -> str:
        """The MUC service of chat rooms."""
        return f"rooms.{self.domain}"

    @property
    def documents(self) -> str:
        """The MUC service of document rooms."""
        return f"documents.{self.domain}"

    @property
    def awareness(self) -> str:
        """The MUC service of cursors and selections."""
        return f"awareness.{self.domain}"

    @property
    def component(self) -> str:
        """The domain of the hub service's component (XEP-0114)."""
        return f"bridge.{self.domain}"

    @property
    def service_jid(self) -> str:
        """The only address of the component that administers rooms."""
        return f"xmpp-bridge@{self.component}"

    @property
    def websocket(self) -> str | None:
        """What browsers are told; None if there is no such listener."""
        if self.web_port is None:
            return None
        return self.websocket_url or f"wss://{self.domain}:{self.web_port}/ws"

    @property
    def admin_jid(self) -> str:
        """Whom the admin channel obeys; it can log in nowhere else."""
        return f"{ADMIN_LOCALPART}@{self.domain}"


@dataclass(frozen=True)
class Files:
    """Where the files of one instance live: everything below one directory of mode 0700."""

    directory: Path

    @property
    def keys(self) -> Path:
        """Private keys which the service needs and ejabberd is never told of."""
        return self.directory / "keys"

    @property
    def configuration(self) -> Path:
        return self.directory / "etc"

    @property
    def ejabberd_yml(self) -> Path:
        return self.configuration / "ejabberd.yml"

    @property
    def public_key(self) -> Path:
        """The JWK with which ejabberd checks credentials."""
        return self.configuration / "credentials.jwk"

    @property
    def certificate(self) -> Path:
        """The certificate, its key and the CA that signed it."""
        return self.configuration / "server.pem"

    @property
    def ca(self) -> Path:
        return self.configuration / "ca.pem"

    @property
    def spool(self) -> Path:
        """The working directory, and Mnesia's."""
        return self.directory / "spool"

    @property
    def sqlite(self) -> Path:
        return self.directory / "ejabberd.sqlite"

    @property
    def logs(self) -> Path:
        return self.directory / "logs"

    @property
    def log(self) -> Path:
        return self.logs / "ejabberd.log"

    @property
    def console(self) -> Path:
        return self.logs / "console.log"

    @property
    def home(self) -> Path:
        return self.directory / "home"

    @property
    def run(self) -> Path:
        """Sockets and what describes the running process."""
        return self.directory / "run"

    @property
    def admin_socket(self) -> Path:
        return self.run / "admin.sock"

    @property
    def extauth_socket(self) -> Path:
        """Where the service answers the program that ejabberd asks."""
        return self.run / "extauth.sock"

    @property
    def process(self) -> Path:
        """The pid of the ejabberd which was started last."""
        return self.run / "ejabberd.pid"

    @property
    def ports(self) -> Path:
        """The ports which were free at the first start."""
        return self.run / "ports.json"

    @property
    def lock(self) -> Path:
        """Held by the process which runs this instance."""
        return self.run / "lock"

    @property
    def folders(self) -> tuple[Path, ...]:
        return (
            self.directory,
            self.keys,
            self.configuration,
            self.spool,
            self.logs,
            self.home,
            self.run,
        )
