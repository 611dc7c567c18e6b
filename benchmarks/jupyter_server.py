"""A Jupyter server with jupyter-collaboration as it comes: the bridge is installed but off."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from demo.rest import Rest
from xmpp_bridge.ejabberd.ports import FreePorts

START_SECONDS = 60.0
STOP_SECONDS = 10.0


@asynccontextmanager
async def running(directory: Path) -> AsyncIterator[Rest]:
    """Run the server on the files in `directory` for the length of the block."""
    port, token = FreePorts("127.0.0.1").take(None), secrets.token_hex(16)
    log = directory / "jupyter.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
            *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"),
            *(f"--ServerApp.root_dir={directory}", f"--IdentityProvider.token={token}"),
            "--ServerApp.jpserver_extensions={'xmpp_bridge': False}",
            cwd=directory,
            env=_environment(directory),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    server = Rest(f"http://127.0.0.1:{port}/", token)
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await server.answers("api/status"):
                if process.returncode is not None:
                    raise ChildProcessError(f"the Jupyter server did not start: see {log}")
                await asyncio.sleep(0.1)
        yield server
    finally:
        await _stop(process)


def _environment(directory: Path) -> dict[str, str]:
    """What keeps the server from the settings and the data of whoever runs the benchmark."""
    folders = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "HOME": "."}
    own = {name: str(directory / folder) for name, folder in folders.items()}
    return {**os.environ, **own, "JUPYTER_RUNTIME_DIR": str(directory / "runtime")}


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
