"""A `jupyter server` of one person's own, without a hub: with the bridge switched off, or on and out of reach."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import nbformat
from pycrdt import Decoder, Encoder
from websockets.asyncio.client import connect

from demo.collab_client import ask_for_session
from demo.rest import Rest
from tests.e2e.stage import until

JULIET = "juliet"
CLEANUP_SECONDS = 0.5
SAVE_SECONDS = 0.2
CLOSED_PORT = 1
RAW = 2
"""The kind of message with which JupyterLab asks a room to save."""
CONFIGURATION = f"""
from jupyter_server.auth.identity import IdentityProvider, User

class Juliet(IdentityProvider):
    def generate_anonymous_user(self, handler):
        return User("{JULIET}", "{JULIET}", "Juliet", "J", None, "#abcdef")

c.ServerApp.identity_provider_class = Juliet
"""


class PlainServer:
    """The running server."""

    def __init__(self, folder: Path, rest: Rest) -> None:
        self.folder = folder
        self.rest = rest
        self.events: list[dict[str, Any]] = []
        """What the collaboration server said of itself since it started."""

    def write(self, path: str, **sources: str) -> None:
        """Put a notebook on disk, behind Jupyter's back; its cells by their ids."""
        cells = [nbformat.v4.new_code_cell(text, id=name) for name, text in sources.items()]  # type: ignore[no-untyped-call]
        new = self.folder / "new"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), new)  # type: ignore[no-untyped-call]
        new.replace(self.folder / path)

    def read(self, path: str) -> Any:
        return nbformat.read(self.folder / path, as_version=4)  # type: ignore[no-untyped-call]

    def sources(self, path: str) -> list[str]:
        return [cell.source for cell in self.read(path).cells]

    async def ask_to_save(self, path: str) -> Any:
        """Press Ctrl-S: a message of its own on the room's websocket. Return the answer."""
        session = await ask_for_session(self.rest, path, "notebook")
        wish = Encoder()
        wish.write_var_uint(RAW)
        wish.write_var_string("save")
        wish.write_var_uint(1)
        async with self._connected(session.websocket_path) as connection, asyncio.timeout(60):
            await connection.send(wish.to_bytes())
            async for message in connection:
                answer = Decoder(cast("bytes", message))
                if answer.read_var_uint() == RAW:
                    return json.loads(answer.read_var_string())
        raise AssertionError("the server closed the room")

    async def listen(self, ready: asyncio.Event) -> None:
        """Note its events until cancelled."""
        async with self._connected("api/events/subscribe") as connection:
            ready.set()
            async for message in connection:
                event = json.loads(message)
                if "jupyter_collaboration" in event["schema_id"]:
                    self.events.append(event)

    def _connected(self, path: str) -> connect:
        return connect(
            self.rest.websocket_url(path), additional_headers=self.rest.headers, proxy=None
        )


@asynccontextmanager
async def plain_server(folder: Path, *, bridge: bool) -> AsyncIterator[PlainServer]:
    """A server whose files, settings and databases are all below `folder`."""
    settings = folder / "config" / "jupyter_server_config.py"
    settings.parent.mkdir()
    settings.write_text(CONFIGURATION)
    with (folder / "server.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "jupyter_server"),
            *(
                "--no-browser",
                "--allow-root",
                "--ServerApp.port=0",
                f"--ServerApp.root_dir={folder}",
            ),
            f"--YDocExtension.document_cleanup_delay={CLEANUP_SECONDS}",
            f"--YDocExtension.document_save_delay={SAVE_SECONDS}",
            "--YDocExtension.file_poll_interval=0.1",
            f"--ServerApp.jpserver_extensions={{'xmpp_bridge': {bridge}}}",
            cwd=folder,
            env=_environment(folder, bridge=bridge),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        server = PlainServer(folder, await _address(folder, process))
        async with _listening(server):
            yield server
    finally:
        process.terminate()
        await process.wait()


def _environment(folder: Path, *, bridge: bool) -> dict[str, str]:
    foreign = ("JUPYTER", "XMPP_BRIDGE")
    ours = {key: text for key, text in os.environ.items() if not key.startswith(foreign)}
    private = {
        f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("DATA", "RUNTIME", "CONFIG")
    }
    hub = {
        "JUPYTERHUB_USER": JULIET,
        "JUPYTERHUB_API_TOKEN": "nobody-asks-for-it",
        "XMPP_BRIDGE_URL": f"http://127.0.0.1:{CLOSED_PORT}/services/xmpp-bridge/",
    }
    return ours | private | {"HOME": str(folder)} | (hub if bridge else {})


async def _address(folder: Path, process: asyncio.subprocess.Process) -> Rest:
    """Where it listens, as soon as it does."""

    async def found() -> Rest | None:
        assert process.returncode is None, (folder / "server.log").read_text()
        for note in (folder / "runtime").glob("jpserver-*.json"):
            text = note.read_text()
            if text.endswith("}"):
                said = json.loads(text)
                return Rest(said["url"], said["token"])
        return None

    server: Rest = await until(found, "the server listens")
    await until(lambda: server.answers("api/me"), "the server answers")
    return server


@asynccontextmanager
async def _listening(server: PlainServer) -> AsyncIterator[None]:
    ready = asyncio.Event()
    listening = asyncio.create_task(server.listen(ready))
    try:
        await asyncio.wait_for(ready.wait(), 30)
        yield
    finally:
        listening.cancel()
        await asyncio.wait([listening])
