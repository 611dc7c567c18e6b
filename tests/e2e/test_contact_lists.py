"""A group of the hub is a contact list in people's own XMPP clients, if the administrator wishes so."""

from __future__ import annotations

import pytest

from demo.rest import Rest
from tests.e2e.chat_tab import chat_tab
from tests.e2e.people import Actor, connected
from tests.e2e.servers import Hub, HubSettings, running_hub
from tests.e2e.stage import until
from tests.ejabberd.contacts import Contacts

pytestmark = pytest.mark.e2e

SEEN = {"presence_reach": "groups", "presence_roster_people": 2, "reconcile_seconds": 3600}


async def put(hub: Hub, group: str, *people: str) -> None:
    await hub.rest.call("POST", f"groups/{group}/users", {"users": list(people)})


async def sees(phone: Contacts, name: str) -> bool:
    return await phone.look() == {name: ("both", ["musicians"])}


async def test_the_people_of_a_group_see_each_other_come_go_and_hide() -> None:
    async with running_hub(HubSettings(service=SEEN)) as hub:
        await hub.rest.call("POST", "groups/musicians")
        await put(hub, "musicians", "alice", "bob")
        alice = Actor(hub, await hub.start_server("alice"))
        bob = Actor(hub, await hub.start_server("bob"))
        async with connected(bob, "phone") as stream:
            phone = Contacts(stream)
            await until(lambda: sees(phone, "alice"), "her on his list")
            stream.send_presence()
            await phone.hear("alice", "xa")
            async with chat_tab(alice.server.rest) as tab:
                await tab.remark("activity", idle_seconds=0, at=None)
                await phone.hear("alice", "available")
                phone.heard.clear()
                await _choose(alice.server.rest, "hidden")
                await phone.hear("alice", "xa")
                await _choose(alice.server.rest, "dnd")
                await phone.hear("alice", "dnd")
            phone.heard.clear()
            await hub.stop_server("alice")
            await phone.hear("alice", "unavailable")

            # In a group that is larger than the administrator wishes nobody sees anybody.
            await put(hub, "musicians", "carol")
            await phone.hear("alice", "remove")
            assert await phone.look() == {}
            assert ("carol", "available") not in phone.heard
            await hub.rest.call("DELETE", "groups/musicians/users", {"users": ["alice"]})
            await until(lambda: sees(phone, "carol"), "her on his list")


async def _choose(server: Rest, choice: str) -> None:
    await server.call("PUT", "xmpp-bridge/api/presence", {"choice": choice})
