"""Files which nobody else on this machine may read."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def make_private(folders: Iterable[Path]) -> None:
    """Make each folder, or take an existing one away from everybody else."""
    for folder in folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)


def write_private(path: Path, data: bytes) -> None:
    """Write `path` whole or not at all, with mode 0600 from its first moment on."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
