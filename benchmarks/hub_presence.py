"""Everybody on a hub changes their state once a minute: what that costs the service, and each Jupyter server."""

import argparse
import random
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from slixmpp import JID
from slixmpp.stanza import Presence as Stanza
from slixmpp.xmlstream.tostring import tostring
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.lease_store import LeaseStore
from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.hub_service.hub_api import HubApi
from xmpp_bridge.hub_service.presence import Presence
from xmpp_bridge.hub_service.presence_view import PresenceSettings, PresenceView
from xmpp_bridge.hub_service.voice import Voice
from xmpp_bridge.hub_service.xmpp_server import Addresses
from xmpp_bridge.presence.announcement import (
    Announcement,
    announcement_to_xml,
    condition_to_xml,
    read_news,
)
from xmpp_bridge.presence.circles import Reach
from xmpp_bridge.presence.condition import Choice, Condition, Device, Show
from xmpp_bridge.presence.store import PresenceStore
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.rooms.tables import members, rooms
from xmpp_bridge.storage.engine import create_engine, writing
from xmpp_bridge.storage.migrate import upgrade
from xmpp_bridge.xmpp.component import Component, ComponentLogin
from xmpp_bridge.xmpp.stream import Secret

SIZES = (500, 2_000)
ROOM_OF = 20
ROOMS_EACH = 3
MINUTE = 60
ALLOWED = 1.25
"""From the smaller to the larger hub the service may grow so much more than the hub does."""
ADDRESSES = Addresses("montague.lit")
NAMESPACE = "jabber:component:accept"
HEAD = (
    "| people | who sees whom | service CPU s/min | service MB/min | stanzas/min | each server kB/min"
    " | CPU ms/min |"
)
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


class CountingVoice(Voice):
    """Writes each stanza as the network would be given it, and counts."""

    def __init__(self) -> None:
        self.bytes: dict[str, int] = {}
        self.stanzas = 0
        self.kept: list[str] = []
        self.keep_of = ""

    def pass_on(self, recipient: JID, payload: ET.Element) -> None:
        message = ET.Element(f"{{{NAMESPACE}}}message", {"type": "headline", "to": str(recipient)})
        message.append(payload)
        text = tostring(message, xmlns=NAMESPACE)
        self.stanzas += 1
        self.bytes[str(recipient)] = self.bytes.get(str(recipient), 0) + len(text)
        if str(recipient) == self.keep_of:
            self.kept.append(text)


@dataclass(frozen=True)
class Minute:
    """What one minute took."""

    service_cpu: float
    service_bytes: int
    server_bytes: float
    server_cpu: float
    stanzas: int


async def main(options: argparse.Namespace) -> bool:
    """Measure, print, and return whether it is good enough."""
    print(f"{HEAD}\n|{'--:|' * 7}")
    found: dict[tuple[Reach, int], Minute] = {}
    for reach in (Reach.ROOMS, Reach.ALL):  # whom one may look for; what comes unasked is the same
        for size in options.people or SIZES:
            found[reach, size] = minute = await _minute(size, reach, options.seed)
            print(
                f"| {size} | {reach} | {minute.service_cpu:.2f} | {minute.service_bytes / 1e6:.2f} |"
                f" {minute.stanzas} | {minute.server_bytes / 1e3:.1f} | {minute.server_cpu * 1e3:.0f} |",
                flush=True,
            )
    line, good = verdict(found)
    print(f"\n{line}")
    return good


def verdict(found: dict[tuple[Reach, int], Minute]) -> tuple[str, bool]:
    """Whether the cost grows no faster than the hub: in the service by rooms, in each server in any case."""
    sizes = sorted({size for _, size in found})
    small, large = sizes[0], sizes[-1]
    grown = large / small
    rooms_small, rooms_large = found[Reach.ROOMS, small], found[Reach.ROOMS, large]
    all_small, all_large = found[Reach.ALL, small], found[Reach.ALL, large]
    factors = {
        "service CPU": rooms_large.service_cpu / rooms_small.service_cpu,
        "service bytes": rooms_large.service_bytes / rooms_small.service_bytes,
        "server bytes": rooms_large.server_bytes / rooms_small.server_bytes,
        "server bytes where all see all": all_large.server_bytes / all_small.server_bytes,
        "server CPU where all see all": all_large.server_cpu / all_small.server_cpu,
    }
    said = ", ".join(f"{name} {factor:.2f} x" for name, factor in factors.items())
    most = grown * ALLOWED
    return f"{small} to {large} people: {said} (at most {most:.2f})", max(factors.values()) <= most


async def _minute(size: int, reach: Reach, seed: int) -> Minute:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="xb-") as directory:
        url = f"sqlite:///{Path(directory) / 'bridge.sqlite'}"
        await upgrade(url)
        engine = create_engine(url)
        try:
            await _fill(engine, size, chance)
            return await _play(engine, size, reach, chance)
        finally:
            await engine.dispose()


async def _play(engine: AsyncEngine, size: int, reach: Reach, chance: random.Random) -> Minute:
    voice, clock = CountingVoice(), [NOON]
    hub = HubApi("http://127.0.0.1", Secret(""))
    settings = PresenceSettings(reach, Choice.AUTO, tells_place=True)
    store, room_store = PresenceStore(engine), RoomStore(engine, lambda: clock[0])
    view = PresenceView(store, room_store, hub, ADDRESSES, settings, lambda: clock[0])
    component = Component(lambda: ComponentLogin(ADDRESSES.service, "", Secret(""), "", 0))
    presence = Presence(component, LeaseStore(engine), voice, ADDRESSES, view)
    for person in range(size):
        presence.heard(_says(person, Show.AVAILABLE))
    await presence.tell()
    voice.bytes.clear()
    voice.stanzas, voice.keep_of = 0, str(ADDRESSES.account(_name(0), "jupyter"))
    order = chance.sample(range(size), size)
    began = time.process_time()
    for second in range(MINUTE):
        clock[0] += timedelta(seconds=1)
        for person in order[second * size // MINUTE : (second + 1) * size // MINUTE]:
            presence.heard(_says(person, Show.AWAY))
        await presence.tell()
    cpu = time.process_time() - began
    hub.close()
    return Minute(
        cpu,
        sum(voice.bytes.values()),
        sum(voice.bytes.values()) / size,
        _reading(voice.kept),
        voice.stanzas,
    )


def _reading(stanzas: list[str]) -> float:
    """What it takes a Jupyter server to read these."""
    began = time.process_time()
    for text in stanzas:
        read_news(ET.fromstring(f"<x xmlns='{NAMESPACE}'>{text}</x>")[0])
    return time.process_time() - began


def _says(person: int, show: Show) -> Stanza:
    stanza = Stanza()
    stanza["from"] = ADDRESSES.account(_name(person), "jupyter")
    condition = Condition(show, Device.LAB, None if show is Show.AVAILABLE else NOON)
    stanza.xml.extend(condition_to_xml(condition, NAMESPACE))
    stanza.xml.append(announcement_to_xml(Announcement(None, watches=True)))
    return stanza


def _name(person: int) -> str:
    return f"player-{person}"


async def _fill(engine: AsyncEngine, size: int, chance: random.Random) -> None:
    """People, each in a few rooms of twenty."""
    people = [
        {
            "id": number + 1,
            "localpart": _name(number),
            "hub_user": _name(number),
            "hub_created": NOON + timedelta(microseconds=number),
            "display_name": f"Player {number}",
        }
        for number in range(size)
    ]
    places, rows = [], []
    for turn in range(ROOMS_EACH):
        order = chance.sample(range(size), size)
        for first in range(0, size, ROOM_OF):
            room = f"{turn:04x}{first:028x}"
            places.append({"id": room, "name": "Verona", "created_at": NOON})
            rows += [
                {"room_id": room, "account_id": person + 1, "role": Role.EDITOR}
                for person in order[first : first + ROOM_OF]
            ]
    async with writing(engine) as connection:
        await connection.execute(insert(accounts), people)
        await connection.execute(insert(rooms), places)
        await connection.execute(insert(members), rows)
