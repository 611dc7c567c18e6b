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

RECONNECT_SECONDS = 2


def render(settings: EjabberdSettings, secrets: Secrets) -> str:
    """Return ejabberd.yml; every value is quoted as JSON, which YAML takes literally."""
    template = Template(resources.files(__package__).joinpath("ejabberd.yml").read_text("utf-8"))
    files = settings.files
    values: dict[str, str | int] = {
        "loglevel": settings.loglevel,
        "domain": settings.domain,
        "certificate": str(files.certificate),
        "ca": str(files.ca if settings.federation is None else settings.federation.authorities),
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
        more_c2s="\n".join((*_direct_tls(settings), *_web(settings))),
        s2s=_s2s(settings),
        others=_others(settings),
        others_rule=_others_rules(settings),
        strangers=_strangers(settings),
        s2s_access="others" if settings.federation else "nobody",
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
                # A chat room stands still until its message is in the archive. The default is half a minute.
                "sql_start_interval": RECONNECT_SECONDS,
            }
        case _:
            assert_never(database)
    return "\n".join(f"{name}: {_quote(value)}" for name, value in options.items())


def _https(settings: EjabberdSettings) -> str:
    """Return the listener through which a service on another machine reaches the admin channel."""
    if settings.https_port is None:
        return ""
    handlers = "    request_handlers: {/api: mod_http_api}"
    return "\n".join((*_over_tls(settings, settings.https_port, "ejabberd_http"), handlers))


def _over_tls(settings: EjabberdSettings, port: int, module: str) -> tuple[str, ...]:
    return (
        f"  - port: {port}",
        f"    ip: {_quote(settings.interface)}",
        f"    module: {module}",
        "    tls: true",
        "    protocol_options: [no_sslv3, no_tlsv1, no_tlsv1_1]",
    )


def _direct_tls(settings: EjabberdSettings) -> tuple[str, ...]:
    """Return the listener for clients that begin with TLS: no Jupyter server is among them, with its large stanzas."""
    if settings.direct_tls_port is None:
        return ()
    return (
        *_over_tls(settings, settings.direct_tls_port, "ejabberd_c2s"),
        "    access: c2s",
        "    max_stanza_size: 262144",
        "    shaper: c2s",
        "    backlog: 1024",
    )


def _web(settings: EjabberdSettings) -> tuple[str, ...]:
    """Return the listener for clients in a browser. No admin channel, no BOSH, no pages.

    COMPAT(ejabberd 23.01): no mod_host_meta, which crashes when it is asked by an address and not by the domain.
    """
    if settings.web_port is None:
        return ()
    return (
        *_over_tls(settings, settings.web_port, "ejabberd_http"),
        "    request_handlers: {/ws: ejabberd_http_ws}",
    )


def _s2s(settings: EjabberdSettings) -> str:
    """Return the listener for other servers, if there are any with which we speak."""
    if settings.federation is None:
        return ""
    return "\n".join(
        (
            f"  - port: {settings.federation.port}",
            f"    ip: {_quote(settings.interface)}",
            "    module: ejabberd_s2s_in",
            "    max_stanza_size: 262144",
            "    shaper: s2s",
        )
    )


def _others(settings: EjabberdSettings) -> str:
    """Return who they are."""
    if settings.federation is None:
        return ""
    ours = (settings.rooms, settings.documents, settings.awareness, settings.component)
    return "\n".join(
        (
            "  others:",
            *(f"    - server: {_quote(each)}" for each in settings.federation.domains),
            # What the service and rooms write to people comes from no stranger.
            "  ours:",
            *(f"    - server: {_quote(each)}" for each in ours),
        )
    )


def _others_rules(settings: EjabberdSettings) -> str:
    if settings.federation is None:
        return ""
    return "  others: [{allow: others}]\n  ours: [{allow: ours}]"


def _strangers(settings: EjabberdSettings) -> str:
    """Return the module that keeps guests from writing to people: rooms are where they are guests."""
    if settings.federation is None:
        return ""
    return "  mod_block_strangers: {drop: true, log: false, allow_local_users: true, access: ours}"
