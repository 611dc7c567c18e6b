"""One cell, and several kernels: who runs it is shown, one run's outputs stand, and nobody's cell runs for ever."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import pytest
from nbformat.reader import NotJSONError

from demo.collab_client import CollabClient
from tests.e2e.stage import PATIENCE, Person, Stage, tabs, until
from tests.e2e.test_execution import kernel, run, shared

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

LINES = 12
SLOW = (
    "import time\nfor n in range({lines}):\n    print('{name}', n, flush=True)\n    time.sleep(0.2)"
)


def slow(name: str, lines: int = LINES) -> str:
    return SLOW.format(name=name, lines=lines)


def said(name: str, lines: int = LINES) -> str:
    return "".join(f"{name} {n}\n" for n in range(lines))


def state(tab: CollabClient) -> Any:
    return tab.notebook.ycells[0].get("execution_state")


def streams(tab: CollabClient) -> list[str]:
    return [str(output["text"]) for output in tab.notebook.ycells[0]["outputs"].to_py()]


def runners(tab: CollabClient) -> list[str]:
    return list((tab.notebook.ystate.get("runners") or {}).values())


async def has_on_disk(person: Person, path: str, text: str) -> bool:
    try:
        outputs = person.read(path).cells[0].outputs
    except NotJSONError:
        return False  # jupyter_server rewrites a file in place: we looked in between
    return [output.text for output in outputs] == [text]


async def test_the_cell_of_a_server_that_is_killed_does_not_run_for_ever(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    path = "killed-running.ipynb"
    document = await shared(stage, path, slow("alice", 600))
    async with tabs(path, bob) as (his,), AsyncExitStack() as kernels:
        kernel_id = await kernels.enter_async_context(kernel(alice, path))
        running = asyncio.create_task(run(alice, kernel_id, document, path, 0, slow("alice", 600)))
        await his.until(lambda: runners(his) == ["alice"], "bob sees that alice runs it", PATIENCE)
        before = said("alice", 5)
        await his.until(lambda: before in "".join(streams(his)), "and what it says", PATIENCE)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await stage.stack.kill_server("alice")
        kernels.pop_all()  # They died with her server.
        killed = time.monotonic()
        await his.until(lambda: state(his) == "idle", "the cell is idle at bob's")
        seconds = time.monotonic() - killed
        await his.until(lambda: not runners(his), "nobody runs it")
        outputs = streams(his)
        assert before in outputs[0]
        await stage.enter("alice")
        await alice.live(document)
        for person in (alice, bob):
            await until(partial(has_on_disk, person, path, outputs[0]), f"{person.name} has it")
    record_property(
        "figure", f"idle at the other's {seconds:.0f} s after a kill -9, what it said stands"
    )


async def test_of_two_who_run_one_cell_one_says_it_all(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    path = "both-run.ipynb"
    document = await shared(stage, path, "x = 1")
    async with (
        tabs(path, alice, bob) as (hers, his),
        kernel(alice, path) as her_kernel,
        kernel(bob, path) as his_kernel,
    ):
        await asyncio.gather(
            run(alice, her_kernel, document, path, 0, slow("alice")),
            run(bob, his_kernel, document, path, 0, slow("bob")),
        )
        for tab in (hers, his):
            await tab.until(lambda tab=tab: state(tab) == "idle", "nobody runs it", PATIENCE)  # type: ignore[misc]
            await tab.until(lambda tab=tab: len(streams(tab)) == 1, "one said it")  # type: ignore[misc]
        (text,) = streams(hers)
        assert text in (said("alice"), said("bob"))
        for person in (alice, bob):
            await until(partial(has_on_disk, person, path, text), f"{person.name} has one run")
    record_property("figure", f"{LINES} lines of one kernel, none of the other's, on both disks")
