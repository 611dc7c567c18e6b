"""The clock of a machine is stepped by an hour while people work: that of one Jupyter server, or of everything else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from demo import edits
from tests.e2e.company import NAMES, Company
from tests.e2e.servers import HubSettings, running_hub
from tests.e2e.stage import agree, on_disk, tabs, until
from tests.e2e.typists import Typist
from tests.faults.clock import HOUR, KEPT, Clock

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.asyncio(loop_scope="module")]

CREDENTIAL_SECONDS = 40
"""Half of it is when a server renews; the sweeper then looks at everybody several times."""
WORK = 30


@dataclass(frozen=True)
class Clocks:
    """One for the machine of the hub, the service and ejabberd, and one for each person's server."""

    company: Company
    hub: Clock

    def step(self, whose: str, seconds: int) -> None:
        """Let it be so much later there than it is."""
        person = Clock(self.company.hub.folder / "homes" / whose / ".faketimerc")
        (self.hub if whose == "hub" else person).step(seconds)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clocks(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Clocks]:
    hub = Clock(tmp_path_factory.mktemp("clock") / "hub")
    hub.step(0)
    service = {"credential_seconds": CREDENTIAL_SECONDS, "reconcile_seconds": 5, **hub.service}
    settings = HubSettings(environment=KEPT, service=service)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in hub.environment.items():
            patch.setenv(name, value)
        async with _company(settings) as company:
            yield Clocks(company, hub)


@asynccontextmanager
async def _company(settings: HubSettings) -> AsyncIterator[Company]:
    async with running_hub(settings) as hub:
        yield Company(hub, [await hub.start_server(name) for name in NAMES])


@asynccontextmanager
async def _at_work(typists: list[Typist]) -> AsyncIterator[None]:
    typing = [asyncio.create_task(typist.run()) for typist in typists]
    try:
        yield
    finally:
        for typist in typists:
            typist.stop()
        await asyncio.gather(*typing)


@pytest.mark.parametrize("seconds", [-HOUR, HOUR], ids=["back", "forward"])
@pytest.mark.parametrize("whose", ["alice", "hub"])
async def test_a_clock_is_stepped_while_people_type(
    clocks: Clocks, whose: str, seconds: int, record_property: Any
) -> None:
    company, path = clocks.company, f"{whose}{seconds}.ipynb"
    alice, bob = company.alice, company.bob
    document = await company.shared(path, "", bob="editor")
    async with tabs(path, alice, bob) as clients:
        edits.insert_cell(clients[0].notebook, 1, edits.code_cell(""))
        await agree(clients)
        typists = [Typist(client, cell, 0.1) for cell, client in enumerate(clients)]
        try:
            async with _at_work(typists):
                clocks.step(whose, seconds)
                await asyncio.sleep(WORK)  # credentials are renewed, and sweeps look at everybody
            await alice.live(document)
            await bob.live(document)
        finally:
            clocks.step(whose, 0)
        async with _at_work(typists):
            await asyncio.sleep(WORK)  # the step back again
        await agree(clients)
        expected = [typist.text for typist in typists]
        assert edits.sources(clients[0].notebook) == expected
        for person in (alice, bob):
            await person.live(document)

            async def in_order(person: Any = person) -> bool:
                session = await person.server.call("GET", "xmpp-bridge/api/status")
                return bool(session["connected"] and not session["trouble"])

            await until(in_order, f"{person.name} is logged in")
    await on_disk([alice, bob], path, expected)
    record_property("figure", f"{whose}'s clock by {seconds / HOUR:+.0f} h: 0 lost, 0 doubled")
