"""The hub of the end-to-end tests; `servers.py` leaves beside it, as JSON, what this one is to be like."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from jupyterhub.spawner import SimpleLocalProcessSpawner  # type: ignore[import-untyped]
from traitlets import default

import xmpp_bridge.jupyterhub

plan: dict[str, Any] = json.loads(Path(os.environ["XMPP_BRIDGE_TEST_HUB"]).read_text())
folder = Path(plan["folder"])


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def note_of(user: str, server: str) -> Path:
    """Where a server's token and pid are noted."""
    return folder / "servers" / digest(f"{user}/{server}")


class NotingSpawner(SimpleLocalProcessSpawner):  # type: ignore[misc]
    """Notes each server's token and pid, which only whoever starts servers knows."""

    @default("home_dir")
    def _home(self) -> str:
        # A file's name has at most 255 bytes, a hub user's 255 characters.
        name = self.user.name if self.user.name.isascii() else digest(self.user.name)
        return f"{folder}/homes/{name}"

    async def start(self) -> Any:
        address = await super().start()
        note = {"token": self.api_token, "pid": self.proc.pid, "home": self.home_dir}
        note_of(self.user.name, self.name).write_text(json.dumps(note))
        return address


c = get_config()  # type: ignore[name-defined]  # noqa: F821 - JupyterHub provides it

c.JupyterHub.bind_url = plan["url"]
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{plan['hub_port']}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{plan['proxy_port']}"
c.ConfigurableHTTPProxy.command = [plan["proxy"]]
c.JupyterHub.cleanup_servers = True
c.JupyterHub.allow_named_servers = True
c.JupyterHub.db_url = f"sqlite:///{folder}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = f"{folder}/cookie"

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = plan["password"]
c.Authenticator.allowed_users = set(plan["people"])

c.JupyterHub.spawner_class = NotingSpawner
c.Spawner.http_timeout = 60
c.Spawner.environment = plan["environment"]
if plan["doors"]:
    # A server that does nothing is up in a fraction of a second, with the token of a real one.
    c.Spawner.cmd = [sys.executable, str(Path(__file__).with_name("door.py"))]
    c.Spawner.args = []
else:
    c.Spawner.cmd = [str(Path(sys.executable).with_name("jupyterhub-singleuser"))]
    c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []

c.JupyterHub.services = [{"name": "tests", "api_token": plan["api_token"]}]
c.JupyterHub.load_roles = [
    {
        "name": "tests",
        "services": ["tests"],
        "scopes": [
            *("admin:users", "admin:servers", "tokens", "read:services", "read:metrics"),
            *("admin:groups", "shares", "access:servers", "custom:xmpp-bridge:room:edit"),
        ],
    },
    {"name": "auditors", "groups": ["auditors"], "scopes": ["custom:xmpp-bridge:audit"]},
    {
        "name": "auditors-of-capulets",
        "groups": ["auditors-of-capulets"],
        "scopes": ["custom:xmpp-bridge:audit!group=capulets"],
    },
]
c.JupyterHub.load_groups = {
    name: {"users": []} for name in ("auditors", "auditors-of-capulets", "capulets")
}

xmpp_bridge.jupyterhub.setup(c, url=f"http://127.0.0.1:{plan['service_port']}", **plan["service"])
