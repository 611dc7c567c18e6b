"""The one configuration, with the values of one instance in it."""

from __future__ import annotations

import json
import shlex
from importlib import resources
from pathlib import Path
from string import Template
from typing import assert_never

from xmpp_bridge.ejabberd.secrets import Secrets
from xmpp_bridge.ejabberd.settings import (
    Database,
    EjabberdSettings,
    PostgresDatabase,
    SqliteDatabase,
)


def render(settings: EjabberdSettings, secrets: Secrets) -> str:
    """Return ejabberd.yml; every value is quoted as JSON, which YAML takes literally."""
    template = Template(resources.files(__package__).joinpath("ejabberd.yml").read_text("utf-8"))
    files = settings.files
    values: dict[str, str | int] = {
        "loglevel": settings.loglevel,
        "domain": settings.domain,
        "certificate": str(files.certificate),
        "ca": str(files.ca),
        "public_key": str(files.public_key),
        "extauth_program": _extauth_program(settings),
        "c2s_port": settings.c2s_port,
        "component_port": settings.component_port,
        "interface": settings.interface,
        "component": settings.component,
        "component_secret": secrets.component,
        "admin_jid": settings.admin_jid,
        "service_jid": settings.service_jid,
        "rooms": settings.rooms,
        "documents": settings.documents,
        "awareness": settings.awareness,
    }
    return template.substitute(
        {name: _quote(value) for name, value in values.items()},
        database=_database(settings.database, files.sqlite),
        https=_https(settings),
    )


def _quote(value: str | int) -> str:
    return json.dumps(value, ensure_ascii=False)


def _extauth_program(settings: EjabberdSettings) -> str:
    """Return the command line; isolated from the environment and from site-packages."""
    program = resources.files("xmpp_bridge.accounts").joinpath("extauth.py")
    socket = settings.files.extauth_socket
    return shlex.join([str(settings.python), "-I", "-S", "-B", str(program), str(socket)])


def _database(database: Database, sqlite: Path) -> str:
    match database:
        case SqliteDatabase():
            options: dict[str, str | int] = {"sql_type": "sqlite", "sql_database": str(sqlite)}
        case PostgresDatabase():
            options = {
                "sql_type": "pgsql",
                "sql_server": database.host,
                "sql_port": database.port,
                "sql_database": database.name,
                "sql_username": database.user,
                "sql_password": database.password,
                "sql_pool_size": database.connections,
            }
        case _:
            assert_never(database)
    return "\n".join(f"{name}: {_quote(value)}" for name, value in options.items())


def _https(settings: EjabberdSettings) -> str:
    """Return the listener through which a service on another machine reaches the admin channel."""
    if settings.https_port is None:
        return ""
    return "\n".join(
        (
            f"  - port: {settings.https_port}",
            f"    ip: {_quote(settings.interface)}",
            "    module: ejabberd_http",
            "    tls: true",
            "    protocol_options: [no_sslv3, no_tlsv1, no_tlsv1_1]",
            "    request_handlers: {/api: mod_http_api}",
        )
    )
