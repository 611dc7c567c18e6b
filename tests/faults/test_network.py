"""What is between one Jupyter server and everybody else is cut, silent, slow or comes and goes, while people type."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.stage import Person, Stage, until
from tests.e2e.typists import survive
from tests.faults.network import Network, networked
from tests.faults.proxy import BLACK_HOLE, CALM, CUT, Weather

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.asyncio(loop_scope="module")]

CREDENTIAL_SECONDS = 60
"""So short that the long tests outlast a credential, and the grace that the service gives it."""
LONGER_THAN_EVERY_TIMEOUT = 400
"""Seconds. The room is asked every 60 and has 15 to answer, the service has 60; ejabberd asks after 60, waits for 32;
the sweeper looks every 60 for credentials that have ended; a session that can be resumed waits for 300."""
SLOW = Weather(rate=20_000, up_delay=0.15, down_delay=0.15, jitter=0.05)
FLAPS = 10
LONG = [pytest.mark.accept, pytest.mark.timeout(900)]

Between = tuple[Stage, Network]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def between() -> AsyncIterator[Between]:
    async with networked("alice", "bob", credential_seconds=CREDENTIAL_SECONDS) as between:
        yield between


@pytest.fixture
def stage(between: Between) -> Stage:
    return between[0]


@pytest.fixture
def network(between: Between) -> Network:
    return between[1]


@pytest.fixture
def alice(stage: Stage) -> Person:
    return stage.people["alice"]


async def status_of(person: Person, path: str) -> dict[str, Any]:
    """What this person is told of the document at `path`."""
    listed = await person.server.call("GET", "xmpp-bridge/api/documents")
    (status,) = (each for each in listed["documents"] if each["path"] == path)
    return dict(status)


@pytest.mark.parametrize(
    ("weather", "seconds"),
    [
        pytest.param(CUT, 4, id="cut-4"),
        pytest.param(BLACK_HOLE, 17, id="silent-17", marks=pytest.mark.accept),
        pytest.param(CUT, LONGER_THAN_EVERY_TIMEOUT, id="cut-400", marks=LONG),
        pytest.param(BLACK_HOLE, LONGER_THAN_EVERY_TIMEOUT, id="silent-400", marks=LONG),
    ],
)
async def test_the_network_of_one_server_is_cut_and_back(
    stage: Stage,
    alice: Person,
    network: Network,
    weather: Weather,
    seconds: int,
    record_property: Any,
) -> None:
    path = f"cut-{seconds}-{weather.passes}.ipynb"

    async def fault() -> None:
        async with network.under(weather, "alice"):
            began = asyncio.get_running_loop().time()

            async def waiting() -> bool:
                return bool((await status_of(alice, path))["waiting_bytes"])

            await until(waiting, "alice is told that her edits wait", seconds)
            await asyncio.sleep(began + seconds - asyncio.get_running_loop().time())  # the cut
            status = await status_of(alice, path)
            assert status["waiting_bytes"] > 0
            if seconds == LONGER_THAN_EVERY_TIMEOUT or weather is CUT:
                assert status["state"] == "offline"

    await survive(stage, path, fault, record_property)
    record_property("figure", f"{seconds} s {'cut' if weather is CUT else 'silent'}")


async def test_a_session_half_open_is_noticed(
    stage: Stage, network: Network, record_property: Any
) -> None:
    """Alice loses its connection and ejabberd is never told: her old place in the room stays beside the new."""

    async def fault() -> None:
        for connection in network.xmpp.sky("alice").connections:
            connection.forget()
        await asyncio.sleep(3)  # typing goes on

    await survive(stage, "half-open.ipynb", fault, record_property)


async def test_a_slow_network_carries_what_both_type(
    stage: Stage, network: Network, record_property: Any
) -> None:
    async def fault() -> None:
        async with network.under(SLOW, "alice", "bob"):
            await asyncio.sleep(5)  # typing goes on

    await survive(stage, "slow.ipynb", fault, record_property)


@pytest.mark.accept
async def test_a_network_that_comes_and_goes(
    stage: Stage, network: Network, record_property: Any
) -> None:
    async def fault() -> None:
        for _ in range(FLAPS):
            network.reset("alice")
            await asyncio.sleep(1)  # what it is there for

    await survive(stage, "flapping.ipynb", fault, record_property)


@pytest.mark.accept
@pytest.mark.parametrize("late", ["xmpp", "service"])
async def test_what_goes_one_way_overtakes_what_went_the_other(
    stage: Stage, network: Network, late: str, record_property: Any
) -> None:
    """Updates come by the room and by syncs with the service; of each pair, either may be first."""

    async def fault() -> None:
        proxy = network.xmpp if late == "xmpp" else network.service
        for weather in (Weather(up_delay=1.0, jitter=0.5), Weather(down_delay=1.0, jitter=0.5)):
            proxy.sky("alice").weather = weather
            for _ in range(2):
                network.xmpp.sky("alice").reset()  # enters the room again, and syncs
                await asyncio.sleep(2)  # typing goes on
        proxy.sky("alice").weather = CALM

    await survive(stage, f"late-{late}.ipynb", fault, record_property)
