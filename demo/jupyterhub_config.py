"""The demo's hub: three people, one password, everything on loopback under the current user.

What a real hub needs of this is the last statement.
"""

import os
import sys
from pathlib import Path

import xmpp_bridge.jupyterhub
from demo.stack import MARK, PEOPLE, REPOSITORY, load_settings

settings = load_settings(Path(os.environ[MARK]))
c = get_config()  # type: ignore[name-defined]  # noqa: F821  (JupyterHub provides it)

c.JupyterHub.bind_url = settings.url
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{settings.hub_port}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{settings.proxy_port}"
c.ConfigurableHTTPProxy.command = [
    str(REPOSITORY / "node_modules" / ".bin" / "configurable-http-proxy")
]
c.JupyterHub.cleanup_servers = True

c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = settings.password
c.Authenticator.allowed_users = set(PEOPLE)

# Everybody is the same operating system user: good for a look, never for people who are strangers.
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = f"{settings.directory}/homes/{{username}}"
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
            "servers",
            "admin:server_state",
            "tokens",
            "read:services",
            "proxy",
        ],
    }
]

xmpp_bridge.jupyterhub.setup(
    c,
    url=f"http://127.0.0.1:{settings.service_port}",
    public_url=settings.url,
    **settings.service,
)
