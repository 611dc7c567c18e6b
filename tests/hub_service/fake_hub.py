"""A hub that knows whom it is told of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from xmpp_bridge.accounts.store import HubUser
from xmpp_bridge.hub_service.group_defaults import GroupDefaults, read_defaults
from xmpp_bridge.hub_service.hub_api import HubApi, HubPerson, Shared
from xmpp_bridge.xmpp.errors import UnavailableError

NOON = datetime(1997, 7, 16, 12, tzinfo=UTC)


class FakeHub(HubApi):
    """Knows whom it is told of."""

    def __init__(self) -> None:
        self.people: dict[str, HubPerson] = {}
        self.asked: list[str] = []
        self.empty_groups: set[str] = set()
        self.properties: dict[str, dict[str, Any]] = {}
        self.shared: dict[tuple[str, str], list[Shared]] = {}
        self.away = False
        self._moments = count()

    def has(self, name: str, *, servers: Sequence[str] = ("",), blocked: bool = False) -> HubPerson:
        created = NOON + timedelta(microseconds=next(self._moments))
        user = HubUser(name, created, name.title())
        self.people[name] = HubPerson(user, blocked, frozenset(servers))
        return self.people[name]

    async def person(self, name: str) -> HubPerson | None:
        self.asked.append(name)
        if self.away:
            raise UnavailableError("the hub is away")
        return self.people.get(name)

    def puts(self, name: str, *groups: str) -> None:
        """Put somebody into these groups and no others."""
        person = self.people.get(name) or self.has(name)
        user = replace(person.user, groups=frozenset(groups))
        self.people[name] = replace(person, user=user)

    async def everybody(self) -> AsyncIterator[list[HubPerson]]:
        if self.away:
            raise UnavailableError("the hub is away")
        yield list(self.people.values())

    async def how_many(self) -> tuple[int, list[HubPerson]]:
        return len(self.people), list(self.people.values())[-3:]

    async def group(self, name: str) -> frozenset[str] | None:
        people = {n for n, person in self.people.items() if name in person.user.groups}
        return frozenset(people) if people or name in self.empty_groups else None

    async def group_defaults(self, name: str) -> GroupDefaults:
        return read_defaults(name, self.properties.get(name, {}))

    async def shares(self, owner: str, server: str) -> list[Shared]:
        return self.shared.get((owner, server), [])

    async def active(self) -> dict[str, HubPerson]:
        if self.away:
            raise UnavailableError("the hub is away")
        return {name: person for name, person in self.people.items() if person.servers}
