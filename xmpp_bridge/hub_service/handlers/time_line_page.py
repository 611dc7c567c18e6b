"""A document's time line in any browser: to look at; what changes something is done in one's own lab."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from html import escape
from typing import Final
from urllib.parse import urlencode

from xmpp_bridge.documents.moments import Grain, Moment
from xmpp_bridge.documents.shown import Compared
from xmpp_bridge.hub_service.handlers.page import PageHandler
from xmpp_bridge.hub_service.handlers.time_line import USUAL, read_grain, read_step, read_time
from xmpp_bridge.hub_service.time_lines import CellName, Look, Page, ToldMoment
from xmpp_bridge.rooms.identifiers import DocumentId, read_document_id

MOST_NAMED: Final = 5
_MINUTE: Final = timedelta(minutes=1)
_TAGS: Final = {"+": "ins", "-": "del"}
_SAID: Final = {"+": "added", "-": "removed"}


class TimeLinePageHandler(PageHandler):
    """One page of moments, and what it was after one of them."""

    async def get(self, document: str) -> None:
        wanted = read_document_id(document)
        asker = await self.account()
        grain = read_grain(self.get_query_argument("grain", Grain.COARSE))
        until, before = self.get_query_argument("until", ""), self.get_query_argument("before", "")
        page = await self.parts.time_lines.page(
            asker,
            wanted,
            grain,
            USUAL,
            before_id=read_step(before) if before else None,
            until=read_time(until) if until else None,
        )
        chosen = self._chosen(page)
        kept = {"grain": grain.value, "until": until, "before": before}
        self.show(
            "time_line.html",
            page=page,
            chosen=chosen,
            look=None if chosen is None else await self._look(wanted, chosen),
            grain=grain,
            until=until,
            before=before,
            time=_time,
            named=_named,
            source=_source,
            link=lambda **more: (
                "?" + urlencode({k: v for k, v in (kept | more).items() if v != ""})
            ),
        )

    def _chosen(self, page: Page) -> ToldMoment | None:
        """The one that is asked for, or the newest."""
        asked = self.get_query_argument("moment", "")
        if not asked:
            return page.moments[0] if page.moments else None
        step = read_step(asked)
        return next((told for told in page.moments if told.moment.through_id == step), None)

    async def _look(self, document: DocumentId, chosen: ToldMoment) -> Look:
        lines, asker = self.parts.time_lines, await self.account()
        through, after = chosen.moment.through_id, chosen.moment.after_id
        if self.get_query_argument("now", ""):
            return await lines.look(asker, document, None, through)
        against = self.get_query_argument("against", "")
        return await lines.look(asker, document, through, read_step(against) if against else after)


def _time(moment: Moment) -> str:
    began, ended = moment.began_at, moment.ended_at
    until = "" if ended - began < _MINUTE else f" to {ended:%H:%M}"
    return f"{began:%Y-%m-%d %H:%M}{until} UTC"


def _named(cells: Sequence[CellName]) -> str:
    """The cells as people know them, the first few."""
    names = [_name(cell) for cell in cells[:MOST_NAMED]]
    more = len(cells) - MOST_NAMED
    return "; ".join(names) + (f"; and {more} more" if more > 0 else "")


def _name(cell: CellName) -> str:
    if cell.number is None:
        return "a cell that is gone"
    return f"cell {cell.number} {cell.beginning}".strip()


def _source(each: Compared) -> str:
    """Its lines as HTML: what came and what went is marked, for those who do not see colours, too."""
    return "".join(_line(mark, escape(line)) for mark, line in each.lines).removesuffix("\n")


def _line(mark: str, line: str) -> str:
    if mark not in _TAGS:
        return f"  {line}\n"
    said = f'<span class="said">{_SAID[mark]}: </span>'
    return f'<{_TAGS[mark]}>{said}<span aria-hidden="true">{mark}</span> {line}</{_TAGS[mark]}>'
