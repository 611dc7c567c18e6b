"""Which message fits best; without I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from xmpp_bridge.archive.match import Phrase
from xmpp_bridge.archive.words import words

_SATURATION: Final = 1.2
_LENGTH_COUNTS: Final = 0.75
_USUAL_LENGTH: Final = 12.0

Needle = Sequence[Phrase]
"""What is to be found."""


def ranked(bodies: Iterable[tuple[int, str]], needle: Needle) -> list[int]:
    """The places of messages, best first; of those that are as good, the newest.

    As BM25 scores, without the rarity of words: every message here has all of them.
    """
    scored = [(_score(words(body), needle), place) for place, body in bodies]
    return [place for _, place in sorted(scored, reverse=True)]


def _score(found: Sequence[str], needle: Needle) -> float:
    length = 1 - _LENGTH_COUNTS + _LENGTH_COUNTS * len(found) / _USUAL_LENGTH
    counts = (len(list(places_of(found, phrase))) for phrase in needle)
    return sum(n * (_SATURATION + 1) / (n + _SATURATION * length) for n in counts)


def places_of(found: Sequence[str], phrase: Phrase) -> Iterator[int]:
    """Where a phrase begins."""
    *first, last = phrase.tokens
    size = len(phrase.tokens)
    for at in range(len(found) - size + 1):
        word = found[at + size - 1]
        ends = word.startswith(last) if phrase.beginning else word == last
        if ends and list(found[at : at + size - 1]) == first:
            yield at
