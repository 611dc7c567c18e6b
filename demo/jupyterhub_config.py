"""The demo's hub: three people, one password, everything on loopback under the current user.

What a real hub needs of this is the last statement.
"""

import os
import sys
from pathlib import Path
from typing import Any

import xmpp_bridge.jupyterhub
from demo.stack import GROUPS, GUESTS, MARK, PEOPLE, REPOSITORY, load_settings

settings = load_settings(Path(os.environ[MARK]))
c = get_config()  # type: ignore[name-defined]  # noqa: F821  (JupyterHub provides it)


def give_home(spawner: Any) -> None:
    server = f"{spawner.user.name}/{spawner.name}" if spawner.name else spawner.user.name
    spawner.home_dir = str(settings.home(server))


c.JupyterHub.bind_url = settings.url
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{settings.hub_port}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{settings.proxy_port}"
c.ConfigurableHTTPProxy.command = [
    str(REPOSITORY / "node_modules" / ".bin" / "configurable-http-proxy")
]
c.JupyterHub.cleanup_servers = True
c.JupyterHub.allow_named_servers = True

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = settings.password
c.Authenticator.allowed_users = {*PEOPLE, *GUESTS}
c.JupyterHub.load_groups = {name: {"users": list(people)} for name, people in GROUPS.items()}

# Everybody is the same operating system user: good for a look, never for people who are strangers.
c.JupyterHub.spawner_class = "simple"
c.Spawner.pre_spawn_hook = give_home
c.Spawner.cmd = [str(Path(sys.executable).with_name("jupyterhub-singleuser"))]
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.default_url = "/lab/tree/daylight.ipynb"
c.Spawner.http_timeout = 60
c.Spawner.environment = {MARK: os.environ[MARK]}

# The demo itself: it starts the three servers and shares the notebook between them.
c.JupyterHub.services = [{"name": "demo", "api_token": settings.api_token}]
c.JupyterHub.load_roles = [
    {
        "name": "demo",
        "services": ["demo"],
        "scopes": [
            "list:users",
            "admin:users",  # benchmarks/busy_hub.py has more people
            "servers",
            "admin:server_state",
            "tokens",
            "read:services",
            "proxy",
            "read:metrics",
        ],
    }
]

xmpp_bridge.jupyterhub.setup(
    c,
    url=f"http://127.0.0.1:{settings.service_port}",
    public_url=settings.url,
    **settings.service,
)
