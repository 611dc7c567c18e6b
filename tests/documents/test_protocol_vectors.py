"""docs/protocol.md is true: its vectors hold for a decoder written from its text alone, for Yjs, and for us."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from pycrdt import Doc, Map, Text

from tests.documents.minimal import Minimal, Reassembled, decode64
from tests.documents.protocol_page import each, vectors
from xmpp_bridge.documents.chunk import Assembly
from xmpp_bridge.documents.line import Line
from xmpp_bridge.documents.relay import RelayMessage, decode_relay, encode_relay
from xmpp_bridge.documents.stanza import DOCUMENTS, Chunk, read_payload
from xmpp_bridge.documents.sync import SyncMessage, decode_sync, encode_sync
from xmpp_bridge.documents.trust_watch import TrustWatch
from xmpp_bridge.documents.update import read_state_vector, read_update, write_state_vector
from xmpp_bridge.presence.awareness import read_awareness, write_awareness
from xmpp_bridge.presence.cursor_rate import interval
from xmpp_bridge.xmpp.errors import BadPayloadError


@each("updates")
def test_an_update_carries_what_the_vector_says(row: dict[str, Any]) -> None:
    expected = {key: row[key] for key in ("structs", "deletes", "leans-on")}
    contents = read_update(decode64(row["update"]))

    assert Minimal(decode64(row["update"])).update() == expected
    assert {
        "structs": [list(structs) for structs in contents.structs],
        "deletes": [list(deletes) for deletes in contents.deletes],
        "leans-on": [list(pair) for pair in sorted(contents.leans_on.items())],
    } == expected


def test_the_first_updates_together_are_the_document() -> None:
    expected = vectors()["document"]
    doc: Doc[Any] = Doc()
    for row in vectors()["updates"][: expected["updates"]]:
        doc.apply_update(decode64(row["update"]))

    assert str(doc.get("source", type=Text)) == expected["source"]
    assert sorted(Minimal(doc.get_state()).pairs()) == expected["state-vector"]


@each("refused-updates")
def test_an_update_that_yjs_does_not_write_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(BadPayloadError):
        read_update(decode64(row["update"]))


@each("state-vectors")
def test_a_state_vector_says_how_far_each_client_is(row: dict[str, Any]) -> None:
    data, clocks = bytes.fromhex(row["bytes"]), row["clocks"]

    assert Minimal(data).pairs() == clocks
    assert sorted(read_state_vector(data).items()) == [tuple(pair) for pair in clocks]
    assert write_state_vector(dict(clocks)) == data


@each("sync-messages")
def test_a_sync_message_has_these_bytes(row: dict[str, Any]) -> None:
    data = bytes.fromhex(row["bytes"])
    vector, update = decode64(row["state-vector"]), decode64(row["update"])
    minimal = Minimal(data)
    message = SyncMessage(row["replica"], vector, update)

    assert (minimal.uint(), minimal.blob().decode()) == (0, row["replica"])
    assert (minimal.blob(), minimal.blob()) == (vector, update)
    assert decode_sync(data) == message
    assert encode_sync(message) == data


@each("relay-messages")
def test_a_relay_message_has_these_bytes(row: dict[str, Any]) -> None:
    data, update = bytes.fromhex(row["bytes"]), decode64(row["update"])
    minimal = Minimal(data)
    message = RelayMessage(row["replica"], update, dict(row["said"]))

    assert (minimal.uint(), minimal.blob().decode()) == (0, row["replica"])
    assert minimal.blob() == update
    said = [[minimal.uint(), minimal.blob().decode()] for _ in range(minimal.uint())]
    assert said == row["said"]
    assert decode_relay(data) == message
    assert encode_relay(message) == data


@each("chunks")
def test_chunks_are_put_together_like_this(row: dict[str, Any]) -> None:
    minimal, assembly = Reassembled(row["total"]), Assembly()
    for offset, text, encoding, seq in row["chunks"]:
        whole = minimal.chunk(offset, text, encoding, seq)
        attributes = {"offset": str(offset), "total": str(row["total"])}
        attributes |= {"encoding": encoding} if encoding else {}
        element = ET.Element(f"{{{DOCUMENTS}}}chunk", attributes)
        element.text = text
        payload = read_payload([element], "k3x9q2", str(seq) if seq else f"at-{offset}")
        assert isinstance(payload, Chunk)
        ours = assembly.take("romeo", payload)
    expected = row["whole"] and decode64(row["whole"])

    assert whole == expected
    assert (ours and ours.update) == expected


@each("overtaking")
def test_only_what_hangs_on_a_large_update_waits_for_it(row: dict[str, Any]) -> None:
    large, after = (Minimal(decode64(row[name])).update() for name in ("large", "next"))
    begins = {client: start for client, start, _ in large["structs"]}
    reaches = [[client, end] for client, _, end in after["structs"] + after["deletes"]]
    reaches += after["leans-on"]
    line = Line(limit=0)
    line.put(1, decode64(row["large"]))
    assert line.next_window() is None
    line.put(2, decode64(row["next"]))

    assert any(end > begins.get(client, end) for client, end in reaches) == row["waits"]
    assert line.is_open != row["waits"]


@each("awareness")
def test_an_awareness_update_says_where_each_client_is(row: dict[str, Any]) -> None:
    data = decode64(row["update"])
    minimal = Minimal(data)
    states = read_awareness(data)

    assert [
        [minimal.uint(), minimal.uint(), json.loads(minimal.blob())] for _ in range(minimal.uint())
    ] == row["states"]
    assert [[state.client, state.clock, state.state] for state in states] == row["states"]
    assert write_awareness(states) == data


@each("cursor-intervals")
def test_cursors_move_at_this_rate(row: dict[str, Any]) -> None:
    assert interval(row["moving"], row["occupants"]) == row["seconds"]


def test_trust_comes_back_under_no_name_and_is_suspected() -> None:
    doc: Doc[Any] = Doc()
    watch = TrustWatch()
    for row in vectors()["signs-of-trust"]:
        update = decode64(row["update"])
        suspected = watch.suspects(update)
        doc.apply_update(update)
        trusted = doc.get("meta", type=Map)["metadata"].get("trusted")
        assert trusted == row["trusted"]
        assert suspected or not trusted

    assert b"trusted" not in update
    assert trusted
