"""Somebody with many linked documents: those that nobody uses sleep, and wake for whoever writes them."""

from __future__ import annotations

import asyncio
import json
import random
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from demo.collab_client import opened
from demo.stack import prepare_settings, running
from tests.e2e.stage import Person, Stage, until
from tests.e2e.test_execution import kernel, on_both_disks, run
from tests.faults.shelf import Shelf

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

QUIET_SECONDS = 3.0
"""More than the service waits before it looks who sleeps: else it wakes whoever has just fallen asleep."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """Alice and bob, whose documents sleep after some seconds."""
    folder = Path(tempfile.mkdtemp(prefix="xb-"))
    try:
        async with running(prepare_settings(folder)) as stack:
            stage = Stage(stack)
            for name in ("alice", "bob"):
                configuration = (
                    stack.settings.home(name) / ".jupyter" / "jupyter_server_config.json"
                )
                configuration.parent.mkdir()
                configuration.write_text(
                    json.dumps({"XmppBridge": {"quiet_seconds": QUIET_SECONDS}})
                )
                await stage.enter(name)
            yield stage
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def alice(stage: Stage) -> Person:
    return stage.people["alice"]


@pytest.fixture
def bob(stage: Stage) -> Person:
    return stage.people["bob"]


def memory(pid: int) -> float:
    """Megabytes that a process has in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    (kilobytes,) = re.findall(r"^VmRSS:\s+(\d+)", status, re.MULTILINE)
    return int(kilobytes) / 1024


@pytest.mark.parametrize(
    "count",
    [6, pytest.param(300, marks=[pytest.mark.accept, pytest.mark.timeout(1800)])],
)
async def test_documents_that_nobody_uses_sleep_and_what_anybody_writes_reaches_everybody(
    stage: Stage, alice: Person, bob: Person, count: int, record_property: Any
) -> None:
    shelf = Shelf(stage, f"shelf{count}")
    await shelf.fill(count)
    await shelf.asleep(alice, bob, within=60 + count)

    hers, his, missed = list(shelf.documents)[:3]
    written = dict.fromkeys(shelf.documents, "")
    await stage.stack.stop_server("bob")
    woken = await shelf.woken(alice)
    shelf.write(alice, missed, "document 2\nmeanwhile\n")
    written[missed] = "meanwhile\n"

    async def taken_up() -> bool:
        return await shelf.woken(alice) > woken

    await until(taken_up, "alice's server has seen it")
    await shelf.asleep(alice)
    before, began = await shelf.requests(), time.monotonic()
    await stage.enter("bob")
    await shelf.asleep(bob)
    seconds = time.monotonic() - began
    after = await shelf.requests()
    made = [after.get(name, 0) - before.get(name, 0) for name in ("Versions", "Sync", "Document")]
    assert made == [2, 1, 0], "one for all, two for what was missed, and no room was entered"
    await shelf.has(bob, missed, "document 2\nmeanwhile\n")

    async with opened(alice.server, hers, "file") as tab:
        tab.notebook.source += "alice was here\n"
        await shelf.has(bob, hers, "document 0\nalice was here\n")
    shelf.write(bob, his, "document 1\nbob was here\n")
    await shelf.has(alice, his, "document 1\nbob was here\n")
    written |= {hers: "alice was here\n", his: "bob was here\n"}
    await shelf.asleep(alice, bob)
    for person in (alice, bob):
        for number, path in enumerate(shelf.documents):
            assert shelf.read(person, path) == f"document {number}\n{written[path]}"
    megabytes = memory(await stage.stack.server_pid("bob"))
    record_property(
        "figure",
        f"{count} asleep: start-up {seconds:.1f} s with 1 request, and 2 for what was missed;"
        f" {megabytes:.0f} MB, 0 lost, 0 doubled",
    )


@pytest.mark.accept
async def test_who_was_taken_out_while_asleep_is_refused_quietly_and_catches_up_when_let_in_again(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    shelf = Shelf(stage, "exile")
    await shelf.fill(1)
    (path,) = shelf.documents
    await shelf.asleep(alice, bob)
    member = f"xmpp-bridge/api/rooms/{shelf.room}/members/bob"
    await alice.server.call("DELETE", member)
    await stage.stack.stop_server("bob")
    await stage.enter("bob")

    async def refused() -> bool:
        return await shelf.states(bob) == {path: "refused"}

    await until(refused, "bob's server knows that it is refused")
    before = await shelf.requests()
    shelf.write(alice, path, "while bob was away\n")
    await shelf.asleep(alice)
    after = await shelf.requests()
    tried = {name: after[name] - before.get(name, 0) for name in after}
    assert tried["Document"] <= 1, "only alice's server has asked to enter"
    assert shelf.read(bob, path) == "document 0\n"

    await alice.server.call("PUT", member, {"role": "editor"})
    await shelf.has(bob, path, "while bob was away\n")
    await shelf.asleep(alice, bob)
    record_property("figure", "refused, not retried, let in again: 0 lost")


@pytest.mark.accept
@pytest.mark.timeout(300)
async def test_a_tab_that_opens_while_its_document_falls_asleep_loses_nothing(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    shelf, rounds = Shelf(stage, "drowsy"), 30
    await shelf.fill(1)
    (path,) = shelf.documents
    expected = "document 0\n"
    for number in range(rounds):
        await asyncio.sleep(QUIET_SECONDS + (number % 10) * 0.07)  # around the moment itself
        async with opened(alice.server, path, "file") as tab:
            tab.notebook.source += f"round {number}\n"
            await tab.acknowledged()
        expected += f"round {number}\n"
    for person in (alice, bob):
        await shelf.has(person, path, expected)
    await shelf.asleep(alice, bob)
    record_property("figure", f"{rounds} tabs opened at about that moment: 0 lost, 0 doubled")


@pytest.mark.accept
@pytest.mark.timeout(600)
async def test_a_server_killed_while_documents_fall_asleep_and_wake_loses_nothing(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    shelf, rounds, chance = Shelf(stage, "killed"), 10, random.Random(3)
    await shelf.fill(4)
    expected = {path: shelf.read(alice, path) for path in shelf.documents}
    for number in range(rounds):
        expected = {path: f"{text}round {number}\n" for path, text in expected.items()}
        for path, text in expected.items():
            shelf.write(bob, path, text)
        await asyncio.sleep(chance.random() * 2 * QUIET_SECONDS)  # somewhere on the way
        await stage.stack.kill_server("bob")
        await stage.enter("bob")
        for person in (alice, bob):
            for path, text in expected.items():
                await shelf.has(person, path, text)
    await shelf.asleep(alice, bob)
    record_property("figure", f"killed {rounds} times: 0 lost, 0 doubled")


@pytest.mark.accept
async def test_a_notebook_that_sleeps_wakes_for_a_cell_and_stays_while_the_kernel_runs(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    code = f"import time\nprint('before')\ntime.sleep({4 * QUIET_SECONDS})\nprint('after')"
    document, _ = await stage.shared(alice, "long.ipynb", code, bob="editor")

    async def sleeps() -> bool:
        return str((await alice.status(document))["state"]) == "asleep"

    await until(sleeps, "nobody uses it")
    async with kernel(alice, "long.ipynb") as kernel_id:
        answer = await run(alice, kernel_id, document, "long.ipynb", 0, code)
        assert answer["status"] == "ok"
    notebook = await on_both_disks(alice, bob, "long.ipynb", answer["execution_count"])
    assert [output.text for output in notebook.cells[0].outputs] == ["before\nafter\n"]
    await until(sleeps, "nobody uses it any more")
    record_property("figure", "no browser, a silent cell: both disks have all of its output")
