from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from slixmpp import JID

from tests.accounts.conftest import NOON
from xmpp_bridge.accounts.credential import CredentialMint
from xmpp_bridge.ejabberd.settings import ADMIN_LOCALPART

ROMEO = JID("romeo@montague.lit/jupyter")


@pytest.fixture(scope="module")
def key() -> ECKey:
    return ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig"})


@pytest.fixture
def mint(key: ECKey, clock: Callable[[], datetime]) -> CredentialMint:
    return CredentialMint(key, "montague.lit", timedelta(minutes=15), clock)


def test_a_credential_is_for_one_full_jid_until_it_expires(
    mint: CredentialMint, key: ECKey
) -> None:
    credential = mint.mint(ROMEO)

    token = jwt.decode(credential.token, key)
    assert token.header["alg"] == "ES256"
    assert token.claims["jid"] == "romeo@montague.lit/jupyter"
    assert token.claims["exp"] == credential.expires_at.timestamp()
    assert credential.expires_at == NOON + timedelta(minutes=15)


def test_two_credentials_are_never_the_same(mint: CredentialMint) -> None:
    assert mint.mint(ROMEO).token != mint.mint(ROMEO).token


def test_a_credential_is_not_printed(mint: CredentialMint) -> None:
    credential = mint.mint(ROMEO)

    assert credential.token not in repr(credential)


@pytest.mark.parametrize(
    "jid",
    [
        "romeo@montague.lit",
        "romeo@capulet.lit/jupyter",
        "montague.lit/jupyter",
        f"{ADMIN_LOCALPART}@montague.lit/jupyter",
    ],
)
def test_nothing_else_than_a_persons_full_jid_gets_a_credential(
    mint: CredentialMint, jid: str
) -> None:
    with pytest.raises(ValueError, match=r"JID|account"):
        mint.mint(JID(jid))


@pytest.mark.parametrize("minutes", [0, -1, 15.01, 60])
def test_no_credential_lives_longer_than_a_quarter_of_an_hour(
    key: ECKey, clock: Callable[[], datetime], minutes: float
) -> None:
    with pytest.raises(ValueError, match="lives"):
        CredentialMint(key, "montague.lit", timedelta(minutes=minutes), clock)


def test_the_admin_channel_gets_a_token_for_one_minute(mint: CredentialMint, key: ECKey) -> None:
    claims = jwt.decode(mint.admin_token(), key).claims

    assert claims["jid"] == f"{ADMIN_LOCALPART}@montague.lit"
    assert claims["exp"] - claims["iat"] == 60
