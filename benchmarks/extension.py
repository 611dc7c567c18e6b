"""What the extension adds to a person's Jupyter server, beside the same server with jupyter-collaboration alone.

A real hub starts both: the same person's server in random order with us and without us, and at last three people's,
which then do nothing for a minute: without us, with us, and with us and a shared notebook.
"""

import asyncio
import json
import random
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.process import age_seconds, cpu_seconds, environment, resident_bytes
from benchmarks.systems import NOTEBOOK
from demo import stack
from demo.rest import Rest
from demo.sharing import links, share

MEGABYTES, IDLE_PERCENT = 25.0, 0.2
"""Of memory, and of a core."""
IDLE_SECONDS = 60.0
SETTLED_SECONDS = 5.0
STARTS = 5
OFF = {"ServerApp": {"jpserver_extensions": {"xmpp_bridge": False}}}
STARTER = "carol"
WITHOUT, WITH, LINKED = "without us", "with us", "with us, one document"
IDLERS = {"carol": WITHOUT, "bob": WITH, "alice": LINKED}


@dataclass
class Cost:
    """One kind of server: seconds to its first answer and megabytes of each start, and what it takes idle.

    Of the seconds, those of the processor count: how long a start takes by the clock is what else the machine does.
    """

    started: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    resident: list[float] = field(default_factory=list)
    idle_percent: float = 0.0
    idle_resident: float = 0.0


Costs = dict[str, Cost]


async def compare(directory: Path) -> Costs:
    costs: Costs = {name: Cost() for name in (WITHOUT, WITH, LINKED)}
    settings = stack.prepare_settings(directory)
    async with stack.running(settings) as hub:
        order = [WITHOUT, WITH] * STARTS
        random.Random(1597).shuffle(order)
        await _start(hub, STARTER, WITH)  # The first start of all reads the disk.
        for name in order:
            await hub.stop_server(STARTER)
            server = await _start(hub, STARTER, name)
            await asyncio.sleep(SETTLED_SECONDS)
            costs[name].started.append(server.seconds)
            costs[name].busy.append(server.cpu_seconds)
            costs[name].resident.append(resident_bytes(server.pid) / 1e6)
        await hub.stop_server(STARTER)
        await _idle(hub, costs)
    return costs


def table(costs: Costs) -> str:
    """In Markdown."""
    head = "| | start s | its CPU s | MB then | MB idle | idle % of a core |"
    rule = "|---|--:|--:|--:|--:|--:|"
    rows = [
        f"| {name} | {_middle(cost.started)} | {_middle(cost.busy)} | {_middle(cost.resident)}"
        f" | {cost.idle_resident:.1f} | {cost.idle_percent:.2f} |"
        for name, cost in costs.items()
    ]
    return "\n".join([head, rule, *rows])


def verdict(costs: Costs) -> tuple[str, bool]:
    """What we add, against what we promise; the start has no promise."""
    bare, ours, linked = costs[WITHOUT], costs[WITH], costs[LINKED]
    seconds = median(ours.busy) - median(bare.busy)
    memory = max(
        median(ours.resident) - median(bare.resident),
        ours.idle_resident - bare.idle_resident,
        linked.idle_resident - bare.idle_resident,
    )
    idle = ours.idle_percent - bare.idle_percent
    busy = linked.idle_percent - bare.idle_percent
    line = (
        f"the extension adds {seconds:.2f} s of CPU to the {median(bare.busy):.2f} s of a start;"
        f" {memory:.1f} MB (at most {MEGABYTES:g});"
        f" idle {idle:.2f} % of a core, with a document {busy:.2f} % (at most {IDLE_PERCENT})"
    )
    return line, memory <= MEGABYTES and max(idle, busy) <= IDLE_PERCENT


async def _idle(hub: stack.Stack, costs: Costs) -> None:
    """All three at the same time: whatever else the machine does hits all of them alike."""
    shutil.copy(NOTEBOOK, hub.settings.home("alice"))
    servers = {name: await _start(hub, person, name) for person, name in IDLERS.items()}
    owner = servers[LINKED].rest
    await share(owner, NOTEBOOK.name, "Benchmark", {"bob": "editor"})
    await hub.until(lambda: _is_live(owner), "the shared notebook")
    await asyncio.sleep(SETTLED_SECONDS)
    before = {name: cpu_seconds(server.pid) for name, server in servers.items()}
    began = time.monotonic()
    await asyncio.sleep(IDLE_SECONDS)
    took = time.monotonic() - began
    for name, server in servers.items():
        costs[name].idle_percent = 100 * (cpu_seconds(server.pid) - before[name]) / took
        costs[name].idle_resident = resident_bytes(server.pid) / 1e6


async def _is_live(owner: Rest) -> bool:
    return [link["state"] for link in await links(owner)] == ["live"]


@dataclass(frozen=True)
class Running:
    """A person's server that has answered, `seconds` after its process began, of which so many it worked."""

    seconds: float
    cpu_seconds: float
    pid: int
    rest: Rest


async def _start(hub: stack.Stack, person: str, name: str) -> Running:
    configuration = hub.settings.home(person) / ".jupyter" / "jupyter_server_config.json"
    configuration.parent.mkdir(exist_ok=True)
    configuration.write_text(json.dumps(OFF if name == WITHOUT else {}))
    # The hub looks only now and then whether the server answers; we look all the time.
    async with asyncio.TaskGroup() as both:
        rest = both.create_task(hub.start_server(person))
        answered = both.create_task(_first_answer(hub, person))
    return Running(*answered.result(), rest.result())


async def _first_answer(hub: stack.Stack, person: str) -> tuple[float, float, int]:
    while not (pid := await _pid(hub, person)):  # noqa: ASYNC110 - no event tells of a process
        await asyncio.sleep(0.05)
    server = Rest(environment(pid)["JUPYTERHUB_SERVICE_URL"], "")
    while not await server.answers("api"):  # noqa: ASYNC110 - nor of its answers
        await asyncio.sleep(0.02)
    return age_seconds(pid), cpu_seconds(pid), pid


async def _pid(hub: stack.Stack, person: str) -> int:
    """Of the server's process; 0 as long as there is none."""
    servers = (await hub.hub.call("GET", f"users/{person}"))["servers"]
    return int((servers.get("", {}).get("state") or {}).get("pid", 0))


def _middle(figures: Sequence[float]) -> str:
    return f"{median(figures):.2f}" if figures else ""
