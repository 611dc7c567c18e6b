"""All rooms, for admins of the hub: find one, take it over, hand it to somebody, close it; and limits."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from xmpp_bridge.hub_service.handlers.page import PageHandler
from xmpp_bridge.rooms.identifiers import read_room_id
from xmpp_bridge.rooms.oversight_store import Quota
from xmpp_bridge.xmpp.errors import BadPayloadError, BridgeError

PAGE: Final = 50
LONGEST_NUMBER: Final = 18


class AdminPageHandler(PageHandler):
    """That rooms are there and whose, never what is in them."""

    async def prepare(self) -> None:
        await super().prepare()
        self.caller.demand_admin()

    async def get(self) -> None:
        await self._show()

    async def post(self) -> None:
        try:
            said = await self._do(self.field("do"))
        except BridgeError as error:
            await self._show(refused=error)
            return
        await self._show(said)

    async def _do(self, deed: str) -> str:
        administration = self.parts.administration
        match deed:
            case "owner":
                account = await self.account()
                who = self.field("who").strip() or account.hub_user
                await administration.hand_over(account, read_room_id(self.field("room")), who)
                return f"{who} is an owner of the room now."
            case "close":
                if self.field("sure") != "yes":
                    raise BadPayloadError("tick that you are sure: a room that is closed is gone")
                await administration.close(read_room_id(self.field("room")))
                return "The room is closed."
            case "quotas":
                wanted = {quota: self._number(quota.value) for quota in Quota}
                await administration.set_quotas(wanted)
                return "The limits hold from now on."
        raise BadPayloadError("the form names nothing that can be done")

    async def _show(self, said: str = "", refused: BridgeError | None = None) -> None:
        text = self.get_query_argument("q", "")
        start = self.get_query_argument("from", "0")
        offset = int(start) if start.isascii() and start.isdecimal() and len(start) < 10 else 0  # noqa: PLR2004 - digits
        listing = await self.parts.administration.find(text, offset, PAGE)
        more = offset + PAGE < listing.total
        self.show(
            "admin.html",
            refused,
            said=said,
            text=text,
            listing=self.parts.sharing_views.listing(listing),
            more="?" + urlencode({"q": text, "from": offset + PAGE}) if more else None,
        )

    def _number(self, name: str) -> int | None:
        text = self.field(name).strip()
        if not text:
            return None
        if not (text.isascii() and text.isdecimal()) or len(text) > LONGEST_NUMBER:
            raise BadPayloadError(f"{name} is a whole number, or nothing")
        return int(text) or None
