"""Everything goes wrong, again and again, while three people type; `make soak` and `make accept-faults` run it.

The seed decides which faults come in which order; what meets what is up to the machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from demo import edits
from demo.collab_client import CollabClient
from tests.e2e.stage import Person, Stage, agree, on_disk, tabs, until
from tests.e2e.typists import Typist
from tests.faults.clock import HOUR, Clock
from tests.faults.network import Network, networked
from tests.faults.proxy import BLACK_HOLE, CUT, Weather

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.asyncio(loop_scope="module")]

FAULTS = int(os.environ.get("XMPP_BRIDGE_FAULTS", "200"))
SEED = int(os.environ.get("XMPP_BRIDGE_SEED", "1597"))
REPORT = os.environ.get("XMPP_BRIDGE_REPORT")
"""Where to write what happened, as JSON."""
NAMES = ("alice", "bob", "carol")
PACE = 0.2
LONGEST = 2.5
"""Seconds for which something stands still."""
LOOK_EVERY = 25
MOST_STARTS = 8
"""COMPAT(jupyter_server_ydoc 3): a tab that is older than ten starts of its server is told to reload."""
PATIENCE = 120.0

SLOW = Weather(rate=20_000, up_delay=0.15, down_delay=0.15, jitter=0.05)

Fault = Callable[[], Awaitable[None]]
Between = tuple[Stage, Network, Clock]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def between(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Between]:
    # Not the hub's: tornado's PeriodicCallback, by which it looks whether its services are there, counts on it.
    clock = Clock(tmp_path_factory.mktemp("clock") / "service")
    clock.step(0)
    async with networked(*NAMES, **clock.service) as (stage, network):
        yield stage, network, clock


class Wrecker:
    """Breaks one thing after the other; what it kills it has started again, but does not wait for."""

    def __init__(self, between: Between, clients: list[CollabClient], document: str) -> None:
        self._stage, self._network, self._clock = between
        self._clients = clients
        self._document = document
        self._chance = random.Random(SEED)
        self.counts: Counter[str] = Counter()
        self._starts: Counter[str] = Counter()
        self._restarts = (self._kill_server, self._stop_server, self._damage_journal)
        self._faults: list[tuple[int, str, Fault]] = [
            (1, "service killed", self._kill_service),
            (2, "ejabberd killed", self._kill_ejabberd),
            (3, "Jupyter server killed", self._kill_server),
            (1, "Jupyter server killed, its journal damaged", self._damage_journal),
            (2, "Jupyter server stopped as by the hub", self._stop_server),
            (4, "Jupyter server frozen", self._freeze_server),
            (2, "ejabberd frozen", self._freeze_ejabberd),
            (2, "service frozen", self._freeze_service),
            (5, "tab asleep", self._sleep_tab),
            (3, "network of a Jupyter server cut", lambda: self._weather(CUT)),
            (3, "network of a Jupyter server silent", lambda: self._weather(BLACK_HOLE)),
            (2, "network of a Jupyter server slow", lambda: self._weather(SLOW)),
            (2, "connections of a Jupyter server reset", self._reset),
            (1, "connection of a Jupyter server half-open", self._forget),
            (2, "clock of service and ejabberd an hour back", lambda: self._step(-HOUR)),
            (2, "clock of service and ejabberd an hour on", lambda: self._step(HOUR)),
        ]

    async def strike(self) -> None:
        """Let the next thing happen."""
        faults = [each for each in self._faults if each[2] not in self._restarts or self._young()]
        weights = [weight for weight, _, _ in faults]
        _, name, fault = self._chance.choices(faults, weights)[0]
        await fault()
        self.counts[name] += 1

    def _someone(self) -> str:
        return self._chance.choice(NAMES)

    def _young(self) -> list[str]:
        """Whose servers may be started again, under the tab that has been open from the beginning."""
        return [name for name in NAMES if self._starts[name] < MOST_STARTS]

    def _someone_to_restart(self) -> str:
        name = self._chance.choice(self._young())
        self._starts[name] += 1
        return name

    def _while(self) -> float:
        return self._chance.uniform(0.5, LONGEST)

    async def _service(self) -> int:
        """The process of a service that is there."""

        async def there() -> int:
            well = await self._stage.stack.service.answers("healthz")
            return await self._stage.stack.service_pid() if well else 0

        return int(await until(there, "the service is there", PATIENCE))

    async def _ejabberd(self) -> int:
        async def there() -> int:
            try:
                pid = self._stage.stack.ejabberd_pid()
                os.kill(pid, 0)
            except (OSError, ValueError):
                return 0
            return pid

        return int(await until(there, "ejabberd is there", PATIENCE))

    async def _kill_service(self) -> None:
        _kill(await self._service())

    async def _kill_ejabberd(self) -> None:
        _kill(await self._ejabberd())

    async def _kill_server(self) -> None:
        name = self._someone_to_restart()
        await self._stage.stack.kill_server(name)
        await self._stage.enter(name)

    async def _stop_server(self) -> None:
        name = self._someone_to_restart()
        await self._stage.stack.stop_server(name)
        await self._stage.enter(name)

    async def _damage_journal(self) -> None:
        person = self._stage.people[self._someone_to_restart()]
        await self._stage.stack.kill_server(person.name)
        _damage(person, self._document, self._chance)
        await self._stage.enter(person.name)

    async def _freeze_server(self) -> None:
        await self._freeze(await self._stage.stack.server_pid(self._someone()))

    async def _freeze_ejabberd(self) -> None:
        await self._freeze(await self._ejabberd())

    async def _freeze_service(self) -> None:
        await self._freeze(await self._service())

    async def _freeze(self, pid: int) -> None:
        with suppress(ProcessLookupError):  # It may be the one that was killed just before.
            os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(self._while())  # the time that it stands still
            os.kill(pid, signal.SIGCONT)

    async def _weather(self, weather: Weather) -> None:
        async with self._network.under(weather, self._someone()):
            await asyncio.sleep(self._while())  # the time that it lasts

    async def _reset(self) -> None:
        self._network.reset(self._someone())

    async def _forget(self) -> None:
        for connection in self._network.xmpp.sky(self._someone()).connections:
            connection.forget()

    async def _step(self, seconds: int) -> None:
        self._clock.step(seconds)
        await asyncio.sleep(self._while())  # the time that it is wrong
        self._clock.step(0)

    async def _sleep_tab(self) -> None:
        async with self._chance.choice(self._clients).asleep():
            await asyncio.sleep(self._while())  # the time that its lid is closed


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _damage(person: Person, document: str, chance: random.Random) -> None:
    (log,) = person.home.rglob(f"{document}/journal/updates.log")
    data = bytearray(log.read_bytes())
    match chance.randrange(3):
        case 0:
            log.unlink()
        case 1:
            log.write_bytes(data[: chance.randrange(len(data))])
        case _:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            log.write_bytes(data)


@pytest.mark.timeout(3600)
async def test_random_faults_lose_nothing_and_double_nothing(
    between: Between, record_property: Any
) -> None:
    stage = between[0]
    alice, path, began = stage.people["alice"], "wrecked.ipynb", time.monotonic()
    document, _ = await stage.shared(alice, path, "", "", "", bob="editor", carol="editor")
    people = [stage.people[name] for name in NAMES]
    async with AsyncExitStack() as stack:
        clients = await stack.enter_async_context(tabs(path, *people))
        wrecker = Wrecker(between, clients, document)
        typists = [Typist(client, cell, PACE) for cell, client in enumerate(clients)]
        typing = [asyncio.create_task(typist.run()) for typist in typists]
        for number in range(1, FAULTS + 1):
            await wrecker.strike()
            if number % LOOK_EVERY == 0:
                await _is_whole(clients, typists)
        for typist in typists:
            typist.stop()
        await asyncio.gather(*typing)
        await agree(clients, PATIENCE)
        expected = [typist.text for typist in typists]
        assert edits.sources(clients[0].notebook) == expected
        for person in people:
            await person.live(document, PATIENCE)
    await on_disk(people, path, expected)
    strokes = sum(typist.typed for typist in typists)
    minutes = (time.monotonic() - began) / 60
    _report(wrecker.counts, strokes, minutes)
    record_property(
        "figure",
        f"{FAULTS} faults (seed {SEED}) in {minutes:.0f} min, {strokes} strokes, 0 lost, 0 doubled",
    )


def _report(faults: Counter[str], strokes: int, minutes: float) -> None:
    if REPORT:
        report = {"seed": SEED, "faults": faults, "strokes": strokes, "minutes": round(minutes, 1)}
        Path(REPORT).write_text(json.dumps(report, indent=2))


async def _is_whole(clients: list[CollabClient], typists: list[Typist]) -> None:
    """Everybody has had everything that was typed a moment ago, in its order and once."""
    typed = [typist.typed for typist in typists]

    async def arrived() -> bool:
        return all(
            text.startswith(typist.text_of(number))
            for client in clients
            for text, typist, number in zip(
                edits.sources(client.notebook), typists, typed, strict=True
            )
        )

    try:
        await until(arrived, "everybody has what was typed", PATIENCE)
    except AssertionError:
        problems = [
            f"{reader}'s tab ({_state(client)}) of {writer}'s {number} strokes: {problem}"
            for reader, client in zip(NAMES, clients, strict=True)
            for writer, text, typist, number in zip(
                NAMES, edits.sources(client.notebook), typists, typed, strict=False
            )
            if (problem := _difference(text, typist.text_of(number)))
        ]
        raise AssertionError("\n".join(problems)) from None


def _state(client: CollabClient) -> str:
    refused = "" if client.refusal is None else f", refused: {client.refusal}"
    return ("online" if client.online else "offline") + refused


def _difference(text: str, expected: str) -> str:
    """Where `text` first is not what it should begin with."""
    if text.startswith(expected):
        return ""
    pairs = zip(text, expected, strict=False)
    at = next((at for at, (one, other) in enumerate(pairs) if one != other), len(text))
    return f"after {at} of {len(expected)} letters {text[at : at + 40]!r} and not {expected[at : at + 40]!r}"
