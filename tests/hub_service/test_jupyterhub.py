"""One line makes the bridge known to a hub, and leaves alone what the administrator has configured."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import jupyterhub  # type: ignore[import-untyped]
import pytest
from traitlets.config import Config

from xmpp_bridge.ejabberd.settings import EjabberdSettings
from xmpp_bridge.hub_service.application import HubService
from xmpp_bridge.hub_service.scopes import (
    APP_PASSWORDS,
    CREDENTIALS,
    ROOM_EDIT,
    ROOMS_WRITE,
    access,
)
from xmpp_bridge.jupyterhub import setup

USERS = {access("xmpp-bridge"), ROOMS_WRITE, CREDENTIALS, APP_PASSWORDS, f"{ROOM_EDIT}!user"}


@pytest.fixture(params=[(6, 1, 1, "", ""), (5, 5, 4, "", "")], ids=["hub 6", "hub 5"])
def version(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    monkeypatch.setattr(jupyterhub, "version_info", request.param)
    return request.param[0], request.param[1]


def granted(c: Config, version: tuple[int, int]) -> set[str]:
    """What every user may do, by whichever way this hub says it."""
    for role in c.JupyterHub.load_roles:
        if role["name"] == "user":
            return set(role["scopes"])
    assert version >= (6, 0)
    return set(c.JupyterHub.extra_user_scopes)


def test_a_bare_hub_gets_everything_in_one_line(version: tuple[int, int]) -> None:
    c = Config()
    setup(c, domain="montague.lit", reconcile_seconds=5)

    (service,) = c.JupyterHub.services
    assert service["command"][1:4] == ["-m", "xmpp_bridge", "service"]
    assert service["command"][4:] == [
        "--HubService.domain=montague.lit",
        "--HubService.reconcile_seconds=5",
    ]
    assert CREDENTIALS not in service["oauth_client_allowed_scopes"]
    assert granted(c, version) >= USERS
    assert "access:servers!server" in c.Spawner.server_token_scopes
    assert CREDENTIALS in c.Spawner.server_token_scopes
    assert set(c.JupyterHub.custom_scopes) >= {ROOMS_WRITE, CREDENTIALS}
    url = "http://127.0.0.1:10190/services/xmpp-bridge/"
    assert c.Spawner.environment == {"XMPP_BRIDGE_URL": url}


def test_a_hub_5_keeps_what_users_may_do_anyway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jupyterhub, "version_info", (5, 5, 4, "", ""))
    c = Config()
    setup(c)
    assert "self" in granted(c, (5, 5))
    assert "extra_user_scopes" not in c.JupyterHub


def test_what_was_there_stays(version: tuple[int, int]) -> None:
    c = Config()
    c.JupyterHub.services = [{"name": "culler"}]
    c.JupyterHub.load_roles = [
        {"name": "culler", "services": ["culler"], "scopes": ["list:users"]},
        {"name": "user", "scopes": ["self", "shares!user"]},
    ]
    c.JupyterHub.custom_scopes = {"custom:x": {"description": "x"}}
    c.Spawner.environment = {"LANG": "it_IT"}
    c.Spawner.server_token_scopes = ["users:activity!user", "shares!user"]
    setup(c)

    assert [service["name"] for service in c.JupyterHub.services] == ["culler", "xmpp-bridge"]
    roles = [role["name"] for role in c.JupyterHub.load_roles]
    assert roles == ["culler", "user", "xmpp-bridge-service"]
    assert granted(c, version) >= USERS | {"self", "shares!user"}
    assert "custom:x" in c.JupyterHub.custom_scopes
    assert c.Spawner.environment["LANG"] == "it_IT"
    assert {"users:activity!user", "shares!user"} < set(c.Spawner.server_token_scopes)


def test_what_was_appended_stays(version: tuple[int, int]) -> None:
    c = Config()
    c.JupyterHub.services.append({"name": "culler"})
    c.JupyterHub.load_roles.append({"name": "culler", "scopes": []})
    c.JupyterHub.custom_scopes.update({"custom:x": {"description": "x"}})
    c.JupyterHub.extra_user_scopes.add("shares!user")
    c.Spawner.environment.update({"LANG": "it_IT"})
    setup(c)

    assert [service["name"] for service in c.JupyterHub.services] == ["culler", "xmpp-bridge"]
    assert "custom:x" in c.JupyterHub.custom_scopes
    assert c.Spawner.environment["LANG"] == "it_IT"
    if version >= (6, 0):
        assert granted(c, version) == USERS | {"shares!user"}


@pytest.mark.parametrize("asynchronous", [True, False])
def test_scopes_that_are_chosen_at_each_spawn_are_added_to(*, asynchronous: bool) -> None:
    async def later(spawner: Any) -> list[str]:
        return [f"read:users!user={spawner.user.name}"]

    def now(spawner: Any) -> list[str]:
        return []

    c = Config()
    c.Spawner.server_token_scopes = later if asynchronous else now
    setup(c)

    spawner = SimpleNamespace(user=SimpleNamespace(name="romeo"))
    scopes = asyncio.run(c.Spawner.server_token_scopes(spawner))
    assert set(scopes) > {access("xmpp-bridge"), ROOMS_WRITE, CREDENTIALS}
    assert APP_PASSWORDS not in scopes
    assert ("read:users!user=romeo" if asynchronous else "users:activity!user") in scopes


def test_a_changed_server_role_is_what_tokens_are_added_to() -> None:
    c = Config()
    c.JupyterHub.load_roles = [{"name": "server", "scopes": ["inherit"]}]
    setup(c)
    assert c.Spawner.server_token_scopes[0] == "inherit"


@pytest.mark.parametrize(
    ("trait", "value"),
    [("base_url", "/lab"), ("base_url", "/lab/"), ("bind_url", "http://127.0.0.1:8000/lab/")],
)
def test_jupyter_servers_find_the_service_below_the_hubs_base_url(trait: str, value: str) -> None:
    c = Config()
    c.JupyterHub[trait] = value
    setup(c)
    url = c.Spawner.environment["XMPP_BRIDGE_URL"]
    assert url == "http://127.0.0.1:10190/lab/services/xmpp-bridge/"


def test_a_service_that_somebody_else_starts_is_only_made_known() -> None:
    c = Config()
    setup(
        c,
        url="http://xmpp-bridge:8080",
        url_for_servers="http://proxy-public/services/xmpp-bridge/",
        api_token="x" * 32,
    )
    (service,) = c.JupyterHub.services
    assert "command" not in service
    assert service["api_token"] == "x" * 32
    url = c.Spawner.environment["XMPP_BRIDGE_URL"]
    assert url == "http://proxy-public/services/xmpp-bridge/"
    with pytest.raises(ValueError, match="no settings"):
        setup(Config(), api_token="x", domain="montague.lit")


def test_the_service_and_ejabberd_find_in_their_environment_what_is_given() -> None:
    c = Config()
    setup(c, environment={"TZ": "Europe/Rome"}, ejabberd_environment={"TZ": "UTC"})
    (service,) = c.JupyterHub.services
    assert service["environment"] == {"TZ": "Europe/Rome"}
    arguments = [each for each in service["command"] if each.startswith("--HubService.")]
    started = HubService()
    started.initialize(arguments)
    ejabberd = started.settings().ejabberd
    assert isinstance(ejabberd, EjabberdSettings)
    assert ejabberd.environment == {"TZ": "UTC"}
    with pytest.raises(ValueError, match="no settings"):
        setup(Config(), api_token="x", environment={"TZ": "UTC"})


def test_twice_is_once_too_often() -> None:
    c = Config()
    setup(c)
    with pytest.raises(ValueError, match="already"):
        setup(c)
