"""What is made once and then kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from joserfc import jwt

from xmpp_bridge.ejabberd.secrets import load_secrets
from xmpp_bridge.ejabberd.settings import EjabberdSettings


def test_secrets_are_kept_and_each_instance_has_its_own(tmp_path: Path) -> None:
    romeo = EjabberdSettings("montague.lit", tmp_path / "romeo")
    juliet = EjabberdSettings("capulet.lit", tmp_path / "juliet")

    first, again, other = load_secrets(romeo), load_secrets(romeo), load_secrets(juliet)

    assert (again.component, again.public_key) == (first.component, first.public_key)
    assert other.component != first.component
    assert other.public_key != first.public_key


def test_nobody_else_may_read_them(tmp_path: Path) -> None:
    settings = EjabberdSettings("montague.lit", tmp_path / "romeo")
    settings.directory.mkdir(mode=0o755)

    load_secrets(settings)

    paths = [settings.directory, *settings.directory.rglob("*")]
    assert [path for path in paths if path.stat().st_mode & 0o077] == []


def test_ejabberd_gets_a_key_that_cannot_sign(tmp_path: Path) -> None:
    secrets = load_secrets(EjabberdSettings("montague.lit", tmp_path / "romeo"))

    public = json.loads(secrets.public_key)

    assert public["alg"] == "ES256"
    assert "d" not in public


def test_an_admin_credential_lasts_one_minute(tmp_path: Path) -> None:
    settings = EjabberdSettings("montague.lit", tmp_path / "romeo")
    secrets = load_secrets(settings)

    credential = secrets.admin_credential(settings.admin_jid)
    claims = jwt.decode(credential, secrets.signing_key, algorithms=["ES256"]).claims

    assert claims["jid"] == "xmpp-bridge-admin@montague.lit"
    assert 0 < claims["exp"] - datetime.now(UTC).timestamp() <= 60
