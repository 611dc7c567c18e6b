"""Payloads as XML, there and back; whatever else arrives is refused."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slixmpp.xmlstream import tostring

from xmpp_bridge.documents.stanza import (
    DOCUMENTS,
    Available,
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

ORCHARD = DocumentId("0f" * 16)
REPLICA = ReplicaId("00112233445566ff")

PAYLOADS: list[Payload] = [
    UpdateStanza(REPLICA, 1, b"\x00\x00"),
    UpdateStanza(REPLICA, 2**53 - 1, b"balcony" * 100),
    Available(),
    Resync(),
    Durable(ORCHARD, REPLICA, 17),
    Refused(ORCHARD, REPLICA, 18, "forbidden", "viewer"),
    Refused(ORCHARD, REPLICA, 18, "forbidden"),
    SyncQuery(REPLICA, b"\x00"),
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

    assert read_payload(ET.fromstring(ET.tostring(stanza))) == payload


def test_an_update_looks_like_this() -> None:
    element = to_xml(UpdateStanza(REPLICA, 1, b"\x00\x00"))

    assert tostring(element) == (
        f'<update xmlns="{DOCUMENTS}" replica="{REPLICA}" seq="1">AAA=</update>'
    )


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
    assert read_payload([element]) == monotonous


def test_a_message_about_something_else_has_no_payload() -> None:
    assert read_payload(message("<body>Wherefore art thou?</body>")) is None


@pytest.mark.parametrize(
    "stanza",
    [
        ours("update", f"replica='{REPLICA}' seq='0'", "AAA="),
        ours("update", f"replica='{REPLICA}' seq='01'", "AAA="),
        ours("update", f"replica='{REPLICA}' seq='-1'", "AAA="),
        ours("update", f"replica='{REPLICA}' seq='\N{ARABIC-INDIC DIGIT ONE}'", "AAA="),
        ours("update", f"replica='{REPLICA}' seq='{2**53}'", "AAA="),
        ours("update", f"replica='{REPLICA}'", "AAA="),
        ours("update", "replica='romeo' seq='1'", "AAA="),
        ours("update", "seq='1'", "AAA="),
        ours("update", f"replica='{REPLICA}' seq='1'", "AA A="),
        ours("update", f"replica='{REPLICA}' seq='1'", "é"),
        ours("update", f"replica='{REPLICA}' seq='1' encoding='gzip'", "AAA="),
        ours("update", f"replica='{REPLICA}' seq='1' encoding='deflate'", "AAA="),
        ours("durable", f"document='../etc' replica='{REPLICA}' seq='1'"),
        ours("refused", f"document='{ORCHARD}' replica='{REPLICA}' seq='1' condition='No!'"),
        ours("sync", f"replica='{REPLICA}'"),
        ours("sync", f"replica='{REPLICA}'", "<state-vector>AAA=</state-vector>"),
        ours("sync", "", "<state-vector>AA==</state-vector>"),
        ours("sync", "", "<state-vector>AA==</state-vector><update>A</update>"),
        ours("delete-everything"),
        message(f"<available xmlns='{DOCUMENTS}'/><resync xmlns='{DOCUMENTS}'/>"),
    ],
)
def test_what_the_protocol_does_not_allow_is_refused(stanza: ET.Element) -> None:
    with pytest.raises(BadPayloadError):
        read_payload(stanza)


@pytest.mark.parametrize("size", [1024 * 1024, MAX_DECODED + 1])
def test_a_small_stanza_that_unfolds_to_a_large_update_is_refused(size: int) -> None:
    deflate = zlib.compressobj(9, wbits=-15)
    bomb = deflate.compress(bytes(size)) + deflate.flush()
    stanza = ours(
        "update",
        f"replica='{REPLICA}' seq='1' encoding='deflate'",
        base64.b64encode(bomb).decode(),
    )

    with pytest.raises(TooLargeError):
        read_payload(stanza)


@pytest.mark.parametrize("tail", [b"", b"and more"])
def test_a_deflated_update_ends_where_it_says(tail: bytes) -> None:
    deflate = zlib.compressobj(wbits=-15)
    deflated = deflate.compress(b"balcony") + deflate.flush()
    data = deflated + tail if tail else deflated[:-1]
    attributes = f"replica='{REPLICA}' seq='1' encoding='deflate'"

    with pytest.raises(BadPayloadError):
        read_payload(ours("update", attributes, base64.b64encode(data).decode()))


@settings(deadline=None)
@given(st.binary(max_size=2000), st.integers(0, 3000))
def test_what_fits_is_what_the_stanza_needs(update: bytes, limit: int) -> None:
    text = to_xml(UpdateStanza(REPLICA, 1, update)).text or ""

    assert fits(update, limit) == (len(text) <= limit)


def test_replica_ids_are_never_the_same() -> None:
    assert len({new_replica_id() for _ in range(100)}) == 100
