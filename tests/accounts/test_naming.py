from __future__ import annotations

import re
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slixmpp import JID

from xmpp_bridge.accounts.jid import bare_jid, nodeprep, unescape
from xmpp_bridge.accounts.naming import localparts
from xmpp_bridge.ejabberd.settings import ADMIN_LOCALPART

names = st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=255)


def first(name: str) -> str:
    return next(localparts(name))


@given(names)
def test_every_candidate_is_an_address_as_it_stands(name: str) -> None:
    for candidate in islice(localparts(name), 4):
        assert nodeprep(candidate) == candidate
        assert JID(bare_jid(candidate, "montague.lit")).user == candidate
        assert candidate != ADMIN_LOCALPART


@given(names)
def test_candidates_do_not_repeat(name: str) -> None:
    some = list(islice(localparts(name), 20))
    assert len(set(some)) == 20


@given(
    st.from_regex(r"[a-z0-9@+ ._-]{0,60}[a-z0-9]", fullmatch=True).filter(
        lambda name: name[0] != " "
    )
)
def test_an_ordinary_name_can_be_read_off_its_address(name: str) -> None:
    if not name.startswith("xmpp-bridge"):
        assert unescape(first(name)) == name


@pytest.mark.parametrize(
    ("name", "candidates"),
    [
        ("romeo", ["romeo", "romeo~2", "romeo~3"]),
        ("romeo@montague.lit", [r"romeo\\40montague.lit", r"romeo\\40montague.lit~2"]),
        ("romeo+tybalt", [r"romeo\+tybalt"]),
        ("STRASSE", ["strasse", "strasse~2"]),
        ("straße", ["strasse", "strasse~2"]),
        ("羅密歐", ["羅密歐", "羅密歐~2"]),
        ("İpek", ["i̇pek", "i̇pek~2"]),
        ("Roméo 😀", ["romeo~[0-9a-f]{16}", "romeo~[0-9a-f]{16}~2"]),
        ("😀", ["user~[0-9a-f]{16}", "user~[0-9a-f]{16}~2"]),
        (" romeo", ["romeo~[0-9a-f]{16}"]),
        ("רומיאו", ["רומיאו", "user~[0-9a-f]{16}~2"]),
    ],
)
def test_the_most_readable_address_comes_first(name: str, candidates: list[str]) -> None:
    for candidate, pattern in zip(localparts(name), candidates, strict=False):
        assert re.fullmatch(pattern, candidate)


def test_names_without_a_readable_address_do_not_share_one() -> None:
    assert len({first(name) for name in ("😀", "😁", " 😀", "😀 ")}) == 4


def test_a_name_of_255_characters_of_four_bytes_has_an_address() -> None:
    assert len(first("𐌀" * 255).encode()) <= 1023
    assert len(first("羅" * 255).encode()) <= 1023
    assert len(first("@" * 255).encode()) <= 1023


@pytest.mark.parametrize(
    "name",
    [
        "xmpp-bridge",
        "xmpp-bridge-admin",
        "XMPP-Bridge-Admin",
        "\uff58mpp-bridge-admin",
        "xmpp-bridge\u00ad-admin",
    ],
)
def test_nobody_gets_an_address_that_looks_like_the_services_own(name: str) -> None:
    assert first(name).startswith("user~")
