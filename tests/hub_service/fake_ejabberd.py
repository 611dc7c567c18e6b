"""An ejabberd that keeps rooms and sessions as it is told."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping

from slixmpp import JID

from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.xmpp.errors import ConflictError, NotFoundError, UnavailableError


class FakeEjabberd(EjabberdApi):
    """Keeps rooms and sessions as it is told."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, str], tuple[dict[str, str], dict[str, str]]] = {}
        self.logged_in: list[str] = []
        self.inside: dict[tuple[str, str], set[str]] = defaultdict(set)
        self.slips_in: str | None = None
        """Who enters each room just before its password changes."""
        self.kicked: list[tuple[str, str | None, str]] = []
        self.log: list[str] = []
        self.away = False
        self.kept: dict[tuple[str, str], str] = {}
        """What accounts keep, by localpart and namespace."""
        self.nicks: dict[tuple[str, str], str] = {}
        """Whose a nick is, by nick and MUC service."""
        self.rosters: dict[str, tuple[str, set[str]]] = {}
        """Groups of people who see each other, by name: label and localparts."""

    def room(self, name: str, service: str) -> tuple[dict[str, str], dict[str, str]]:
        if self.away:
            raise UnavailableError("ejabberd is away")
        if (name, service) not in self.made:
            raise NotFoundError("no such room")
        return self.made[name, service]

    async def create_room(self, name: str, service: str, options: Mapping[str, str]) -> None:
        if self.away:
            raise UnavailableError("ejabberd is away")
        self.made[name, service] = (dict(options), {})

    async def destroy_room(self, name: str, service: str) -> None:
        self.room(name, service)
        del self.made[name, service]

    async def rooms(self, service: str) -> list[str]:
        if self.away:
            raise UnavailableError("ejabberd is away")
        return [name for name, where in self.made if where == service]

    async def room_options(self, name: str, service: str) -> dict[str, str]:
        return dict(self.room(name, service)[0])

    async def change_room_option(self, name: str, service: str, option: str, value: str) -> None:
        self.room(name, service)[0][option] = value
        if option == "password" and self.slips_in is not None:
            self.inside[name, service].add(self.slips_in)
        self.log.append(option)

    async def affiliations(self, name: str, service: str) -> dict[str, str]:
        return dict(self.room(name, service)[1])

    async def set_affiliation(self, name: str, service: str, jid: str, affiliation: str) -> None:
        self.room(name, service)[1][jid] = affiliation
        if affiliation == "outcast":
            self.inside[name, service].discard(jid)
        self.log.append(f"{jid} {affiliation}")

    async def occupants(self, name: str, service: str) -> frozenset[str]:
        self.room(name, service)
        return frozenset(self.inside[name, service])

    async def reserve_nick(self, nick: str, jid: str, service: str) -> None:
        if self.nicks.get((nick, service), jid) != jid:
            raise ConflictError("somebody else is called so")
        self.nicks[nick, service] = jid

    async def sessions(self, localpart: str) -> list[str]:
        jids = [JID(address) for address in await self.connected()]
        return [jid.resource for jid in jids if jid.local == localpart]

    async def uptimes(self, localpart: str) -> dict[str, int]:
        return dict.fromkeys(await self.sessions(localpart), 0)

    async def connected(self) -> list[str]:
        return list(self.logged_in)

    async def kick(self, localpart: str, resource: str | None, reason: str) -> None:
        if self.away:
            raise UnavailableError("ejabberd is away")
        self.kicked.append((localpart, resource, reason))
        self.logged_in = [
            address
            for address in self.logged_in
            if JID(address).local != localpart or resource not in (None, JID(address).resource)
        ]

    async def private(self, localpart: str, name: str, namespace: str) -> str:
        if self.away:
            raise UnavailableError("ejabberd is away")
        kept = self.kept.get((localpart, namespace), f"<{name} xmlns='{namespace}'/>")
        return f"<query xmlns='jabber:iq:private'>{kept}</query>"

    async def set_private(self, localpart: str, element: str) -> None:
        """As ejabberd, which keeps nothing whose namespace comes by a prefix."""
        assert not element.startswith("<ns")
        namespace = ET.fromstring(element).tag.partition("}")[0].removeprefix("{")
        self.kept[localpart, namespace] = element

    async def roster_groups(self) -> list[str]:
        if self.away:
            raise UnavailableError("ejabberd is away")
        return list(self.rosters)

    async def roster_group(self, name: str) -> list[str]:
        return sorted(self.rosters[name][1])

    async def make_roster_group(self, name: str, label: str) -> None:
        self.rosters[name] = (label, set())

    async def drop_roster_group(self, name: str) -> None:
        del self.rosters[name]

    async def add_to_roster_group(self, name: str, localpart: str) -> None:
        if self.away:
            raise UnavailableError("ejabberd is away")
        self.rosters[name][1].add(localpart)

    async def remove_from_roster_group(self, name: str, localpart: str) -> None:
        self.rosters[name][1].remove(localpart)
