"""What has changed in a room's notebooks, in words that any client can show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urljoin

from xmpp_bridge.chat.cell import read_cell
from xmpp_bridge.chat.message import MAX_NAME, CellReference, ChatMessage
from xmpp_bridge.documents.cells import CellChange, Change, cells_of, changes
from xmpp_bridge.documents.past import Past
from xmpp_bridge.rooms.identifiers import RoomId
from xmpp_bridge.rooms.room import Document, DocumentType
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.xmpp.errors import BadPayloadError, TooLargeError

MOST_CELLS: Final = 5
"""Of a notebook; more are counted."""
MOST_DOCUMENTS: Final = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, about a cell if that is still there."""

    text: str
    cell: CellReference | None = None

    @property
    def message(self) -> ChatMessage:
        """As the service says it in the room: a reply to it is about the cell, too."""
        return ChatMessage(self.text, cell=self.cell)


class Digests:
    """Tells of what is in the service's database; what is still on somebody's own server comes with the next."""

    def __init__(
        self, rooms: RoomStore, past: Past, now: Callable[[], datetime], public_url: str
    ) -> None:
        self._rooms = rooms
        self._past = past
        self._now = now
        self._public_url = public_url

    async def lines(self, room: RoomId, since: datetime) -> list[Line]:
        """The newest of each document; nothing if nothing has changed."""
        documents = {each.id: each for each in await self._rooms.documents_of_room(room)}
        changed = await self._past.changed_since(list(documents), since)
        people = {
            member.account.id: member.account.display_name
            for member in await self._rooms.members(room)
        }
        lines = [
            line
            for document in changed[:MOST_DOCUMENTS]
            for line in await self._of(documents[document], since, people)
        ]
        more = len(changed) - MOST_DOCUMENTS
        return [*lines, Line(f"{more} other files have changed.")] if more > 0 else lines

    async def _of(self, document: Document, since: datetime, people: dict[int, str]) -> list[Line]:
        authors = await self._past.authors_since(document.id, since)
        by = _together(people.get(author, "somebody who has left") for author in authors)
        if document.type is not DocumentType.NOTEBOOK:
            return [Line(f"{by} changed {document.name}.")]
        try:
            before = await self._past.state_at(document.id, since)
            now = await self._past.state_at(document.id, self._now())
        except TooLargeError:
            return [Line(f"{by} changed {document.name}.")]
        found = changes(cells_of(before), cells_of(now))
        lines = [self._line(document, each, by) for each in found[:MOST_CELLS]]
        more = len(found) - MOST_CELLS
        if more > 0:
            lines.append(Line(f"{more} other cells of {document.name} have changed."))
        return lines

    def _line(self, document: Document, changed: CellChange, by: str) -> Line:
        if changed.change is Change.REMOVED:
            return Line(f"{by} removed a cell of {document.name}: {changed.beginning}")
        did = "wrote" if changed.change is Change.NEW else "changed"
        return Line(
            f"{by} {did} cell {changed.number} of {document.name}.", self._cell(document, changed)
        )

    def _cell(self, document: Document, changed: CellChange) -> CellReference | None:
        """None for a cell whose id is none of nbformat's: a client may have written anything into the document."""
        where = urlencode({"xmpp-document": document.id, "xmpp-cell": changed.id})
        lab = urljoin(self._public_url, "hub/user-redirect/lab") if self._public_url else ""
        fields = {
            "document": document.id,
            "cell": changed.id,
            "name": document.name[:MAX_NAME],
            "excerpt": changed.beginning,
            "link": f"{lab}?{where}" if lab else "",
        }
        try:
            return read_cell(fields)
        except BadPayloadError:
            return None


def in_words(lines: Iterable[Line]) -> str:
    """All of it as one answer."""
    return "\n".join(
        line.text if line.cell is None else f"{line.text} {line.cell.excerpt}" for line in lines
    )


def _together(names: Iterable[str]) -> str:
    *others, last = sorted(set(names)) or ["Somebody"]
    return f"{', '.join(others)} and {last}" if others else last
