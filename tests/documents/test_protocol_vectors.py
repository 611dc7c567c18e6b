"""docs/protocol.md is true: its vectors hold for a decoder written from its text alone, for Yjs, and for us."""

from __future__ import annotations

import base64
import functools
import json
import re
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path
from typing import Any

import pytest
from pycrdt import Doc, Map, Text

from xmpp_bridge.documents.stanza import DOCUMENTS, UpdateStanza, read_payload
from xmpp_bridge.documents.sync import SyncMessage, decode_sync, encode_sync
from xmpp_bridge.documents.trust_watch import TrustWatch
from xmpp_bridge.documents.update import read_state_vector, read_update, write_state_vector
from xmpp_bridge.presence.awareness import read_awareness, write_awareness
from xmpp_bridge.presence.cursor_rate import interval
from xmpp_bridge.presence.stanza import AWARENESS, read_awareness_payload, read_identity
from xmpp_bridge.xmpp.errors import BadPayloadError

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"
XS = "{http://www.w3.org/2001/XMLSchema}"


@functools.cache
def fenced(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@functools.cache
def vectors() -> dict[str, Any]:
    (block,) = fenced("json")
    return json.loads(block)  # type: ignore[no-any-return]


def each(name: str) -> pytest.MarkDecorator:
    rows = vectors()[name]
    return pytest.mark.parametrize(
        "row", rows, ids=[row.get("is", str(n)) for n, row in enumerate(rows)]
    )


class Minimal:
    """A decoder of what the document says, and of no more; trusts its input and knows nothing of our code."""

    def __init__(self, data: bytes) -> None:
        self.data = list(data)

    def byte(self) -> int:
        return self.data.pop(0)

    def uint(self) -> int:
        low = self.byte()
        return low if low < 128 else low - 128 + 128 * self.uint()

    def blob(self) -> bytes:
        return bytes(self.byte() for _ in range(self.uint()))

    def pairs(self) -> list[list[int]]:
        return [[self.uint(), self.uint()] for _ in range(self.uint())]

    def any(self) -> Any:
        match self.byte():
            case 127 | 126:
                return None
            case 121 | 120 as truth:
                return truth == 120
            case 124:
                return bytes(self.byte() for _ in range(4))
            case 119:
                return self.blob().decode()
            case 118:
                return {self.blob(): self.any() for _ in range(self.uint())}
            case 117:
                return [self.any() for _ in range(self.uint())]
            case kind:
                raise NotImplementedError(kind)

    def item(self) -> tuple[int, list[list[int]]]:
        """The length of the next struct, and what it hangs on; a length below zero is a hole's."""
        info = self.byte()
        if info == 10:
            return -self.uint(), []
        links = [[self.uint(), self.uint()] for flag in (0x80, 0x40) if info & flag]
        if not links:
            links = [] if self.uint() and self.blob() else [[self.uint(), self.uint()]]
            if info & 0x20:
                self.blob()
        return self.length(info & 0x1F), links

    def length(self, kind: int) -> int:
        if kind == 4:
            return len(self.blob().decode().encode("utf-16-le")) // 2
        if kind == 8:
            return len([self.any() for _ in range(self.uint())])
        assert kind == 7
        assert self.uint() < 3
        return 1

    def update(self) -> dict[str, Any]:
        structs: list[list[int]] = []
        leans: dict[int, int] = {}
        for _ in range(self.uint()):
            count, client, clock = self.uint(), self.uint(), self.uint()
            for _ in range(count):
                length, links = self.item()
                for other, at in links:
                    leans[other] = max(leans.get(other, 0), at + 1)
                start, clock = clock, clock + abs(length)
                if length > 0 and structs and structs[-1][0] == client and structs[-1][2] == start:
                    structs[-1][2] = clock
                elif length > 0:
                    structs.append([client, start, clock])
        deletes = [
            [client, start, start + length]
            for client, ranges in [(self.uint(), self.pairs()) for _ in range(self.uint())]
            for start, length in ranges
        ]
        assert not self.data
        return {
            "structs": structs,
            "deletes": deletes,
            "leans-on": [list(pair) for pair in sorted(leans.items())],
        }


def decode64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


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


def stanzas() -> list[ET.Element]:
    return [ET.fromstring(block) for block in fenced("xml") if "<xs:schema" not in block]


def declared(namespace: str) -> dict[str, set[str]]:
    """The attributes of each element of a schema, the required ones marked with a bang."""
    (schema,) = [
        schema
        for schema in (ET.fromstring(block) for block in fenced("xml") if "<xs:schema" in block)
        if schema.get("targetNamespace") == namespace
    ]
    types = {each.get("name"): each for each in schema.findall(f"{XS}complexType")}

    def attributes(element: ET.Element) -> set[str]:
        own = {
            attribute.get("name", "") + ("!" if attribute.get("use") == "required" else "")
            for attribute in element.iterfind(f"./{XS}complexType/{XS}attribute")
        }
        pending = [types.get(element.get("type")), *element.iterfind(f"./{XS}complexType")]
        while pending:
            kind = pending.pop()
            if kind is None:
                continue
            for extension in kind.iterfind(f"./{XS}simpleContent/{XS}extension"):
                own |= {
                    a.get("name", "") + ("!" if a.get("use") == "required" else "")
                    for a in extension.iterfind(f"{XS}attribute")
                }
                pending.append(types.get(extension.get("base")))
        return own

    return {each.get("name", ""): attributes(each) for each in schema.iterfind(f"{XS}element")}


@pytest.mark.parametrize("stanza", stanzas(), ids=[f"{n}" for n in range(len(stanzas()))])
def test_an_example_is_what_we_read_and_what_the_schema_declares(stanza: ET.Element) -> None:
    ours = [child for child in stanza if child.tag.startswith(("{urn:xmpp-bridge",))]
    if not ours:  # the plain join of a room
        assert stanza.find("{http://jabber.org/protocol/muc}x") is not None
        return
    (payload,) = ours
    namespace, _, name = payload.tag[1:].partition("}")
    attributes = declared(namespace)[name]

    assert {key for key in attributes if key.endswith("!")} <= {f"{key}!" for key in payload.attrib}
    assert payload.attrib.keys() <= {key.rstrip("!") for key in attributes}
    assert read_payload(stanza) or read_awareness_payload(stanza) or read_identity(stanza)


def test_every_payload_has_an_example() -> None:
    shown = {child.tag for stanza in stanzas() for child in stanza if "urn:xmpp" in child.tag}

    for namespace in (DOCUMENTS, AWARENESS):
        assert {f"{{{namespace}}}{name}" for name in declared(namespace)} <= shown


def test_the_updates_in_the_examples_are_updates() -> None:
    seen = 0
    for stanza in stanzas():
        for element in stanza.iter(f"{{{DOCUMENTS}}}update"):
            data = decode64(element.text or "")
            if element.get("encoding") == "deflate":
                data = zlib.decompress(data, wbits=-15)
            assert Minimal(data).update()["structs"]
            seen += 1
        payload = read_payload(stanza)
        if isinstance(payload, UpdateStanza) and stanza.get("from", "").endswith("/jupyter"):
            assert stanza.get("id") == f"{payload.replica}-{payload.sequence}"

    assert seen >= 4
