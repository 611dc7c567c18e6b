"""One's rooms in any browser, a phone's too: who is in, links, documents, and all that may be done about them."""

from __future__ import annotations

from urllib.parse import urlencode, urljoin

from xmpp_bridge.hub_service.handlers.page import PageHandler
from xmpp_bridge.hub_service.room_deeds import RoomDeeds
from xmpp_bridge.rooms.identifiers import read_room_id
from xmpp_bridge.xmpp.errors import BridgeError


class RoomsPageHandler(PageHandler):
    """All rooms of the caller."""

    async def get(self) -> None:
        await self._show()

    async def post(self) -> None:
        """Make a room."""
        try:
            name = self.field("name").strip()
            room = await self.parts.sharing.create_room(await self.account(), name)
        except BridgeError as error:
            await self._show(error)
            return
        self.redirect(f"{self.front.prefix}rooms/{room.room.id}", status=303)

    async def _show(self, refused: BridgeError | None = None) -> None:
        rooms = await self.parts.sharing.rooms(await self.account())
        shown = sorted(rooms, key=lambda each: each.room.name.casefold())
        self.show("rooms.html", refused, rooms=[each for each in shown if not each.room.is_direct])


class RoomPageHandler(PageHandler):
    """One of them."""

    async def get(self, room: str) -> None:
        await self._show(room)

    async def post(self, room: str) -> None:
        """Do what the form is for."""
        deeds = RoomDeeds(
            self.parts,
            await self.account(),
            read_room_id(room),
            self.field,
            all_seen=self.caller.admin,
        )
        try:
            said = await deeds.do(self.field("do"))
        except BridgeError as error:
            await self._show(room, refused=error)
            return
        if said:
            await self._show(room, said)
        else:
            self.redirect(f"{self.front.prefix}rooms", status=303)

    async def _show(self, room: str, said: str = "", refused: BridgeError | None = None) -> None:
        asker = await self.account()
        opened = await self.parts.sharing.room(asker, read_room_id(room))
        access = await self.parts.access.of_room(asker, opened.room.id)
        self.show(
            "room.html",
            refused,
            said=said,
            me=asker.hub_user,
            opened=opened,
            recorded=self.parts.views.recorded,
            access=self.parts.sharing_views.access(access),
            whole=lambda url: urljoin(f"{self.request.protocol}://{self.request.host}", url),
            open_in_lab=lambda document: (
                "?" + urlencode({"xmpp-room": opened.room.id, "xmpp-document": document.id})
            ),
        )
