"""The words by which a text is found."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmpp_bridge.archive.words import MAX_WORD, placed_words, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The Learning-Rate is 3.5e-4", ["the", "learning", "rate", "is", "3", "5e", "4"]),
        ("snake_case camelCase", ["snake", "case", "camelcase"]),
        ("Ünïcödé STRASSE straße", ["unicode", "strasse", "strasse"]),
        ("\uff26\uff55\uff4c\uff4c\u3000\uff57ide", ["full", "wide"]),
        ("İstanbul", ["istanbul"]),
        ("ﬁne ½ ㍿", ["fine", "1", "2", "株", "式", "会", "社"]),
        ("机器学习 model", ["机", "器", "学", "习", "model"]),
        ("データ解析", ["デ", "ー", "タ", "解", "析"]),
        ("한국어", ["한", "국", "어"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("שָׁלוֹם", ["שלום"]),
        ("Ελληνικά άλφα", ["ελληνικα", "αλφα"]),
        ("a\u200bb \u202edrow\u202c", ["ab", "drow"]),
        ("🎉 done ❤️", ["🎉", "done", "❤"]),
        ("— … !?", []),
    ],
)
def test_a_text_is_found_by_its_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_a_word_without_end_counts_by_its_beginning() -> None:
    assert words("a" * 10_000) == ["a" * MAX_WORD]
    assert words("ä" * 10_000) == ["a" * MAX_WORD]


@given(st.text())
def test_every_word_stands_where_it_is_said_to(text: str) -> None:
    placed = list(placed_words(text))
    assert [word.text for word in placed] == words(text)
    assert all(0 <= word.start < word.end <= len(text) for word in placed)
    assert all(not any(char.isspace() or char in "'\"\\_" for char in each) for each in words(text))


@given(st.text())
def test_case_makes_no_difference(text: str) -> None:
    plain = "\u0345" not in unicodedata.normalize(
        "NFKD", text
    )  # a mark whose other case is a letter
    if plain and text.casefold().upper().casefold() == text.casefold():  # as other letters do not
        assert words(text) == words(text.casefold())
