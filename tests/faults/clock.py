"""Clocks that can be stepped, of all processes that begin meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

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

    @property
    def environment(self) -> dict[str, str]:
        """What a process finds in its environment whose clock this is."""
        return {**KEPT, "FAKETIME_TIMESTAMP_FILE": str(self.file)}

    @property
    def service(self) -> dict[str, object]:
        """Settings of a service whose clock this is, and its ejabberd's; neither has the hub's environment."""
        return {"environment": self.environment, "ejabberd_environment": self.environment}
