"""What is about a cell although its client does not know cells, without I/O.

The service says of a cell that it has changed; whoever answers that means the cell. The archive and every Jupyter
server decide it here, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from xmpp_bridge.chat.message import CellReference, ChatMessage, Said, StanzaId


def cell_of(said: Said) -> CellReference | None:
    """The cell that something said is about."""
    return said.cell if isinstance(said, ChatMessage) else None


def reply_to(said: Said) -> StanzaId | None:
    """What something said answers."""
    return said.reply_to if isinstance(said, ChatMessage) else None


def with_cell(said: Said, told: Mapping[StanzaId, CellReference]) -> Said:
    """The same, about the cell of what it answers, as the service has `told`; its own cell stays."""
    if not isinstance(said, ChatMessage) or said.cell is not None or said.reply_to is None:
        return said
    return replace(said, cell=told.get(said.reply_to))
