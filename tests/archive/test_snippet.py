"""What is marked in a text is what was looked for, by whichever way it is found."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from xmpp_bridge.archive.match import Phrase
from xmpp_bridge.archive.snippet import snippets
from xmpp_bridge.archive.words import MAX_WORD, words

NOT_ASCII = " é"
pieces = st.sampled_from(["a", "b", "A", "ab", "aB1", " ", ".", "-", "_", "\n", "a" * MAX_WORD])
texts = st.lists(pieces, max_size=12).map("".join)
phrases = st.builds(
    lambda text, beginning: Phrase(tuple(words(text)), beginning),
    st.lists(pieces, min_size=1, max_size=4).map("".join).filter(words),
    st.booleans(),
)


def marked(body: str, needle: list[Phrase]) -> list[str]:
    return list(snippets([body], needle)[0][1::2])


@given(texts, st.lists(phrases, min_size=1, max_size=3))
@example("a a a", [Phrase(("a", "a"))])
@example("_a_ A-ab", [Phrase(("a",)), Phrase(("a",), beginning=True)])
def test_plain_text_is_marked_as_any_other(body: str, needle: list[Phrase]) -> None:
    assert marked(body, needle) == marked(body + NOT_ASCII, needle)


def test_a_word_that_is_part_of_another_is_not_marked() -> None:
    assert marked("moon moonlight", [Phrase(("moon",))]) == ["moon"]
    assert marked("moon moonlight", [Phrase(("moon",), beginning=True)]) == ["moon", "moonlight"]
