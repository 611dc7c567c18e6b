"""The one configuration, rendered."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from xmpp_bridge.ejabberd.config import render
from xmpp_bridge.ejabberd.secrets import Secrets, load_secrets
from xmpp_bridge.ejabberd.settings import EjabberdSettings, PostgresDatabase


@pytest.fixture
def settings(tmp_path: Path) -> EjabberdSettings:
    return EjabberdSettings("montague.lit", tmp_path / "x", c2s_port=5222, component_port=5275)


@pytest.fixture
def secrets(settings: EjabberdSettings) -> Secrets:
    return load_secrets(settings)


def rendered(settings: EjabberdSettings, secrets: Secrets) -> dict[str, Any]:
    configuration: dict[str, Any] = yaml.safe_load(render(settings, secrets))
    return configuration


def test_clients_must_use_tls_and_are_not_slowed_down(
    settings: EjabberdSettings, secrets: Secrets
) -> None:
    c2s = rendered(settings, secrets)["listen"][0]

    assert c2s["module"] == "ejabberd_c2s"
    assert c2s["starttls_required"] is True
    assert c2s["shaper"] == "none"
    assert c2s["max_stanza_size"] >= 10 * 1024 * 1024


def test_only_the_admin_account_commands_and_nothing_is_allowed_by_address(
    settings: EjabberdSettings, secrets: Secrets
) -> None:
    text, configuration = render(settings, secrets), rendered(settings, secrets)
    (permission,) = configuration["api_permissions"].values()

    assert permission["who"] == [{"access": [{"allow": "admin"}]}]
    assert configuration["acl"]["admin"] == [{"user": "xmpp-bridge-admin@montague.lit"}]
    assert not any("ip" in rule for acl in configuration["acl"].values() for rule in acl)
    assert "allow: loopback" not in text


def test_the_service_administers_rooms_under_one_address_only(
    settings: EjabberdSettings, secrets: Secrets
) -> None:
    configuration = rendered(settings, secrets)

    assert configuration["acl"]["service"] == [{"user": "xmpp-bridge@bridge.montague.lit"}]
    assert configuration["modules"]["mod_muc"]["access_admin"] == "service"
    assert configuration["modules"]["mod_muc"]["access_create"] == "service"


def test_the_private_key_is_in_no_file_of_ejabberd(
    settings: EjabberdSettings, secrets: Secrets
) -> None:
    private = str(secrets.signing_key.as_dict(private=True)["d"])

    assert private not in render(settings, secrets)
    assert private not in secrets.public_key.decode()
    assert "xmpp_bridge" not in repr(secrets)
    assert secrets.component not in repr(secrets)


def test_a_path_with_quotes_and_spaces_reaches_the_program_unchanged(
    tmp_path: Path, secrets: Secrets
) -> None:
    settings = EjabberdSettings("montague.lit", tmp_path / "it's \"Juliet's\" $HOME")
    program = rendered(settings, secrets)["extauth_program"]

    assert shlex.split(program)[-1] == str(settings.files.extauth_socket)


def test_sqlite_is_a_file_in_the_instances_directory(
    settings: EjabberdSettings, secrets: Secrets
) -> None:
    configuration = rendered(settings, secrets)

    assert configuration["sql_type"] == "sqlite"
    assert Path(configuration["sql_database"]).is_relative_to(settings.directory)


def test_postgres_is_one_setting_away(settings: EjabberdSettings, secrets: Secrets) -> None:
    database = PostgresDatabase("db.montague.lit", 5432, "xmpp", "romeo", 'a "quoted" word: #1')
    configuration = rendered(replace(settings, database=database), secrets)

    assert configuration["sql_type"] == "pgsql"
    assert configuration["sql_password"] == 'a "quoted" word: #1'
    assert database.password not in repr(database)


def test_there_is_no_web_listener_unless_asked_for(
    settings: EjabberdSettings, secrets: Secrets
) -> None:
    without = rendered(settings, secrets)["listen"]
    with_https = rendered(replace(settings, https_port=5443), secrets)["listen"]

    assert [listener["port"] for listener in without] == [5222, 5275, "unix:../run/admin.sock"]
    assert with_https[3]["tls"] is True
    assert with_https[3]["port"] == 5443
