"""The page that a link opens: what it is, one button, and then the visitor's own lab. Nothing runs in it."""

from __future__ import annotations

import secrets
from typing import Final
from urllib.parse import urlencode

from xmpp_bridge.hub_service.caller import Caller
from xmpp_bridge.hub_service.handlers.base import BrowserHandler
from xmpp_bridge.hub_service.handlers.search_page import TEMPLATES
from xmpp_bridge.hub_service.links import OpenLink
from xmpp_bridge.hub_service.scopes import APP_PASSWORDS
from xmpp_bridge.xmpp.errors import BridgeError, ForbiddenError, NotFoundError

CLIENT: Final = "client"


class JoinPageHandler(BrowserHandler):
    """Looking changes nothing: whoever is made to load this page is not made a member."""

    async def authenticate(self) -> Caller:
        caller = await super().authenticate()
        # The XSRF token of the form wants `current_user`; asked for here, it does not block the loop.
        self._hub_auth_user_cache = await self.hub_auth.get_user(self, sync=False)
        return caller

    async def get(self, token: str) -> None:
        try:
            opened = await self.parts.links.look(await self.account(), token)
        except (ForbiddenError, NotFoundError) as refused:
            self._show(refused=refused)
            return
        if opened.joined:
            self.redirect(self._lab(opened))
            return
        self._show(opened=opened)

    async def post(self, token: str) -> None:
        try:
            opened = await self.parts.links.accept(await self.account(), token)
        except (ForbiddenError, NotFoundError) as refused:
            self._show(refused=refused)
            return
        with_client = self.get_body_argument("where", "") == CLIENT
        self.redirect(self._client(opened) if with_client else self._lab(opened), status=303)

    def _client(self, opened: OpenLink) -> str:
        """A landing page (XEP-0379): the room's link for XMPP clients, and what a client needs to log in."""
        return f"../app-passwords?{urlencode({'room': opened.room.id})}"

    def _lab(self, opened: OpenLink) -> str:
        """In the visitor's own server, which the hub starts if it is off."""
        where: dict[str, str] = {"xmpp-room": opened.room.id}
        if opened.document is not None:
            where["xmpp-document"] = opened.document.id
        return f"{self.hub_auth.hub_prefix}user-redirect/lab?{urlencode(where)}"

    def _show(self, *, opened: OpenLink | None = None, refused: BridgeError | None = None) -> None:
        nonce = secrets.token_urlsafe(16)
        self.set_status(200 if refused is None else refused.http_status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Referrer-Policy", "no-referrer")
        # The form's answer leads on to the hub and the visitor's server: browsers ask `form-action` of that, too.
        self.set_header(
            "Content-Security-Policy",
            f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'",
        )
        page = TEMPLATES.load("join.html")
        self.finish(
            page.generate(
                opened=opened,
                refused=refused,
                client=CLIENT if APP_PASSWORDS in self.caller.scopes else None,
                nonce=nonce,
                xsrf=self.xsrf_token,
            )
        )
