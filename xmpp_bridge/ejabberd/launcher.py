"""Runs ejabberd as a child of the current process: ready when the block begins, gone when it ends."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import assert_never

from xmpp_bridge.ejabberd.certificates import ensure_certificates
from xmpp_bridge.ejabberd.config import render
from xmpp_bridge.ejabberd.errors import AlreadyRunningError, PortTakenError
from xmpp_bridge.ejabberd.installation import find_installation
from xmpp_bridge.ejabberd.instance import Ejabberd
from xmpp_bridge.ejabberd.leftover import end_leftover
from xmpp_bridge.ejabberd.ports import forget_ports, taken_port, with_ports
from xmpp_bridge.ejabberd.postgres import ensure_schema
from xmpp_bridge.ejabberd.private_file import make_private, write_private
from xmpp_bridge.ejabberd.secrets import load_secrets
from xmpp_bridge.ejabberd.settings import (
    EjabberdSettings,
    Files,
    PostgresDatabase,
    SqliteDatabase,
)
from xmpp_bridge.ejabberd.sqlite import write_ahead

__all__ = ["Ejabberd", "prepare", "running"]

log = logging.getLogger(__name__)
_ATTEMPTS = 5


@asynccontextmanager
async def running(settings: EjabberdSettings) -> AsyncIterator[Ejabberd]:
    """Run ejabberd for the length of the block; also when it is killed and started again inside."""
    make_private(settings.files.folders)
    with _locked(settings.files):
        # First of all: its ports are to be ours again.
        if await end_leftover(settings.files, settings.stop_patience):
            log.warning("ejabberd leftover ended: directory=%s", settings.directory)
        ejabberd = await _start(settings)
        try:
            yield ejabberd
        finally:
            await ejabberd.stop()


async def prepare(settings: EjabberdSettings) -> Ejabberd:
    """Write everything that ejabberd needs, and tell the database; start nothing."""
    files = settings.files
    make_private(files.folders)
    secrets = load_secrets(settings)
    ensure_certificates(settings, datetime.now(UTC))
    settings = with_ports(settings)
    write_private(files.public_key, secrets.public_key)
    write_private(files.ejabberd_yml, render(settings, secrets).encode())
    match settings.database:
        case SqliteDatabase():
            await asyncio.to_thread(write_ahead, files.sqlite)
        case PostgresDatabase():
            await ensure_schema(settings.database, find_installation().postgres_schema())
        case _:
            assert_never(settings.database)
    return Ejabberd(settings, secrets)


async def _start(settings: EjabberdSettings) -> Ejabberd:
    """Start on ports which are free; whoever was quicker than we are gets theirs."""
    for _ in range(_ATTEMPTS - 1):
        ejabberd = await prepare(settings)
        try:
            await ejabberd.start()
        except PortTakenError:
            if taken_port(settings) is not None:
                raise
            forget_ports(settings)
        else:
            return ejabberd
    ejabberd = await prepare(settings)
    await ejabberd.start()
    return ejabberd


@contextmanager
def _locked(files: Files) -> Iterator[None]:
    """Hold the directory against other launchers; the lock ends with the process that holds it."""
    descriptor = os.open(files.lock, os.O_RDWR | os.O_CREAT, mode=0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"another process runs the ejabberd in {files.directory}"
            raise AlreadyRunningError(message) from error
        yield
    finally:
        os.close(descriptor)
