"""A page to look through one's rooms from any browser, a phone's too: HTML and nothing that runs."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from tornado.template import Loader

from xmpp_bridge.archive.search import Hit
from xmpp_bridge.hub_service.finding import Found, Order
from xmpp_bridge.hub_service.handlers.base import BrowserHandler

PAGE: Final = 30
TEMPLATES: Final = Loader(str(Path(__file__).parent.parent / "pages"))


class SearchPageHandler(BrowserHandler):
    """What was said in the caller's rooms; each leads to the message in the caller's own lab."""

    async def get(self) -> None:
        question = self.get_query_argument("q", "")
        order: Order = (
            "relevance" if self.get_query_argument("order", "") == "relevance" else "newest"
        )
        cursor = self.get_query_argument("cursor", None)
        account = await self.account()
        found = await self.parts.finding.find(account, question, None, order, cursor, PAGE)
        names = {each.room.id: each.room.name for each in await self.parts.chat.rooms(account)}
        nonce = secrets.token_urlsafe(16)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header(
            "Content-Security-Policy",
            f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'",
        )
        self.finish(
            TEMPLATES.load("search.html").generate(
                question=question,
                order=order,
                found=found,
                names=names,
                nonce=nonce,
                link=self._link,
                more=self._more(question, order, found),
            )
        )

    def _link(self, hit: Hit) -> str:
        """Opens the message in the lab of whoever follows it."""
        where = urlencode({"xmpp-room": hit.room, "xmpp-message": hit.spoken.id})
        return f"{self.hub_auth.hub_prefix}user-redirect/lab?{where}"

    def _more(self, question: str, order: Order, found: Found) -> str | None:
        if found.cursor is None:
            return None
        return "?" + urlencode({"q": question, "order": order, "cursor": found.cursor})
