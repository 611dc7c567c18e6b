"""A real JupyterHub with the bridge in it, as processes of the current user on loopback."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from demo.rest import Rest
from xmpp_bridge.ejabberd.ports import FreePorts

REPOSITORY = Path(__file__).parent.parent
CONFIGURATION = Path(__file__).with_name("jupyterhub_config.py")
PEOPLE = ("alice", "bob", "carol")
GUESTS = ("dave",)
"""They may log in, too, and start with nothing."""
GROUPS = {"friends": ("alice", "carol")}
LOOPBACK = "127.0.0.1"
MARK = "XMPP_BRIDGE_DEMO"
"""In the environment of each process of a demo: the folder of that demo."""
START_SECONDS = 90.0
STOP_SECONDS = 30.0


class StackError(Exception):
    """A part of the stack is not there; the message says which, and where its log is."""


@dataclass(frozen=True)
class StackSettings:
    """One hub: where its files live, where it listens, and what opens it.

    Anybody who can reach the hub and knows the password runs code as the user who started it, so
    it listens on loopback only and the password is a random one.
    """

    directory: Path
    port: int
    hub_port: int
    proxy_port: int
    service_port: int
    password: str = field(repr=False)
    api_token: str = field(repr=False)
    service: dict[str, Any] = field(default_factory=dict)
    """Settings of the service, by name."""

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/"

    @property
    def log(self) -> Path:
        return self.directory / "jupyterhub.log"

    def home(self, server: str) -> Path:
        """Each server has a home of its own, as on Kubernetes."""
        return self.directory / "homes" / server.replace("/", "-")

    def save(self) -> None:
        """Write these down for the next start, and for the hub's own configuration file."""
        path = _settings_file(self.directory)
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self) | {"directory": str(self.directory)}))


def load_settings(directory: Path) -> StackSettings:
    """The settings which `prepare_settings` left in `directory`."""
    saved = json.loads(_settings_file(directory).read_text())
    return StackSettings(**saved | {"directory": Path(saved["directory"])})


def prepare_settings(
    directory: Path, preferred_port: int | None = None, **service: object
) -> StackSettings:
    """Settings for this start: the secrets of the last one, on ports that are free now; `service` for the service."""
    directory = directory.absolute()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = _settings_file(directory).exists()
    last = load_settings(directory) if known else None
    free = FreePorts(LOOPBACK)
    settings = StackSettings(
        directory,
        port=free.take(last.port if last else preferred_port),
        hub_port=free.take(None),
        proxy_port=free.take(None),
        service_port=free.take(None),
        password=last.password if last else secrets.token_urlsafe(9),
        api_token=last.api_token if last else secrets.token_hex(32),
        service=service,
    )
    settings.save()
    return settings


class Stack:
    """The running hub, seen by somebody who may start servers and act for the people in it.

    A server is named after its owner: `alice`, or `alice/two` if it is not the one without a name.
    """

    def __init__(self, settings: StackSettings, process: asyncio.subprocess.Process) -> None:
        self.settings = settings
        self.hub = Rest(f"{settings.url}hub/api/", settings.api_token)
        self.service = Rest(f"{settings.url}services/xmpp-bridge/", settings.api_token)
        self.left_behind: list[int] = []
        """The processes that did not end with the hub, once it has stopped; they were killed."""
        self._process = process

    async def until_ready(self) -> None:
        """Return when the hub and the service answer, and ejabberd with them."""
        # Asked who we are, no other hub on this port would know.
        await self.until(lambda: self.hub.answers("user"), "the hub")
        await self.until_service()

    async def until_service(self) -> None:
        await self.until(lambda: self.service.answers("healthz"), "the hub service")

    async def until(self, condition: Callable[[], Awaitable[object]], what: str) -> None:
        """Return when `condition` holds; raise `StackError` when it never will."""
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await condition():
                    if self._process.returncode is not None:
                        raise StackError(f"the hub stopped: see {self.settings.log}")
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise StackError(f"waited too long for {what}: see {self.settings.log}") from None

    async def start_server(self, server: str) -> Rest:
        """Start a Jupyter server; the answer speaks to it as its owner."""
        person, _, name = server.partition("/")
        await self.hub.call("POST", f"users/{person}/servers/{name}")
        await self.until(lambda: self._server_ready(server), f"{person}'s server")
        granted = await self.hub.call("POST", f"users/{person}/tokens", {"expires_in": 86_400})
        return Rest(f"{self.settings.url}user/{server}/", granted["token"])

    async def without_proxy(self, person: str, server: Rest) -> Rest:
        """The same server at its own address."""
        routes = await self.hub.call("GET", "proxy")
        return Rest(f"{routes[f'/user/{person}/']['target']}/user/{person}/", server.token)

    async def stop_server(self, server: str) -> None:
        person, _, name = server.partition("/")
        await self.hub.call("DELETE", f"users/{person}/servers/{name}")
        await self.until(lambda: self._server_gone(server), f"the end of {person}'s server")

    async def kill_server(self, server: str) -> None:
        """End a Jupyter server as a crash would."""
        os.kill(await self.server_pid(server), signal.SIGKILL)
        # The hub notices on its own only at its next poll; asking it to stop makes it look.
        await self.stop_server(server)

    async def server_pid(self, server: str) -> int:
        return (await self._server(server))["state"]["pid"]

    async def service_pid(self) -> int:
        return int((await self.hub.call("GET", "services/xmpp-bridge"))["pid"])

    def ejabberd_pid(self) -> int:
        (file,) = self.settings.directory.rglob("run/ejabberd.pid")
        return int(file.read_text())

    async def _server(self, server: str) -> dict[str, dict[str, int]]:
        person, _, name = server.partition("/")
        user = await self.hub.call("GET", f"users/{person}?include_stopped_servers")
        found: dict[str, dict[str, int]] = user["servers"].get(name, {})
        return found

    async def _server_ready(self, server: str) -> bool:
        return bool((await self._server(server)).get("ready"))

    async def _server_gone(self, server: str) -> bool:
        found = await self._server(server)
        return not found or bool(found.get("stopped"))


@asynccontextmanager
async def running(settings: StackSettings) -> AsyncIterator[Stack]:
    """Run the hub, its proxy, its service and ejabberd for the length of the block."""
    process = await _start_hub(settings)
    stack = Stack(settings, process)
    try:
        await stack.until_ready()
        yield stack
    finally:
        await _stop_hub(process)
        stack.left_behind = _kill_the_rest(settings.directory)


async def _start_hub(settings: StackSettings) -> asyncio.subprocess.Process:
    for person in PEOPLE:
        settings.home(person).mkdir(parents=True, exist_ok=True)
    programs = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        MARK: str(settings.directory),
    }
    with settings.log.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            # Should this process be killed, the hub must not live on with nobody to stop it.
            *("setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "jupyterhub"),
            *("--config", str(CONFIGURATION)),
            cwd=settings.directory,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C in the terminal is for the demo, which stops the hub
        )


async def _stop_hub(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _kill_the_rest(directory: Path) -> list[int]:
    """Kill every process that still has this demo's mark in its environment."""
    mark = f"{MARK}={directory}".encode()
    rest = [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _has_mark(entry, mark)]
    for pid in rest:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return rest


def _has_mark(process: Path, mark: bytes) -> bool:
    try:
        return mark in (process / "environ").read_bytes().split(b"\0")
    except OSError:  # it has ended, or is not ours
        return False


def _settings_file(directory: Path) -> Path:
    return directory / "settings.json"
