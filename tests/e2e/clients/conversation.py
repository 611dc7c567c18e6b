"""What is said between the lab and somebody's own client: all that the panel can say, and one line back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.e2e.chat_tab import ChatTab
from tests.e2e.clients.client import PATIENCE, Client
from tests.e2e.stage import Person, until

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(2000)
LINK = "https://hub.example/hub/user-redirect/lab?xmpp-cell=a1b2"


class Conversation:
    """The lab's side, in one room."""

    def __init__(self, tab: ChatTab, person: Person, room: str) -> None:
        self._tab = tab
        self._person = person
        self._room = room
        self._said = 0

    async def say(self, body: str, **more: Any) -> Any:
        """A message, once the archive has it."""
        self._said += 1
        client_id = f"{self._room[:8]}-{self._said}"
        await self._done("post", client_id=client_id, body=body, **more)
        await self._tab.message(body, client_id=client_id, state="sent")
        return await self._tab.delivered(body)

    async def is_heard_by(self, client: Client) -> None:
        """Return once the client hears the room: it does not tell when it has come in."""

        async def heard() -> bool:
            await self.say("Is anybody there?")
            return "Is anybody there?" in await client.shown()

        await until(heard, "the client hears the room")

    async def hears(self, body: str) -> Any:
        """What the client says is in the panel, under its owner's name, and found."""
        heard = await self._tab.delivered(body)
        assert not heard["sender"]["me"]

        async def found() -> bool:
            asked = {"query": f'"{body}"', "order": "newest", "room": self._room}
            hits = (await self._tab.ask("search", **asked))["hits"]
            return [hit["message"]["id"] for hit in hits] == [heard["id"]]

        await until(found, f"{body!r} is found")
        return heard

    async def everything(self, about: Mapping[str, Any]) -> None:
        """All that can be said of a message of theirs, and more."""
        lantern = await self.say("A lantern")
        await self._done("correct", id=lantern["id"], body="A torch")
        answer = await self.say("It is the east", reply_to=about["id"])
        await self._done("correct", id=answer["id"], body="It is the west")
        await self._done("react", id=about["id"], emojis=["👍"])
        secret = await self.say("My name is Rosaline")
        await self._done("retract", id=secret["id"])
        cell = {
            "document": "0" * 31 + "d",
            "cell": "a1b2",
            "name": "daylight.ipynb",
            "excerpt": "plot(light)",
            "link": LINK,
        }
        await self.say("A log scale here", cell=cell)
        upload = await self._person.server.send(
            f"xmpp-bridge/api/rooms/{self._room}/uploads?name=moon.png", PICTURE, "image/png"
        )
        file = {key: upload[key] for key in ("name", "size", "type")}
        file["url"] = f"https://hub.example{upload['url']}"
        await self.say("The moon", attachments=[file])
        await self.say("Good night")

    async def _done(self, kind: str, **fields: Any) -> None:
        answer = await self._tab.ask(kind, room=self._room, **fields)
        assert answer["kind"] == "done", answer


async def reads(client: Client, texts: Sequence[str]) -> str:
    """What the client shows, once it shows all of these, one below the other."""

    async def there() -> str:
        shown = await client.shown()
        return shown if not missing(shown, texts) else ""

    try:
        return str(await until(there, "shown", PATIENCE))
    except AssertionError:
        shown = await client.shown()
        raise AssertionError(f"not shown: {missing(shown, texts)}\n{shown}") from None


def missing(shown: str, texts: Sequence[str]) -> Sequence[str]:
    """The first of the texts that does not stand below those before it, and what follows it."""
    at = 0
    for number, text in enumerate(texts):
        at = shown.find(text, at)
        if at < 0:
            return texts[number:]
        at += len(text)
    return ()
