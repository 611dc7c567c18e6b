"""The oldest JupyterHub that we promise to work with, from an environment of its own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.people import acting, connected, seated
from tests.e2e.servers import DOMAIN, REPOSITORY, HubSettings, running_hub
from xmpp_bridge.documents.stanza import Durable

pytestmark = pytest.mark.e2e

PYTHON = REPOSITORY / ".venv-hub55" / "bin" / "python"


def version_of(python: Path) -> str:
    """The JupyterHub that this interpreter has."""
    program = "import json, jupyterhub; print(json.dumps(jupyterhub.__version__))"
    found = subprocess.run([python, "-c", program], check=True, capture_output=True)
    version: str = json.loads(found.stdout)
    return version


async def test_one_line_is_enough_for_a_hub_5() -> None:
    assert PYTHON.exists(), "there is no .venv-hub55: run `make setup`"
    assert version_of(PYTHON).startswith("5.5.")
    old = HubSettings(doors=True, python=PYTHON, service={"reconcile_seconds": 2})
    async with running_hub(old) as hub, acting(hub, "romeo", "juliet") as (romeo, juliet):
        async with connected(romeo) as stream:
            assert stream.boundjid.full == f"romeo@{DOMAIN}/jupyter"
        document = await romeo.document(juliet="viewer")
        async with seated(romeo, document) as seat:
            seat.write("Is it even so?")
            await seat.hears(Durable)
        await juliet.service.admission(document)
        async with connected(juliet) as stream:
            await hub.stop_server("juliet")
            await stream.ended
