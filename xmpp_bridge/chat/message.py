"""What people say in a chat room, as values: messages, and what is done to a message that was said before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NewType

StanzaId = NewType("StanzaId", str)
"""What a room calls a message (XEP-0359): a whole number that grows with time, without leading zeros."""

OriginId = NewType("OriginId", str)
"""What its sender called a message; nobody else vouches for it."""

MAX_BODY: Final = 20_000
MAX_MENTIONS: Final = 100
MAX_EMOJIS: Final = 20
MAX_NAME: Final = 255
MAX_LINK: Final = 2_000
MAX_ATTACHMENTS: Final = 20
MAX_REASON: Final = 500
MAX_EXCERPT: Final = 500


@dataclass(frozen=True, slots=True)
class CellReference:
    """The cell of a document that a message is about; `name` and `excerpt` are what its sender saw."""

    document: str
    cell: str
    name: str
    excerpt: str = ""
    link: str = ""
    """Opens the cell in the lab of whoever follows it; for clients that know no cells."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that anybody in the room can fetch (XEP-0447); `size` in bytes, `type` as in RFC 2046."""

    url: str
    name: str
    size: int
    type: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """Something said; `mentions` are bare JIDs (XEP-0372), `reply_to` is the message it answers (XEP-0461).

    The body is empty only if there are files, or if it is encrypted.
    """

    body: str
    reply_to: StanzaId | None = None
    mentions: tuple[str, ...] = ()
    cell: CellReference | None = None
    attachments: tuple[Attachment, ...] = ()
    encryption: str = ""
    """How it is encrypted for others than us, by name (XEP-0380)."""


@dataclass(frozen=True, slots=True)
class Correction:
    """What the sender's message `original` should have been (XEP-0308)."""

    original: OriginId
    body: str
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retraction:
    """The sender takes back what they said (XEP-0424); some clients know only what they called it themselves."""

    target: StanzaId | OriginId


@dataclass(frozen=True, slots=True)
class Moderation:
    """An owner of the room, by bare JID, takes back what somebody said (XEP-0425); only the service's word counts."""

    target: StanzaId
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reaction:
    """All the emojis that the sender now shows under a message (XEP-0444); none takes them away."""

    target: StanzaId
    emojis: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was to be said about a cell has been said, or has not after all."""

    target: StanzaId
    resolved: bool


@dataclass(frozen=True, slots=True)
class Typing:
    """Whether the sender is writing something (XEP-0085)."""

    active: bool


@dataclass(frozen=True, slots=True)
class Displayed:
    """The sender has seen everything up to `through` (XEP-0333)."""

    through: StanzaId


@dataclass(frozen=True, slots=True)
class Archived:
    """The service holds everything said in the room up to `through`; only its word counts."""

    through: StanzaId


@dataclass(frozen=True, slots=True)
class RoomsChanged:
    """The rooms of the account to which this is said are not those they were; only the service's word counts."""


Said = ChatMessage | Correction | Retraction | Moderation | Reaction | Resolution
"""What the archive keeps."""

Payload = Said | Typing | Displayed | Archived | RoomsChanged


def older(one: StanzaId, other: StanzaId) -> bool:
    """Whether `one` was said before `other`."""
    return (len(one), one) < (len(other), other)
