"""Clocks that can be stepped, of all processes that begin meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

HOUR = 3600
KEPT = {
    "LD_PRELOAD": "/usr/$LIB/faketime/libfaketimeMT.so.1",
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # no step moves that one
    "FAKETIME_CACHE_DURATION": "1",
}
"""What a process needs in its environment."""


@dataclass(frozen=True)
class Clock:
    """Read by its processes once a second."""

    file: Path

    def step(self, seconds: int) -> None:
        """Let it be so much later there than it is."""
        self.file.write_text(f"{seconds:+d}\n")


@contextmanager
def clock(file: Path) -> Iterator[Clock]:
    """Of the hub, the service and ejabberd of a stack that starts within the block."""
    made = Clock(file)
    made.step(0)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**KEPT, "FAKETIME_TIMESTAMP_FILE": str(file)}.items():
            patch.setenv(name, value)
        yield made
