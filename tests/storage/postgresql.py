"""A PostgreSQL of one's own: a cluster in a temporary folder, reached through a socket in it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL

DEBIAN_VERSIONS = Path("/usr/lib/postgresql")
SUPERUSER = "xmpp_bridge"


def binaries() -> Path | None:
    """Where the newest PostgreSQL of this machine is; Debian does not put it on the path."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).parent
    versions = [path for path in DEBIAN_VERSIONS.glob("*/bin") if (path / "initdb").exists()]
    return max(versions, key=lambda path: int(path.parent.name), default=None)


@dataclass(frozen=True)
class Cluster:
    """A server that can be stopped and started again; `port` is open on loopback if it is not 0."""

    folder: Path
    programs: Path
    port: int = 0

    @property
    def url(self) -> URL:
        return URL.create(
            "postgresql", username=SUPERUSER, database="postgres", query={"host": str(self.folder)}
        )

    def create(self) -> None:
        os.chown(self.folder, _owner().pw_uid, _owner().pw_gid)
        trusting = ("-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "-N")
        _run(self.programs / "initdb", "-D", self._data, *trusting)

    def start(self) -> None:
        # It does not outlive the tests, so nothing of it need survive a crash of the machine.
        listening = f"-c listen_addresses={'127.0.0.1' if self.port else ''} -p {self.port or 5432}"
        options = f"-k {self.folder} {listening} -c fsync=off -c full_page_writes=off"
        _run(*self._control, "-o", options, "start")

    def stop(self) -> None:
        """Every connection ends at once."""
        _run(*self._control, "-m", "immediate", "stop")

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _control(self) -> tuple[str | Path, ...]:
        log = self.folder / "log"
        return (self.programs / "pg_ctl", "-D", self._data, "-l", log, "-w")


@contextmanager
def cluster(programs: Path, port: int = 0) -> Iterator[Cluster]:
    """A server without databases of ours, which ends with the block."""
    # Not pytest's folder: PostgreSQL refuses to run as root, and nobody else may look into that one.
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    try:
        made = Cluster(folder, programs, port)
        made.create()
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(programs: Path) -> Iterator[URL]:
    """The address of such a server."""
    with cluster(programs) as made:
        yield made.url


def _owner() -> pwd.struct_passwd:
    return pwd.getpwuid(os.getuid()) if os.getuid() else pwd.getpwnam("nobody")


def _run(*command: str | Path) -> None:
    owner = _owner()
    other = owner.pw_uid != os.getuid()
    subprocess.run(
        list(map(str, command)),
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        user=owner.pw_uid if other else None,
        group=owner.pw_gid if other else None,
        extra_groups=[] if other else None,
    )
