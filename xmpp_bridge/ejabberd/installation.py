"""Where the operating system has put ejabberd."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from xmpp_bridge.ejabberd.errors import NotInstalledError

_ERL = Path("/usr/bin/erl")
_LIBRARIES = Path("/usr/lib")
_SQL = Path("/usr/share/ejabberd/sql")


@dataclass(frozen=True)
class Installation:
    """Debian's package, run without its wrapper, which would need root or the user `ejabberd`."""

    erl: Path
    libraries: Path
    sql: Path

    def postgres_schema(self) -> str:
        """Return the statements which make ejabberd's tables."""
        return (self.sql / "pg.new.sql").read_text("utf-8")


def find_installation() -> Installation:
    """Return the installed ejabberd, or raise `NotInstalledError` with the command that installs it."""
    libraries = sorted(path.parent for path in _LIBRARIES.glob("*/ejabberd-*"))
    if not (_ERL.exists() and libraries):
        raise NotInstalledError(
            "ejabberd is not installed: apt-get install ejabberd erlang-p1-sqlite3 erlang-p1-pgsql"
        )
    return Installation(_ERL, libraries[0], _SQL)
