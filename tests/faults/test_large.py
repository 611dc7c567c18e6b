"""Large outputs and large notebooks: they travel, and nobody's keystrokes wait for them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import nbformat
import pytest
import pytest_asyncio

from demo import edits
from demo.collab_client import CollabClient
from tests.e2e.external import knowing
from tests.e2e.stage import Person, Stage, agree, staged, tabs, until
from xmpp_bridge.ejabberd.launcher import running
from xmpp_bridge.ejabberd.settings import EjabberdSettings
from xmpp_bridge.xmpp.tasks import ended

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.accept,  # tests/ejabberd/test_document_room.py shows the same on a small scale
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="module"),
]

DOMAIN = "hub.localhost"
OUTPUT = 20_000_000
CELLS, OUTPUTS = 500, 200
STROKES = 30
FEWEST = 5
"""Strokes that are typed after the output and must be there before it."""
PACE = 0.1
LOOK_EVERY = 0.002
KILL_EVERY = 0.2


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """With an ejabberd that stays when the service goes."""
    directory = tmp_path_factory.mktemp("xb")
    async with running(EjabberdSettings(domain=DOMAIN, directory=directory)) as ejabberd:
        known = {
            name: str(value) if isinstance(value, Path) else value
            for name, value in knowing(ejabberd).items()
        }
        async with staged("alice", "bob", domain=DOMAIN, **known) as stage:
            yield stage


class Strokes:
    """Types into the first cell of one tab, and sees how long each stroke takes to another."""

    def __init__(self, here: CollabClient, there: CollabClient) -> None:
        self.typed: list[float] = []
        self.arrived: list[float] = []
        self._here = here
        self._there = there
        self._looking = asyncio.create_task(self._look())

    async def type(self, number: int) -> None:
        for _ in range(number):
            self.typed.append(time.monotonic())
            edits.append_text(self._here.notebook, 0, ".")
            await asyncio.sleep(PACE)

    async def all_there(self) -> None:
        async def there() -> bool:
            return len(self.arrived) >= len(self.typed)

        await until(there, "all strokes are there")

    def latencies(self, start: int, stop: int | None = None) -> list[float]:
        pairs = zip(self.typed[start:stop], self.arrived[start:stop], strict=True)
        return [arrived - typed for typed, arrived in pairs]

    def close(self) -> None:
        self._looking.cancel()

    async def _look(self) -> None:
        while True:
            there = len(edits.source_of(self._there.notebook, 0))
            self.arrived += [time.monotonic()] * (there - len(self.arrived))
            await asyncio.sleep(LOOK_EVERY)


def log_lines(size: int) -> str:
    """What a program prints that prints a lot."""
    chance = random.Random(1597)
    line = "step {:07d} loss={:.12f}\n"
    lines = [line.format(step, chance.random()) for step in range(size // len(line.format(0, 0)))]
    return "".join(lines)


def output_size(client: CollabClient) -> int:
    outputs = client.notebook.ycells[1]["outputs"]
    return sum(len("".join(output["text"])) for output in outputs.to_py() or [])


async def put_out_while_typing(
    stage: Stage, path: str, record_property: Any, within: float
) -> None:
    """One tab of alice puts out 20 MB while she types in another: bob's has both, her strokes first."""
    alice, bob = stage.people["alice"], stage.people["bob"]
    async with tabs(path, alice, alice, bob) as (hers, kernel, his):
        strokes = Strokes(hers, his)
        await strokes.type(STROKES)
        await strokes.all_there()
        text = log_lines(OUTPUT)
        edits.add_output(kernel.notebook, 1, text)
        put_out = time.monotonic()
        arrived = 0.0
        while not arrived:
            await strokes.type(1)
            if len(his.notebook.ycells[1]["outputs"]):
                arrived = time.monotonic()
            assert time.monotonic() - put_out < within, "the output does not come"
        during = len(strokes.typed)
        await strokes.all_there()
        strokes.close()
        quiet, busy = strokes.latencies(0, STROKES), strokes.latencies(STROKES, during)
        overtook = sum(
            typed > put_out and there < arrived
            for typed, there in zip(strokes.typed, strokes.arrived, strict=True)
        )
        figure = (
            f"20 MB after {arrived - put_out:.1f} s, {overtook} strokes before it; a stroke takes "
            f"{median(quiet) * 1000:.0f} ms, meanwhile {median(busy) * 1000:.0f} ms, "
            f"at most {max(busy):.2f} s"
        )
        record_property("figure", figure)
        assert overtook >= FEWEST, figure
        assert output_size(his) == len(text)
        await agree([hers, kernel, his])


async def test_a_large_output_travels_and_holds_up_no_keystroke(
    stage: Stage, record_property: Any
) -> None:
    alice = stage.people["alice"]
    document, _ = await stage.shared(alice, "large.ipynb", "", "train()", bob="editor")
    await put_out_while_typing(stage, "large.ipynb", record_property, within=60)
    await alice.live(document)


async def test_without_the_service_it_travels_through_the_room(
    stage: Stage, record_property: Any
) -> None:
    alice = stage.people["alice"]
    document, _ = await stage.shared(alice, "alone.ipynb", "", "train()", bob="editor")
    async with without_service(stage):
        await put_out_while_typing(stage, "alone.ipynb", record_property, within=90)
    await alice.live(document)


async def test_a_notebook_of_500_cells_with_200_outputs_each_is_shared_and_edited(
    stage: Stage, record_property: Any
) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    written = many_outputs()
    # Neither here nor below is it validated: for so many outputs that takes seconds each time.
    (alice.home / "many.ipynb").write_text(nbformat.v4.writes(written))  # type: ignore[no-untyped-call]
    room = await stage.room(alice, bob="editor")
    document = str((await alice.share("many.ipynb", room))["document"])
    await alice.live(document, within=120)
    begun = time.monotonic()
    await bob.join(document, "many.ipynb")
    await bob.live(document, within=120)
    joined = time.monotonic() - begun
    async with tabs("many.ipynb", alice, bob) as (hers, his):
        strokes = Strokes(hers, his)
        await strokes.type(STROKES)
        await strokes.all_there()
        strokes.close()
        await agree([hers, his])
    for person in (alice, bob):
        await person.live(document)
    written.cells[0].source = "." * STROKES
    for person in (alice, bob):

        async def saved(person: Person = person) -> bool:
            try:
                kept = nbformat.v4.reads((person.home / "many.ipynb").read_text())  # type: ignore[no-untyped-call]
            except ValueError:
                return False  # in the middle of being written
            return contents_of(kept) == contents_of(written)

        await until(saved, f"all of it is on {person.name}'s disk")
    size = (bob.home / "many.ipynb").stat().st_size / 1e6
    latency = median(strokes.latencies(0)) * 1000
    record_property(
        "figure", f"{size:.0f} MB joined in {joined:.1f} s, a stroke takes {latency:.0f} ms"
    )


def contents_of(notebook: Any) -> list[Any]:
    return [(cell.source, cell.outputs) for cell in notebook.cells]


def many_outputs() -> Any:
    """Each output is another, so that none can take the place of one that is lost."""
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"cell-{cell}",
            "metadata": {},
            "execution_count": None,
            "source": f"show({cell})" if cell else "",
            "outputs": [
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"text/plain": f"cell {cell} output {output}"},
                }
                for output in range(OUTPUTS)
            ],
        }
        for cell in range(CELLS)
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]


@asynccontextmanager
async def without_service(stage: Stage) -> AsyncIterator[None]:
    """Kill the service, and whenever the hub starts it again, for the length of the block."""
    killed = set[int]()

    async def keep_killing() -> None:
        while True:
            pid = await stage.stack.service_pid()
            if pid not in killed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                killed.add(pid)
            await asyncio.sleep(KILL_EVERY)

    killing = asyncio.create_task(keep_killing())
    try:
        yield
    finally:
        await ended(killing)

    async def back() -> bool:
        return await stage.stack.service.answers("healthz")

    await until(back, "the service is back")
