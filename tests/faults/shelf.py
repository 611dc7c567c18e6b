"""Many documents that two people share."""

from __future__ import annotations

import re

from tests.e2e.stage import Person, Stage, until
from tests.faults.destruction import admin_of


class Shelf:
    """As many text files of alice's as one likes, each of which bob has joined at the same path."""

    def __init__(self, stage: Stage, called: str) -> None:
        self.stage = stage
        self.alice, self.bob = stage.people["alice"], stage.people["bob"]
        self.called = called
        self.documents: dict[str, str] = {}
        """By path."""
        self.room = ""

    async def fill(self, count: int) -> None:
        """Share so many, and have bob join them."""
        room = self.room = await self.stage.room(self.alice, self.called, bob="editor")
        for number in range(count):
            path = f"{self.called}-{number}.md"
            self.write(self.alice, path, f"document {number}\n")
            document = str((await self.alice.share(path, room))["document"])
            self.documents[path] = document
            await self.alice.live(document)
            await self.bob.join(document, path)
            await self.has(self.bob, path, f"document {number}\n")
            await self.bob.live(document)

    def write(self, person: Person, path: str, text: str) -> None:
        """Behind Jupyter's back."""
        new = (person.home / path).with_suffix(".new")
        new.write_text(text)
        new.replace(person.home / path)

    def read(self, person: Person, path: str) -> str:
        return (person.home / path).read_text()

    async def has(self, person: Person, path: str, text: str) -> None:
        async def written() -> bool:
            return self.read(person, path) == text

        await until(written, f"{person.name} has {text!r} at {path}")

    async def states(self, person: Person) -> dict[str, str]:
        """What a person's server says of each of the documents."""
        listed = (await person.server.call("GET", "xmpp-bridge/api/documents"))["documents"]
        return {each["path"]: each["state"] for each in listed if each["path"] in self.documents}

    async def asleep(self, *people: Person, within: float = 60.0) -> None:
        """Wait until all of these people's documents sleep, and nobody is in a room but the service."""
        admin, settings = admin_of(self.stage)
        names = {f"{person.name}@{settings.domain}" for person in people}
        rooms = [
            (document, service)
            for document in self.documents.values()
            for service in (settings.documents, settings.awareness)
        ]

        async def all_sleep() -> bool:
            for person in people:
                if set((await self.states(person)).values()) != {"asleep"}:
                    return False
            for room in rooms:
                if names & await admin.occupants(*room):
                    return False
            return True

        await until(all_sleep, f"all documents of {sorted(names)} sleep", within)

    async def woken(self, person: Person) -> float:
        """How often a person's server has woken a document because its file had changed."""
        return await person.count("xmpp_bridge_server_wakings_total", by="file")

    async def requests(self) -> dict[str, int]:
        """How many requests the service has answered, by handler."""
        metrics = await self.stage.stack.service.text("metrics")
        counted: dict[str, int] = {}
        for handler, value in re.findall(
            r'xmpp_bridge_request_seconds_count\{handler="(\w+)Handler".*\} (\S+)', metrics
        ):
            counted[handler] = counted.get(handler, 0) + int(float(value))
        return counted
