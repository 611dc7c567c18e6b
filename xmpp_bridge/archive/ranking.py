"""Which message fits best, and what to show of it; without I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from xmpp_bridge.archive.match import Phrase
from xmpp_bridge.archive.words import MAX_WORD, placed_words, words

SHOWN: Final = 240
"""Characters of a message that are shown when it is longer."""
BEFORE: Final = 60
"""Characters of them before what was found."""
_SATURATION: Final = 1.2
_LENGTH_COUNTS: Final = 0.75
_USUAL_LENGTH: Final = 12.0

Needle = Sequence[Phrase]
"""What is to be found, and marked."""
_Patterns = Sequence[re.Pattern[str]]


def ranked(bodies: Iterable[tuple[int, str]], needle: Needle) -> list[int]:
    """The places of messages, best first; of those that are as good, the newest.

    As BM25 scores, without the rarity of words: every message here has all of them.
    """
    scored = [(_score(words(body), needle), place) for place, body in bodies]
    return [place for _, place in sorted(scored, reverse=True)]


def snippets(bodies: Iterable[str], needle: Needle) -> list[list[tuple[str, bool]]]:
    """Of each message all, or the part about what was found: pieces, and whether each is what was looked for."""
    patterns = _patterns(tuple(needle))
    return [_snippet(body, needle, patterns) for body in bodies]


def _snippet(body: str, needle: Needle, patterns: _Patterns) -> list[tuple[str, bool]]:
    hits = list(_stretches(body, needle, patterns))
    if len(hits) > 1:
        hits = _joined(sorted(hits))
    start, end = _window(body, hits)
    pieces: list[tuple[str, bool]] = []
    at = start
    for first, last in hits:
        if first < at or last > end:
            continue
        if first > at:
            pieces.append((body[at:first], False))
        pieces.append((body[first:last], True))
        at = last
    if at < end:
        pieces.append((body[at:end], False))
    if start == 0 and end == len(body):
        return pieces
    before = [("…", False)] if start > 0 else []
    after = [("…", False)] if end < len(body) else []
    return [*before, *pieces, *after]


def _score(found: Sequence[str], needle: Needle) -> float:
    length = 1 - _LENGTH_COUNTS + _LENGTH_COUNTS * len(found) / _USUAL_LENGTH
    counts = (len(list(_places(found, phrase))) for phrase in needle)
    return sum(n * (_SATURATION + 1) / (n + _SATURATION * length) for n in counts)


def _places(found: Sequence[str], phrase: Phrase) -> Iterator[int]:
    """Where a phrase begins."""
    *first, last = phrase.tokens
    size = len(phrase.tokens)
    for at in range(len(found) - size + 1):
        word = found[at + size - 1]
        ends = word.startswith(last) if phrase.beginning else word == last
        if ends and list(found[at : at + size - 1]) == first:
            yield at


def _stretches(body: str, needle: Needle, patterns: _Patterns) -> Iterator[tuple[int, int]]:
    """From where to where the text is what was looked for."""
    if patterns and body.isascii():
        plain = body.lower()
        for pattern in patterns:
            for match in pattern.finditer(plain):
                yield match.span(match.lastindex or 0)
        return
    placed = list(placed_words(body))
    found = [word.text for word in placed]
    for phrase in needle:
        for at in _places(found, phrase):
            yield placed[at].start, placed[at + len(phrase.tokens) - 1].end


@lru_cache(maxsize=256)
def _patterns(needle: tuple[Phrase, ...]) -> _Patterns:
    """What finds each phrase in ASCII text, as a regular expression does it in a tenth of the time.

    Empty where words may be as long as what counts of them.
    """
    if any(len(token) >= MAX_WORD for phrase in needle for token in phrase.tokens):
        return []
    return [re.compile(_pattern(phrase), re.ASCII) for phrase in needle]


def _pattern(phrase: Phrase) -> str:
    first, *more = map(re.escape, phrase.tokens)
    ends = "[0-9a-z]*" if phrase.beginning else "(?![0-9a-z])"
    if not more:  # Python looks faster for a word than for a condition before it.
        return f"{first}(?<![0-9a-z]{first}){ends}"
    return f"(?<![0-9a-z])(?=({'[^0-9a-z]+'.join([first, *more])}{ends}))"  # may overlap itself


def _joined(stretches: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Stretches of text, in order, that do not overlap."""
    joined: list[tuple[int, int]] = []
    for start, end in stretches:
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _window(body: str, hits: Sequence[tuple[int, int]]) -> tuple[int, int]:
    if len(body) <= SHOWN:
        return 0, len(body)
    start = max(0, hits[0][0] - BEFORE) if hits else 0
    if start:  # not in the middle of a word
        space = body.find(" ", start, hits[0][0])
        start = start if space < 0 else space + 1
    end = min(len(body), max(start + SHOWN, hits[0][1] if hits else 0))
    return start, end
