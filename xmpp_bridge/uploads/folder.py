"""Files in a folder, each under an id, and whole or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

LEFTOVER_AFTER: Final = timedelta(days=1)


class Incoming:
    """A file on its way in; nobody sees it before it is kept."""

    def __init__(self, folder: Path) -> None:
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".incoming.")
        self._file = os.fdopen(descriptor, "wb")
        self._hash = hashlib.sha256()
        self.path = Path(name)
        self.size = 0

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size += len(chunk)

    async def finish(self) -> str:
        """Have all of it on the disk, and return its SHA-256 in hex."""
        return await asyncio.to_thread(self._finish)

    def _finish(self) -> str:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Forget it, unless it has been kept."""
        self._file.close()
        self.path.unlink(missing_ok=True)


class Folder:
    """Whoever keeps files here says with rows of its own which of them count."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._now = now

    def receive(self) -> Incoming:
        """Room for a new file; raises OSError if the disk has none."""
        return Incoming(self._path)

    async def place(self, incoming: Incoming, file_id: str) -> None:
        """Keep what is finished; it is durable when this returns, and a row for it may follow."""
        await asyncio.to_thread(self._place, incoming.path, file_id)

    def path_of(self, file_id: str) -> Path:
        """Where the file lies."""
        return self._path / file_id[:2] / file_id

    async def remove_unknown(self, known: Collection[str]) -> int:
        """Remove what was never acknowledged, and say how many files those were."""
        return await asyncio.to_thread(self._remove_unknown, known)

    def _place(self, path: Path, file_id: str) -> None:
        target = self.path_of(file_id)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        path.replace(target)
        for folder in (target.parent, self._path):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _remove_unknown(self, known: Collection[str]) -> int:
        old = (self._now() - LEFTOVER_AFTER).timestamp()
        leftovers = [
            path
            for path in self._path.rglob("*")
            if path.is_file() and path.name not in known and path.stat().st_mtime < old
        ]
        for path in leftovers:
            path.unlink(missing_ok=True)
        return len(leftovers)
