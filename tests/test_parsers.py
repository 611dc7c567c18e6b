"""Whatever comes from outside is read or refused: never a crash, never more memory than a stanza may ask for.

Each parser gets what honest senders write, spoilt in many ways. `make fuzz` gives each of them a million inputs.
"""

from __future__ import annotations

import json
import random
import resource
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from jupyter_ydoc import YNotebook
from pycrdt import Awareness, Doc

from tests.depth import DEPTH
from xmpp_bridge.chat import stanza as chat
from xmpp_bridge.chat.message import (
    CellReference,
    ChatMessage,
    Correction,
    OriginId,
    Reaction,
    Said,
    StanzaId,
)
from xmpp_bridge.documents import stanza as documents
from xmpp_bridge.documents.chunk import Assembly
from xmpp_bridge.documents.journal_frame import read_frames, write_frame
from xmpp_bridge.documents.relay import RelayMessage, decode_relay, encode_relay
from xmpp_bridge.documents.replica import Replica
from xmpp_bridge.documents.stanza import (
    Chunk,
    SyncAnswer,
    SyncQuery,
    UpdateStanza,
    new_replica_id,
)
from xmpp_bridge.documents.sync import SyncMessage, decode_sync, encode_sync
from xmpp_bridge.documents.update import read_state_vector, read_update
from xmpp_bridge.presence import announcement
from xmpp_bridge.presence import stanza as presence
from xmpp_bridge.presence.awareness import read_awareness
from xmpp_bridge.presence.condition import Choice, Device, Show
from xmpp_bridge.rooms.identifiers import read_document_id as documents_id
from xmpp_bridge.server_extension import frames
from xmpp_bridge.xmpp.errors import BridgeError

INPUTS = 2000 * DEPTH
MOST_GROWTH = 256 * 1024  # kilobytes
CLIENT = "jabber:client"
FRAMES = json.loads((Path(__file__).parent / "frames" / "browser.json").read_text())
MAGIC = b"magic\n"
REPLICA = new_replica_id()
MOST_ASSEMBLED = 200
ASSEMBLY = Assembly(most=MOST_ASSEMBLED)

ENDLESS = [b"\xff" * 8, b"\xff" * 7 + b"\x0f", b"\x80" * 12, b"\xff\xff\xff\xff\x0f", b"\x00" * 4]
"""Numbers that are too large, too long, or just below."""


class Forgetful:
    """A replica's memory that keeps nothing."""

    own_clients: frozenset[int] = frozenset()
    local_clients: frozenset[int] = frozenset({7})

    def append(self, update: bytes) -> None: ...
    def own(self, client: int) -> None: ...
    def disown(self, clients: Any) -> None: ...


def updates() -> list[bytes]:
    """What a notebook's editing looks like: cells come, change, run and go."""
    doc: Doc[Any] = Doc(client_id=1597)
    found: list[bytes] = []
    subscription = doc.observe(lambda event: found.append(event.update))
    notebook = YNotebook(doc)
    for number in range(8):
        cell = {"cell_type": "code", "source": f"print({number}) # é𝄞", "metadata": {"tags": ["a"]}}
        notebook.append_cell(cell)
        source = notebook.ycells[0]["source"]
        source += "x"
        notebook.ycells[0]["outputs"].append({"output_type": "stream", "text": "1" * number})
        notebook.ycells[0]["metadata"]["collapsed"] = number % 2 == 0
    del notebook.ycells[2]
    source = notebook.ycells[0]["source"]
    del source[1:4]
    doc.unobserve(subscription)
    return [*found, doc.get_update()]


UPDATES = updates()


def awareness() -> list[bytes]:
    states = Awareness(Doc(client_id=77))
    states.set_local_state({"user": {"name": "Romeo"}, "cursors": [{"anchor": 3, "head": 4}]})
    return [states.encode_awareness_update([77])]


def payloads() -> list[bytes]:
    found = [documents.to_xml(UpdateStanza(REPLICA, 7, update)) for update in UPDATES[-3:]]
    large = UPDATES[-1]
    for start, end, sequence in ((0, 300, None), (300, len(large), 8)):
        chunk = Chunk(REPLICA, start, len(large), large[start:end], sequence)
        found.append(documents.to_xml(chunk))
    found.append(documents.to_xml(SyncAnswer(b"\x01\x05\x06", UPDATES[0])))
    found.append(documents.to_xml(SyncAnswer(b"\x01\x05\x06", large[300:], 300, len(large))))
    found.append(documents.to_xml(SyncQuery(b"\x01\x05\x06", 300)))
    found += [
        presence.to_xml(presence.Awareness(awareness()[0])),
        presence.to_xml(presence.Identity("Romeo", "#30bced")),
    ]
    return [ET.tostring(element) for element in found]


def apply(data: bytes) -> None:
    """What is let through must be what yrs takes, or refuses, beside what is there already."""
    contents = read_update(data)
    replica = Replica(Doc(), 7, Forgetful(), lambda _update, _says: None)
    replica.arrive(UPDATES[-1])
    with suppress(BridgeError):
        replica.arrive(data, contents)
    replica.close()


def said() -> list[bytes]:
    """What chat looks like, as a message of a client."""
    cell = CellReference("d" * 32, "a1", "daylight.ipynb", "plot()")
    spoken: list[Said] = [
        ChatMessage("But soft é𝄞", StanzaId("7"), ("juliet@montague.lit",), cell),
        Correction(OriginId("c1"), "But hark"),
        Reaction(StanzaId("7"), ("👍", "🎉")),
    ]
    found = []
    for payload in spoken:
        message = ET.Element(f"{{{CLIENT}}}message")
        message.extend(chat.to_xml(payload, CLIENT))
        found.append(ET.tostring(message))
    return found


def read_chat(data: bytes) -> None:
    with suppress(ET.ParseError):
        chat.read_payload(list(ET.fromstring(data)), CLIENT)


def rejoin(data: bytes) -> None:
    """Chunks as any sender may mix them: each byte of the data says which comes next, and from whom."""
    for byte in data[:200]:
        start, end = 10 * (byte & 7), 10 * (byte >> 3 & 7)
        part = UPDATES[-1][start:end] or b"x"
        ASSEMBLY.take(byte >> 6, Chunk(REPLICA, start, 70, part, byte if end == 70 else None))
        assert ASSEMBLY.size <= MOST_ASSEMBLED


def read_xml(data: bytes) -> None:
    with suppress(ET.ParseError):  # what is no XML ends the stream before anybody of ours sees it
        element = ET.fromstring(data)
        for said in ("8", "at-0"):
            with suppress(BridgeError):
                documents.read_payload([element], REPLICA, said)
        for read in (
            presence.read_awareness_payload,
            presence.read_identity,
        ):
            with suppress(BridgeError):
                read([element])


def people() -> list[bytes]:
    """What a Jupyter server and the service tell each other of people."""
    at = announcement.At(documents_id("d" * 32), "c1", 3)
    person = announcement.PersonNews(
        "juliet", "Juliet", "juliet@montague.lit", Show.AWAY, (Device.LAB,), None, ("1" * 32,), at
    )
    told = (
        announcement.announcement_to_xml(announcement.Announcement(at, watches=True)),
        announcement.news_to_xml(
            announcement.PeopleNews(True, (person,), ("paris",), Choice.AUTO)  # noqa: FBT003 - a corpus
        ),
        ET.fromstring("<idle xmlns='urn:xmpp:idle:1' since='1997-07-16T12:00:00Z'/>"),
    )
    return [ET.tostring(each) for each in told]


def read_people(data: bytes) -> None:
    with suppress(ET.ParseError):
        stanza = ET.Element(f"{{{CLIENT}}}presence")
        stanza.append(ET.fromstring(data))
        announcement.read_condition(stanza)
        announcement.read_caps(stanza)
        announcement.read_announcement(stanza)
        announcement.read_news(stanza)


PARSERS: dict[str, tuple[Callable[[bytes], object], Sequence[bytes]]] = {
    "update": (read_update, UPDATES),
    "applied": (apply, UPDATES[:6]),
    "state vector": (read_state_vector, [b"\x01\x05\x06", Doc().get_state()]),
    "sync": (decode_sync, [encode_sync(SyncMessage("", b"\x01\x05\x06", UPDATES[0]))]),
    "relay": (
        decode_relay,
        [encode_relay(RelayMessage("", UPDATES[0], {5: "juliet@capulet.lit"}))],
    ),
    "awareness": (read_awareness, awareness()),
    "payload": (read_xml, payloads()),
    "chunks": (rejoin, [bytes(range(0, 256, 7)), bytes([56, 15, 23, 31, 39, 47, 55, 63])]),
    "people": (read_people, people()),
    "chat": (read_chat, said()),
    "frame": (frames.decode, [json.dumps(frame).encode() for frame in FRAMES]),
    "journal": (
        lambda data: read_frames(data, MAGIC),
        [MAGIC + b"".join(write_frame(update) for update in UPDATES[:5])],
    ),
}


def spoilt(chance: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """The data after one to four accidents."""
    spoiling = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(spoiling) + 1)
        match chance.randrange(6):
            case 0 if at < len(spoiling):
                spoiling[at] ^= 1 << chance.randrange(8)
            case 1:
                spoiling[at:at] = chance.randbytes(chance.randint(1, 4))
            case 2:
                del spoiling[at : at + chance.randint(1, 8)]
            case 3:
                spoiling[at : at + chance.choice([0, 1, 4])] = chance.choice(ENDLESS)
            case 4:
                other = chance.choice(others)
                start = chance.randrange(len(other) + 1)
                spoiling[at:at] = other[start : start + chance.randint(1, 40)]
            case _:
                del spoiling[at:]
    return bytes(spoiling)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", PARSERS)
def test_spoilt_input_is_read_or_refused(name: str) -> None:
    parse, corpus = PARSERS[name]
    chance = random.Random(f"{name} {DEPTH}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = 0
    for _ in range(INPUTS if name != "applied" else INPUTS // 10):
        data = spoilt(chance, chance.choice(corpus), corpus)
        try:
            parse(data)
        except BridgeError:
            refused += 1
    assert refused or name in ("payload", "chunks", "journal", "chat")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_GROWTH
