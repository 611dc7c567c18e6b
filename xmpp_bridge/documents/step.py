"""The smallest step in which a document's history is kept: an update, or a window of older ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from xmpp_bridge.documents.part import Part


@dataclass(frozen=True, slots=True)
class Step:
    """What brought the document to `through_id`; `folded` when it stands for several updates."""

    through_id: int
    began_at: datetime
    ended_at: datetime
    parts: tuple[Part, ...]
    data: bytes = field(repr=False)
    folded: bool = False

    @property
    def told_apart(self) -> bool:
        """Whether it is known what of it is whose."""
        return len(self.parts) == 1 or all(part.deletes is not None for part in self.parts)

    @property
    def account_ids(self) -> frozenset[int]:
        """Everybody who sent something of it."""
        return frozenset(part.account_id for part in self.parts)
