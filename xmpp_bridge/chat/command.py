"""What somebody in a room may ask the service for, and how they say so, without I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MARK: Final = "!"
MOST: Final = 300
"""Characters of a command; what is longer is a message like any other."""


class Verb(StrEnum):
    """What can be asked."""

    HELP = "help"
    WHO = "who"
    NOTEBOOKS = "notebooks"
    SEARCH = "search"
    DIGEST = "digest"


SAID: Final = {
    Verb.HELP: "what can be asked",
    Verb.WHO: "who is here",
    Verb.NOTEBOOKS: "which notebooks and files the room has",
    Verb.SEARCH: "what was said in this room, by words",
    Verb.DIGEST: "what has changed in its notebooks since yesterday",
}


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked, and the words behind it."""

    verb: Verb
    words: str = ""


def read_command(body: str) -> Command | None:
    """A command, or None: most of what begins with an exclamation mark is none."""
    if len(body) > MOST or not body.startswith(MARK):
        return None
    verb, _, words = body.removeprefix(MARK).strip().partition(" ")
    try:
        return Command(Verb(verb.lower()), " ".join(words.split()))
    except ValueError:
        return None


def help_text() -> str:
    """All that can be asked, as somebody reads it who has only a chat."""
    lines = [f"{MARK}{verb}: {said}" for verb, said in SAID.items()]
    lines[3] = f"{MARK}{Verb.SEARCH} WORDS: {SAID[Verb.SEARCH]}"
    switch = (
        f"{MARK}{Verb.DIGEST} on, {MARK}{Verb.DIGEST} off: an owner of the room has it told here, or not any more;"
        " a reply to what is told of a cell is a comment on that cell"
    )
    return "\n".join([*lines, switch])
