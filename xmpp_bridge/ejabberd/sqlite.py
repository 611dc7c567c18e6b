"""How ejabberd's own database file is written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def write_ahead(path: Path) -> None:
    """Have each change cost one write to the disk and wait for no reader; the file remembers it (sqlite.org/wal.html).

    A room archives a message before it passes on the next, so that a hundred at once would be a second of silence.
    """
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")
