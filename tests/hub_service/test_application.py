from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from traitlets import TraitError
from traitlets.config import Config

from xmpp_bridge import __version__
from xmpp_bridge.__main__ import main
from xmpp_bridge.ejabberd.settings import EjabberdSettings, PostgresDatabase
from xmpp_bridge.hub_service.application import HubService
from xmpp_bridge.hub_service.environment import read_environment
from xmpp_bridge.hub_service.xmpp_server import XmppServer

ENVIRONMENT = {
    "JUPYTERHUB_API_TOKEN": "secret",
    "JUPYTERHUB_API_URL": "http://127.0.0.1:8081/hub/api",
    "JUPYTERHUB_SERVICE_PREFIX": "/services/xmpp-bridge/",
    "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:10190",
}


def configured(*arguments: str) -> HubService:
    service = HubService()
    service.initialize(list(arguments))
    return service


def test_nothing_needs_to_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = configured().settings()
    assert settings.database_url == f"sqlite:///{tmp_path}/xmpp-bridge/bridge.sqlite"
    assert isinstance(settings.ejabberd, EjabberdSettings)
    assert settings.ejabberd.interface == "127.0.0.1"
    assert settings.credential_lifetime == timedelta(minutes=15)


def test_the_command_line_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.py"
    file.write_text("c.HubService.domain = 'file.lit'\nc.HubService.reconcile_seconds = 7\n")
    settings = configured(f"--config={file}", "--HubService.domain=montague.lit").settings()
    assert settings.domain == "montague.lit"
    assert settings.reconcile_every == timedelta(seconds=7)


def test_a_generated_file_names_every_setting_and_changes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    configured("--generate-config").start()
    file = tmp_path / "xmpp_bridge_config.py"
    text = file.read_text()
    for name in HubService.class_own_traits(config=True):
        assert f"c.HubService.{name}" in text
    assert configured(f"--config={file}").settings() == configured().settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("credential_seconds", 901), ("credential_seconds", 0), ("reconcile_seconds", 0)],
)
def test_a_credential_is_brief_and_a_period_is_one(name: str, value: int) -> None:
    with pytest.raises(TraitError):
        HubService(**{name: value})


def test_ejabberd_may_use_a_database_of_its_own() -> None:
    service = configured("--HubService.ejabberd_database_url=postgresql://me:pw@db:1234/ejabberd")
    ejabberd = service.settings().ejabberd
    assert isinstance(ejabberd, EjabberdSettings)
    assert ejabberd.database == PostgresDatabase("db", 1234, "ejabberd", "me", "pw")


def test_an_ejabberd_elsewhere_needs_its_secrets(tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256")
    (tmp_path / "key").write_text(json.dumps(key.as_dict(private=True)))
    (tmp_path / "secret").write_text("component secret\n")
    elsewhere = Config(
        HubService={
            "external_admin_url": "https://xmpp.lit:5443/api",
            "external_host": "xmpp.lit",
            "external_component_secret_file": str(tmp_path / "secret"),
            "external_signing_key_file": str(tmp_path / "key"),
            "external_extauth_socket": "/run/xmpp-bridge/extauth.sock",
        }
    )
    server = HubService(config=elsewhere).settings().ejabberd
    assert isinstance(server, XmppServer)
    assert server.component_secret == "component secret"
    assert server.c2s == ("xmpp.lit", 5222)
    assert "component secret" not in repr(server)

    del elsewhere.HubService.external_host
    with pytest.raises(TraitError, match="external_host"):
        HubService(config=elsewhere).settings()


def test_the_hub_says_where_it_is() -> None:
    environment = read_environment(ENVIRONMENT)
    assert (environment.interface, environment.port) == ("127.0.0.1", 10190)
    assert "secret" not in repr(environment)


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_without_the_hubs_environment_there_is_no_service(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        read_environment({key: value for key, value in ENVIRONMENT.items() if key != name})


def test_the_command_says_its_version_and_how_to_use_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"xmpp-bridge {__version__}\n"
    assert main([]) == 2
    assert "usage:" in capsys.readouterr().err


def test_a_jupyter_server_has_the_command_without_the_services_libraries() -> None:
    program = "import sys; sys.modules['sqlalchemy'] = None; import xmpp_bridge.__main__"
    subprocess.run([sys.executable, "-c", program], check=True)
