"""Names and pictures of people and rooms as other clients find them; rooms for those who have a phone and no lab."""

from __future__ import annotations

import base64
import hashlib
import xml.etree.ElementTree as ET
from typing import Any
from uuid import uuid4

import pytest
from slixmpp import JID

from demo.rest import Rest
from tests.e2e.people import acting
from tests.e2e.phones import Ears, listening, made_key, phone, room_jid
from tests.e2e.servers import Hub
from tests.e2e.stage import Person, Stage, until
from xmpp_bridge.accounts.card import AVATAR, METADATA, Card, read_vcard
from xmpp_bridge.accounts.card_keeper import read_card
from xmpp_bridge.accounts.picture import picture_of
from xmpp_bridge.chat.bookmarks import STORAGE, read_storage
from xmpp_bridge.hub_service.scopes import APP_PASSWORDS, ROOMS_WRITE, access
from xmpp_bridge.xmpp.muc import Occupant
from xmpp_bridge.xmpp.pep import Shelf
from xmpp_bridge.xmpp.private_storage import read_private
from xmpp_bridge.xmpp.stream import Stream, logged_in

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.asyncio(loop_scope="session")]

UPDATE = "{vcard-temp:x:update}x/{vcard-temp:x:update}photo"  # XEP-0153
INFO = "http://jabber.org/protocol/disco#info"


async def test_a_lab_puts_its_owners_name_and_picture_where_clients_look(
    stage: Stage, alice: Person, record_property: Any
) -> None:
    async with phone(stage, "alice", "cards") as hers, phone(stage, "bob", "cards") as his:
        me = hers.boundjid.bare
        wanted = Card("alice", picture_of(me))

        async def there() -> bool:
            return read_vcard(await read_card(his, JID(me))).picture == wanted.picture

        await until(there, "the card of alice as bob reads it")
        assert read_vcard(await read_card(his, JID(me))).name.lower() == "alice"
        (metadata,) = await Shelf(hers, METADATA).items()
        info = metadata.find(f"{{{METADATA}}}metadata/{{{METADATA}}}info")
        assert info is not None
        assert info.get("id") == hashlib.sha1(wanted.picture).hexdigest()
        (data,) = await Shelf(hers, AVATAR).items()
        picture = data.findtext(f"{{{AVATAR}}}data") or ""
        assert base64.b64decode(picture) == wanted.picture
    record_property(
        "figure", f"a name and a picture of {len(wanted.picture)} bytes, by XEP-0054 and 0084"
    )


class Faces(Ears):
    """Which pictures the occupants of a room say that they have."""

    def __init__(self) -> None:
        super().__init__()
        self.hashes: dict[str, str] = {}

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:
        if occupant.jid is not None:
            self.hashes[occupant.jid.full] = presence.findtext(UPDATE) or ""


async def test_rooms_have_names_descriptions_and_pictures_and_people_bring_theirs(
    stage: Stage, alice: Person, bob: Person
) -> None:
    room = await stage.room(alice, "Capulet's orchard", bob="viewer")
    async with phone(stage, "bob", "faces") as his:
        jid, faces = room_jid(his, room), Faces()
        async with his.rooms.occupancy(jid, "bob's phone", faces):
            assert (await _form(his, jid))["muc#roominfo_description"]

            async def lab_is_seen() -> bool:
                face = Card("", picture_of(f"alice@{his.boundjid.domain}")).hash
                return faces.hashes.get(f"alice@{his.boundjid.domain}/jupyter") == face

            await until(lab_is_seen, "alice's lab says which picture she has")
        assert await _name(his, jid) == "Capulet's orchard"

        async def painted() -> bool:
            return bool(read_vcard(await read_card(his, jid)).picture)

        await until(painted, "the room has a picture")
        body = {"expires_in": 600, "scopes": [access("xmpp-bridge"), ROOMS_WRITE]}
        granted = await stage.stack.hub.call("POST", "users/alice/tokens", body)
        service = Rest(stage.stack.service.url, granted["token"])
        await service.call("PATCH", f"api/rooms/{room}", {"name": "Friar's cell"})
        assert await _name(his, jid) == "Friar's cell"


async def test_who_never_starts_a_lab_finds_their_rooms_and_name(hub: Hub) -> None:
    name = f"balthasar-{uuid4().hex[:6]}"
    await hub.create_user(name)
    async with acting(hub, "romeo") as (romeo,):
        room = str((await romeo.service.create_room("Mantua"))["id"])
        await romeo.service.set_member(room, name, "viewer")
    token = await hub.user_token(name, [access("xmpp-bridge"), APP_PASSWORDS])
    key = await made_key(hub.service(token), hub.state)
    async with logged_in(key.as_client("phone")) as stream:
        storage = await read_private(stream, f"{{{STORAGE}}}storage")
        (found,) = read_storage(storage).values()
        assert (found.room, found.name) == (room_jid(stream, room).bare, "Mantua")
        assert found.autojoin
        assert read_vcard(await read_card(stream, None)).name == name
        async with listening(stream, JID(found.room), found.nick):
            pass  # Only members get in.


async def _info(stream: Stream, jid: JID) -> ET.Element:
    iq = stream.make_iq_get(ito=jid)
    ET.SubElement(iq.xml, f"{{{INFO}}}query")
    answer = await iq.send()  # type: ignore[no-untyped-call]
    found: ET.Element = answer.xml.find(f"{{{INFO}}}query")
    return found


async def _name(stream: Stream, jid: JID) -> str:
    identity = (await _info(stream, jid)).find(f"{{{INFO}}}identity")
    return "" if identity is None else identity.get("name", "")


async def _form(stream: Stream, jid: JID) -> dict[str, str]:
    return {
        field.get("var", ""): field.findtext("{jabber:x:data}value") or ""
        for field in (await _info(stream, jid)).iter("{jabber:x:data}field")
    }
