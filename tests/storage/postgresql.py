"""A PostgreSQL of one's own: a cluster in a temporary folder, reached through a socket in it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def running(programs: Path) -> Iterator[URL]:
    """The address of a server without databases of ours, which ends with the block."""
    # Not pytest's folder: PostgreSQL refuses to run as root, and nobody else may look into that one.
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    data = folder / "data"
    try:
        owner = _owner()
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        _run(
            owner,
            programs / "initdb",
            "-D",
            data,
            "-U",
            SUPERUSER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "-N",
        )
        # It does not outlive the tests, so nothing of it need survive a crash.
        options = f"-k {folder} -c listen_addresses= -c fsync=off -c full_page_writes=off"
        control = (programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w")
        _run(owner, *control, "-o", options, "start")
        try:
            yield URL.create(
                "postgresql", username=SUPERUSER, database="postgres", query={"host": str(folder)}
            )
        finally:
            _run(owner, *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _owner() -> pwd.struct_passwd:
    return pwd.getpwuid(os.getuid()) if os.getuid() else pwd.getpwnam("nobody")


def _run(owner: pwd.struct_passwd, *command: str | Path) -> None:
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
