"""What is between Jupyter servers and everything that they share: one proxy to ejabberd, one to the hub service.

Two ordinary settings of the service put them there, as where servers reach both at another address than the service
does: `url_for_servers` and `ejabberd_host`. The process that has a connection tells whose it is.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from demo.stack import LOOPBACK
from tests.e2e.stage import Stage, staged
from tests.faults.proxy import CALM, Address, Proxy, Weather
from xmpp_bridge.ejabberd.ports import FreePorts, is_free

ELSEWHERE = "127.0.0.2"
"""The loopback again, where nobody of the stack listens."""


@dataclass(frozen=True)
class Network:
    """Owners are Jupyter servers, as `server_of` names them."""

    xmpp: Proxy
    service: Proxy

    def becomes(self, weather: Weather, *servers: str) -> None:
        """Change the weather between these servers and everything else."""
        for server in servers:
            self.xmpp.sky(server).weather = weather
            self.service.sky(server).weather = weather

    @asynccontextmanager
    async def under(self, weather: Weather, *servers: str) -> AsyncIterator[None]:
        """For the length of the block."""
        self.becomes(weather, *servers)
        try:
            yield
        finally:
            self.becomes(CALM, *servers)

    def reset(self, server: str) -> None:
        """Reset every connection of this server; the next ones are let through."""
        self.xmpp.sky(server).reset()
        self.service.sky(server).reset()


@asynccontextmanager
async def networked(*names: str, **service: object) -> AsyncIterator[tuple[Stage, Network]]:
    """A stage with a network between these people's servers and the rest, and settings of the service."""
    c2s = _free_port()
    stage: Stage | None = None

    def service_address() -> Address:
        assert stage is not None
        return LOOPBACK, stage.stack.settings.service_port

    network = Network(
        xmpp=Proxy(lambda: (LOOPBACK, c2s), server_of),
        service=Proxy(service_address, server_of),
    )
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(network.xmpp.listening(ELSEWHERE, c2s))
        host, port = await stack.enter_async_context(network.service.listening(ELSEWHERE))
        service |= {
            "ejabberd_c2s_port": c2s,
            "ejabberd_host": ELSEWHERE,
            "url_for_servers": f"http://{host}:{port}/services/xmpp-bridge/",
        }
        stage = await stack.enter_async_context(staged(**service))
        for name in names:
            await stage.enter(name)
        yield stage, network


def server_of(peer: Address) -> str:
    """The Jupyter server that connects from here: `alice`, or `alice/two`; empty when it is none, or gone."""
    inode = _socket_at(peer)
    for process in Path("/proc").glob("[0-9]*") if inode else ():
        try:
            environment = dict(
                entry.partition(b"=")[::2]
                for entry in (process / "environ").read_bytes().split(b"\0")
            )
            user = environment.get(b"JUPYTERHUB_USER", b"").decode()
            if user and _holds(process, f"socket:[{inode}]"):
                server = environment.get(b"JUPYTERHUB_SERVER_NAME", b"").decode()
                return f"{user}/{server}" if server else user
        except OSError:  # it has ended
            continue
    return ""


def _socket_at(address: Address) -> str:
    host, port = address
    wanted = f"{int.from_bytes(socket.inet_aton(host), 'little'):08X}:{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    fields = (line.split() for line in lines)
    return next((field[9] for field in fields if field[1] == wanted and field[9] != "0"), "")


def _holds(process: Path, target: str) -> bool:
    for descriptor in (process / "fd").iterdir():
        with suppress(FileNotFoundError):  # it has been closed meanwhile
            if str(descriptor.readlink()) == target:
                return True
    return False


def _free_port() -> int:
    """One that is free at both addresses."""
    free = FreePorts(LOOPBACK)
    while not is_free(ELSEWHERE, port := free.take(None)):
        pass
    return port
