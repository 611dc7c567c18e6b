"""What is written is what was meant, for a parser that knows nothing of us."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmpp_bridge.xmpp.serialise import XML, serialise

CLIENT = "jabber:client"
# XML has no way to say other control characters, and a parser makes one line end of another.
words = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]) | st.just("\n"))
values = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]))
tags = st.sampled_from([f"{{{ns}}}{n}" for ns in (CLIENT, "urn:ydoc:0") for n in ("x", "update")])
attributes = st.dictionaries(st.sampled_from(["id", "to", f"{{{XML}}}lang"]), values, max_size=2)


def made(tag: str, attrib: dict[str, str], text: str, children: list[ET.Element]) -> ET.Element:
    element = ET.Element(tag, attrib)
    element.text = text or None
    element.extend(children)
    for child in children:
        child.tail = text or None
    return element


elements = st.recursive(
    st.builds(made, tags, attributes, words, st.just([])),
    lambda inner: st.builds(made, tags, attributes, words, st.lists(inner, max_size=3)),
    max_leaves=8,
)


@given(elements)
def test_what_is_read_again_is_what_was_written(element: ET.Element) -> None:
    text = f'<stream xmlns="{CLIENT}">{serialise(element, CLIENT)}</stream>'
    assert ET.canonicalize(ET.tostring(ET.fromstring(text)[0])) == ET.canonicalize(
        ET.tostring(element)
    )


def test_a_namespace_is_said_once() -> None:
    message = ET.Element(f"{{{CLIENT}}}message", {"id": "1"})
    ET.SubElement(message, "{urn:ydoc:0}update").text = "AAA="
    expected = '<message id="1"><update xmlns="urn:ydoc:0">AAA=</update></message>'
    assert serialise(message, CLIENT) == expected


def test_an_attribute_of_a_namespace_without_a_prefix_is_not_left_out_in_silence() -> None:
    with pytest.raises(ValueError, match="no prefix"):
        serialise(ET.Element("{urn:ydoc:0}update", {"{urn:verona}who": "romeo"}), CLIENT)
