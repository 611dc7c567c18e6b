"""Alice, bob and carol with a Jupyter server each, on a hub that tells the tests its secrets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.e2e.servers import Hub, HubSettings, JupyterServer, running_hub
from tests.e2e.stage import Person, count, until

NAMES = ("alice", "bob", "carol")
SERVICE = "service"
SERVERS_REFUSED = "xmpp_bridge_server_updates_refused_total"
SERVICE_REFUSED = "xmpp_bridge_updates_refused_total"


class Company:
    """The people, and what their servers and the service have counted."""

    def __init__(self, hub: Hub, servers: list[JupyterServer]) -> None:
        self.hub = hub
        self.servers = {server.person: server for server in servers}
        self.alice, self.bob, self.carol = (
            Person(server.person, server.home, server.rest) for server in servers
        )

    @property
    def everybody(self) -> tuple[Person, ...]:
        return self.alice, self.bob, self.carol

    async def shared(self, path: str, source: str, *, bob: str) -> str:
        """A document of alice's with carol as another editor, joined by all at the same path."""
        self.alice.write(path, source)
        room = (await self.alice.server.call("POST", "xmpp-bridge/api/rooms", {"name": "Verona"}))[
            "id"
        ]
        for name, role in (("bob", bob), ("carol", "editor")):
            await self.alice.server.call(
                "PUT", f"xmpp-bridge/api/rooms/{room}/members/{name}", {"role": role}
            )
        document = str((await self.alice.share(path, room))["document"])
        await self.alice.live(document)
        for person in (self.bob, self.carol):
            await person.join(document, path)
        await self.live(document)
        return document

    async def live(self, document: str) -> None:
        for person in self.everybody:
            await person.live(document)

    async def refused(self, reason: str) -> dict[str, float]:
        """How many updates were refused for this reason: by each person's server, and by the service."""
        counted = {
            person.name: await person.count(SERVERS_REFUSED, reason=reason)
            for person in self.everybody
        }
        exposition = await self.hub.service(self.hub.rest.token).text("metrics")
        return counted | {SERVICE: count(exposition, SERVICE_REFUSED, {"reason": reason})}


class Tally:
    """How much more has been refused for one reason since the tally was begun."""

    def __init__(self, company: Company, reason: str, before: dict[str, float]) -> None:
        self._company = company
        self._reason = reason
        self._before = before

    @classmethod
    async def begin(cls, company: Company, reason: str) -> Tally:
        return cls(company, reason, await company.refused(reason))

    async def grown(self) -> dict[str, float]:
        now = await self._company.refused(self._reason)
        return {name: value - self._before[name] for name, value in now.items()}

    async def is_by_all(self, number: int) -> None:
        """Wait until everybody has refused so many, and nobody more."""

        async def reached() -> bool:
            return min((await self.grown()).values()) >= number

        await until(reached, f"{number} refused by all as {self._reason}")
        assert set((await self.grown()).values()) == {number}

    async def is_by_nobody(self) -> None:
        """Nothing of the kind has reached anybody."""
        assert not any((await self.grown()).values()), self._reason


@asynccontextmanager
async def in_company() -> AsyncIterator[Company]:
    # Bob's forgeries are said under a resource that has no lease: the sweeper would end them.
    async with running_hub(HubSettings(service={"reconcile_seconds": 3600})) as hub:
        yield Company(hub, await asyncio.gather(*(hub.start_server(name) for name in NAMES)))
