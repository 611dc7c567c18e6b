"""Ports for an instance which does not care about their numbers, but keeps them."""

from __future__ import annotations

import errno
import json
import secrets
import socket
from dataclasses import replace
from pathlib import Path

from xmpp_bridge.ejabberd.private_file import write_private
from xmpp_bridge.ejabberd.settings import EjabberdSettings
from xmpp_bridge.xmpp.errors import UnavailableError

# Below the ports that Linux lends to connections: a client which tries a port of the loopback again and
# again while ejabberd is down would otherwise, once in a while, connect to itself and occupy the port.
_CHOICE = range(20000, 32768)
_PORTS = range(1, 65536)


def with_ports(settings: EjabberdSettings) -> EjabberdSettings:
    """Return `settings` with a number for each port of 0: the one of the last start while it is free."""
    kept = _kept(settings.files.ports)
    free = FreePorts(settings.interface)

    def choose(name: str, port: int) -> int:
        return port or free.take(kept.get(name))

    def choose_if_any(name: str, port: int | None) -> int | None:
        return None if port is None else choose(name, port)

    chosen = replace(
        settings,
        c2s_port=choose("c2s", settings.c2s_port),
        component_port=choose("component", settings.component_port),
        https_port=choose_if_any("https", settings.https_port),
        direct_tls_port=choose_if_any("direct_tls", settings.direct_tls_port),
        web_port=choose_if_any("web", settings.web_port),
    )
    ports = {
        "c2s": chosen.c2s_port,
        "component": chosen.component_port,
        "https": chosen.https_port,
        "direct_tls": chosen.direct_tls_port,
        "web": chosen.web_port,
    }
    write_private(settings.files.ports, json.dumps(ports).encode())
    return chosen


def taken_port(settings: EjabberdSettings) -> int | None:
    """Return the first port that was asked for by number and that somebody else has."""
    asked = (
        settings.c2s_port,
        settings.component_port,
        settings.https_port,
        settings.direct_tls_port,
        settings.web_port,
    )
    return next((port for port in asked if port and not is_free(settings.interface, port)), None)


def forget_ports(settings: EjabberdSettings) -> None:
    """Let the next start choose others."""
    settings.files.ports.unlink(missing_ok=True)


class FreePorts:
    """Ports on which nothing listened when they were taken, each handed out once."""

    def __init__(self, interface: str) -> None:
        self._interface = interface
        self._taken: set[int] = set()

    def take(self, preferred: int | None) -> int:
        """Return `preferred` if it is free, else any port that is."""
        port = preferred or secrets.choice(_CHOICE)
        for _ in _CHOICE:
            if port not in self._taken and is_free(self._interface, port):
                self._taken.add(port)
                return port
            port = secrets.choice(_CHOICE)
        raise UnavailableError(f"no port is free on {self._interface}")


def is_free(interface: str, port: int) -> bool:
    """Return whether nothing listens on `port`."""
    family = socket.AF_INET6 if ":" in interface else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((interface, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
        return True


def _kept(path: Path) -> dict[str, int]:
    try:
        ports = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    if not isinstance(ports, dict):
        return {}
    return {name: port for name, port in ports.items() if port in _PORTS}
