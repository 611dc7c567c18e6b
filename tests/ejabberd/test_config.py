"""The one configuration, rendered."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from xmpp_bridge.accounts.jid import is_of_a_server, resource_of
from xmpp_bridge.ejabberd.admin_channel import AT_ONCE
from xmpp_bridge.ejabberd.config import render
from xmpp_bridge.ejabberd.secrets import Secrets, load_secrets
from xmpp_bridge.ejabberd.settings import EjabberdSettings, Federation, PostgresDatabase


@pytest.fixture
def settings(tmp_path: Path) -> EjabberdSettings:
    return EjabberdSettings("montague.lit", tmp_path / "x", c2s_port=5222, component_port=5275)


@pytest.fixture
def secrets(settings: EjabberdSettings) -> Secrets:
    return load_secrets(settings)


def rendered(settings: EjabberdSettings, secrets: Secrets) -> dict[str, Any]:
    configuration: dict[str, Any] = yaml.safe_load(render(settings, secrets))
    return configuration


def test_clients_must_use_tls_and_only_jupyter_servers_are_not_slowed_down(
    settings: EjabberdSettings, secrets: Secrets
) -> None:
    configuration = rendered(settings, secrets)
    listeners = [each for each in configuration["listen"] if each["module"] == "ejabberd_c2s"]

    assert listeners[0]["starttls_required"] is True
    assert listeners[0]["max_stanza_size"] >= 10 * 1024 * 1024
    # Of the first one, WebSockets have their limits, too.
    assert {each["shaper"] for each in listeners} == {"c2s"}
    assert configuration["shaper_rules"]["c2s"] == [{"none": "jupyter"}, {"client": "all"}]
    (acl,) = configuration["acl"]["jupyter"]
    for name in ("", "mantua"):
        assert re.search(acl["resource_regexp"], resource_of(name))
    for client in ("phone", "jupyterlab", "my-jupyter", "Jupyter"):
        assert not re.search(acl["resource_regexp"], client)
        assert not is_of_a_server(client)


def test_only_the_admin_account_commands_and_nothing_is_allowed_by_address(
    settings: EjabberdSettings, secrets: Secrets
) -> None:
    text, configuration = render(settings, secrets), rendered(settings, secrets)
    (permission,) = configuration["api_permissions"].values()

    assert permission["who"] == [{"access": [{"allow": "admin"}]}]
    (channel,) = [each for each in configuration["listen"] if str(each["port"]).startswith("unix:")]
    assert channel["backlog"] > AT_ONCE
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


def test_direct_tls_and_websocket_are_two_more_listeners_with_the_same_rules(
    settings: EjabberdSettings, secrets: Secrets
) -> None:
    settings = replace(settings, direct_tls_port=5223, web_port=5443)
    configuration = rendered(settings, secrets)
    starttls, *_, direct, web = configuration["listen"]

    same = ("module", "ip", "access", "shaper", "protocol_options", "backlog")
    assert {name: direct[name] for name in same} == {name: starttls[name] for name in same}
    assert (direct["port"], direct["tls"], web["port"], web["tls"]) == (5223, True, 5443, True)
    assert web["request_handlers"] == {"/ws": "ejabberd_http_ws"}
    # Only Jupyter servers have something large to say, and they come by the first.
    assert direct["max_stanza_size"] < starttls["max_stanza_size"]


def test_browsers_are_sent_where_they_reach_it(settings: EjabberdSettings) -> None:
    elsewhere = "wss://hub.montague.lit/xmpp"
    with_web = replace(settings, web_port=5443)

    assert settings.websocket is None
    assert with_web.websocket == "wss://montague.lit:5443/ws"
    assert replace(with_web, websocket_url=elsewhere).websocket == elsewhere


def test_without_a_chosen_domain_nothing_speaks_with_other_servers(
    settings: EjabberdSettings, secrets: Secrets
) -> None:
    configuration = rendered(settings, secrets)
    modules = {each["module"] for each in configuration["listen"]}

    assert "ejabberd_s2s_in" not in modules
    assert configuration["s2s_access"] == "nobody"
    assert configuration["access_rules"]["nobody"] == [{"deny": "all"}]
    assert "others" not in {**configuration["acl"], **configuration["access_rules"]}
    assert "mod_s2s_dialback" not in configuration["modules"]


def test_with_one_it_speaks_with_that_one_by_certificate(
    settings: EjabberdSettings, secrets: Secrets
) -> None:
    settings = replace(settings, federation=Federation(("capulet.lit", "verona.lit")))
    configuration = rendered(settings, secrets)
    (listener,) = (each for each in configuration["listen"] if each["module"] == "ejabberd_s2s_in")

    assert listener["port"] == 5269
    assert configuration["s2s_access"] == "others"
    assert configuration["s2s_use_starttls"] == "required"
    assert configuration["access_rules"]["others"] == [{"allow": "others"}]
    assert configuration["acl"]["others"] == [{"server": "capulet.lit"}, {"server": "verona.lit"}]
    strangers = configuration["modules"]["mod_block_strangers"]
    assert (strangers["drop"], strangers["access"]) == (True, "ours")
    assert {"server": "bridge.montague.lit"} in configuration["acl"]["ours"]
    assert "mod_s2s_dialback" not in configuration["modules"]
