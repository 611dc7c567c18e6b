"""Unix sockets at paths of any length, although their address holds only 108 bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LIMIT = 107


@contextmanager
def address(path: Path) -> Iterator[str]:
    """An address for `path` that fits, good for the length of the block."""
    if len(os.fsencode(path)) <= _LIMIT:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
