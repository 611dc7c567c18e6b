"""A newcomer to a large notebook with a long history, alone and 50 at once, beside stock jupyter-collaboration.

Ours asks the hub service's sync endpoint, stock's a WebSocket of y-protocols; both clients are light, and are in sync
once their Doc has taken in the answer. Both servers hold the very same Yjs document.
"""

import asyncio
import json
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import Request, urlopen

from pycrdt import Array, Doc, Map, Text, create_update_message, merge_updates

from benchmarks import jupyter_server
from benchmarks.browser_socket import BrowserSocket, enter_room, frame
from benchmarks.process import cpu_seconds, forget_peak, peak_bytes, pid_of
from demo import stack
from demo.collab_client import ask_for_session
from demo.rest import Rest
from demo.sharing import share
from xmpp_bridge.documents.sync import SyncMessage, decode_sync, encode_sync
from xmpp_bridge.documents.update import EMPTY_STATE_VECTOR, EMPTY_UPDATE

MEGABYTES = (5, 20)
CELLS, PIECE, TOGETHER = 200, 500, 200
ALONE, CROWD = 5, 50
FACTOR = 1.0
"""Times what stock takes."""
BLANK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
NAME = "large.ipynb"


@dataclass(frozen=True)
class Server:
    """One of the two while it holds the document; `enter` blocks until a newcomer is in sync, and counts bytes."""

    name: str
    pid: int
    enter: Callable[[], int]


@dataclass(frozen=True)
class Entered:
    """The seconds of a newcomer alone, and of 50 at once."""

    alone: float
    middle: float
    worst: float


async def main(_options: object) -> bool:
    """Measure, print the table and the verdict, and return whether it is good enough."""
    good = True
    print("| | | alone s | 50 at once: p50 | worst | server's CPU s | its peak MB |")
    print("|---|---|--:|--:|--:|--:|--:|")
    lines = []
    for size in MEGABYTES:
        updates = list(history(size * 1_000_000))
        with tempfile.TemporaryDirectory(prefix="xb-") as directory:
            async with _stock(Path(directory), updates) as server:
                theirs = await _measure(server, size)
        with tempfile.TemporaryDirectory(prefix="xb-") as directory:
            async with _bridged(Path(directory), updates) as server:
                ours = await _measure(server, size)
        alone, crowd = ours.alone / theirs.alone, ours.worst / theirs.worst
        lines.append(f"{size} MB {alone:.2f} x stock, {CROWD} at once {crowd:.2f} x")
        good = good and max(alone, crowd) <= FACTOR
    print(f"\na newcomer to {'; to '.join(lines)} (at most {FACTOR:g})")
    return good


def history(size: int) -> Iterator[bytes]:
    """A notebook that is written in pieces, here and there, of which a fifth is taken back again."""
    chance, doc = random.Random(1597), Doc[Any](client_id=1597)
    made: list[bytes] = []
    subscription = doc.observe(lambda event: made.append(event.update))
    sources = [Text() for _ in range(CELLS)]
    doc.get("cells", type=Array).extend(
        Map(
            {
                "cell_type": "code",
                "id": f"c{n}",
                "metadata": Map(),
                "source": source,
                "outputs": Array(),
                "execution_count": None,
            }
        )
        for n, source in enumerate(sources)
    )
    lengths = [0] * CELLS
    while sum(lengths) < size:
        cell = chance.randrange(CELLS)
        at = chance.randrange(lengths[cell] + 1)
        if lengths[cell] > PIECE and chance.random() < 0.2:
            at = min(at, lengths[cell] - PIECE)
            del sources[cell][at : at + PIECE]
            lengths[cell] -= PIECE
        else:
            sources[cell].insert(at, "".join(chance.choices("etaoin shrdlu\n", k=PIECE)))
            lengths[cell] += PIECE
        if len(made) >= TOGETHER:
            yield merge_updates(*made)
            made.clear()
    yield merge_updates(*made)
    doc.unobserve(subscription)


@asynccontextmanager
async def _stock(directory: Path, updates: list[bytes]) -> AsyncIterator[Server]:
    (directory / NAME).write_text(json.dumps(BLANK))
    async with jupyter_server.running(directory) as server:
        session = await ask_for_session(server, NAME, "notebook")
        url = server.websocket_url(session.websocket_path)

        def enter() -> int:
            doc: Doc[Any] = Doc()
            socket = BrowserSocket(url, server.headers)
            try:
                enter_room(socket, doc)
            finally:
                socket.close()
            return len(doc.get_update())

        def fill() -> None:
            socket, whole = BrowserSocket(url, server.headers), Doc[Any]()
            enter_room(socket, Doc())
            for update in updates:
                whole.apply_update(update)
                socket.send(frame(create_update_message(update)))
            while enter() < len(whole.get_update()):
                time.sleep(0.5)  # The server has not taken all of it in yet.
            socket.close()

        await asyncio.to_thread(fill)
        pid = pid_of(f"--ServerApp.root_dir={directory}")
        yield Server("stock", pid, enter)


@asynccontextmanager
async def _bridged(directory: Path, updates: list[bytes]) -> AsyncIterator[Server]:
    settings = stack.prepare_settings(directory)
    async with stack.running(settings) as hub:
        (settings.home("alice") / NAME).write_text(json.dumps(BLANK))
        alice = await hub.start_server("alice")
        notebook = await share(alice, NAME, "Benchmark", {})
        # Their own server would have it all open; what is measured is the service.
        await hub.stop_server("alice")
        url = f"{hub.service.url}api/documents/{notebook.document}/sync"
        headers = Rest(url, alice.token).headers

        def ask(known: bytes, update: bytes = EMPTY_UPDATE) -> SyncMessage:
            message = encode_sync(SyncMessage("", known, update))
            with urlopen(Request(url, message, headers), timeout=300) as answer:
                return decode_sync(answer.read())

        def enter() -> int:
            doc: Doc[Any] = Doc()
            update = ask(EMPTY_STATE_VECTOR).update
            doc.apply_update(update)
            return len(update)

        def fill() -> None:
            whole: Doc[Any] = Doc()
            for update in updates:
                whole.apply_update(update)
                ask(whole.get_state(), update)

        await asyncio.to_thread(fill)
        yield Server("xmpp_bridge", await hub.service_pid(), enter)


async def _measure(server: Server, size: int) -> Entered:
    def timed(_number: int) -> tuple[float, int]:
        began = time.perf_counter()
        got = server.enter()
        return time.perf_counter() - began, got

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(CROWD) as threads:
        alone = [await loop.run_in_executor(threads, timed, n) for n in range(ALONE)]
        forget_peak(server.pid)
        before = cpu_seconds(server.pid)
        many = await asyncio.gather(
            *(loop.run_in_executor(threads, timed, n) for n in range(CROWD))
        )
    seconds = sorted(taken for taken, _ in many)
    entered = Entered(median(taken for taken, _ in alone), median(seconds), seconds[-1])
    cpu, peak = cpu_seconds(server.pid) - before, peak_bytes(server.pid) / 1e6
    print(
        f"| {size} MB, {alone[0][1] / 1e6:.1f} MB for Yjs | {server.name} | {entered.alone:.2f}"
        f" | {entered.middle:.2f} | {entered.worst:.2f} | {cpu:.2f} | {peak:.0f} |",
        flush=True,
    )
    return entered
