"""Payloads as XML, there and back; whatever else arrives is refused."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slixmpp.xmlstream import tostring

from xmpp_bridge.documents.stanza import (
    DOCUMENTS,
    MOST_CHUNKED,
    STANZA_LIMIT,
    Available,
    Changed,
    Chunk,
    Durable,
    Payload,
    Refused,
    ReplicaId,
    Resync,
    SyncAnswer,
    SyncQuery,
    UpdateStanza,
    new_replica_id,
    read_payload,
    to_xml,
)
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.encoding import MAX_DECODED, fits
from xmpp_bridge.xmpp.errors import BadPayloadError, TooLargeError

TEMPLATE = Path(__file__).parents[2] / "xmpp_bridge" / "ejabberd" / "ejabberd.yml"
ORCHARD = DocumentId("0f" * 16)
REPLICA = ReplicaId("k3x9q2")

PAYLOADS: list[Payload] = [
    UpdateStanza(REPLICA, 1, b"\x00\x00"),
    UpdateStanza(REPLICA, 2**53 - 1, b"balcony" * 100),
    Chunk(REPLICA, 0, 1000, b"balcony" * 100),
    Chunk(REPLICA, 700, 1000, bytes(range(200)), None),
    Chunk(REPLICA, 993, 1000, b"balcony", 2**53 - 1),
    Available(),
    Resync(),
    Changed(),
    Changed(ORCHARD),
    Durable(ORCHARD, REPLICA, 17),
    Refused(ORCHARD, REPLICA, 18, "forbidden", "viewer"),
    Refused(ORCHARD, REPLICA, 18, "forbidden"),
    SyncQuery(b"\x00"),
    SyncQuery(b"\x00", 196608),
    SyncAnswer(b"\x01\x05\x07", b"balcony", 0, 14),
    SyncAnswer(b"\x01\x05\x07", b"balcony", 7, 14),
    SyncAnswer(b"\x01\x05\x07", b"\x00\x00"),
]


def message(inner: str) -> ET.Element:
    return ET.fromstring(f"<message xmlns='jabber:client'>{inner}</message>")


def ours(name: str, attributes: str = "", inner: str = "") -> ET.Element:
    return message(f"<{name} xmlns='{DOCUMENTS}' {attributes}>{inner}</{name}>")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_comes_out_of_its_xml_as_it_went_in(payload: Payload) -> None:
    stanza = ET.Element("{jabber:client}message")
    stanza.append(to_xml(payload))
    said = payload.id if isinstance(payload, UpdateStanza | Chunk) else ""

    assert read_payload(ET.fromstring(ET.tostring(stanza)), REPLICA, said) == payload


def test_an_update_looks_like_this() -> None:
    element = to_xml(UpdateStanza(REPLICA, 1, b"\x00\x00"))

    assert tostring(element) == '<update xmlns="urn:ydoc:0">AAA=</update>'


def test_what_a_stanza_says_of_its_sender_counts_for_nothing() -> None:
    element = to_xml(UpdateStanza(REPLICA, 1, b"\x00\x00"))
    element.set("replica", "p7d4w8")
    element.set("seq", "99")

    assert read_payload([element], REPLICA, "1") == UpdateStanza(REPLICA, 1, b"\x00\x00")


def test_a_large_update_is_deflated_and_a_keystroke_is_not() -> None:
    large = to_xml(UpdateStanza(REPLICA, 1, b"balcony" * 100))
    small = to_xml(UpdateStanza(REPLICA, 1, b"balcony"))

    assert large.get("encoding") == "deflate"
    assert len(large.text or "") < 60
    assert small.get("encoding") is None


def test_what_readers_would_not_unfold_is_sent_plain() -> None:
    monotonous = UpdateStanza(REPLICA, 1, bytes(200_000))

    element = to_xml(monotonous)

    assert element.get("encoding") is None
    assert read_payload([element], REPLICA, "1") == monotonous


def test_a_message_about_something_else_has_no_payload() -> None:
    assert read_payload(message("<body>Wherefore art thou?</body>")) is None


@pytest.mark.parametrize(
    "stanza",
    [
        ours("update", "", "AA A="),
        ours("update", "", "é"),
        ours("update", "encoding='gzip'", "AAA="),
        ours("update", "encoding='deflate'", "AAA="),
        ours("upset", "", "AAA="),
        ours("durable", f"document='../etc' replica='{REPLICA}' seq='1'"),
        ours("refused", f"document='{ORCHARD}' replica='{REPLICA}' seq='1' condition='No!'"),
        ours("chunk", "total='9'", "AAA="),
        ours("chunk", "offset='0'", "AAA="),
        ours("chunk", "offset='00' total='9'", "AAA="),
        ours("chunk", "offset='-1' total='9'", "AAA="),
        ours("chunk", "offset='8' total='9'", "AAA="),
        ours("chunk", "offset='0' total='9'", "AAA="),
        ours("chunk", "offset='0' total='9'"),
        ours(
            "sync", "offset='7' total='8'", "<state-vector>AA==</state-vector><update>AAA=</update>"
        ),
        ours("sync", "offset='8' total='8'", "<state-vector>AA==</state-vector><update/>"),
        ours("sync"),
        ours("sync", "", "<state-vector>AAA=</state-vector>"),
        ours("sync", "", "<state-vector>AA==</state-vector><update>A</update>"),
        ours("delete-everything"),
        message(f"<available xmlns='{DOCUMENTS}'/><resync xmlns='{DOCUMENTS}'/>"),
    ],
)
def test_what_the_protocol_does_not_allow_is_refused(stanza: ET.Element) -> None:
    with pytest.raises(BadPayloadError):
        read_payload(stanza, REPLICA, "1")


@pytest.mark.parametrize(
    "said", ["", "0", "01", "-1", "\N{ARABIC-INDIC DIGIT ONE}", f"{2**53}", "a1"]
)
@pytest.mark.parametrize(
    "payload",
    [UpdateStanza(REPLICA, 1, b"\x00\x00"), Chunk(REPLICA, 7, 9, b"\x00\x00", 1)],
    ids=["update", "last chunk"],
)
def test_a_message_whose_id_is_no_number_carries_no_update(payload: Payload, said: str) -> None:
    with pytest.raises(BadPayloadError):
        read_payload([to_xml(payload)], REPLICA, said)


@pytest.mark.parametrize("said", ["", "1", "7", "at-1", "at-07"])
def test_a_chunk_with_more_to_come_says_where_it_begins(said: str) -> None:
    with pytest.raises(BadPayloadError):
        read_payload([to_xml(Chunk(REPLICA, 7, 99, b"\x00\x00"))], REPLICA, said)


@pytest.mark.parametrize("nick", ["", "r" * 65, "roméo", "ro meo", "<romeo/>"])
def test_a_nick_that_is_no_replica_id_says_no_update(nick: str) -> None:
    with pytest.raises(BadPayloadError):
        read_payload([to_xml(UpdateStanza(REPLICA, 1, b"\x00\x00"))], nick, "1")


@pytest.mark.parametrize("size", [1024 * 1024, MAX_DECODED + 1])
def test_a_small_stanza_that_unfolds_to_a_large_update_is_refused(size: int) -> None:
    deflate = zlib.compressobj(9, wbits=-15)
    bomb = deflate.compress(bytes(size)) + deflate.flush()
    stanza = ours("update", "encoding='deflate'", base64.b64encode(bomb).decode())

    with pytest.raises(TooLargeError):
        read_payload(stanza, REPLICA, "1")


def test_an_update_that_no_receiver_keeps_is_refused_with_its_first_chunk() -> None:
    attributes = f"offset='0' total='{MOST_CHUNKED + 1}'"

    with pytest.raises(TooLargeError):
        read_payload(ours("chunk", attributes, "AAA="), REPLICA, "at-0")


@pytest.mark.parametrize("tail", [b"", b"and more"])
def test_a_deflated_update_ends_where_it_says(tail: bytes) -> None:
    deflate = zlib.compressobj(wbits=-15)
    deflated = deflate.compress(b"balcony") + deflate.flush()
    data = deflated + tail if tail else deflated[:-1]
    stanza = ours("update", "encoding='deflate'", base64.b64encode(data).decode())

    with pytest.raises(BadPayloadError):
        read_payload(stanza, REPLICA, "1")


@settings(deadline=None)
@given(st.binary(max_size=2000), st.integers(0, 3000))
def test_what_fits_is_what_the_stanza_needs(update: bytes, limit: int) -> None:
    text = to_xml(UpdateStanza(REPLICA, 1, update)).text or ""

    assert fits(update, limit) == (len(text) <= limit)


def test_replica_ids_are_never_the_same() -> None:
    assert len({new_replica_id() for _ in range(100)}) == 100


def test_the_xmpp_server_lets_far_more_through_than_we_send() -> None:
    limits = re.findall(r"max_stanza_size: (\d+)", TEMPLATE.read_text())

    assert len(limits) == 2
    assert all(int(limit) >= 20 * STANZA_LIMIT for limit in limits)
