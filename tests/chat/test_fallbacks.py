"""What the lab says, as a client reads it that knows nothing but bodies; and that ours still reads what was meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xmpp_bridge.chat.about import About, quoted
from xmpp_bridge.chat.message import (
    Attachment,
    CellReference,
    ChatMessage,
    Correction,
    OriginId,
    Payload,
    Reaction,
    Retraction,
    StanzaId,
)
from xmpp_bridge.chat.stanza import read_payload, to_xml

CLIENT = "jabber:client"
SOFT = StanzaId("1795165260000000")
BALCONY = About("Romeo Montague", ChatMessage("But soft!\n\nWhat light?"), OriginId("r1"))
MOON = Attachment("https://hub.montague.lit/moon.png", "moon.png", 2048, "image/png")
LINK = "https://hub.montague.lit/lab?xmpp-cell=a1"
CELL = CellReference("0" * 31 + "d", "a1", "daylight.ipynb", "plot(light)", LINK)


def shown(payload: Payload, about: About | None = BALCONY) -> str:
    """The body; whatever it is, our own reader takes it for what was meant."""
    children = to_xml(payload, CLIENT, about)
    assert read_payload(children, CLIENT) == payload
    return next(child.text or "" for child in children if child.tag == f"{{{CLIENT}}}body")


def test_an_answer_begins_with_what_it_answers() -> None:
    answer = ChatMessage("Ay me!", reply_to=SOFT)

    assert shown(answer) == "> Romeo Montague: But soft!\n> What light?\nAy me!"
    assert shown(answer, None) == "Ay me!"


def test_an_answer_about_a_cell_with_a_file_is_read_back_whole() -> None:
    answer = ChatMessage("Ay me!", SOFT, (), CELL, (MOON,))

    assert shown(answer) == (
        f"> Romeo Montague: But soft!\n> What light?\nAy me!\n(daylight.ipynb: plot(light)) {LINK}\n{MOON.url}"
    )


def test_a_reaction_says_to_what() -> None:
    assert shown(Reaction(SOFT, ("👍",))) == "> Romeo Montague: But soft!\n> What light?\n👍"


def test_a_message_without_text_is_quoted_by_its_file_or_cell() -> None:
    file = replace(BALCONY, message=ChatMessage("", attachments=(MOON,)))

    assert shown(Reaction(SOFT, ("👍",)), file) == "> Romeo Montague: moon.png\n👍"


@pytest.mark.parametrize("lines", [10, 1])
def test_a_quotation_is_short(lines: int) -> None:
    quotation = quoted("Romeo", "\n".join(["light " * 100] * lines))

    assert quotation.count("\n") == min(lines, 3)
    assert len(quotation) < 3 * 140
    assert all(line.startswith("> ") for line in quotation.splitlines())


def test_a_correction_brings_along_what_hung_on_the_message() -> None:
    message = ChatMessage("But soft!", SOFT, (), CELL, (MOON,))
    was = About("Romeo", message, OriginId("r1"), ("Juliet", "Ay me!"))
    correction = Correction(OriginId("r1"), "But hark!")

    assert shown(correction, was) == (
        f"> Juliet: Ay me!\nBut hark!\n(daylight.ipynb: plot(light)) {LINK}\n{MOON.url}"
    )
    assert shown(correction, None) == "But hark!"


def test_a_retraction_is_said_once_in_words_and_by_either_id() -> None:
    again = to_xml(Retraction(OriginId("r1")), CLIENT)

    assert "took back" in shown(Retraction(SOFT))
    assert read_payload(again, CLIENT) == Retraction(OriginId("r1"))
    assert not any(child.tag.endswith("}body") for child in again)
