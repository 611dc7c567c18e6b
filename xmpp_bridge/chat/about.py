"""What the readers of other clients must be told of the message that something is about, without I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from xmpp_bridge.chat.message import ChatMessage, OriginId

_MOST_LINES: Final = 3
_MOST_SHOWN: Final = 120


@dataclass(frozen=True, slots=True)
class About:
    """A message that was said before, as its reader here sees it."""

    author: str
    message: ChatMessage
    origin: OriginId | None = None
    answered: tuple[str, str] | None = None
    """Who said what it answers itself, and what."""

    @property
    def quotation(self) -> str:
        """Its beginning, to be put before what is said about it."""
        message = self.message
        cell = "" if message.cell is None else message.cell.name
        files = ", ".join(each.name for each in message.attachments)
        return quoted(self.author, message.body or files or cell)


def quoted(author: str, body: str) -> str:
    """The beginning of what somebody said as a quotation (XEP-0393, section 5.1.3), with a line break after it."""
    lines = [line.strip() for line in body.strip().splitlines()]
    shown = [_cut(line) for line in lines if line][:_MOST_LINES]
    first, *rest = shown or ["…"]
    return "".join(f"> {line}\n" for line in (f"{author}: {first}", *rest))


def _cut(line: str) -> str:
    return line if len(line) <= _MOST_SHOWN else f"{line[:_MOST_SHOWN]}…"
