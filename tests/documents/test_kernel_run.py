"""What jupyter-server-nbmodel writes of a run: into the shared cell as long as the run stands, then elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from jupyter_server_nbmodel.actions import _output_hook, _StreamState

from tests.documents.kernels import CELL, Server, Verona, turn
from xmpp_bridge.documents.kernel_run import KernelRun


class Kernel:
    """As nbmodel writes what a kernel says."""

    def __init__(self, server: Server) -> None:
        self._cell: Any = KernelRun(server.cell, server.running.runs)
        self._stream = _StreamState()
        with self._cell.doc.transaction():
            del self._cell["outputs"][:]
            self._cell["execution_count"] = None
            self._cell["execution_state"] = "running"
            assert "execution" not in self._cell["metadata"]

    def says(self, text: str) -> None:
        content = {"name": "stdout", "text": text}
        message = {"header": {"msg_type": "stream"}, "content": content}
        _output_hook([], self._cell, self._stream, message)

    def finish(self, count: int) -> None:
        with self._cell.doc.transaction():
            self._cell["execution_count"] = count
            self._cell["execution_state"] = "idle"


async def test_a_run_alone_is_written_into_the_cell() -> None:
    verona = Verona("romeo", "juliet")
    romeo, _juliet = verona.servers
    kernel = Kernel(romeo)
    await turn()
    for number in range(3):
        kernel.says(f"romeo {number}\n")
    kernel.finish(7)
    await verona.calm()
    for server in verona.servers:
        assert server.outputs == ["romeo 0\nromeo 1\nromeo 2\n"]
        assert (server.cell["execution_count"], server.cell["execution_state"]) == (7, "idle")
    assert not romeo.running.runs.here


@pytest.mark.parametrize("ranks", [(0, 1), (1, 0)])
async def test_of_two_kernels_one_says_it_all(ranks: tuple[int, int]) -> None:
    verona = Verona("romeo", "juliet", ranks=ranks)
    kernels = [Kernel(server) for server in verona.servers]
    for number in range(5):
        for server, kernel in zip(verona.servers, kernels, strict=True):
            kernel.says(f"{server.name} {number}\n")
            await turn()
        if number % 2:
            await verona.calm()
    loser = 0 if verona.servers[0].running.runs.is_superseded(CELL) else 1
    winner = 1 - loser
    kernels[winner].finish(1)
    await verona.calm()
    kernels[loser].says("never seen\n")
    kernels[loser].finish(2)
    await verona.calm()
    name = verona.servers[winner].name
    for server in verona.servers:
        assert server.outputs == ["".join(f"{name} {number}\n" for number in range(5))]
        assert (server.cell["execution_count"], server.cell["execution_state"]) == (1, "idle")
        assert not server.running.runs.here
