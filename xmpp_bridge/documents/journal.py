"""What this server keeps of one document on its own disk: every update, and the base of the last save.

An appended update survives the death of the process; `flush` makes it survive the death of the machine. A new base or a
compacted log replaces the old one whole or not at all. What cannot be read is set aside for people, never thrown away.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
from io import FileIO
from itertools import count
from pathlib import Path
from typing import Any, Final

from xmpp_bridge.documents.base import Base, Pending
from xmpp_bridge.documents.journal_frame import Damage, read_frames, write_frame

log = logging.getLogger(__name__)

FLUSH_EVERY: Final = 1.0
_MAGIC: Final = b"xmpp-bridge journal 0\n"


class Journal:
    """One directory. One process at a time; its calls block for as long as the disk does."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._log = directory / "updates.log"
        self._base_file = directory / "base"
        self._pending_file = directory / "pending"
        self._loaded = False
        self._unflushed = False
        self._appended = asyncio.Event()
        self.entries = 0
        """How many updates there are, as far as this object has read or written them."""
        self._base: Base | None = None
        self._base_read = False
        self.damaged: list[Path] = []
        """What was found unreadable and set aside by this object."""

    def load(self) -> list[bytes]:
        """Return all that can be read, oldest first; the update that was being written at a crash is not among it."""
        self._loaded = True
        if not self._log.exists():
            return []
        data = self._log.read_bytes()
        updates, end, damage = read_frames(data, _MAGIC)
        if damage is Damage.DAMAGED:
            self._set_aside(self._log)
        if damage is not Damage.NONE:
            _replace(self._log, data[:end] or _MAGIC)
        self.entries = len(updates)
        return updates

    def append(self, update: bytes) -> None:
        """Keep `update`; it is with the operating system when this returns. Raises OSError and then keeps nothing."""
        if (
            not self._loaded
        ):  # else it might follow half an update that was being written at a crash
            self.load()
        with self._opened() as file:
            end = file.tell()
            frame = write_frame(update) if end else _MAGIC + write_frame(update)
            self._unflushed = True
            self._appended.set()
            try:
                if file.write(frame) != len(frame):
                    raise OSError(f"{self._log} takes no more")  # noqa: TRY301 - truncated below
            except OSError:
                file.truncate(end)
                raise
        self.entries += 1

    def _opened(self) -> FileIO:
        try:
            return open(self._log, "ab", buffering=0, opener=_private)
        except FileNotFoundError:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            return open(self._log, "ab", buffering=0, opener=_private)

    async def keep_flushed(self) -> None:
        """Flush until cancelled; a loss of power, not a crash, takes less than two seconds, and the room has those."""
        while True:
            await self._appended.wait()
            await asyncio.sleep(FLUSH_EVERY)
            self._appended.clear()
            try:
                await asyncio.to_thread(self.flush)
            except OSError as error:
                log.warning("journal not flushed: reason=%s", error)
                self._appended.set()

    def flush(self) -> None:
        """Make what was appended survive a loss of power."""
        if not self._unflushed:
            return
        self._unflushed = False
        try:
            _sync(self._log)
            _sync(self._directory)
        except OSError:
            self._unflushed = True
            raise

    def compact(self, state: bytes) -> None:
        """Replace all updates by `state`, which must contain them."""
        _replace(self._log, _MAGIC + write_frame(state))
        self._loaded = True
        self._unflushed = False
        self.entries = 1

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever kept, as far as the disk can tell without reading."""
        return not self._log.exists()

    def release(self) -> None:
        """Keep nothing in memory; it is read again when somebody asks."""
        self._base, self._base_read = None, False

    @property
    def base(self) -> Base | None:
        """The base of the last save that is known to be through, None before the first."""
        if not self._base_read:
            self._base = self._load_base()
            self._base_read = True
        return self._base

    def set_base(self, base: Base) -> None:
        """Remember what was just saved; nothing is pending any more."""
        _replace(self._base_file, _MAGIC + _write_base(base))
        self._base, self._base_read = base, True
        self._pending_file.unlink(missing_ok=True)

    def pending(self) -> Pending | None:
        """The save that was under way when the process died."""
        if not self._pending_file.exists():
            return None
        frames = _read_whole(self._pending_file.read_bytes(), 3)
        if frames is None:
            self._set_aside(self._pending_file)
            self._pending_file.unlink()
            return None
        return Pending(Base(frames[0], json.loads(frames[1])), json.loads(frames[2]))

    def set_pending(self, pending: Pending) -> None:
        """Remember what is about to be saved."""
        before = write_frame(_json(pending.before))
        _replace(self._pending_file, _MAGIC + _write_base(pending.base) + before)

    def _load_base(self) -> Base | None:
        if not self._base_file.exists():
            return None
        frames = _read_whole(self._base_file.read_bytes(), 2)
        if frames is None:
            self._set_aside(self._base_file)
            self._base_file.unlink()
            return None
        return Base(frames[0], json.loads(frames[1]))

    def _set_aside(self, file: Path) -> None:
        """Copy `file`, so that at no moment it looks as if there had been none."""
        aside = next(
            path
            for n in count(1)
            if not (path := file.with_name(f"{file.name}.damaged-{n}")).exists()
        )
        shutil.copyfile(file, aside, follow_symlinks=False)
        aside.chmod(0o600)
        _sync(aside)
        self.damaged.append(aside)
        log.error("journal damaged: set_aside=%s", aside.name)


def _write_base(base: Base) -> bytes:
    return write_frame(base.state) + write_frame(_json(base.content))


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _read_whole(data: bytes, number: int) -> list[bytes] | None:
    """Return so many frames, None if any of them cannot be read."""
    frames, _, damage = read_frames(data, _MAGIC)
    return frames if damage is Damage.NONE and len(frames) == number else None


def _replace(path: Path, data: bytes) -> None:
    """Make `data` the content of `path`; after a crash it is that or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(path.name + ".new")
    with open(new, "wb", opener=_private) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
