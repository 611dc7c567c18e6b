"""What only one instance and its service know: made at the first start, then kept."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

from xmpp_bridge.ejabberd.private_file import make_private, write_private
from xmpp_bridge.ejabberd.settings import EjabberdSettings
from xmpp_bridge.xmpp.stream import Secret

_ADMIN_LIFETIME = timedelta(seconds=60)


@dataclass(frozen=True)
class Secrets:
    """`signing_key` makes credentials (ES256); ejabberd itself gets no more than its public half."""

    component: Secret
    signing_key: ECKey = field(repr=False)

    @property
    def public_key(self) -> bytes:
        """The JWK for ejabberd."""
        return json.dumps(self.signing_key.as_dict(private=False), indent=1).encode()

    def admin_credential(self, admin_jid: str) -> Secret:
        """A token that lets its bearer use the admin channel for one minute."""
        expires_at = datetime.now(UTC) + _ADMIN_LIFETIME
        claims = {"jid": admin_jid, "exp": int(expires_at.timestamp())}
        return Secret(jwt.encode({"alg": "ES256"}, claims, self.signing_key))


def load_secrets(settings: EjabberdSettings) -> Secrets:
    """Return the secrets of the instance, making those which it does not have yet."""
    files = settings.files
    make_private(files.folders)
    component = _kept(files.keys / "component", lambda: secrets.token_hex(32).encode())
    signing_key = _kept(files.keys / "credentials.jwk", _new_signing_key)
    return Secrets(Secret(component.decode()), ECKey.import_key(json.loads(signing_key)))


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    if not path.exists():
        write_private(path, make())
    return path.read_bytes()


def _new_signing_key() -> bytes:
    key = ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig"})
    return json.dumps(key.as_dict(private=True)).encode()
