"""A bot that answers `!who` with the members of the room, in every room it is in."""

import asyncio

from xmpp_bridge.client import Room, connect


async def answer(room: Room) -> None:
    async for message in room.listen():
        if message.body == "!who" and not message.mine:
            names = ", ".join(person.display_name for person in room.members)
            await room.send(f"In this room: {names}", reply_to=message)


async def main() -> None:
    async with connect() as bridge, asyncio.TaskGroup() as tasks:
        for room in bridge.rooms:
            tasks.create_task(answer(room))


if __name__ == "__main__":
    asyncio.run(main())
