"""Short-lived tokens which ejabberd can check by itself."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.jwk import ECKey
from slixmpp import JID

from xmpp_bridge.ejabberd.settings import ADMIN_LOCALPART
from xmpp_bridge.xmpp.stream import Secret

MAX_LIFETIME = timedelta(minutes=15)
ADMIN_LIFETIME = timedelta(seconds=60)


@dataclass(frozen=True)
class Credential:
    """What one Jupyter server logs in with, and until when."""

    token: Secret
    expires_at: datetime


class CredentialMint:
    """Signs credentials; ejabberd holds only the public half of the key."""

    def __init__(
        self, private_key: ECKey, domain: str, lifetime: timedelta, now: Callable[[], datetime]
    ) -> None:
        if not timedelta(0) < lifetime <= MAX_LIFETIME:
            raise ValueError(f"a credential lives for at most {MAX_LIFETIME}")
        self._key = private_key
        self._domain = domain
        self._lifetime = lifetime
        self._now = now

    def mint(self, jid: JID) -> Credential:
        """A credential with which `jid`, a full JID of our domain, can log in."""
        if jid.domain != self._domain or not jid.user or not jid.resource:
            raise ValueError(f"not a full JID of {self._domain}: {jid}")
        # Otherwise whoever shares a name with the service's own account would command ejabberd.
        if jid.user == ADMIN_LOCALPART:
            raise ValueError("nobody logs in as the service's own account")
        return self._sign(str(jid), self._lifetime)

    def admin_token(self) -> Secret:
        """What the service shows ejabberd's admin channel, for one call."""
        return self._sign(f"{ADMIN_LOCALPART}@{self._domain}", ADMIN_LIFETIME).token

    def _sign(self, jid: str, lifetime: timedelta) -> Credential:
        # ejabberd compares whole seconds: a fraction would only promise what it does not keep.
        issued = self._now().replace(microsecond=0)
        expires_at = issued + lifetime
        claims = {
            "jid": jid,
            "iat": int(issued.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": secrets.token_hex(16),
        }
        token = jwt.encode({"alg": "ES256", "typ": "JWT"}, claims, self._key)
        return Credential(Secret(token), expires_at)
