"""Cells that run on several servers at once: one run stands, whole; and nobody's cell runs for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.documents.kernels import CELL, Server, Verona, turn
from xmpp_bridge.documents.local_state import read_local
from xmpp_bridge.documents.running import GRACE, KERNEL_GRACE, OWN_GRACE
from xmpp_bridge.documents.runs import read_runs


async def both_start(verona: Verona) -> tuple[Server, Server]:
    """Two start one cell without having heard of each other; returns the winner and the other."""
    romeo, juliet = verona.servers[:2]
    for server in (romeo, juliet):
        server.start()
        await turn()
        server.says(f"{server.name} 0\n")
        server.shows(server.name)
    await verona.calm()
    return (romeo, juliet) if romeo.running.runs.is_superseded(CELL) is False else (juliet, romeo)


async def test_of_two_who_start_at_once_one_stands() -> None:
    verona = Verona("romeo", "juliet")
    winner, loser = await both_start(verona)
    assert loser.running.runs.is_superseded(CELL)
    for server in verona.servers:
        assert server.outputs == [f"{winner.name} 0\n", winner.name]


async def test_whoever_is_not_the_last_runner_says_no_more() -> None:
    verona = Verona("romeo", "juliet", "nurse")
    winner, loser = await both_start(verona)
    for number in range(1, 4):
        for server in (winner, loser):
            server.says(f"{server.name} {number}\n")
            await turn()
        await verona.calm()
    winner.finish()
    await verona.calm()
    loser.says("loser's last\n")
    loser.finish()
    await verona.calm()
    expected = [
        f"{winner.name} 0\n",
        winner.name,
        "".join(f"{winner.name} {n}\n" for n in (1, 2, 3)),
    ]
    for server in verona.servers:
        assert server.outputs == expected
    assert len(read_runs(winner.doc)[CELL]) == 1


async def test_letters_in_the_middle_of_somebody_elses_stream_are_taken_out() -> None:
    verona = Verona("romeo", "juliet", "nurse")
    romeo, juliet, _ = verona.servers
    romeo.start()
    await turn()
    await verona.calm()
    juliet.start()
    await turn()
    juliet.says("wherefore 0\n")
    await verona.calm()
    for number in range(1, 5):
        romeo.says(f"né 🌹 {number}\n")
        juliet.says(f"wherefore {number}\n")
        await turn()
        await verona.calm()
    for server in verona.servers:
        assert server.outputs == ["".join(f"wherefore {number}\n" for number in range(5))]


async def test_who_finishes_last_is_not_who_started_last() -> None:
    verona = Verona("romeo", "juliet")
    romeo, juliet = verona.servers
    romeo.start()
    await turn()
    romeo.says("slow 0\n")
    await verona.calm()
    juliet.start()
    await turn()
    juliet.says("quick\n")
    juliet.finish()
    await verona.calm()
    romeo.says("slow 1\n")
    romeo.finish()
    await verona.calm()
    assert romeo.outputs == juliet.outputs == ["quick\n"]


async def test_whoever_starts_again_is_the_last_runner() -> None:
    verona = Verona("romeo", "juliet")
    winner, loser = await both_start(verona)
    loser.start()
    await turn()
    loser.says("again\n")
    await verona.calm()
    winner.says("not heard\n")
    winner.finish()
    await verona.calm()
    loser.finish()
    await verona.calm()
    assert winner.outputs == loser.outputs == ["again\n"]


async def test_a_superseded_run_does_not_say_that_the_other_one_is_over() -> None:
    verona = Verona("romeo", "juliet")
    winner, loser = await both_start(verona)
    loser.finish()
    await verona.calm()
    assert winner.cell["execution_state"] == loser.cell["execution_state"] == "running"
    winner.finish()
    await verona.calm()
    assert winner.cell["execution_state"] == loser.cell["execution_state"] == "idle"


async def test_what_a_server_said_that_died_is_taken_out_by_the_others() -> None:
    verona = Verona("romeo", "juliet", "nurse")
    winner, loser = await both_start(verona)
    verona.servers.remove(loser)
    winner.finish()
    await verona.calm()
    for server in verona.servers:
        assert server.outputs == [f"{winner.name} 0\n", winner.name]


async def test_outputs_that_no_superseded_run_wrote_are_left_alone() -> None:
    """A file that was merged, a cell that was cleared and restored, a display that another cell updates."""
    verona = Verona("romeo", "juliet")
    romeo, juliet = verona.servers
    for server in (romeo, juliet):
        server.start()
        await turn()
        server.says(f"{server.name}\n")
        server.finish()
        await verona.calm()
    romeo.shows("merged from disk")
    await verona.calm()
    romeo.shows("and once more")
    await verona.calm()
    assert romeo.outputs == juliet.outputs == ["juliet\n", "merged from disk", "and once more"]


async def look_until(server: Server, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await server.running.look()
            server.verona.time += 1.0


async def test_the_cell_of_a_runner_who_vanishes_is_idle_after_a_while() -> None:
    verona = Verona("romeo", "juliet", "nurse")
    romeo, juliet, nurse = verona.servers
    romeo.start()
    await turn()
    romeo.says("so far\n")
    await verona.calm()
    await juliet.running.look()
    assert read_local(juliet.doc)["runners"] == {CELL: "Romeo"}
    verona.here.remove("romeo")
    await look_until(juliet, lambda: juliet.cell["execution_state"] == "idle")
    assert GRACE < verona.time < 2 * GRACE
    await verona.calm()
    assert nurse.cell["execution_state"] == "idle"
    assert nurse.outputs == ["so far\n"]
    await juliet.running.look()
    assert read_local(juliet.doc)["runners"] == {}


async def test_a_runner_who_comes_back_says_so_again() -> None:
    verona = Verona("romeo", "juliet")
    romeo, juliet = verona.servers
    romeo.start()
    await turn()
    await verona.calm()
    verona.here.remove("romeo")
    await look_until(juliet, lambda: juliet.cell["execution_state"] == "idle")
    verona.here.add("romeo")
    await verona.calm()
    await romeo.running.look()
    await verona.calm()
    assert juliet.cell["execution_state"] == "running"


async def test_a_cell_that_somebody_else_has_started_since_is_left_alone() -> None:
    verona = Verona("romeo", "juliet", "nurse")
    romeo, juliet, nurse = verona.servers
    romeo.start()
    await turn()
    await verona.calm()
    verona.here.remove("romeo")
    for _ in range(int(GRACE)):
        await nurse.running.look()
        verona.time += 1.0
    juliet.start()
    await turn()
    await verona.calm()
    for _ in range(int(GRACE)):
        await nurse.running.look()
        verona.time += 1.0
    assert nurse.cell["execution_state"] == "running"
    await nurse.running.look()
    assert read_local(nurse.doc)["runners"] == {CELL: "Juliet"}


async def test_nobody_is_gone_for_a_server_that_is_away_itself() -> None:
    verona = Verona("romeo", "juliet")
    romeo, juliet = verona.servers
    romeo.start()
    await turn()
    await verona.calm()
    verona.here.remove("juliet")
    for _ in range(int(3 * GRACE)):
        await juliet.running.look()
        verona.time += 1.0
    assert juliet.cell["execution_state"] == "running"


async def test_a_kernel_that_is_gone_ends_its_cells() -> None:
    verona = Verona("romeo", "juliet")
    romeo, _ = verona.servers
    romeo.start()
    await turn()
    for _ in range(int(2 * KERNEL_GRACE)):
        await romeo.running.look()
        verona.time += 1.0
    assert romeo.cell["execution_state"] == "running"
    romeo.busy = False
    before = verona.time
    await look_until(romeo, lambda: romeo.cell["execution_state"] == "idle")
    assert KERNEL_GRACE < verona.time - before < KERNEL_GRACE + OWN_GRACE + 5


async def test_what_is_marked_as_running_by_nobody_is_idle_after_a_while() -> None:
    verona = Verona("romeo", "juliet")
    romeo, _ = verona.servers
    romeo.replica.read_only = True  # so that it says nothing of a run
    romeo.cell["execution_state"] = "running"
    await turn()
    romeo.replica.read_only = False
    await look_until(romeo, lambda: romeo.cell["execution_state"] == "idle")


ACTS = ("start", "says", "says", "shows", "finish", "hear", "hear")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from(ACTS), st.integers(1, 12)),
        min_size=8,
        max_size=30,
    ),
    st.permutations([0, 1, 2]),
)
async def test_all_come_to_exactly_one_runs_outputs(
    acts: list[tuple[int, str, int]], ranks: list[int]
) -> None:
    verona = Verona("romeo", "juliet", "nurse", ranks=ranks)
    runs: dict[str, list[str]] = {}
    running: dict[str, list[str]] = {}
    for number, (who, act, many) in enumerate([(0, "start", 0), (1, "start", 0), *acts]):
        server = verona.servers[who]
        name = server.name
        if act == "hear":
            server.deliver(many)
        elif act == "start":
            server.start()
            running[name] = runs[f"{name} {number}"] = []
        elif act == "finish" and name in running:
            server.finish()
            del running[name]
        elif name in running:
            said = f"{name} {number}\n"
            getattr(server, act)(said)
            running[name].append(said)
        await turn()
    for name in list(running):
        next(server for server in verona.servers if server.name == name).finish()
        await turn()
    await verona.calm()
    for _ in range(int(2 * OWN_GRACE)):
        for server in verona.servers:
            await server.running.look()
        verona.time += 1.0
    await verona.calm()
    seen = ["".join(server.outputs) for server in verona.servers]
    assert len(set(seen)) == 1
    assert seen[0] in ["".join(said) for said in runs.values()] or not runs
    assert "running" not in [server.cell.get("execution_state") for server in verona.servers]
