"""An ejabberd which a launcher that was killed has left behind."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

from xmpp_bridge.ejabberd.settings import Files


async def end_leftover(files: Files, patience: timedelta) -> bool:
    """End the ejabberd of this directory if one still runs, and return whether one did."""
    pid = _recorded_pid(files.process)
    if pid is None:
        return False
    with _held(pid) as process:
        if process is None or not _is_ours(pid, files):
            return False
        await _end(process, patience)
        return True


def _recorded_pid(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return None


@contextmanager
def _held(pid: int) -> Iterator[int | None]:
    """Hold on to process `pid`, so that no other one can take its number; `None` when there is none."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        yield None
        return
    try:
        yield process
    finally:
        os.close(process)


def _is_ours(pid: int, files: Files) -> bool:
    """Return whether the process was started with the configuration of this directory."""
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return False
    return b"EJABBERD_CONFIG_PATH=" + os.fsencode(files.ejabberd_yml) in environment


async def _end(process: int, patience: timedelta) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(process, number)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience.total_seconds()):
                await _gone(process)
                return


async def _gone(process: int) -> None:
    """Wait until the process has ended: then its descriptor becomes readable."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(process, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process)
