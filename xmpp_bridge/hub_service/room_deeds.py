"""What is done in one room from its page: each form names its deed, and each is one that the REST API has, too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.parts import Parts
from xmpp_bridge.rooms.entry import Restriction
from xmpp_bridge.rooms.identifiers import RoomId, read_document_id
from xmpp_bridge.rooms.links import LinkWish
from xmpp_bridge.rooms.membership import read_role
from xmpp_bridge.rooms.parting import LeaversFiles
from xmpp_bridge.xmpp.errors import BadPayloadError

LONGEST_NUMBER: Final = 7


class RoomDeeds:
    """Done for `asker`, and refused as their own request would be. `field` is what the form says."""

    def __init__(
        self,
        parts: Parts,
        asker: Account,
        room: RoomId,
        field: Callable[[str], str],
        *,
        all_seen: bool,
    ) -> None:
        self._parts = parts
        self._asker = asker
        self._room = room
        self._field = field
        self._all_seen = all_seen

    async def do(self, deed: str) -> str:
        """Carry it out and say so in a sentence; an empty one if the room is the asker's no more."""
        known: Mapping[str, Callable[[], Awaitable[str]]] = {
            "member": self._set_member,
            "remove": self._remove_member,
            "group": self._put_group,
            "drop-group": self._drop_group,
            "mute": self._mute,
            "unmute": self._unmute,
            "ban": self._ban,
            "unban": self._unban,
            "owner": self._transfer,
            "link": self._make_link,
            "revoke": self._revoke,
            "lock": self._lock,
            "unlock": self._unlock,
            "take-out": self._take_out,
            "leavers": self._choose_leavers_files,
            "heir": self._name_heir,
            "bind": self._bind_share,
            "unbind": self._unbind_share,
            "rename": self._rename,
            "leave": self._leave,
            "close": self._close,
        }
        if deed not in known:
            raise BadPayloadError("the form names nothing that can be done")
        return await known[deed]()

    # -- people -------------------------------------------------------------------------------------

    async def _set_member(self) -> str:
        role = read_role(self._field("role"))
        await self._parts.sharing.set_member(self._asker, self._room, self._who(), role)
        return f"{self._who()} is {role} now."

    async def _remove_member(self) -> str:
        await self._parts.sharing.remove_member(self._asker, self._room, self._who())
        return f"{self._who()} is out."

    async def _put_group(self) -> str:
        chosen, group = self._field("role"), self._field("group").strip()
        role = read_role(chosen) if chosen else None
        await self._parts.access.put_group(
            self._asker, self._room, group, role, all_seen=self._all_seen
        )
        return f"The members of {group} are in."

    async def _drop_group(self) -> str:
        await self._parts.access.drop_group(self._asker, self._room, self._field("group"))
        return f"The group {self._field('group')} is out."

    async def _mute(self) -> str:
        await self._restrict(Restriction.MUTE)
        return f"{self._who()} is muted."

    async def _unmute(self) -> str:
        await self._lift(Restriction.MUTE)
        return f"{self._who()} may speak again."

    async def _ban(self) -> str:
        await self._restrict(Restriction.BAN)
        return f"{self._who()} is banned."

    async def _unban(self) -> str:
        await self._lift(Restriction.BAN)
        return f"{self._who()} may come in again."

    async def _transfer(self) -> str:
        await self._parts.moderation.transfer(self._asker, self._room, self._who())
        return f"{self._who()} owns the room now, and you are an editor."

    # -- links --------------------------------------------------------------------------------------

    async def _make_link(self) -> str:
        minutes, uses = self._number("minutes"), self._number("uses")
        links = self._parts.links
        wish = LinkWish(
            role=read_role(self._field("role")),
            label=self._field("label").strip(),
            group=self._field("group").strip() or None,
            most_uses=uses,
            expires_at=None if minutes is None else links.now() + timedelta(minutes=minutes),
        )
        await links.create(self._asker, self._room, wish)
        return "The link is made: it stands below."

    async def _revoke(self) -> str:
        people = self._field("people") == "remove"
        await self._parts.links.revoke(self._asker, self._room, self._field("link"), people=people)
        return "The link leads nowhere any more."

    # -- documents and the room ---------------------------------------------------------------------

    async def _lock(self) -> str:
        document = read_document_id(self._field("document"))
        await self._parts.moderation.lock(self._asker, document, self._field("reason").strip())
        return "Locked: nobody types in it now."

    async def _unlock(self) -> str:
        await self._parts.moderation.unlock(self._asker, read_document_id(self._field("document")))
        return "Unlocked: editors type again."

    async def _take_out(self) -> str:
        document = read_document_id(self._field("document"))
        await self._parts.sharing.remove_document(self._asker, self._room, document)
        return "It is no document of the room any more; everybody's own files stay theirs."

    async def _name_heir(self) -> str:
        who = self._who() or None
        await self._parts.moderation.set_heir(self._asker, self._room, who)
        return f"{who or 'An admin of the hub'} will own the room when its last owner has left the hub."

    async def _bind_share(self) -> str:
        server = self._field("server").strip()
        await self._parts.access.bind_share(self._asker, self._room, server)
        return "Whom you share that server with, for this, is in."

    async def _unbind_share(self) -> str:
        await self._parts.access.unbind_share(self._asker, self._room)
        return "No share of the hub lets anybody in any more."

    async def _choose_leavers_files(self) -> str:
        chosen = self._field("files")
        if chosen not in set(LeaversFiles):
            raise BadPayloadError("files are kept or removed")
        files = LeaversFiles(chosen)
        await self._parts.access.choose_leavers_files(self._asker, self._room, files)
        if files is LeaversFiles.KEEP:
            return "Whoever is taken out from now on keeps their files."
        return "The files of whoever is taken out from now on are put aside."

    async def _rename(self) -> str:
        name = self._field("name").strip()
        if not name:
            raise BadPayloadError("a room has a name")
        await self._parts.sharing.rename_room(self._asker, self._room, name)
        return "The room has its new name."

    async def _leave(self) -> str:
        await self._parts.sharing.remove_member(self._asker, self._room, self._asker.hub_user)
        return ""

    async def _close(self) -> str:
        if self._field("sure") != "yes":
            raise BadPayloadError("tick that you are sure: a room that is closed is gone")
        await self._parts.sharing.delete_room(self._asker, self._room)
        return ""

    # -- the form -----------------------------------------------------------------------------------

    def _who(self) -> str:
        return self._field("who").strip()

    def _number(self, name: str) -> int | None:
        text = self._field(name).strip()
        if not text:
            return None
        if not (text.isascii() and text.isdecimal()) or len(text) > LONGEST_NUMBER:
            raise BadPayloadError(f"{name} is a whole number, or nothing")
        return int(text)

    async def _restrict(self, kind: Restriction) -> None:
        await self._parts.moderation.restrict(
            self._asker,
            self._room,
            self._who(),
            kind,
            self._field("reason").strip(),
            self._number("minutes"),
        )

    async def _lift(self, kind: Restriction) -> None:
        await self._parts.moderation.lift(self._asker, self._room, self._who(), kind)
