"""The demo's story without a browser: real servers, a real notebook, and everything that goes wrong."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from demo import edits
from demo.collab_client import CollabClient, opened
from demo.rest import Rest
from demo.sharing import SharedNotebook, join, set_role, share
from demo.stack import Stack, prepare_settings, running
from demo.story import NOTEBOOK, PATH, read_valid, until_saved
from xmpp_bridge.client import connect

NOTES = -1  # the last cell, where everybody writes
KEYSTROKES = 30
PAUSE_SECONDS = 0.125


class Check:
    """The story; each step says what it showed, or raises."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._servers: dict[str, Rest] = {}
        self._shared = SharedNotebook("", "")

    def steps(self) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
        return [
            ("Alice's and Bob's Jupyter servers start", self.start_servers),
            ("Alice shares a notebook, Bob joins it", self.share_notebook),
            ("both type at once, and see each other", self.type_together),
            ("each keystroke arrives as it is typed", self.type_keystrokes),
            ("Bob writes in the room's chat, Alice answers and finds it", self.chat),
            ("Bob becomes a viewer: what he types goes nowhere", self.demote_bob),
            ("Bob is an editor again", self.promote_bob),
            ("the hub service stops and comes back while both type", self.restart_service),
            ("ejabberd is killed and comes back while both type", self.kill_ejabberd),
            ("Alice's Jupyter server is killed with unsaved edits", self.kill_alices_server),
            ("Alice and Bob leave; Carol joins while nobody is there", self.join_late),
            ("all are back, with the same notebook on disk", self.compare_disks),
        ]

    async def start_servers(self) -> str:
        await asyncio.gather(self._start("alice"), self._start("bob"))
        return "one each"

    async def share_notebook(self) -> str:
        shutil.copy(NOTEBOOK, self._home("alice"))
        roles = {"bob": "editor", "carol": "editor"}
        self._shared = await share(self._servers["alice"], PATH, "Verona", roles)
        await join(self._servers["bob"], self._shared, PATH)
        async with self._tabs("alice", "bob") as (alice, bob):
            await _agree(alice, bob)
            _require(_cells(bob) == _outputs_of(NOTEBOOK), "Bob has all cells and outputs")
        return f"{len(_outputs_of(NOTEBOOK))} cells, {NOTEBOOK.stat().st_size // 1000} kB"

    async def type_together(self) -> str:
        return await self._both_type("at once")

    async def type_keystrokes(self) -> str:
        async with self._tabs("alice", "bob") as (alice, bob):
            # Only after a save does what a browser writes lean on what its server wrote.
            edits.append_text(alice.notebook, NOTES, " Now: ")
            await alice.acknowledged()
            await alice.until(lambda: alice.notebook.dirty is False, "saved")
            took = [await _keystroke(alice, bob) for _ in range(KEYSTROKES)]
        return f"median {sorted(took)[KEYSTROKES // 2]:.1f} ms through the hub's proxy"

    async def chat(self) -> str:
        alice, bob = self._servers["alice"], self._servers["bob"]
        async with connect(alice.url, alice.token) as hers, connect(bob.url, bob.token) as his:
            room = self._shared.room
            said = await his.room(room).send("@alice, when does the sun rise in Verona?")
            began = time.perf_counter()
            answer = await hers.room(room).send("At half past six", reply_to=said)
            took = time.perf_counter() - began
            found = [hit async for hit in hers.search('"sun rise" from:bob mentions:me')]
            _require([hit.message.id for hit in found] == [said.id], "Alice finds what Bob said")
            _require(answer.reply_to == said.id, "her answer is to that")
        return f"stored for good after {took * 1e3:.0f} ms, found by words"

    async def demote_bob(self) -> str:
        await set_role(self._servers["alice"], self._shared.room, "bob", "viewer")
        async with self._tabs("alice", "bob") as (alice, bob):
            edits.append_text(bob.notebook, NOTES, "graffiti")
            await bob.acknowledged()
            edits.append_text(alice.notebook, NOTES, " read-only ")
            await bob.until(lambda: " read-only " in _notes(bob), "Bob still reads")
            await alice.acknowledged()
            _require("graffiti" not in _notes(alice), "Alice does not see what Bob typed")
        return "he still reads along"

    async def promote_bob(self) -> str:
        await set_role(self._servers["alice"], self._shared.room, "bob", "editor")
        return await self._both_type("again")

    async def restart_service(self) -> str:
        before = await self._stack.service_pid()

        async def stop() -> None:
            os.kill(before, signal.SIGTERM)

        async def back() -> bool:
            return await self._stack.service_pid() != before

        return await self._both_type_while("the service is away", stop, back)

    async def kill_ejabberd(self) -> str:
        before = self._stack.ejabberd_pid()

        async def kill() -> None:
            os.kill(before, signal.SIGKILL)

        async def back() -> bool:
            return self._stack.ejabberd_pid() != before

        return await self._both_type_while("ejabberd is away", kill, back)

    async def kill_alices_server(self) -> str:
        async with self._tabs("alice") as (alice,):
            edits.append_text(alice.notebook, NOTES, " unsaved ")
            await alice.acknowledged()
            await self._stack.kill_server("alice")
        await self._start("alice")
        async with self._tabs("alice", "bob") as (alice, bob):
            await _agree(alice, bob)
            _require(_notes(bob).count(" unsaved ") == 1, "the unsaved edit is there, once")
        return "nothing lost, nothing doubled"

    async def join_late(self) -> str:
        async with self._tabs("alice") as (alice,):
            expected = _cells(alice)
        await asyncio.gather(*(self._stack.stop_server(person) for person in ("alice", "bob")))
        await self._start("carol")
        await join(self._servers["carol"], self._shared, PATH)
        async with self._tabs("carol") as (carol,):
            await carol.until(lambda: _cells(carol) == expected, "Carol has all of it")
        return "from the durable copy"

    async def compare_disks(self) -> str:
        await asyncio.gather(self._start("alice"), self._start("bob"))
        async with self._tabs("alice", "bob", "carol") as tabs:
            edits.append_text(tabs[2].notebook, NOTES, " the end.")
            await _agree(*tabs)
            sources = edits.sources(tabs[0].notebook)
        files = [self._home(person) / PATH for person in ("alice", "bob", "carol")]
        for file in files:
            await self._stack.until(partial(until_saved, file, sources), f"{file} saved")
        notebooks = [read_valid(file) for file in files]
        _require(all(nb["cells"] == notebooks[0]["cells"] for nb in notebooks), "the files agree")
        return "valid, identical, each cell once"

    async def _start(self, person: str) -> None:
        self._servers[person] = await self._stack.start_server(person)

    def _home(self, person: str) -> Path:
        return self._stack.settings.home(person)

    @asynccontextmanager
    async def _tabs(self, *people: str) -> AsyncIterator[list[CollabClient]]:
        """A browser tab with the notebook for each of these people."""
        async with AsyncExitStack() as tabs:
            yield [
                await tabs.enter_async_context(opened(self._servers[person], PATH))
                for person in people
            ]

    async def _both_type(self, word: str) -> str:
        async with self._tabs("alice", "bob") as (alice, bob):
            _type_both(alice, bob, word)
            began = time.perf_counter()
            await _agree(alice, bob)
            _require_both(alice, word)
        return f"the same for both after {(time.perf_counter() - began) * 1e3:.0f} ms"

    async def _both_type_while(
        self, word: str, harm: Callable[[], Awaitable[None]], healed: Callable[[], Awaitable[bool]]
    ) -> str:
        async with self._tabs("alice", "bob") as (alice, bob):
            await harm()
            began = time.perf_counter()
            _type_both(alice, bob, word)
            await alice.acknowledged()
            await self._stack.until(healed, "what was stopped to be back")
            await self._stack.until_service()
            away = time.perf_counter() - began
            await _agree(alice, bob)
            _require_both(alice, word)
        return f"away for {away:.1f} s, then all merged"


class CheckError(Exception):
    """Something is not as the story says."""


async def main() -> int:
    """Play the story; print a line for each step, and return the exit status."""
    directory = Path(tempfile.mkdtemp(prefix="xb-"))
    began = time.perf_counter()
    try:
        async with running(prepare_settings(directory)) as stack:
            _report("hub, service and ejabberd start", began, "on loopback")
            for name, step in Check(stack).steps():
                await _play(name, step)
            began = time.perf_counter()
        _require(not stack.left_behind, f"all processes end with the hub: {stack.left_behind}")
        _report("everything stops", began, "no process left")
    except Exception as error:  # noqa: BLE001 - whatever it is, the reader wants it in one line first
        print(f"FAILED  {type(error).__name__}: {error}\nlogs and files: {directory}", flush=True)
        return 1
    shutil.rmtree(directory)
    return 0


async def _play(name: str, step: Callable[[], Awaitable[str]]) -> None:
    began = time.perf_counter()
    try:
        figure = await step()
    except Exception:
        print(f"  !!     {'':5}  {name}", file=sys.stdout, flush=True)
        raise
    _report(name, began, figure)


def _report(name: str, began: float, figure: str) -> None:
    print(f"  ok  {time.perf_counter() - began:6.1f} s  {name:58} {figure}", flush=True)


def _type_both(alice: CollabClient, bob: CollabClient, word: str) -> None:
    edits.append_text(alice.notebook, NOTES, f" Alice {word}.")
    edits.type_text(bob.notebook, 0, 0, f"Bob {word}. ")


def _require_both(tab: CollabClient, word: str) -> None:
    notes, title = _notes(tab), edits.source_of(tab.notebook, 0)
    _require(notes.count(f" Alice {word}.") == 1, "what Alice typed is there, once")
    _require(title.count(f"Bob {word}. ") == 1, "what Bob typed is there, once")


async def _keystroke(writer: CollabClient, reader: CollabClient) -> float:
    """Milliseconds from one tab's document to the other's, after a pause as people make it."""
    await asyncio.sleep(PAUSE_SECONDS)
    began = time.perf_counter()
    edits.append_text(writer.notebook, NOTES, ".")
    typed = _notes(writer)
    await reader.until(lambda: _notes(reader) == typed, "the keystroke")
    return (time.perf_counter() - began) * 1e3


async def _agree(*tabs: CollabClient) -> None:
    """Return when all tabs show the same."""
    first, *others = tabs
    for other in others:
        await other.until(partial(_same, first, other), "the same in all tabs")


def _same(one: CollabClient, other: CollabClient) -> bool:
    return bool(_cells(one) == _cells(other))


def _cells(tab: CollabClient) -> Any:
    return tab.notebook.get(deduplicate=False)["cells"]


def _notes(tab: CollabClient) -> str:
    return edits.source_of(tab.notebook, NOTES)


def _outputs_of(path: Path) -> Any:
    return read_valid(path)["cells"]


def _require(condition: bool, claim: str) -> None:  # noqa: FBT001 - reads like an assertion
    if not condition:
        raise CheckError(f"not so: {claim}")
