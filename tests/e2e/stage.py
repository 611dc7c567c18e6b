"""Three people with a Jupyter server each, on a real hub with a real ejabberd, and what they see and have on disk."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat.reader import NotJSONError

from demo.collab_client import CollabClient, opened
from demo.rest import Rest
from demo.stack import Stack, prepare_settings, running

PATIENCE = 60.0
LOOK_EVERY = 0.1


async def until(
    condition: Callable[[], Awaitable[Any]], what: str, within: float = PATIENCE
) -> Any:
    """Return the first true value of `condition`."""
    try:
        async with asyncio.timeout(within):
            while not (value := await _now(condition)):
                await asyncio.sleep(LOOK_EVERY)
    except TimeoutError:
        raise AssertionError(f"after {within} s still not: {what}") from None
    return value


async def _now(condition: Callable[[], Awaitable[Any]]) -> Any:
    try:
        return await condition()
    except NotJSONError:
        return None  # jupyter_server rewrites a file in place: we looked in between


@dataclass
class Person:
    """Somebody with a Jupyter server."""

    name: str
    home: Path
    server: Rest

    def write(self, path: str, *sources: str) -> None:
        """Put a notebook on disk, behind Jupyter's back."""
        cells = [
            nbformat.v4.new_code_cell(source, id=f"{self.name}-{number}")  # type: ignore[no-untyped-call]
            for number, source in enumerate(sources)
        ]
        self.write_notebook(path, nbformat.v4.new_notebook(cells=cells))  # type: ignore[no-untyped-call]

    def write_notebook(self, path: str, notebook: Any) -> None:
        target = self.home / path
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_suffix(".new")
        nbformat.write(notebook, new)  # type: ignore[no-untyped-call]
        new.replace(target)

    def read(self, path: str) -> Any:
        """The notebook on disk, valid by nbformat or not returned at all."""
        notebook = nbformat.read(self.home / path, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
        return notebook

    def sources(self, path: str) -> list[str]:
        return [cell.source for cell in self.read(path).cells]

    async def share(self, path: str, room: str) -> dict[str, Any]:
        return await self._link({"path": path, "room": room})

    async def join(self, document: str, path: str) -> dict[str, Any]:
        return await self._link({"path": path, "document": document})

    async def status(self, document: str) -> dict[str, Any]:
        status: dict[str, Any] = await self.server.call(
            "GET", f"xmpp-bridge/api/documents/{document}"
        )
        return status

    async def live(self, document: str, within: float = PATIENCE) -> None:
        """Wait until this server follows the document, or would be told of a change, and all typed on it is durable."""

        async def settled() -> bool:
            status = await self.status(document)
            return status["state"] in {"live", "asleep"} and not status["waiting_bytes"]

        await until(settled, f"{document} is live and saved at {self.name}'s", within)

    async def count(self, metric: str, **labels: str) -> float:
        """A counter of this server."""
        return count(await self.server.text("metrics"), metric, labels)

    async def _link(self, body: dict[str, str]) -> dict[str, Any]:
        status: dict[str, Any] = await self.server.call("POST", "xmpp-bridge/api/documents", body)
        return status


class Stage:
    """The stack and its people."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.people: dict[str, Person] = {}

    async def enter(self, name: str) -> Person:
        """Start somebody's server, or start it again; `alice/two` is alice at another one."""
        server = await self.stack.start_server(name)
        person = self.people.get(name)
        if person is None:
            person = self.people[name] = Person(name, self.stack.settings.home(name), server)
        person.server = server
        return person

    async def room(self, owner: Person, called: str = "Verona", /, **members: str) -> str:
        """A room of `owner`, with members by name and role."""
        room = await owner.server.call("POST", "xmpp-bridge/api/rooms", {"name": called})
        for name, role in members.items():
            await owner.server.call(
                "PUT", f"xmpp-bridge/api/rooms/{room['id']}/members/{name}", {"role": role}
            )
        return str(room["id"])

    async def shared(
        self, owner: Person, path: str, *sources: str, called: str = "Verona", **members: str
    ) -> tuple[str, str]:
        """A document of `owner` in a room `called` so, joined by all members at the same path; its id, its room."""
        owner.write(path, *sources)
        room = await self.room(owner, called, **members)
        document = str((await owner.share(path, room))["document"])
        await owner.live(document)
        for name in members:
            person = self.people[name]
            await person.join(document, path)
            await person.live(document)
        return document, room

    async def restart_service(self) -> None:
        """Kill the service; the hub starts it again."""
        old = await self.stack.service_pid()
        os.kill(old, signal.SIGTERM)

        async def back() -> bool:
            return await self.stack.service_pid() != old and await self.stack.service.answers(
                "healthz"
            )

        await until(back, "the service is back")

    async def kill_ejabberd(self) -> None:
        """Kill ejabberd as the kernel would; the service starts it again."""
        old = self.stack.ejabberd_pid()
        os.kill(old, signal.SIGKILL)

        async def back() -> bool:
            return self.stack.ejabberd_pid() != old and await self.stack.service.answers("healthz")

        await until(back, "ejabberd is back")


@asynccontextmanager
async def staged(*names: str, **service: object) -> AsyncIterator[Stage]:
    """A stack with these people's servers running; `service` are settings of the hub service."""
    folder = Path(tempfile.mkdtemp(prefix="xb-"))  # short: it holds unix sockets
    try:
        async with running(prepare_settings(folder, None, **service)) as stack:
            stage = Stage(stack)
            for name in names:
                await stage.enter(name)
            yield stage
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def tabs(path: str, *people: Person) -> AsyncIterator[list[CollabClient]]:
    """The same path open in a browser tab of each of these people."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opened(person.server, path)) for person in people]


def contents(clients: Iterable[CollabClient]) -> list[Any]:
    """What each tab has, doubled cells and all, without what is one server's own."""
    return [client.notebook.get(deduplicate=False) for client in clients]


async def agree(clients: Iterable[CollabClient], within: float = PATIENCE) -> Any:
    """Wait until all tabs have the same, and return it."""
    clients = list(clients)

    async def same() -> Any:
        seen = contents(clients)
        return all(content == seen[0] for content in seen) and seen[0]

    return await until(same, "all tabs agree", within)


async def on_disk(people: Iterable[Person], path: str, sources: list[str]) -> None:
    """Wait until the file of each of them has these cells."""
    for person in people:

        async def saved(person: Person = person) -> bool:
            return person.sources(path) == sources

        try:
            await until(saved, "saved")
        except AssertionError:
            assert person.sources(path) == sources, f"on {person.name}'s disk"


def count(exposition: str, metric: str, labels: dict[str, str]) -> float:
    """The sum of a counter over the series that carry `labels`."""
    total = 0.0
    for name, series, value in re.findall(r"^(\w+)(?:\{(.*)\})? (\S+)$", exposition, re.MULTILINE):
        if name == metric and all(f'{key}="{text}"' in series for key, text in labels.items()):
            total += float(value)
    return total
