from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slixmpp import JID

from xmpp_bridge.accounts.jid import bare_jid, escape, nodeprep, unescape

# Hypothesis rarely finds by itself what XEP-0106 is about.
hostile = st.text(st.sampled_from("\\2057abcdef \"&'/:<>@ß\uff21~")) | st.text()


@pytest.mark.parametrize(
    ("name", "localpart"),
    [
        ("romeo", "romeo"),
        ("space cadet", r"space\20cadet"),
        ('call me "ishmael"', r"call\20me\20\22ishmael\22"),
        ("at&t guy", r"at\26t\20guy"),
        ("d'artagnan", r"d\27artagnan"),
        ("/.fanboy", r"\2f.fanboy"),
        ("::foo::", r"\3a\3afoo\3a\3a"),
        ("<foo>", r"\3cfoo\3e"),
        ("user@host", r"user\40host"),
        (r"c:\net", r"c\3a\net"),
        (r"c:\\net", r"c\3a\\net"),
        (r"c:\cool stuff", r"c\3a\cool\20stuff"),
        (r"c:\5commas", r"c\3a\5c5commas"),
        (r"C:\5Commas", r"C\3a\5c5Commas"),
    ],
)
def test_the_examples_of_xep_0106_are_escaped_as_there(name: str, localpart: str) -> None:
    assert escape(name) == localpart
    assert unescape(localpart) == name


@given(hostile)
def test_escaping_loses_nothing(name: str) -> None:
    assert unescape(escape(name)) == name


@given(hostile)
def test_a_prepared_name_is_prepared(name: str) -> None:
    prepared = nodeprep(name)
    assert prepared is None or nodeprep(prepared) == prepared


@given(hostile)
def test_what_is_prepared_is_a_jid_for_the_client_library_as_it_stands(name: str) -> None:
    prepared = nodeprep(escape(name.strip(" ")))
    if prepared is not None:
        assert JID(bare_jid(prepared, "montague.lit")).user == prepared


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("ROMEO", "romeo"),
        ("\uff21lice", "alice"),
        ("straße", "strasse"),
        ("İstanbul", "i̇stanbul"),
        ("\uff29\uff22\uff2d", "ibm"),
        ("ro\u00admeo", "romeo"),
        ("羅密歐", "羅密歐"),
        ("רומיאו", "רומיאו"),
    ],
)
def test_case_width_and_invisible_characters_make_no_difference(text: str, prepared: str) -> None:
    assert nodeprep(text) == prepared


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\u00ad",
        "ro meo",
        "romeo@montague.lit",
        "a\0b",
        "😀",
        "\ue000",
        "\u202eoemor",
        "\u05d0\u05d12",
        "a" * 1024,
    ],
)
def test_what_no_localpart_may_be_is_refused(text: str) -> None:
    assert nodeprep(text) is None
