"""What a file of ejabberd's must be before ejabberd has it."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from xmpp_bridge.ejabberd.sqlite import write_ahead


def test_a_new_file_and_one_of_before_are_written_ahead(tmp_path: Path) -> None:
    new, old = tmp_path / "new.sqlite", tmp_path / "old.sqlite"
    with closing(sqlite3.connect(old)) as database:
        database.execute("CREATE TABLE archive (body TEXT)")
        database.execute("INSERT INTO archive VALUES ('But soft')")
        database.commit()
    for path in (new, old, old):
        write_ahead(path)
        with closing(sqlite3.connect(path)) as database:
            assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with closing(sqlite3.connect(old)) as database:
        assert database.execute("SELECT body FROM archive").fetchall() == [("But soft",)]
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
