"""The service dies at any step of any membership change: ejabberd then equals the database, and nobody had too much."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.hub_service.world import ADDRESSES, World
from xmpp_bridge.accounts.store import Account
from xmpp_bridge.hub_service.sharing import OpenDocument
from xmpp_bridge.rooms.entry import Restriction
from xmpp_bridge.rooms.links import LinkWish
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.reconcile import chat_room, document_room, plan

pytestmark = pytest.mark.accept

MOST_STEPS = 60


class Killed(BaseException):
    """As SIGKILL: nothing of the service runs after it."""


@dataclass
class Scene:
    """Romeo's room with Juliet, an editor, Mercutio, a viewer, and a group without a role."""

    world: World
    opened: OpenDocument
    romeo: Account

    async def rights(self) -> dict[str, tuple[bool, bool]]:
        """Of everybody, by ejabberd's word: may they speak in the chat, may they write."""
        chats = self._affiliations(self.opened.document.room_id, ADDRESSES.rooms)
        writers = self._affiliations(self.opened.document.id, ADDRESSES.documents)
        return {jid: (jid in chats, jid in writers) for jid in chats | writers}

    def _affiliations(self, name: str, service: str) -> set[str]:
        _options, held = self.world.ejabberd.made.get((name, service), ({}, {}))
        return {jid for jid, affiliation in held.items() if affiliation == "member"}


Change = Callable[[Scene], Awaitable[object]]


async def lower(scene: Scene) -> None:
    room = scene.opened.document.room_id
    await scene.world.sharing.set_member(scene.romeo, room, "juliet", Role.VIEWER)


async def raise_(scene: Scene) -> None:
    room = scene.opened.document.room_id
    await scene.world.sharing.set_member(scene.romeo, room, "mercutio", Role.EDITOR)


async def remove(scene: Scene) -> None:
    room = scene.opened.document.room_id
    await scene.world.sharing.remove_member(scene.romeo, room, "juliet")


async def join_by_link(scene: Scene) -> None:
    links = scene.world.shared.links
    wish = LinkWish(Role.EDITOR)
    link = await links.create(scene.romeo, scene.opened.document.room_id, wish)
    await links.accept(await scene.world.somebody("tybalt"), str(links.token(link)))


async def let_a_group_in(scene: Scene) -> None:
    room = scene.opened.document.room_id
    put = scene.world.shared.access.put_group
    await put(scene.romeo, room, "capulets", Role.EDITOR, all_seen=True)


async def ban(scene: Scene) -> None:
    room = scene.opened.document.room_id
    restrict = scene.world.shared.moderation.restrict
    await restrict(scene.romeo, room, "juliet", Restriction.BAN, "", None)


async def mute(scene: Scene) -> None:
    room = scene.opened.document.room_id
    restrict = scene.world.shared.moderation.restrict
    await restrict(scene.romeo, room, "juliet", Restriction.MUTE, "", None)


async def lock(scene: Scene) -> None:
    await scene.world.shared.moderation.lock(scene.romeo, scene.opened.document.id, "")


async def transfer(scene: Scene) -> None:
    room = scene.opened.document.room_id
    await scene.world.shared.moderation.transfer(scene.romeo, room, "mercutio")


CHANGES: Mapping[str, Change] = {
    change.__name__: change
    for change in (
        *(lower, raise_, remove, join_by_link, let_a_group_in, ban, mute, lock, transfer),
    )
}


async def scene_of(world: World) -> Scene:
    opened = await world.document("romeo", juliet="editor", mercutio="viewer")
    for name in ("tybalt", "sampson"):
        await world.somebody(name)
    world.hub.puts("sampson", "capulets")
    return Scene(world, opened, await world.somebody("romeo"))


def killed_at(world: World, step: int) -> None:
    """Die just before or just after the next but so many commands reach ejabberd."""
    left = [step]
    ejabberd = world.ejabberd

    def dying(name: str) -> None:
        command = getattr(ejabberd, name)

        async def once(*arguments: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            answer = await command(*arguments)
            left[0] -= 1
            if left[0] == 0:
                raise Killed
            return answer

        setattr(ejabberd, name, once)

    for name in ("set_affiliation", "change_room_option", "create_room", "destroy_room"):
        dying(name)


def alive_again(world: World) -> None:
    for name in ("set_affiliation", "change_room_option", "create_room", "destroy_room"):
        delattr(world.ejabberd, name)


async def is_what_the_database_says(scene: Scene) -> bool:
    world, document = scene.world, scene.opened.document
    now, about = await world.rooms.document(document.id), await world.rooms.room(document.room_id)
    assert now is not None
    assert about is not None
    service, domain = ADDRESSES.service.bare, ADDRESSES.domain
    muted = await world.stores.moderation.muted(document.room_id)
    members = await world.rooms.members(document.room_id)
    speakers = [member for member in members if member.account.id not in muted]
    editors = await world.rooms.members_in_document(now)
    actual = world.projection._actual
    chat = await actual(document.room_id, ADDRESSES.rooms)
    room = await actual(document.id, ADDRESSES.documents)
    return (
        plan(chat_room(about.name, speakers, (), domain, service), chat) == []
        and plan(document_room(now, editors, domain, service), room) == []
    )


@pytest.mark.parametrize("name", CHANGES)
async def test_killed_at_each_step_of_a_change(
    name: str, world: World, engine: AsyncEngine
) -> None:
    """Each round is a room of its own; the last is the one in which the change comes to its end."""
    change = CHANGES[name]
    for step in range(1, MOST_STEPS):
        scene = await scene_of(world)
        before = await scene.rights()
        killed_at(world, step)
        try:
            await change(scene)
        except* Killed:
            ended = False
        else:
            ended = True
        at_death = await scene.rights()
        alive_again(world)
        # What the service does at its start, for each document and each chat.
        await world.projection.project(scene.opened.document.id)
        await world.projection.project_chat(scene.opened.document.room_id)
        after = await scene.rights()

        assert await is_what_the_database_says(scene)
        for jid, (speaks, writes) in at_death.items():
            allowed = (before.get(jid, (False, False)), after.get(jid, (False, False)))
            assert not speaks or any(each[0] for each in allowed), (step, jid)
            assert not writes or any(each[1] for each in allowed), (step, jid)
        if ended:
            return
    raise AssertionError("the change never came to its end")
