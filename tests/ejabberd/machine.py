"""What the operating system knows of a process, and what another user of the machine may do."""

from __future__ import annotations

import os
import subprocess
import sys
from ipaddress import ip_address
from pathlib import Path

import pytest

as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can try what another user of this machine may do"
)


def family(pid: int) -> list[int]:
    """Return the process and all its descendants."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    members = [pid]
    for member in members:
        members += [child for child, parent in parents.items() if parent == member]
    return members


def listening(pid: int) -> set[tuple[str, int]]:
    """Return the TCP addresses on which the process or a descendant listens."""
    sockets = {socket for member in family(pid) for socket in _sockets(member)}
    return {
        address
        for table in ("tcp", "tcp6")
        for inode, address in _listeners(Path(f"/proc/{pid}/net/{table}"))
        if inode in sockets
    }


def command_line(pid: int) -> str:
    """Return what every user of this machine can read about the process."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def environment(pid: int) -> str:
    """Return what the process was given when it started."""
    return Path(f"/proc/{pid}/environ").read_text()


def is_alive(pid: int) -> bool:
    """Return whether the process runs; one that has ended and was not reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def as_nobody(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Python program as another user, who owns nothing here."""
    someone_else = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
    return subprocess.run(
        [*someone_else, "/usr/bin/python3", "-I", "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd="/",
    )


def _sockets(pid: int) -> list[str]:
    inodes = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.append(target.removeprefix("socket:[").removesuffix("]"))
    return inodes


def _listeners(table: Path) -> list[tuple[str, tuple[str, int]]]:
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    return [(row[9], _address(row[1])) for row in rows if row[3] == "0A"]


def _address(text: str) -> tuple[str, int]:
    """Read the kernel's spelling: words in host order, then the port."""
    host, port = text.split(":")
    words = [bytes.fromhex(host[i : i + 8]) for i in range(0, len(host), 8)]
    packed = b"".join(word[:: -1 if sys.byteorder == "little" else 1] for word in words)
    return str(ip_address(packed)), int(port, 16)
