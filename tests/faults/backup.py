"""The service's database, set back to what it was."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path

from tests.e2e.stage import Stage, until


def database_of(stage: Stage) -> Path:
    (path,) = stage.stack.settings.directory.rglob("bridge.sqlite")
    return path


def back_up(stage: Stage) -> Path:
    """As docs/operations.md says: with SQLite's own backup, while the service runs."""
    database = database_of(stage)
    backup = database.with_name("backup.sqlite")
    with sqlite3.connect(database) as source, sqlite3.connect(backup) as target:
        source.backup(target)
    return backup


def _put_in_place(backup: Path, database: Path) -> None:
    backup.replace(database)
    for rest in ("-wal", "-shm"):
        database.with_name(database.name + rest).unlink(missing_ok=True)


async def restore(stage: Stage, backup: Path) -> None:
    """Kill the service, put the backup in place of its database, and wait until the hub has started it again."""
    old, database = await stage.stack.service_pid(), database_of(stage)
    os.kill(old, signal.SIGKILL)
    _put_in_place(backup, database)

    async def back() -> bool:
        return await stage.stack.service_pid() != old and await stage.stack.service.answers(
            "healthz"
        )

    await until(back, "the service is back")
