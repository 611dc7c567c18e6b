"""Groups that a real ejabberd shares among its accounts."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.ejabberd.contacts import Contacts
from tests.ejabberd.people import Verona
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi

pytestmark = pytest.mark.e2e


async def test_people_of_a_group_are_each_others_contacts_while_they_are_in_it(
    verona: Verona, api: EjabberdApi
) -> None:
    name, label = uuid4().hex, "Häuser & <Höfe>"
    await api.make_roster_group(name, label)
    assert name in await api.roster_groups()
    for who in ("romeo", "juliet"):
        await api.add_to_roster_group(name, who)
        await api.add_to_roster_group(name, who)
    assert sorted(await api.roster_group(name)) == ["juliet", "romeo"]

    async with (
        verona.person("romeo") as romeo,
        verona.person("juliet") as juliet,
        verona.person("tybalt") as tybalt,
    ):
        his, hers, stranger = (
            Contacts(romeo.stream),
            Contacts(juliet.stream),
            Contacts(tybalt.stream),
        )
        assert await his.look() == {"juliet": ("both", [label])}
        assert await stranger.look() == {}
        for person in (tybalt, romeo):
            person.stream.send_presence()
        juliet.stream.send_presence(pshow="away", ppriority=-1)
        await his.hear("juliet", "away")
        await hers.hear("romeo", "available")
        assert stranger.heard == []

        await api.add_to_roster_group(name, "tybalt")
        assert (await stranger.look()).keys() == {"juliet", "romeo"}
        await api.remove_from_roster_group(name, "juliet")
        await his.hear("juliet", "remove")
        juliet.stream.send_presence(pshow="dnd")
        assert await hers.look() == {}
        assert (await his.look()).keys() == {"tybalt"}
        tybalt.stream.send_presence(pshow="xa")
        await his.hear("tybalt", "xa")
        assert ("juliet", "dnd") not in his.heard + stranger.heard

        await api.drop_roster_group(name)
        assert await his.look() == await stranger.look() == {}
    assert name not in await api.roster_groups()
