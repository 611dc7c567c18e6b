"""A name server that knows where XMPP servers are (SRV, RFC 2782), so that no test needs a line in the hosts file."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

HEADER = struct.Struct(">6H")  # RFC 1035, section 4.1.1
RESPONSE, RECURSION, NO_SUCH_NAME = 0x8480, 0x0100, 3
SRV, INTERNET, TTL = 33, 1, 60
THE_NAME_ASKED_FOR = b"\xc0\x0c"  # RFC 1035, section 4.1.4
Services = Mapping[str, tuple[str, int]]
"""Where each service is: an address and a port by its name, as `_xmpp-server._tcp.montague.lit`."""


class _NameServer(asyncio.DatagramProtocol):
    def __init__(self, services: Services) -> None:
        self._services = services

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._transport.sendto(answer(data, self._services), addr)


def answer(query: bytes, services: Services) -> bytes:
    """What is told to one question."""
    number, flags, *_ = HEADER.unpack_from(query)
    told = RESPONSE | flags & RECURSION  # as it was asked: else it is taken for no answer
    labels, at = [], HEADER.size
    while size := query[at]:
        labels.append(query[at + 1 : at + 1 + size].decode("ascii"))
        at += 1 + size
    question = query[HEADER.size : at + 5]  # with the end of the name, its type and its class
    found = services.get(".".join(labels).lower())
    if found is None:
        return HEADER.pack(number, told | NO_SUCH_NAME, 1, 0, 0, 0) + question
    target, port = found
    named = b"".join(bytes([len(each)]) + each.encode() for each in target.split(".")) + b"\0"
    record = struct.pack(">3H", 0, 0, port) + named
    about = struct.pack(">HHIH", SRV, INTERNET, TTL, len(record))
    told_record = THE_NAME_ASKED_FOR + about + record
    return HEADER.pack(number, told, 1, 1, 0, 0) + question + told_record


@asynccontextmanager
async def name_server(services: Services) -> AsyncIterator[int]:
    """Answer on a free port of this machine."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _NameServer(services), local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


def write_resolver(home: Path, port: int) -> None:
    """Erlang, started with this home, asks that name server and nobody else."""
    home.mkdir(mode=0o700, parents=True)
    lines = (
        'inet_db:set_resolv_conf("").',
        "inet_db:clear_cache().",
        "[inet_db:del_ns(Address, Port) || {Address, Port} <- inet_db:res_option(nameservers)].",
        f"inet_db:add_ns({{127,0,0,1}}, {port}).",
    )
    (home / ".erlang").write_text("\n".join(lines))
