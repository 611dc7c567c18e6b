"""The operating system's process of one ejabberd."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta

from xmpp_bridge.ejabberd.installation import Installation
from xmpp_bridge.ejabberd.private_file import write_private
from xmpp_bridge.ejabberd.settings import Files

# Reads the pipe whose other end only the launcher holds. When the launcher dies, of whatever, the pipe
# ends, and ejabberd with it: cleanly, or after ten seconds without ceremony.
_LIFELINE = (
    "spawn(fun() ->"
    " Pipe = open_port({fd, 0, 0}, [in, eof]),"
    " receive {Pipe, eof} -> init:stop(), timer:sleep(10000), erlang:halt(1, [{flush, false}]) end"
    " end)."
)

_MOST_FILES = 65536  # a shell gives 1024, which is as many people


class Process:
    """A started ejabberd; it ends with this process, even when this one is killed."""

    def __init__(self, process: asyncio.subprocess.Process, lifeline: int) -> None:
        self._process = process
        self._lifeline: int | None = lifeline

    @classmethod
    async def spawn(
        cls, installation: Installation, files: Files, environment: Mapping[str, str]
    ) -> Process:
        """Start ejabberd without an Erlang node name: no distribution, no cookie, no epmd."""
        reading, lifeline = os.pipe()
        try:
            with _console(files) as console:
                process = await asyncio.create_subprocess_exec(
                    *_command(installation),
                    stdin=reading,
                    stdout=console,
                    stderr=console,
                    cwd=files.spool,
                    env={**environment, **_environment(installation, files)},
                    umask=0o077,
                    start_new_session=True,  # a Ctrl-C in the terminal is for the service
                )
        except BaseException:
            os.close(lifeline)
            raise
        finally:
            os.close(reading)
        started = cls(process, lifeline)
        try:
            write_private(files.process, str(process.pid).encode())
        except BaseException:
            await started.kill()
            raise
        return started

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    async def wait(self) -> int:
        """Return the exit status once the process is gone."""
        status = await self._process.wait()
        self._cut_lifeline()
        return status

    async def stop(self, patience: timedelta) -> None:
        """Let it end cleanly; kill it when `patience` is over."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(patience.total_seconds()):
                await self.wait()
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End it at once, as a power failure would."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self.wait()

    def _cut_lifeline(self) -> None:
        lifeline, self._lifeline = self._lifeline, None
        if lifeline is not None:
            os.close(lifeline)


def _command(installation: Installation) -> tuple[str, ...]:
    """Return the command line, in which nothing is secret: anybody may read it."""
    schedulers = ("+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none")  # idle means idle
    limits = ("+K", "true", "+P", "250000")
    clock = (
        "+C",
        "multi_time_warp",
    )  # else a step takes days to arrive, and credentials seem expired
    ejabberd = ("-mnesia", "dir", '"."', "-ejabberd", "quiet", "true", "-s", "ejabberd")
    return (
        "prlimit",
        f"--nofile={_connections()}:",
        str(installation.erl),
        *schedulers,
        *limits,
        *clock,
        *ejabberd,
        "-noinput",
        "-eval",
        _LIFELINE,
    )


def _connections() -> int:
    """Return how many files it may open: what the administrator allows, within reason."""
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_FILES if allowed == resource.RLIM_INFINITY else min(allowed, _MOST_FILES)


def _environment(installation: Installation, files: Files) -> dict[str, str]:
    """Return what it needs in its environment: the service's own tokens are not for ejabberd."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": str(files.home),
        "ERL_LIBS": str(installation.libraries),
        "ERL_CRASH_DUMP_BYTES": "0",
        "EJABBERD_CONFIG_PATH": str(files.ejabberd_yml),
        "EJABBERD_LOG_PATH": str(files.log),
    }


@contextmanager
def _console(files: Files) -> Iterator[int]:
    """What ejabberd says outside of its log, of this start only."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    console = os.open(files.console, flags, mode=0o600)
    try:
        yield console
    finally:
        os.close(console)
