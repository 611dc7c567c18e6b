"""Which linked documents are awake, without I/O: only they have a Doc in memory and places in rooms.

Sleep loses nothing: it comes when all is in the file and at the service. So there is no hurry to wake either, unless
somebody looks, or what is in the file and what is at the service are not the same any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from xmpp_bridge.documents.rest import Rest

QUIET: Final = 600.0
"""Seconds without any use after which a document may sleep."""
AT_ONCE: Final = 4
"""So many documents wake at the same time, however many have changed."""


@dataclass(frozen=True, slots=True)
class Awake:
    """What is known of an open document."""

    browsers: int
    kernel_busy: bool
    """Whether a kernel of this server may still write into it."""
    quiet_for: float
    """Seconds since somebody wrote it, here or elsewhere, or asked for it here."""
    waiting_bytes: int
    """What was typed here and is not known to be durable."""
    refused: bool
    """Whether the room is closed to us."""


@dataclass(frozen=True, slots=True)
class Asleep:
    """What is known of a document that is not open."""

    rest: Rest | None
    """None if it was awake when its server ended, or was never opened."""
    can_begin: bool
    """Whether there is a history here already, or this server may make the first."""
    stamp: str | None
    """What its file is now; None if there is none."""


def may_sleep(awake: Awake, quiet: float) -> bool:
    """Whether nobody uses it. What waits keeps it awake, but for a room that will not take it: the journal has that."""
    if awake.browsers or awake.kernel_busy or awake.quiet_for < quiet:
        return False
    return awake.refused or not awake.waiting_bytes


def has_changed(asleep: Asleep) -> bool:
    """Whether somebody has written its file since it fell asleep; that it is gone does not count."""
    return asleep.rest is not None and asleep.stamp not in {None, asleep.rest.stamp}


def must_wake(asleep: Asleep, version: str | None) -> bool:
    """Whether its file, or the service, has what the other has not.

    `version` is what the service is at: empty for a document without history, None for one that is not ours to read.
    """
    if version is None:
        return False
    if asleep.rest is None:
        return bool(version) or asleep.can_begin
    return version != asleep.rest.version or has_changed(asleep)
