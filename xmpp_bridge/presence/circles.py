"""Who may know of whom: whoever shares a room with them, or a group, or all, as the hub wishes; without I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from enum import StrEnum

Person = str
"""A localpart."""


class Reach(StrEnum):
    """How far presence reaches on a hub."""

    ROOMS = "rooms"
    GROUPS = "groups"
    """And those with whom one shares a group of the hub."""
    ALL = "all"


class Circles:
    """One look at who shares what with whom."""

    def __init__(
        self,
        reach: Reach,
        everybody: Iterable[Person],
        memberships: Iterable[tuple[str, Person]],
        groups: Iterable[tuple[str, Person]] = (),
    ) -> None:
        self._reach = reach
        self.everybody = frozenset(everybody)
        self._rooms: defaultdict[Person, set[str]] = defaultdict(set)
        self._members: defaultdict[str, set[Person]] = defaultdict(set)
        self._groups: defaultdict[Person, set[str]] = defaultdict(set)
        self._in_group: defaultdict[str, set[Person]] = defaultdict(set)
        for room, person in memberships:
            self._rooms[person].add(room)
            self._members[room].add(person)
        if reach is Reach.GROUPS:
            for group, person in groups:
                self._groups[person].add(group)
                self._in_group[group].add(person)

    def near(self, person: Person) -> frozenset[Person]:
        """Whoever shares a room with them."""
        rooms = (self._members[room] for room in self._rooms.get(person, ()))
        near: set[Person] = set().union(*rooms)
        return frozenset(near & self.everybody) - {person}

    def around(self, person: Person) -> frozenset[Person]:
        """Everybody of whom this person may know, and who may know of them; without themselves."""
        if self._reach is Reach.ALL:
            return self.everybody - {person}
        groups = (self._in_group[group] for group in self._groups.get(person, ()))
        kin: set[Person] = set().union(*groups)
        return self.near(person) | frozenset(kin & self.everybody) - {person}

    def in_common(self, one: Person, other: Person) -> tuple[str, ...]:
        """The rooms that the two share."""
        none: set[str] = set()
        return tuple(sorted(self._rooms.get(one, none) & self._rooms.get(other, none)))

    def moved(self, before: Circles) -> frozenset[Person]:
        """For whom it matters who shares other rooms than before."""
        came_or_went = self.everybody ^ before.everybody
        touched: set[Person] = set()
        for room in self._members.keys() | before._members.keys():
            here, there = self._members.get(room, set()), before._members.get(room, set())
            if here != there or here & came_or_went:
                touched |= here | there
        return frozenset(touched & self.everybody)
