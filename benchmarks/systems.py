"""The three things compared: stock jupyter-collaboration, the bridge, and ejabberd's hop alone."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pycrdt import Doc

from benchmarks import jupyter_server
from benchmarks.browser_socket import BrowserSocket, Typist, enter_room
from benchmarks.document_room import credential, make_room
from benchmarks.keystrokes import Reader, Writer
from benchmarks.muc_socket import MucSocket
from demo import stack
from demo.collab_client import ask_for_session
from demo.rest import Rest
from demo.sharing import join, share
from xmpp_bridge.ejabberd import launcher
from xmpp_bridge.ejabberd.settings import EjabberdSettings

NOTEBOOK = Path(stack.__file__).parent / "notebooks" / "daylight.ipynb"
DOMAIN = "montague.lit"


@dataclass(frozen=True)
class System:
    """One of the three while it runs; `connect` puts a writer and a reader into the room.

    It blocks, and both must be used in the thread that called it.
    """

    name: str
    connect: Callable[[], tuple[Writer, Reader]]


@asynccontextmanager
async def stock(directory: Path, *, cursors: bool) -> AsyncIterator[System]:
    """One Jupyter server with jupyter-collaboration as it comes, both people on it."""
    shutil.copy(NOTEBOOK, directory)
    async with jupyter_server.running(directory) as server:
        writer = reader = await _browser(server)
        yield System("stock", _connector(writer, reader, cursors=cursors))


@asynccontextmanager
async def bridged(directory: Path, *, cursors: bool) -> AsyncIterator[System]:
    """Two people of a real hub, each on their own server; the browsers skip the hub's proxy."""
    settings = stack.prepare_settings(directory)
    async with stack.running(settings) as hub:
        shutil.copy(NOTEBOOK, settings.home("alice"))
        alice, bob = await hub.start_server("alice"), await hub.start_server("bob")
        notebook = await share(alice, NOTEBOOK.name, "Benchmark", {"bob": "editor"})
        await join(bob, notebook, NOTEBOOK.name)
        writer = await _browser(await hub.without_proxy("alice", alice))
        reader = await _browser(await hub.without_proxy("bob", bob))
        yield System("xmpp_bridge", _connector(writer, reader, cursors=cursors))


@asynccontextmanager
async def bare_muc(directory: Path) -> AsyncIterator[System]:
    """Two occupants of one document room on an ejabberd of our configuration."""
    settings = EjabberdSettings(domain=DOMAIN, directory=directory)
    async with launcher.running(settings) as ejabberd:
        room = await make_room(ejabberd, "romeo")
        tokens = {person: credential(ejabberd, person) for person in ("romeo", "juliet")}

        def connect() -> tuple[Writer, Reader]:
            reader = MucSocket(room, "juliet", tokens["juliet"])
            reader.wait_for_ever()
            return MucSocket(room, "romeo", tokens["romeo"]), reader

        yield System("bare MUC", connect)


async def _browser(server: Rest) -> Callable[[], BrowserSocket]:
    session = await ask_for_session(server, NOTEBOOK.name, "notebook")
    url = server.websocket_url(session.websocket_path)
    return lambda: BrowserSocket(url, server.headers)


def _connector(
    writer: Callable[[], BrowserSocket], reader: Callable[[], BrowserSocket], *, cursors: bool
) -> Callable[[], tuple[Writer, Reader]]:
    def connect() -> tuple[Writer, Reader]:
        watching = reader()
        enter_room(watching, Doc())
        return Typist(writer(), cursor=cursors), watching

    return connect
