"""A JupyterLab of one's own, without a hub: what the panel says to its server is scripted by the test."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.stage import until
from xmpp_bridge.ejabberd.ports import FreePorts

LOOPBACK = "127.0.0.1"
TOKEN = "wherefore"
# What JupyterLab asks of the world outside by itself, and the tour of a first start.
QUIET = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/extensionmanager-extension:plugin": {"enabled": False},
}


@dataclass(frozen=True)
class Lab:
    url: str
    files: Path


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[Lab]:
    """A lab with everything it keeps in `home`, for the length of the block."""
    port = FreePorts(LOOPBACK).take(None)
    settings, files = home / "settings", home / "files"
    settings.mkdir()
    files.mkdir()
    (settings / "overrides.json").write_text(json.dumps(QUIET))
    with (home / "lab.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
            f"--ServerApp.port={port}",
            f"--ServerApp.root_dir={files}",
            f"--IdentityProvider.token={TOKEN}",
            f"--LabApp.app_settings_dir={settings}",
            f"--LabApp.workspaces_dir={home / 'workspaces'}",
            f"--LabApp.user_settings_dir={home / 'user-settings'}",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            await until(lambda: _answers(port), "the lab answers")
            yield Lab(f"http://{LOOPBACK}:{port}", files)
        finally:
            process.terminate()
            await process.wait()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
