"""A real JupyterHub with its proxy, the service, ejabberd, and people's Jupyter servers, for tests.

Everything runs as the current user on loopback, on ports that are free, below one folder whose path is short enough
for unix sockets. Whatever does not start fails the test with the end of its log.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from demo.rest import Rest

REPOSITORY = Path(__file__).parents[2]
CONFIGURATION = Path(__file__).with_name("jupyterhub_config.py")
DOMAIN = "montague.lit"
PEOPLE = ("romeo", "juliet", "mercutio", "alice", "bob", "carol")
PATIENCE = 90.0
POLL = 0.05
LOG_TAIL = 4000


@dataclass(frozen=True)
class HubSettings:
    """What a hub is to be like."""

    people: Sequence[str] = PEOPLE
    doors: bool = False
    """Start `door.py` in place of JupyterLab: for tests that only need a server's token."""
    service: Mapping[str, object] = field(default_factory=dict)
    """Settings of the service, by name."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What every Jupyter server finds in its environment."""
    python: Path = Path(sys.executable)
    """The interpreter with the JupyterHub to run."""


@dataclass(frozen=True)
class JupyterServer:
    """One person's running server."""

    person: str
    name: str
    url: str
    token: str = field(repr=False)
    """The token the hub gave to the server itself."""
    pid: int
    home: Path

    @property
    def rest(self) -> Rest:
        """The server's own REST API, as its owner."""
        return Rest(self.url, self.token)


class Hub:
    """The running hub, seen by somebody who may do everything in it."""

    def __init__(self, settings: HubSettings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.password = secrets.token_urlsafe(24)
        self._token = secrets.token_hex(32)
        self._ports = dict(zip(("public", "hub", "proxy", "service"), _free_ports(4), strict=True))
        self._process: asyncio.subprocess.Process | None = None

    # -- where things are ----------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports['public']}/"

    @property
    def rest(self) -> Rest:
        """The hub's REST API, as an administrator."""
        return Rest(f"{self.url}hub/api/", self._token)

    @property
    def state(self) -> Path:
        """The service's state folder."""
        return self.folder / "service"

    @property
    def log(self) -> Path:
        """What hub, proxy, service and Jupyter servers have said."""
        return self.folder / "hub.log"

    def service(self, token: str) -> Rest:
        """The service's REST API, with this token; without the proxy between."""
        return Rest(f"http://127.0.0.1:{self._ports['service']}/services/xmpp-bridge/", token)

    # -- people and their servers --------------------------------------------------------------

    async def create_user(self, name: str) -> None:
        await self.rest.call("POST", f"users/{_quoted(name)}")

    async def delete_user(self, name: str) -> None:
        await self.rest.call("DELETE", f"users/{_quoted(name)}")

    async def rename_user(self, name: str, new_name: str) -> None:
        await self.rest.call("PATCH", f"users/{_quoted(name)}", {"name": new_name})

    async def user_token(self, name: str, scopes: Sequence[str] | None = None) -> str:
        """A token such as people make for themselves on the hub's page."""
        body = {"expires_in": 3600} | ({} if scopes is None else {"scopes": list(scopes)})
        answer = await self.rest.call("POST", f"users/{_quoted(name)}/tokens", body)
        token: str = answer["token"]
        return token

    async def start_server(self, person: str, name: str = "") -> JupyterServer:
        """Start a person's server and return when the hub says that it is ready."""
        await self.rest.call("POST", f"users/{_quoted(person)}/servers/{name}")
        await self.until(lambda: self._is_ready(person, name), f"{person}'s server {name!r}")
        note = json.loads(self._note(person, name).read_text())
        path = f"user/{_quoted(person)}/" + (f"{name}/" if name else "")
        return JupyterServer(
            person, name, self.url + path, note["token"], note["pid"], Path(note["home"])
        )

    async def people_with_servers(self) -> set[str]:
        """Whose default server runs now."""
        users = await self.rest.call("GET", "users?state=active")
        return {user["name"] for user in users if "" in user["servers"]}

    async def stop_server(self, person: str, name: str = "") -> None:
        await self.rest.call("DELETE", f"users/{_quoted(person)}/servers/{name}")
        await self.until(lambda: self._is_gone(person, name), f"the end of {person}'s server")

    async def kill_server(self, server: JupyterServer) -> None:
        """End a Jupyter server as a crash would, and return when the hub has noticed."""
        os.kill(server.pid, signal.SIGKILL)
        # The hub notices by itself only at its next poll; asking it to stop the server makes it look.
        await self.stop_server(server.person, server.name)

    # -- the service and ejabberd --------------------------------------------------------------

    async def service_pid(self) -> int:
        return int((await self.rest.call("GET", "services/xmpp-bridge"))["pid"])

    def ejabberd_pid(self) -> int:
        return int((self.state / "ejabberd" / "run" / "ejabberd.pid").read_text())

    async def end_service(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop the service, or kill it; the hub looks every 30 seconds, and starts it again."""
        pid = await self.service_pid()
        os.kill(pid, number)
        await self.until(lambda: _soon(not _lives(pid)), "the end of the service")

    async def restart_service(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End the service, and return when the next one is well."""
        await self.end_service(number)
        await self.until_well()

    async def kill_ejabberd(self) -> None:
        """Kill ejabberd, and return when the service has started another one and is well."""
        pid = self.ejabberd_pid()
        os.kill(pid, signal.SIGKILL)
        await self.until(lambda: _soon(self.ejabberd_pid() != pid), "another ejabberd")
        await self.until_well()

    async def until_well(self) -> None:
        """Return when database, ejabberd and component are all there."""
        await self.until(lambda: self.service("").answers("healthz"), "the service")

    async def until(self, condition: Callable[[], Awaitable[object]], what: str) -> None:
        """Return when `condition` holds; fail with the logs when it does not."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not await condition():
                    if self._process is not None and self._process.returncode is not None:
                        raise AssertionError(f"the hub has ended\n{self._tails()}")
                    await asyncio.sleep(POLL)
        except TimeoutError:
            raise AssertionError(f"waited too long for {what}\n{self._tails()}") from None

    # -- the hub itself ------------------------------------------------------------------------

    async def start(self) -> None:
        for name in ("homes", "servers"):
            (self.folder / name).mkdir(exist_ok=True)
        plan = self.folder / "plan.json"
        plan.touch(mode=0o600)
        plan.write_text(json.dumps(self._plan()))
        programs = self.settings.python.parent
        environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(REPOSITORY),
            "XMPP_BRIDGE_TEST_HUB": str(plan),
        }
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                # Should the tests be killed, the hub must not live on.
                *("setpriv", "--pdeathsig", "TERM"),
                *(str(self.settings.python), "-m", "jupyterhub", "--config", str(CONFIGURATION)),
                cwd=self.folder,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        await self.until(lambda: self.rest.answers(""), "the hub")
        await self.until_well()

    async def stop(self) -> None:
        """Stop everything; fails when anything of it stays."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise AssertionError(f"the hub does not stop\n{self._tails()}") from None

    def _plan(self) -> dict[str, Any]:
        return {
            "folder": str(self.folder),
            "url": self.url,
            "hub_port": self._ports["hub"],
            "proxy_port": self._ports["proxy"],
            "service_port": self._ports["service"],
            "proxy": find_proxy(),
            "password": self.password,
            "api_token": self._token,
            "people": list(self.settings.people),
            "doors": self.settings.doors,
            "environment": dict(self.settings.environment),
            "service": {
                "public_url": self.url,
                "domain": DOMAIN,
                "state_directory": str(self.state),
                **{
                    name: value if isinstance(value, dict) else str(value)
                    for name, value in self.settings.service.items()
                },
            },
        }

    async def _is_ready(self, person: str, name: str) -> bool:
        user = await self.rest.call("GET", f"users/{_quoted(person)}")
        return bool(user["servers"].get(name, {}).get("ready"))

    async def _is_gone(self, person: str, name: str) -> bool:
        user = await self.rest.call("GET", f"users/{_quoted(person)}")
        return name not in user["servers"]

    def _note(self, person: str, name: str) -> Path:
        digest = hashlib.sha256(f"{person}/{name}".encode()).hexdigest()[:16]
        return self.folder / "servers" / digest

    def _tails(self) -> str:
        logs = [self.log, *sorted((self.state / "ejabberd" / "logs").glob("*.log"))]
        return "\n".join(
            f"--- end of {log.name}:\n{log.read_text(errors='replace')[-LOG_TAIL:]}"
            for log in logs
            if log.exists()
        )


@asynccontextmanager
async def running_hub(settings: HubSettings | None = None) -> AsyncIterator[Hub]:
    """Run a hub and everything around it for the length of the block."""
    folder = Path(tempfile.mkdtemp(prefix="xb-"))
    hub = Hub(settings or HubSettings(), folder)
    try:
        await hub.start()
        yield hub
    finally:
        await hub.stop()
        shutil.rmtree(folder, ignore_errors=True)


def find_proxy() -> str:
    """The configurable-http-proxy to run."""
    local = REPOSITORY / "node_modules" / ".bin" / "configurable-http-proxy"
    found = os.environ.get("XMPP_BRIDGE_CHP") or (
        str(local) if local.exists() else shutil.which("configurable-http-proxy")
    )
    if not found:
        raise AssertionError("configurable-http-proxy is not installed: run `make setup`")
    return found


def _lives(pid: int) -> bool:
    """Whether the process runs; one that nobody has waited for yet does not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return fields[0] != "Z"


async def _soon(value: object) -> object:
    return value


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for taken in sockets:
            taken.bind(("127.0.0.1", 0))
        return [taken.getsockname()[1] for taken in sockets]
