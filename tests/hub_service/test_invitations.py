"""Whoever is let into a room hears of it in their own clients, too."""

from __future__ import annotations

from tests.hub_service.client import Client
from tests.hub_service.world import DOMAIN, World
from xmpp_bridge.hub_service.scopes import APP_PASSWORDS
from xmpp_bridge.rooms.membership import Role


async def test_somebody_new_is_invited_once_whatever_their_role_becomes(world: World) -> None:
    romeo = await world.somebody("romeo")
    await world.somebody("juliet")
    room = (await world.sharing.create_room(romeo, "Orchard")).room
    for role in (Role.VIEWER, Role.EDITOR):
        await world.sharing.set_member(romeo, room.id, "juliet", role)

    reason = "Romeo has let you into “Orchard”"
    invitation = {"jid": f"{room.id}@rooms.{DOMAIN}", "reason": reason}
    assert world.voice.invitations == [(f"juliet@{DOMAIN}", invitation)]


async def test_the_page_links_to_each_room(client: Client, world: World) -> None:
    juliet, romeo = await world.somebody("juliet"), await world.somebody("romeo")
    client.auth.tokens["juliet"] = (APP_PASSWORDS,)
    shared = (await world.sharing.create_room(juliet, "<Orchard>")).room
    await world.sharing.set_member(juliet, shared.id, "romeo", Role.VIEWER)
    direct, _ = await world.direct.open(juliet, romeo.hub_user)

    page = (await client.call("GET", "app-passwords", "juliet")).body.decode()

    assert f'<bdi>&lt;Orchard&gt;</bdi><a href="xmpp:{shared.id}@rooms.{DOMAIN}?join">' in page
    assert f'<bdi>Romeo</bdi><a href="xmpp:{direct}@rooms.{DOMAIN}?join">' in page
