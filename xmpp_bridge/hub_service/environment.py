"""What JupyterHub tells a service through its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from xmpp_bridge.xmpp.stream import Secret

NEEDED = (
    "JUPYTERHUB_API_TOKEN",
    "JUPYTERHUB_API_URL",
    "JUPYTERHUB_SERVICE_PREFIX",
    "JUPYTERHUB_SERVICE_URL",
)


@dataclass(frozen=True)
class HubEnvironment:
    """Where the hub is, how the service speaks to it, and where the service listens."""

    api_url: str
    api_token: Secret = field(repr=False)
    prefix: str
    interface: str
    port: int


def read_environment(environment: Mapping[str, str]) -> HubEnvironment:
    """Parse the variables that the hub sets, or that an external service is given."""
    missing = [name for name in NEEDED if not environment.get(name)]
    if missing:
        raise ValueError(f"JupyterHub sets {missing[0]} for its services; here nobody did")
    url = urlsplit(environment["JUPYTERHUB_SERVICE_URL"])
    if url.scheme != "http" or url.hostname is None or url.port is None:
        raise ValueError("JUPYTERHUB_SERVICE_URL is http://address:port")
    return HubEnvironment(
        api_url=environment["JUPYTERHUB_API_URL"],
        api_token=Secret(environment["JUPYTERHUB_API_TOKEN"]),
        prefix="/" + environment["JUPYTERHUB_SERVICE_PREFIX"].strip("/") + "/",
        interface=url.hostname,
        port=url.port,
    )
