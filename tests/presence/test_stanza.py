"""Awareness and identity as XML, there and back."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from slixmpp.xmlstream import tostring

from xmpp_bridge.presence.stanza import (
    AWARENESS,
    Awareness,
    Identity,
    read_awareness_payload,
    read_identity,
    to_xml,
)
from xmpp_bridge.xmpp.errors import BadPayloadError


def presence(attributes: str) -> ET.Element:
    return ET.fromstring(f"<presence><identity xmlns='{AWARENESS}' {attributes}/></presence>")


@pytest.mark.parametrize("update", [b"\x00", b"cursor" * 100])
def test_awareness_comes_out_of_its_xml_as_it_went_in(update: bytes) -> None:
    element = ET.fromstring(ET.tostring(to_xml(Awareness(update))))

    assert read_awareness_payload([element]) == Awareness(update)


def test_awareness_looks_like_this() -> None:
    assert tostring(to_xml(Awareness(b"\x00"))) == (
        f'<awareness xmlns="{AWARENESS}">AA==</awareness>'
    )


@pytest.mark.parametrize("identity", [Identity("Röméo ☺"), Identity("R", "#ff8800")])
def test_an_identity_comes_out_of_its_xml_as_it_went_in(identity: Identity) -> None:
    element = ET.fromstring(ET.tostring(to_xml(identity)))

    assert read_identity([element]) == identity


def test_other_stanzas_have_neither() -> None:
    other = ET.fromstring("<presence><show>dnd</show></presence>")

    assert read_identity(other) is None
    assert read_awareness_payload(other) is None


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        "display-name=''",
        "display-name='two&#10;lines'",
        f"display-name='{'x' * 201}'",
        "display-name='R' color='red; background: url(//evil)'",
        "display-name='R' color=''",
    ],
)
def test_an_identity_that_would_spoil_a_page_is_refused(attributes: str) -> None:
    with pytest.raises(BadPayloadError):
        read_identity(presence(attributes))


def test_two_payloads_of_a_kind_are_refused() -> None:
    element = to_xml(Awareness(b"\x00"))

    with pytest.raises(BadPayloadError):
        read_awareness_payload([element, element])
