"""Which groups of the hub are in the contact lists of their people's XMPP clients; without I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

OURS: Final = "hub-"
"""What the names of our groups on the XMPP server begin with; others are somebody else's."""


@dataclass(frozen=True)
class RosterGroup:
    """People who see each other, under this heading."""

    label: str
    people: frozenset[str]
    """Localparts."""


@dataclass(frozen=True)
class Drop:
    """There is no such group any more."""

    name: str


@dataclass(frozen=True)
class Make:
    """A group without anybody."""

    name: str
    label: str


@dataclass(frozen=True)
class Add:
    """Somebody sees the others, and they them."""

    name: str
    person: str


@dataclass(frozen=True)
class Remove:
    """Somebody sees the others no longer, nor they them."""

    name: str
    person: str


Step = Drop | Make | Add | Remove


def wanted(groups: Mapping[str, Collection[str]], most: int) -> dict[str, RosterGroup]:
    """Groups of at least two and at most `most` people: in a larger one everybody would be told of everybody."""
    return {
        _name(label): RosterGroup(label, frozenset(people))
        for label, people in groups.items()
        if 1 < len(people) <= most
    }


def plan(actual: Mapping[str, Collection[str]], goal: Mapping[str, RosterGroup]) -> Iterator[Step]:
    """What makes the one the other: first what takes away."""
    for name in sorted(actual.keys() - goal.keys()):
        # Clients are told of people who leave a group, and not of a group that ends.
        yield from (Remove(name, person) for person in sorted(actual[name]))
        yield Drop(name)
    for name, group in goal.items():
        for person in sorted(set(actual.get(name, ())) - group.people):
            yield Remove(name, person)
    for name, group in goal.items():
        if name not in actual:
            yield Make(name, group.label)
        for person in sorted(group.people - set(actual.get(name, ()))):
            yield Add(name, person)


def _name(group: str) -> str:
    """The hub's names may hold what a JID may not."""
    return OURS + hashlib.sha256(group.encode()).hexdigest()[:32]
