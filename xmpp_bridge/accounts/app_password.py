"""App passwords: what people's own XMPP clients log in with.

One is made here, never chosen: four characters that say which one it is, and twenty that only its owner has, a hundred
bits of chance. So nobody guesses one, and whoever does not know the first four cannot lock its owner out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from xmpp_bridge.xmpp.errors import BadPayloadError
from xmpp_bridge.xmpp.stream import Secret

ALPHABET: Final = "abcdefghjkmnpqrstvwxyz0123456789"
"""Without i, l, o and u: nothing that is read as something else (Crockford's base 32, in lower case)."""
SELECTOR: Final = 4
SECRET: Final = 20
GROUP: Final = 4
MOST_LABEL: Final = 60
_LOOKS_LIKE = str.maketrans({"i": "1", "l": "1", "o": "0", "-": None, " ": None})
_LONGEST = 64
# OWASP's smallest for argon2id: some 20 ms here, and a hundred bits need no more.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@dataclass(frozen=True)
class AppPassword:
    """What may be shown of an app password; never the password."""

    id: int
    account_id: int
    selector: str
    label: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    def lives(self, now: datetime) -> bool:
        """Whether it has not expired; a revoked one is not there at all."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True)
class Typed:
    """An app password as somebody has typed it."""

    selector: str
    secret: str = field(repr=False)


def new_app_password() -> Typed:
    """One that nobody has had, by all likelihood."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(SELECTOR + SECRET))
    return Typed(text[:SELECTOR], text[SELECTOR:])


def shown(password: Typed) -> Secret:
    """As people read and type it: in groups of four."""
    text = password.selector + password.secret
    return Secret("-".join(text[at : at + GROUP] for at in range(0, len(text), GROUP)))


def read_app_password(text: str) -> Typed | None:
    """What somebody typed, forgiving about case, spaces, hyphens and look-alikes; None if it can be none of ours."""
    if len(text) > _LONGEST:
        return None  # a Jupyter server's credential that has expired, most likely
    plain = text.lower().translate(_LOOKS_LIKE)
    if len(plain) != SELECTOR + SECRET or not set(plain) <= set(ALPHABET):
        return None
    return Typed(plain[:SELECTOR], plain[SELECTOR:])


def read_label(text: str) -> str:
    """A label, or BadPayloadError: something by which its owner knows the client."""
    label = " ".join(text.split())
    if not label or len(label) > MOST_LABEL or not label.isprintable():
        raise BadPayloadError(f"a label is a line of 1 to {MOST_LABEL} characters")
    return label


def hashed(password: Typed) -> str:
    """What is kept: an argon2id hash with its own salt (RFC 9106). Takes tens of milliseconds."""
    return _HASHER.hash(password.secret)


def fits(password: Typed, hashed_secret: str) -> bool:
    """Whether this is the password that was hashed. Takes tens of milliseconds."""
    try:
        return _HASHER.verify(hashed_secret, password.secret)
    except (VerificationError, InvalidHashError):
        return False
