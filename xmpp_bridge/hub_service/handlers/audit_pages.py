"""The record in any browser: search, a room as it was, one entry, and exports; each view is an entry."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from tornado.iostream import StreamClosedError

from xmpp_bridge.audit.event import Kind, moment
from xmpp_bridge.audit.export import Form, text_of
from xmpp_bridge.audit.reading import Kept
from xmpp_bridge.hub_service.exports import State
from xmpp_bridge.hub_service.handlers.audit import AuditHandler, read_index
from xmpp_bridge.hub_service.handlers.page import PageHandler
from xmpp_bridge.hub_service.handlers.search_page import TEMPLATES
from xmpp_bridge.xmpp.errors import BadPayloadError, BridgeError

PAGE: Final = 50
LOOK_EVERY: Final = 1.0
FIELDS: Final = ("words", "person", "room", "document", "cell", "kind", "action", "after", "before")


class AuditPageHandler(AuditHandler, PageHandler):
    """A page for auditors; for anybody else there is none, and that they have tried is entered."""

    def asked(self) -> dict[str, str]:
        """As a form gives it: what is empty is not asked for, and moments are UTC."""
        found = super().asked()
        for name in ("after", "before"):
            if name in found:
                found[name] = moment(read_moment(found[name]))
        return found

    def view(self, template: str, refused: BridgeError | None = None, **values: Any) -> None:
        """Answer with the page."""
        self.show(
            template, refused, urlencode=urlencode, text_of=text_of, cells_of=cells_of, **values
        )


class AuditSearchPageHandler(AuditPageHandler):
    """Everything, corrected and retracted text included, by what it is about."""

    async def get(self) -> None:
        try:
            found, refused = await self._found(), None
        except BridgeError as error:
            found, refused = None, error
        names = self.parts.auditing.names
        given = {name: self.get_query_argument(name, "") for name in FIELDS}
        limits, room = self.auditor.limits, given["room"] or None
        wanted = {name: each for name, each in given.items() if each}
        older = {**wanted, "below": str(found[-1].position)} if found and len(found) == PAGE else {}
        self.view(
            "audit.html",
            refused,
            given=given,
            wanted=wanted,
            found=found,
            names=await names.of(found or ()),
            rooms=await names.rooms(limits),
            documents=await names.documents(limits, room),
            kinds=[str(each) for each in Kind],
            forms=[str(each) for each in Form],
            older="?" + urlencode(older) if older else None,
        )

    async def _found(self) -> Sequence[Kept] | None:
        """None before anything is asked: nothing is shown that nobody wanted to see."""
        if not self.request.query_arguments:
            return None
        filters = await self.filters()
        return await self.parts.auditing.search(self.auditor, filters, self.number("below"), PAGE)


class AuditRoomPageHandler(AuditPageHandler):
    """A room as it was at a moment: who was in it, what was said and changed, and who could read it."""

    async def get(self, room: str) -> None:
        at = self.get_query_argument("at", "").strip()
        below = self.number("below")
        then = await self.parts.auditing.room(
            self.auditor, room, read_moment(at) if at else None, below, PAGE
        )
        older = urlencode({"at": at, "below": then.older}) if then.older is not None else None
        self.view("audit_room.html", room=room, at=at, then=then, older=older and f"?{older}")


class AuditEntryPageHandler(AuditPageHandler):
    """One entry with all that is kept of it."""

    async def get(self, index: str) -> None:
        kept = await self.parts.auditing.view(self.auditor, read_index(index))
        names = await self.parts.auditing.names.of([kept])
        size = await self.parts.keeper.proofs.size()
        self.view("audit_entry.html", kept=kept, names=names, size=size)


class AuditExportsPageHandler(AuditPageHandler):
    """How far this auditor's exports have come. While one runs, the page goes on being sent."""

    async def get(self) -> None:
        exports = self.parts.auditing.exports(self.auditor)
        running = [each for each in exports if each.state is State.RUNNING]
        begun, ended = self.page("audit_exports.html", exports=exports, urlencode=urlencode).split(
            b"<!-- progress -->"
        )
        self.write(begun)
        step = TEMPLATES.load("audit_progress.html")
        try:
            while running:
                self.write(step.generate(running=running))
                await self.flush()
                await asyncio.sleep(LOOK_EVERY)
                if all(each.state is not State.RUNNING for each in running):
                    self.write(step.generate(running=running))
                    running = []
        except StreamClosedError:
            return
        self.finish(ended)


def cells_of(kept: Kept) -> list[str]:
    """The cells that an entry names."""
    content = kept.content or {}
    cell = (content.get("details") or {}).get("cell") or {}
    return [*content.get("cells", ()), *([cell["cell"]] if cell.get("cell") else [])]


def read_moment(text: str) -> datetime:
    """What a form has for a moment; without a zone it is UTC."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadPayloadError(f"this is no moment: {error}") from error
    return datetime.fromisoformat(f"{text}+00:00") if read.tzinfo is None else read
