"""Text as the words by which it is found: the same for what is kept and for what is looked for, on every database.

A word is a run of letters, digits and their marks, folded: case, accents, width and what nobody sees make no
difference. Scripts that do not put spaces between words (Chinese, Japanese, Thai, …) give one word per character, so
that a phrase of them finds any part of a sentence; so does every emoji and symbol. Nothing is stemmed: a name or an
identifier is found as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import Final, Literal, NamedTuple

MAX_WORD: Final = 64
"""Characters of a word that count."""

_Class = Literal["word", "alone", "unseen", "between"]

_PLAIN: Final = re.compile(r"[0-9A-Za-z]+")
# Combining Diacritical Marks, and the points of Hebrew and Arabic: readers leave them out when they look for something.
_LEFT_OUT: Final = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u064b-\u0652\u0670]")
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u312f"
    "\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)


class Word(NamedTuple):
    """A folded word, and where in the text it stands; several words may stand in one place ("½")."""

    text: str
    start: int
    end: int


def words(text: str) -> list[str]:
    """The words of a text, in order."""
    if text.isascii():
        return [word[:MAX_WORD] for word in _PLAIN.findall(text.lower())]
    return [word.text for word in placed_words(text)]


def placed_words(text: str) -> Iterator[Word]:
    """The words of a text, in order, each with its place."""
    if text.isascii():
        for match in _PLAIN.finditer(text):
            yield Word(match[0].lower()[:MAX_WORD], match.start(), match.end())
        return
    for start, end in _runs(text):
        for folded in _folded(text[start:end]):
            yield Word(folded, start, end)


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Where the words begin and end; what nobody sees neither makes nor breaks one."""
    seen = [(at, kind) for at, char in enumerate(text) if (kind := _class_of(char)) != "unseen"]
    for kind, group in groupby(seen, key=lambda each: each[1]):
        if kind == "alone":
            for at, _ in group:
                yield at, at + 1
        elif kind == "word":
            places = [at for at, _ in group]
            yield places[0], places[-1] + 1


def _folded(run: str) -> list[str]:
    """One run as its words: compatibility forms may hold several ("㍿", "①②")."""
    visible = "".join(char for char in run if _class_of(char) != "unseen")
    bare = _LEFT_OUT.sub("", unicodedata.normalize("NFKD", visible)).casefold()
    folded = unicodedata.normalize("NFKC", bare)
    if len(folded) == 1:
        return [folded]
    return [folded[start:end][:MAX_WORD] for start, end in _runs(folded)]


@lru_cache(maxsize=4096)
def _class_of(char: str) -> _Class:
    if _UNSPACED.match(char):
        return "alone"
    category = unicodedata.category(char)
    if category == "Cf" or "\ufe00" <= char <= "\ufe0f":  # bidi and zero-width; how an emoji looks
        return "unseen"
    if category[0] in "LNM":
        return "word"
    return "alone" if category == "So" else "between"
