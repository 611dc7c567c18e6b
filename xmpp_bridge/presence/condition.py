"""How somebody is there: on which kind of device, and whether they look; without I/O."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Show(StrEnum):
    """What RFC 6121, section 4.7.2.1, can say; `chat` is available, too."""

    AVAILABLE = "available"
    AWAY = "away"
    DND = "dnd"
    ABSENT = "xa"
    """Connected, with nobody before the screen: a Jupyter server without a browser."""


class Device(StrEnum):
    """What somebody is there with; all but a lab are clients of their own."""

    LAB = "lab"
    PHONE = "phone"
    OTHER = "other"


class Choice(StrEnum):
    """How a person wants to be seen by everybody."""

    AUTO = "auto"
    DND = "dnd"
    AWAY = "away"
    HIDDEN = "hidden"
    """As if nobody were there: the same as a Jupyter server without a browser."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One connection of somebody."""

    show: Show
    device: Device
    idle_since: datetime | None = None
    picture: str = ""
    """What its owner's picture is called (XEP-0153); empty when nothing is said of it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody with all that they are connected with, as others see them."""

    show: Show
    devices: tuple[Device, ...]
    idle_since: datetime | None = None


ABSENT = Seen(Show.ABSENT, ())
_LOUDEST = (Show.DND, Show.AVAILABLE, Show.AWAY, Show.ABSENT)


def seen(conditions: Collection[Condition], choice: Choice = Choice.AUTO) -> Seen:
    """One person out of their connections: busy anywhere is busy, active anywhere is there."""
    if not conditions or choice is Choice.HIDDEN:
        return ABSENT
    best = min(conditions, key=lambda each: (_LOUDEST.index(each.show), _newest_first(each)))
    devices = {each.device for each in conditions if each.show is not Show.ABSENT}
    show = best.show
    if choice is not Choice.AUTO and show is not Show.ABSENT:
        show = Show(choice.value)
    idle_since = None if choice is Choice.AWAY else best.idle_since
    return Seen(show, tuple(each for each in Device if each in devices), idle_since)


def _newest_first(condition: Condition) -> float:
    return 0.0 if condition.idle_since is None else -condition.idle_since.timestamp()


@dataclass(frozen=True, slots=True)
class Tab:
    """One browser tab: since when its person has done nothing there, None while they do."""

    idle_since: datetime | None


def announced(tabs: Collection[Tab], choice: Choice) -> Condition:
    """What a Jupyter server says of its owner; one who hides is as one who has closed the browser."""
    if not tabs or choice is Choice.HIDDEN:
        return Condition(Show.ABSENT, Device.LAB)
    if choice is Choice.AWAY:
        return Condition(Show.AWAY, Device.LAB)
    idle = [each.idle_since for each in tabs if each.idle_since is not None]
    idle_since = max(idle) if len(idle) == len(tabs) else None
    if choice is Choice.DND:
        return Condition(Show.DND, Device.LAB, idle_since)
    return Condition(Show.AVAILABLE if idle_since is None else Show.AWAY, Device.LAB, idle_since)
