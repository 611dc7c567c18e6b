from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmpp_bridge.accounts.app_password import (
    ALPHABET,
    SECRET,
    SELECTOR,
    Typed,
    fits,
    hashed,
    new_app_password,
    read_app_password,
    read_label,
    shown,
)
from xmpp_bridge.xmpp.errors import BadPayloadError


def test_what_is_shown_is_what_is_read() -> None:
    password = new_app_password()
    assert read_app_password(str(shown(password))) == password


@pytest.mark.parametrize(
    "typed",
    [
        "abcd-efgh-1234-5678-9jkm-npq0",
        "ABCD EFGH 1234 5678 9JKM NPQ0",
        "abcdefghI2345678 9jkmnpqO",
        "abcd-efgh-l234-5678-9jkm-npqo",
    ],
)
def test_people_may_type_it_as_they_read_it(typed: str) -> None:
    assert read_app_password(typed) == Typed("abcd", "efgh123456789jkmnpq0")


@pytest.mark.parametrize("typed", ["", "abcd", "u" * 24, "é" * 24, "-" * 24, "a" * 25, "a" * 9999])
def test_what_can_be_none_of_ours_is_told_without_a_hash(typed: str) -> None:
    assert read_app_password(typed) is None


@given(st.text(max_size=100))
def test_anything_may_be_typed(typed: str) -> None:
    password = read_app_password(typed)
    if password is not None:
        assert (len(password.selector), len(password.secret)) == (SELECTOR, SECRET)
        assert set(password.selector + password.secret) <= set(ALPHABET)


def test_only_the_hash_is_kept_and_only_the_password_fits() -> None:
    password = new_app_password()
    kept = hashed(password)
    assert kept.startswith("$argon2id$")
    assert password.secret not in kept
    assert kept != hashed(password), "no salt"
    assert fits(password, kept)
    assert not fits(new_app_password(), kept)
    assert not fits(password, "what somebody wrote into the database")


def test_a_password_is_in_no_traceback() -> None:
    password = new_app_password()
    assert password.secret not in repr(password)
    assert password.secret[:4] not in repr(shown(password))


@pytest.mark.parametrize("label", ["", "  ", "a" * 61, "a\x00b", "a\u202eb"])
def test_a_label_is_a_line_of_text(label: str) -> None:
    with pytest.raises(BadPayloadError):
        read_label(label)


def test_a_label_is_read_without_what_nobody_sees() -> None:
    assert read_label("  My \n phone ") == "My phone"
