"""Hub user name ⇄ JID localpart: XEP-0106 escaping, then nodeprep (RFC 3920, appendix A)."""

from __future__ import annotations

import re
import stringprep
from unicodedata import ucd_3_2_0

from slixmpp import JID, InvalidJID

MAX_LOCALPART_BYTES = 1023  # RFC 6122, section 2.3

_ESCAPES = {character: f"\\{ord(character):02x}" for character in " \"&'/:<>@\\"}
_CHARACTERS = {escape: character for character, escape in _ESCAPES.items()}
_SEQUENCE = "|".join(re.escape(escape[1:]) for escape in _CHARACTERS)
# A backslash is only escaped where it would be read as an escape (XEP-0106, section 4.3);
# nodeprep makes `\5C` into `\5c`, so upper case counts too.
_TO_ESCAPE = re.compile(rf"[ \"&'/:<>@]|\\(?={_SEQUENCE})", re.IGNORECASE)
_ESCAPED = re.compile(rf"\\(?:{_SEQUENCE})")

_PROHIBITED_ASCII = frozenset("\"&'/:<>@")  # RFC 3920, appendix A.5
_PROHIBITED = (
    stringprep.in_table_c11_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
    stringprep.in_table_a1,  # a stored string must not hold what Unicode 3.2 had not assigned
)


def escape(hub_user: str) -> str:
    """The name with what no localpart may hold written as XEP-0106 says."""
    return _TO_ESCAPE.sub(lambda match: _ESCAPES[match[0]], hub_user)


def unescape(localpart: str) -> str:
    """The text that `escape` was given."""
    return _ESCAPED.sub(lambda match: _CHARACTERS[match[0]], localpart)


def nodeprep(text: str) -> str | None:
    """The form in which servers store and compare `text`; None when they would refuse it."""
    prepared = _prepare(text)
    if prepared is None or not 0 < len(prepared.encode()) <= MAX_LOCALPART_BYTES:
        return None
    # A few characters need two rounds; servers do one, or three, so nobody can rely on such a name.
    return prepared if _prepare(prepared) == prepared else None


def _prepare(text: str) -> str | None:
    mapped = "".join(
        stringprep.map_table_b2(character)
        for character in text
        if not stringprep.in_table_b1(character)
    )
    normal = ucd_3_2_0.normalize("NFKC", mapped)
    if any(_is_prohibited(character) for character in normal) or _breaks_bidi_rule(normal):
        return None
    return normal


def _is_prohibited(character: str) -> bool:
    return character in _PROHIBITED_ASCII or any(table(character) for table in _PROHIBITED)


def _breaks_bidi_rule(text: str) -> bool:
    """RFC 3454, section 6: right-to-left text is not mixed, and begins and ends as such."""
    if not any(map(stringprep.in_table_d1, text)):
        return False
    ends_right = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return not ends_right or any(map(stringprep.in_table_d2, text))


def bare_jid(localpart: str, domain: str) -> str:
    """The address of an account."""
    return f"{localpart}@{domain}"


def resource_of(server: str) -> str:
    """The XMPP resource of a Jupyter server, by its name in the hub; the default one has none."""
    return f"jupyter-{server}" if server else "jupyter"


def is_of_a_server(resource: str) -> bool:
    """Whether somebody with this resource says that they are a Jupyter server; ejabberd believes it (ejabberd.yml)."""
    return resource == "jupyter" or resource.startswith("jupyter-")


def as_nick(name: str) -> str | None:
    """A name as the XMPP server writes it in rooms (RFC 7622, section 3.4); None for what nobody can be called."""
    try:
        return JID(f"room@rooms/{name}").resource or None
    except InvalidJID:
        return None
