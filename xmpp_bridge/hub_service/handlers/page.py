"""What all pages with forms go through: HTML in which nothing runs, and an XSRF token that was asked for first."""

from __future__ import annotations

import secrets
from typing import Any

from xmpp_bridge.hub_service.caller import Caller
from xmpp_bridge.hub_service.handlers.base import BrowserHandler
from xmpp_bridge.hub_service.handlers.search_page import TEMPLATES
from xmpp_bridge.hub_service.scopes import may_audit
from xmpp_bridge.xmpp.errors import BridgeError


class PageHandler(BrowserHandler):
    """A page of forms, answered by the same page with what came of it."""

    async def authenticate(self) -> Caller:
        caller = await super().authenticate()
        # The XSRF token of the forms wants `current_user`; asked for here, it does not block the loop.
        self._hub_auth_user_cache = await self.hub_auth.get_user(self, sync=False)
        return caller

    def field(self, name: str) -> str:
        """What was written into a field of the form; empty if it has none."""
        return str(self.get_body_argument(name, ""))

    def show(self, template: str, refused: BridgeError | None = None, **values: Any) -> None:
        """Answer with the page, and with why nothing was done, if so."""
        self.finish(self.page(template, refused, **values))

    def page(self, template: str, refused: BridgeError | None = None, **values: Any) -> bytes:
        """The page, whose headers are set; it is not sent yet."""
        nonce = secrets.token_urlsafe(16)
        self.set_status(200 if refused is None else refused.http_status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header(
            "Content-Security-Policy",
            f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'",
        )
        made: bytes = TEMPLATES.load(template).generate(
            refused=refused,
            nonce=nonce,
            xsrf=self.xsrf_token,
            prefix=self.front.prefix,
            lab=f"{self.hub_auth.hub_prefix}user-redirect/lab",
            admin=self.caller.admin,
            auditor=may_audit(self.caller.scopes),
            **values,
        )
        return made
