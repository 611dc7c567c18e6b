"""The three that have one writer and many readers: stock jupyter-collaboration, the bridge, and the room alone."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import jupyter_server
from benchmarks.browser_socket import BrowserSocket, Typist
from benchmarks.crowd import LightReader, Seat, TabReader
from benchmarks.document_room import credential, ejabberd_below, make_room
from benchmarks.keystrokes import Writer
from benchmarks.muc_socket import MucRoom, MucSocket
from benchmarks.systems import DOMAIN, NOTEBOOK
from demo import stack
from demo.collab_client import ask_for_session
from demo.rest import Rest
from demo.sharing import share
from xmpp_bridge.ejabberd import launcher
from xmpp_bridge.ejabberd.instance import Ejabberd
from xmpp_bridge.ejabberd.settings import EjabberdSettings

HUB_DOMAIN = "hub.localhost"


@dataclass(frozen=True)
class Audience:
    """One of the three while it runs; a writer blocks, and is used in the thread in which it was made."""

    name: str
    writer: Callable[[], Writer]
    seats: Callable[[Iterable[int]], list[Seat]]


@asynccontextmanager
async def stock(directory: Path) -> AsyncIterator[Audience]:
    """All of them have the notebook open in a tab on one Jupyter server."""
    shutil.copy(NOTEBOOK, directory)
    async with jupyter_server.running(directory) as server:
        url = await _websocket(server)
        yield Audience(
            "stock",
            lambda: Typist(BrowserSocket(url, server.headers), cursor=False),
            lambda numbers: [TabReader(url, server.headers) for _ in numbers],
        )


@asynccontextmanager
async def bridged(directory: Path) -> AsyncIterator[Audience]:
    """The writer has it open on a Jupyter server of a hub; the readers are in the document's room."""
    # Readers have no lease: the sweeper would end them.
    settings = stack.prepare_settings(directory, reconcile_seconds=3600)
    async with stack.running(settings) as hub:
        shutil.copy(NOTEBOOK, settings.home("alice"))
        alice = await hub.start_server("alice")
        notebook = await share(alice, NOTEBOOK.name, "Benchmark", {"bob": "viewer"})
        admission = await Rest(hub.service.url, alice.token).call(
            "GET", f"api/documents/{notebook.document}"
        )
        ejabberd = ejabberd_below(directory, HUB_DOMAIN)
        jid, password = admission["jid"], admission["password"]
        room = MucRoom(ejabberd.c2s, HUB_DOMAIN, ejabberd.ca_pem, jid, password)
        direct = await hub.without_proxy("alice", alice)
        url = await _websocket(direct)
        yield Audience(
            "xmpp_bridge",
            lambda: Typist(BrowserSocket(url, direct.headers), cursor=False),
            lambda numbers: _light(ejabberd, room, numbers),
        )


@asynccontextmanager
async def bare_muc(directory: Path) -> AsyncIterator[Audience]:
    """The writer, too, is but a connection in a document room."""
    async with launcher.running(EjabberdSettings(domain=DOMAIN, directory=directory)) as ejabberd:
        room = await make_room(ejabberd, "romeo")
        token = credential(ejabberd, "romeo")
        yield Audience(
            "bare MUC",
            lambda: MucSocket(room, "romeo", token),
            lambda numbers: _light(ejabberd, room, numbers),
        )


async def _websocket(server: Rest) -> str:
    session = await ask_for_session(server, NOTEBOOK.name, "notebook")
    return server.websocket_url(session.websocket_path)


def _light(ejabberd: Ejabberd, room: MucRoom, numbers: Iterable[int]) -> list[Seat]:
    """Each of them somebody else, as in life.

    COMPAT(ejabberd 23.01): a stanza to one of many sessions of an account costs the more, the more there are. With 300
    logins of one account each keystroke took a tenth of a second.
    """
    names = [f"reader-{number}" for number in numbers]
    return [LightReader(room, name, credential(ejabberd, name)) for name in names]
