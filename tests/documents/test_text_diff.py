"""Edits are few and small, and lead from the old text to the new one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text

from xmpp_bridge.documents.text_diff import Edit, edit_text, edits

WORDS = st.text("ab \n\r.𝄞é", max_size=60)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("soft", "soft", []),
        ("", "soft", [Edit(0, 0, "soft")]),
        ("soft", "", [Edit(0, 4, "")]),
        ("But soft\nwhat light\n", "But soft\nwhat lights\n", [Edit(14, 19, "lights")]),
        ("a\nb\nc\n", "a\nx\nb\nc\n", [Edit(2, 2, "x\n")]),
        ("x = 1 + y", "z = 1 + y * 2", [Edit(0, 1, "z"), Edit(9, 9, " * 2")]),
    ],
)
def test_only_what_differs_is_edited(old: str, new: str, expected: list[Edit]) -> None:
    assert edits(old, new) == expected


@settings(deadline=None)
@given(WORDS, WORDS)
def test_the_edits_make_the_new_text(old: str, new: str) -> None:
    doc: Doc[Text] = Doc()
    text = doc.get("source", type=Text)
    text += old

    edit_text(text, new)

    assert str(text) == new
    ends = [0, *(edit.end for edit in edits(old, new))]
    assert all(end <= edit.start for end, edit in zip(ends, edits(old, new), strict=False))


def _took(lines: int) -> float:
    """Seconds to find one word among so many lines; the quickest of three times."""
    old = "".join(f"line {n % 100} says {n}\n\n" for n in range(lines))
    new = old.replace("says 777\n", "asks 777\n")
    took = []
    for _ in range(3):
        started = time.perf_counter()
        found = edits(old, new)
        took.append(time.perf_counter() - started)
        assert [edit.text for edit in found] == ["asks"]
    return min(took)


def test_a_large_text_takes_as_long_as_it_is_long() -> None:
    assert _took(20_000) < 50 * _took(2_000)
