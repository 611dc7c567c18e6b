"""The page on which people make app passwords and take them back: HTML and nothing that runs."""

from __future__ import annotations

import math
import secrets
from datetime import UTC, datetime
from typing import Final

import segno

from xmpp_bridge.accounts.app_password import AppPassword
from xmpp_bridge.hub_service.caller import Caller
from xmpp_bridge.hub_service.handlers.app_passwords import read_number
from xmpp_bridge.hub_service.handlers.base import BrowserHandler
from xmpp_bridge.hub_service.handlers.search_page import TEMPLATES
from xmpp_bridge.hub_service.scopes import APP_PASSWORDS
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    BridgeError,
    ConflictError,
    NotFoundError,
    TooOftenError,
)
from xmpp_bridge.xmpp.stream import Secret

DAYS: Final = {"30": 30, "365": 365, "": None}
"""What the page offers: a month, a year, for as long as it is not revoked."""


class AppPasswordsPageHandler(BrowserHandler):
    """The caller's; a new password is in the answer to the form that made it, and in no other page."""

    reading_scope = writing_scope = APP_PASSWORDS

    async def authenticate(self) -> Caller:
        caller = await super().authenticate()
        # The XSRF token of the forms wants `current_user`; asked for here, it does not block the loop.
        self._hub_auth_user_cache = await self.hub_auth.get_user(self, sync=False)
        return caller

    async def get(self) -> None:
        await self._show()

    async def post(self) -> None:
        """Make one, or take one back: two forms, so that nothing has to run in the browser."""
        owner = await self.account()
        try:
            if self.get_body_argument("revoke", None) is not None:
                number = read_number(self.get_body_argument("revoke"))
                await self.parts.app_passwords.revoke(owner, number)
                await self._show(said="It is revoked, and whoever used it is out.")
            else:
                days = DAYS.get(self.get_body_argument("days", ""))
                label = self.get_body_argument("label", "")
                made, secret = await self.parts.app_passwords.make(owner, label, days)
                await self._show(made=made, secret=secret)
        except (BadPayloadError, ConflictError, NotFoundError, TooOftenError) as error:
            await self._show(refused=error)

    async def _show(
        self,
        *,
        made: AppPassword | None = None,
        secret: Secret | None = None,
        said: str = "",
        refused: BridgeError | None = None,
    ) -> None:
        owner = await self.account()
        rooms = [self.views.room_link(each, owner) for each in await self.parts.chat.rooms(owner)]
        # Where an invitation leads to (handlers/join_page.py); a room of somebody else's is not told of.
        opened = [each for each in rooms if each["id"] == self.get_query_argument("room", "")]
        login = self.views.login(owner, self.parts.xmpp_server())
        nonce = secrets.token_urlsafe(16)
        self.set_status(200 if refused is None else refused.http_status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header(
            "Content-Security-Policy",
            f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; frame-ancestors 'none'",
        )
        self.finish(
            TEMPLATES.load("app_passwords.html").generate(
                login=login,
                found=await self.parts.app_passwords.all_of(owner),
                rooms=rooms,
                opened=opened[0] if opened else None,
                locked_seconds=self.parts.app_passwords.locked_seconds,
                ceil=math.ceil,
                made=made,
                secret=secret,
                said=said,
                refused=refused,
                now=datetime.now(UTC),
                qr=_qr,
                nonce=nonce,
                xsrf=self.xsrf_token,
            )
        )


def _qr(uri: str) -> str:
    return str(segno.make(uri, error="m").svg_inline(scale=5, border=2))
