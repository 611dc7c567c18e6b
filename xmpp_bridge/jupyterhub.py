"""One line in `jupyterhub_config.py` makes the bridge known to a hub.

    import xmpp_bridge.jupyterhub
    xmpp_bridge.jupyterhub.setup(c)

Call it last: what the administrator has configured before is kept and added to.
"""

from __future__ import annotations

import inspect
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import jupyterhub  # type: ignore[import-untyped]
from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue

from xmpp_bridge.hub_service.scopes import (
    CUSTOM_SCOPES,
    SERVICE_SCOPES,
    browser_scopes,
    server_token_scopes,
    user_scopes,
)
from xmpp_bridge.jupyterhub_events import Postman, watch

HEALTH_PATIENCE_SECONDS = 30
DEFAULT_PORT = 10190
SERVER_ROLE = ("users:activity!user", "access:servers!server")
"""What JupyterHub gives a server's token when nothing else is said."""


def setup(
    c: Config,
    *,
    name: str = "xmpp-bridge",
    url: str = f"http://127.0.0.1:{DEFAULT_PORT}",
    url_for_servers: str | None = None,
    api_token: str | None = None,
    config_file: str | None = None,
    environment: Mapping[str, str] | None = None,
    nudge: bool = True,
    **settings: object,
) -> None:
    """Add the service, its scopes and what Jupyter servers must be told to the hub's configuration.

    Every other keyword is a setting of the service (`xmpp-bridge service --help-all`). With an
    `api_token` the service is one that somebody else starts, and takes its settings there.
    It finds `environment` in its own; JupyterHub passes on little of what the hub has.
    `public_url` is the hub's own, if that is configured.
    With `nudge` the service hears of new, renamed and deleted users, of groups and of shares at once, by events of the
    hub's own database; without, within a minute or so.
    `url_for_servers` is where Jupyter servers reach the service when they cannot reach `url`.
    """
    if api_token is not None and (settings or config_file or environment):
        raise ValueError("a service which the hub does not start takes no settings from the hub")
    public_url = _given(c.JupyterHub, "public_url", "")
    if public_url and api_token is None and config_file is None:
        settings.setdefault("public_url", public_url)
    bridge_url = url_for_servers or f"{url.rstrip('/')}{_base_url(c)}services/{name}/"
    service = _service(name, url, api_token, config_file, settings)
    if environment:
        service["environment"] = dict(environment)
    _add_service(c, service)
    if nudge:
        own_url = f"{url.rstrip('/')}{_base_url(c)}services/{name}/api/nudge"
        watch(Postman(own_url, service["api_token"]).post)
    _merge(c.JupyterHub, "custom_scopes", {k: dict(v) for k, v in CUSTOM_SCOPES.items()})
    _extend(
        c.JupyterHub,
        "load_roles",
        [{"name": f"{name}-service", "services": [name], "scopes": list(SERVICE_SCOPES)}],
    )
    _give_users(c, user_scopes(name))
    c.Spawner.server_token_scopes = _token_scopes(c, server_token_scopes(name))
    _merge(c.Spawner, "environment", {"XMPP_BRIDGE_URL": bridge_url})


def _base_url(c: Config) -> str:
    path = (
        _given(c.JupyterHub, "base_url", "") or urlsplit(_given(c.JupyterHub, "bind_url", "")).path
    )
    return f"/{path.strip('/')}/".replace("//", "/")


def _service(
    name: str,
    url: str,
    api_token: str | None,
    config_file: str | None,
    settings: Mapping[str, object],
) -> dict[str, Any]:
    service: dict[str, Any] = {
        "name": name,
        "url": url,
        "display": False,
        "oauth_no_confirm": True,
        "oauth_client_allowed_scopes": list(browser_scopes()),
    }
    if _version() >= (6, 0):
        service["timeout"] = HEALTH_PATIENCE_SECONDS if api_token is None else 1
    if api_token is not None:
        return service | {"api_token": api_token}
    command = [sys.executable, "-m", "xmpp_bridge", "service"]
    if config_file is not None:
        command.append(f"--config={config_file}")
    # The hub would make up a token by itself, but then its own process could not show it to nudge.
    service["api_token"] = secrets.token_hex(32)
    arguments = [each for item in settings.items() for each in _arguments(*item)]
    return service | {"command": [*command, *arguments]}


def _arguments(setting: str, value: object) -> Iterator[str]:
    if isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values()):
        # traitlets wants a dictionary of texts item by item.
        yield from (f"--HubService.{setting}={key}={text}" for key, text in value.items())
    else:
        yield f"--HubService.{setting}={value}"


def _add_service(c: Config, service: Mapping[str, Any]) -> None:
    taken = _given(c.JupyterHub, "services", [])
    if any(other.get("name") == service["name"] for other in taken):
        raise ValueError(f"the hub already has a service {service['name']}")
    _extend(c.JupyterHub, "services", [service])


def _give_users(c: Config, scopes: Iterable[str]) -> None:
    """Let every user have `scopes`, by whichever way this hub already says what users may do."""
    for role in _given(c.JupyterHub, "load_roles", []):
        if role.get("name") == "user" and "scopes" in role:
            role["scopes"] = [*role["scopes"], *scopes]
            return
    if _version() >= (6, 0):
        _merge(c.JupyterHub, "extra_user_scopes", set(scopes))
        return
    # COMPAT(jupyterhub < 6): there is no extra_user_scopes, only the whole role.
    _extend(c.JupyterHub, "load_roles", [{"name": "user", "scopes": ["self", *scopes]}])


def _token_scopes(c: Config, needed: tuple[str, ...]) -> list[str] | Callable[[Any], Any]:
    configured = _given(c.Spawner, "server_token_scopes", [])
    fallback = next(
        (
            tuple(role["scopes"])
            for role in _given(c.JupyterHub, "load_roles", [])
            if role.get("name") == "server" and "scopes" in role
        ),
        SERVER_ROLE,
    )
    if not callable(configured):
        return _union(configured or fallback, needed)

    async def per_spawner(spawner: Any) -> list[str]:
        chosen = configured(spawner)
        if inspect.isawaitable(chosen):
            chosen = await chosen
        return _union(chosen or fallback, needed)

    return per_spawner


def _union(first: Iterable[str], second: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*first, *second]))


def _given(section: Config, trait: str, nothing: Any) -> Any:
    """What the administrator has configured so far."""
    if trait not in section:
        return nothing
    value = section[trait]
    return value.get_value(nothing) if isinstance(value, LazyConfigValue) else value


def _extend(section: Config, trait: str, more: list[Any]) -> None:
    section[trait] = [*_given(section, trait, []), *more]


def _merge(section: Config, trait: str, more: Any) -> None:
    section[trait] = _given(section, trait, type(more)()) | more


def _version() -> tuple[int, int]:
    major, minor = jupyterhub.version_info[:2]
    return int(major), int(minor)
