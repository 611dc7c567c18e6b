"""Every checkpoint as a note in one file, which only grows: it is what the database is held against."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from xmpp_bridge.audit.verify import read_checkpoints

_BEHIND_A_NOTE: Final = b"\n\n"
_LONGEST: Final = 4_096
"""A note is never as long: two lines of base64 and a few names."""


def append(path: Path, note: str) -> None:
    """It is on the disk when this returns. What a power cut has left of another one was never given to anybody."""
    with path.open("ab+") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LONGEST))
        tail = file.read()
        torn = len(tail) - len(_whole(tail))
        if torn:
            file.truncate(size - torn)
        file.write(f"{note}\n".encode())
        file.flush()
        os.fsync(file.fileno())


def largest(path: Path) -> int:
    """How many entries there were, as far as the file says."""
    kept = _whole(path.read_bytes()).decode() if path.exists() else ""
    return max((each.size for each in read_checkpoints(kept)), default=0)


def _whole(text: bytes) -> bytes:
    """Without what is behind the last whole note, which ends with a signature; there is a blank line before it, too."""
    end = text.rfind(_BEHIND_A_NOTE)
    while end >= 0 and not text[text.rfind(b"\n", 0, end) + 1 : end].startswith("— ".encode()):
        end = text.rfind(_BEHIND_A_NOTE, 0, end)
    return text[: end + len(_BEHIND_A_NOTE)] if end >= 0 else b""
