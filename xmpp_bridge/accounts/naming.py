"""Which localpart a hub user gets: the most readable one that nobody ever had."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator

from xmpp_bridge.accounts.jid import escape, nodeprep

# Whatever is called like the service is the service: its account which commands ejabberd, above all.
_RESERVED = re.compile(r"xmpp-bridge(?![a-z0-9])")
_MAX_NUMBER = 1000
_NOT_SLUG = re.compile(r"[^a-z0-9._-]+")
_SLUG_LENGTH = 40
_DIGEST_LENGTH = 16


def localparts(hub_user: str) -> Iterator[str]:
    """What to call this person, best first; each is safe to store, none is reserved."""
    bases = [base for base in (_readable(hub_user), _ascii(hub_user)) if base is not None]
    yield from bases[:1]
    for number in range(2, _MAX_NUMBER):
        # A number at the end of a right-to-left name is prohibited; the ASCII form takes any.
        numbered = (nodeprep(f"{base}~{number}") for base in bases)
        yield from [name for name in numbered if name is not None][:1]


def _readable(hub_user: str) -> str | None:
    # A localpart does not begin or end with an escaped space (XEP-0106, section 4.2).
    if hub_user != hub_user.strip(" "):
        return None
    prepared = nodeprep(escape(hub_user))
    return None if prepared is None or _RESERVED.match(prepared) else prepared


def _ascii(hub_user: str) -> str:
    """A form for names which XMPP cannot hold: what is readable of it, and a digest of all of it."""
    plain = unicodedata.normalize("NFKD", hub_user).encode("ascii", "ignore").decode().lower()
    slug = _NOT_SLUG.sub("-", plain)[:_SLUG_LENGTH].strip("-")
    digest = hashlib.sha256(hub_user.encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{'user' if not slug or _RESERVED.match(slug) else slug}~{digest}"
