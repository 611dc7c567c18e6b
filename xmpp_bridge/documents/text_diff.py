"""What was changed in a text, as few small edits: first by line, then by word within the lines that differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from pycrdt import Text

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_WORDS: Final = 2000
"""difflib takes quadratic time; a larger change of lines is one edit."""


class Edit(NamedTuple):
    """Characters `start` up to `end` of the old text become `text`."""

    start: int
    end: int
    text: str


def edits(old: str, new: str) -> list[Edit]:
    """Return what turns `old` into `new`, in order and apart."""
    if old == new:
        return []
    return list(_by_line(old, new))


def edit_text(text: Text, new: str) -> None:
    """Make `text` say `new`, touching only what differs, so that what others type in it meanwhile stays."""
    old = str(text)
    for start, end, inserted in reversed(edits(old, new)):
        at = len(old[:start].encode())  # COMPAT(pycrdt 0.14): Text counts UTF-8 bytes.
        length = len(old[start:end].encode())
        if length:
            del text[at : at + length]
        if inserted:
            text.insert(at, inserted)


def _by_line(old: str, new: str) -> Iterator[Edit]:
    for edit in _compare(old.splitlines(keepends=True), new.splitlines(keepends=True)):
        yield from _by_word(old, edit)


def _by_word(old: str, edit: Edit) -> Iterator[Edit]:
    before, after = _WORDS.findall(old[edit.start : edit.end]), _WORDS.findall(edit.text)
    if len(before) + len(after) > _MOST_WORDS:
        yield edit
        return
    for start, end, text in _compare(before, after):
        yield Edit(edit.start + start, edit.start + end, text)


def _compare(old: Sequence[str], new: Sequence[str]) -> Iterator[Edit]:
    """Compare texts cut into parts."""
    offsets = [0]
    for part in old:
        offsets.append(offsets[-1] + len(part))
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            yield Edit(offsets[i1], offsets[i2], "".join(new[j1:j2]))
