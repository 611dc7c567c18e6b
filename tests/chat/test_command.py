from __future__ import annotations

import pytest

from xmpp_bridge.chat.command import MOST, SAID, Command, Verb, help_text, read_command
from xmpp_bridge.chat.comments import with_cell
from xmpp_bridge.chat.message import CellReference, ChatMessage, Retraction, StanzaId

CELL = CellReference("0f" * 16, "c1", "daylight.ipynb")
OTHER = CellReference("0e" * 16, "c2", "night.ipynb")
TOLD = {StanzaId("7"): CELL}


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ("!help", Command(Verb.HELP)),
        ("!WHO", Command(Verb.WHO)),
        ("! notebooks ", Command(Verb.NOTEBOOKS)),
        ("!search  the   balcony", Command(Verb.SEARCH, "the balcony")),
        ("!digest off", Command(Verb.DIGEST, "off")),
    ],
)
def test_a_command_is_a_word_behind_an_exclamation_mark(body: str, command: Command) -> None:
    assert read_command(body) == command


@pytest.mark.parametrize(
    "body", ["", "!", "!!", "!important", "help", " !help", "!search " + "x" * MOST, "!\nwho\x00"]
)
def test_everything_else_is_none(body: str) -> None:
    assert read_command(body) is None


def test_help_names_everything() -> None:
    assert all(f"!{verb}" in help_text() for verb in SAID)


def test_an_answer_to_what_the_service_told_of_a_cell_is_about_that_cell() -> None:
    answer = ChatMessage("Why?", reply_to=StanzaId("7"))
    assert with_cell(answer, TOLD) == ChatMessage("Why?", reply_to=StanzaId("7"), cell=CELL)


@pytest.mark.parametrize(
    "said",
    [
        ChatMessage("Why?"),
        ChatMessage("Why?", reply_to=StanzaId("8")),
        ChatMessage("Why?", reply_to=StanzaId("7"), cell=OTHER),
        Retraction(StanzaId("7")),
    ],
    ids=["no answer", "to somebody else", "about another cell", "no message"],
)
def test_nothing_else_is(said: ChatMessage | Retraction) -> None:
    assert with_cell(said, TOLD) == said
