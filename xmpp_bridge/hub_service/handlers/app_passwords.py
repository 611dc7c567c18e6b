"""App passwords of the caller, for programs; people have a page."""

from __future__ import annotations

from xmpp_bridge.hub_service.handlers.base import AuthenticatedHandler
from xmpp_bridge.hub_service.handlers.bodies import read_object, read_text
from xmpp_bridge.hub_service.scopes import APP_PASSWORDS
from xmpp_bridge.xmpp.errors import BadPayloadError, NotFoundError

MOST_DIGITS = 18


class AppPasswordsHandler(AuthenticatedHandler):
    """All of the caller's; a new one is readable in this answer and never again."""

    reading_scope = writing_scope = APP_PASSWORDS

    async def get(self) -> None:
        owner = await self.account()
        found = await self.parts.app_passwords.all_of(owner)
        login = self.views.login(owner, self.parts.xmpp_server())
        self.send_json({"login": login, "app_passwords": [*map(self.views.app_password, found)]})

    async def post(self) -> None:
        fields = read_object(self.request.body)
        days = fields.get("days")
        if days is not None and (not isinstance(days, int) or isinstance(days, bool)):
            raise BadPayloadError(
                "days is a whole number, or absent for an app password that stays"
            )
        owner = await self.account()
        made, secret = await self.parts.app_passwords.make(owner, read_text(fields, "label"), days)
        login = self.views.login(owner, self.parts.xmpp_server())
        self.send_json(
            {**self.views.app_password(made), "password": str(secret), "login": login}, status=201
        )


class AppPasswordHandler(AuthenticatedHandler):
    """One of the caller's."""

    writing_scope = APP_PASSWORDS

    async def delete(self, number: str) -> None:
        await self.parts.app_passwords.revoke(await self.account(), read_number(number))
        self.send_nothing()


def read_number(text: str) -> int:
    """The number of an app password, or NotFoundError: nobody has any other."""
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise NotFoundError("you have no such app password")
    return int(text)
