"""The examples of docs/protocol.md are what we read, and what its schemas declare."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zlib

import pytest

from tests.documents.minimal import Minimal, decode64
from tests.documents.protocol_page import fenced
from xmpp_bridge.documents.chunk import Assembly
from xmpp_bridge.documents.stanza import DOCUMENTS, Chunk, Payload, UpdateStanza, read_payload
from xmpp_bridge.presence.stanza import AWARENESS, read_awareness_payload, read_identity

XS = "{http://www.w3.org/2001/XMLSchema}"


def stanzas() -> list[ET.Element]:
    return [ET.fromstring(block) for block in fenced("xml") if "<xs:schema" not in block]


def read_said(stanza: ET.Element) -> Payload | None:
    """What a stanza carries, be it as Romeo sends it or as the room reflects it."""
    room, _, nick = stanza.get("from", "").partition("/")
    reflected = "@documents." in room
    return read_payload(stanza, nick if reflected else "k3x9q2", stanza.get("id", ""))


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
    ours = [child for child in stanza if child.tag.startswith(("{urn:xmpp-bridge", "{urn:ydoc"))]
    if not ours:  # the plain join of a room
        assert stanza.find("{http://jabber.org/protocol/muc}x") is not None
        return
    (payload,) = ours
    namespace, _, name = payload.tag[1:].partition("}")
    attributes = declared(namespace)[name]

    assert {key for key in attributes if key.endswith("!")} <= {f"{key}!" for key in payload.attrib}
    assert payload.attrib.keys() <= {key.rstrip("!") for key in attributes}
    assert read_said(stanza) or read_awareness_payload(stanza) or read_identity(stanza)


def test_every_payload_has_an_example() -> None:
    shown = {child.tag for stanza in stanzas() for child in stanza if child.tag.startswith("{urn:")}

    for namespace in (DOCUMENTS, AWARENESS):
        assert {f"{{{namespace}}}{name}" for name in declared(namespace)} <= shown


def test_the_updates_in_the_examples_are_updates() -> None:
    seen: list[bytes] = []
    for stanza in stanzas():
        for element in stanza.iter(f"{{{DOCUMENTS}}}update"):
            data = decode64(element.text or "")
            if element.get("encoding") == "deflate":
                data = zlib.decompress(data, wbits=-15)
            for sync in stanza.iter(f"{{{DOCUMENTS}}}sync"):
                if sync.get("total"):  # the part of the example before it
                    assert len(seen[-1]) == int(sync.get("total", ""))
                    assert seen[-1][int(sync.get("offset", "")) :] == data
                    data = seen[-1]
            assert Minimal(data).update()["structs"]
            seen.append(data)
        payload = read_said(stanza)
        if isinstance(payload, UpdateStanza | Chunk):
            assert stanza.get("id") == payload.id

    assert len(seen) >= 5


def test_the_chunks_in_the_examples_are_an_update() -> None:
    assembly, chunks, text = Assembly(), [], b""
    for stanza in stanzas():
        for element in stanza.iter(f"{{{DOCUMENTS}}}chunk"):
            assert int(element.get("offset", "")) == len(text)
            text += decode64(element.text or "")
            payload = read_said(stanza)
            assert isinstance(payload, Chunk)
            chunks.append(payload)

    assert {chunk.total for chunk in chunks} == {len(text)}
    assert Minimal(text).update()["structs"]
    whole = [assembly.take("romeo", chunk) for chunk in chunks]
    assert whole == [None, UpdateStanza(chunks[1].replica, 4, text)]
