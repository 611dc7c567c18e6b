"""Whoever enters a room is told that it is recorded, and by which policy, with any client."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from slixmpp import JID

from tests.e2e.phones import Ears, phone, room_jid
from tests.e2e.stage import Person, Stage
from xmpp_bridge.audit.stanza import DATA_POLICY
from xmpp_bridge.hub_service.record_settings import POLICY
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.xmpp.muc import MUC_USER, Occupant
from xmpp_bridge.xmpp.stream import Stream

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

INFO = "http://jabber.org/protocol/disco#info"
DATA = "jabber:x:data"
LOGGED = "170"  # XEP-0045


class Statuses(Ears):
    """What the room tells whoever enters it."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: set[str] = set()

    def on_presence(self, occupant: Occupant, presence: ET.Element) -> None:
        super().on_presence(occupant, presence)
        self.codes |= {each.get("code", "") for each in presence.iter(f"{{{MUC_USER}}}status")}


async def test_a_recorded_room_says_so_on_joining_in_its_description_and_by_disco(
    stage: Stage, alice: Person, record_property: Any
) -> None:
    room = await stage.room(alice, "A recorded room", bob="viewer")
    async with phone(stage, "bob", "policy") as his:
        jid, told = room_jid(his, room), Statuses()
        async with his.rooms.occupancy(jid, "bob's phone", told):
            assert LOGGED in told.codes
        description = (await _forms(his, jid))["http://jabber.org/protocol/muc#roominfo"]
        assert POLICY in description["muc#roominfo_description"]
        service = Addresses(his.boundjid.domain).service.bare
        policy = (await _forms(his, JID(service)))[DATA_POLICY]
    assert policy["data_retention"] == "infinite"
    assert policy["extra_info"] == POLICY
    record_property("figure", f"status {LOGGED}, the description, and {DATA_POLICY}")


async def _forms(stream: Stream, jid: JID) -> dict[str, dict[str, str]]:
    """The forms of an entity (XEP-0128), by their types."""
    iq = stream.make_iq_get(ito=jid)
    ET.SubElement(iq.xml, f"{{{INFO}}}query")
    answer = await iq.send()  # type: ignore[no-untyped-call]
    forms = [
        {
            field.get("var", ""): field.findtext(f"{{{DATA}}}value") or ""
            for field in form.iterfind(f"{{{DATA}}}field")
        }
        for form in answer.xml.iter(f"{{{DATA}}}x")
    ]
    return {form["FORM_TYPE"]: form for form in forms}
