"""What the XMPP server leaves to us, as XML (XEP-0355)."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from xmpp_bridge.xmpp.delegation import (
    CLIENT,
    DELEGATION,
    FORWARD,
    features_to_xml,
    of_accounts,
    read_delegated,
    refusal_to_xml,
    result_to_xml,
)
from xmpp_bridge.xmpp.errors import BadPayloadError

CARD = "<vCard xmlns='vcard-temp'/>"


def handed_over(inside: str) -> ET.Element:
    return ET.fromstring(
        f"<iq><delegation xmlns='{DELEGATION}'><forwarded xmlns='{FORWARD}'>{inside}</forwarded></delegation></iq>"
    )


def question(**attributes: str) -> ET.Element:
    given = {"type": "get", "id": "1", "from": "romeo@montague.lit/phone"}
    given |= {"to": "juliet@montague.lit", **attributes}
    said = " ".join(f"{name}='{value}'" for name, value in given.items() if value)
    return handed_over(f"<iq xmlns='{CLIENT}' {said}>{CARD}</iq>")


def test_an_answer_goes_back_to_who_asked() -> None:
    asked = read_delegated(question())
    assert (asked.sender, asked.account) == ("romeo@montague.lit/phone", "juliet@montague.lit")
    assert not asked.is_set
    back = result_to_xml(asked, ET.fromstring(CARD)).find(f"{{{FORWARD}}}forwarded/{{{CLIENT}}}iq")
    assert back is not None
    assert back.attrib == {
        "type": "result",
        "id": "1",
        "from": "juliet@montague.lit",
        "to": "romeo@montague.lit/phone",
    }
    assert [child.tag for child in back] == ["{vcard-temp}vCard"]


def test_a_refusal_says_why() -> None:
    refused = refusal_to_xml(read_delegated(question(type="set")), "auth", "forbidden", "not yours")
    back = refused.find(f"{{{FORWARD}}}forwarded/{{{CLIENT}}}iq")
    assert back is not None
    assert back.get("type") == "error"
    error = back.find(f"{{{CLIENT}}}error")
    assert error is not None
    assert error.get("type") == "auth"
    assert [child.tag.partition("}")[2] for child in error] == ["forbidden", "text"]


@pytest.mark.parametrize(
    "stanza",
    [
        ET.fromstring("<iq/>"),
        handed_over(""),
        handed_over(f"<message xmlns='{CLIENT}' from='a' to='b' id='1' type='get'/>"),
        question(type="result"),
        question(id=""),
        question(**{"from": ""}),
        question(to=""),
    ],
)
def test_what_nobody_has_asked_is_refused(stanza: ET.Element) -> None:
    with pytest.raises(BadPayloadError):
        read_delegated(stanza)


def test_we_say_what_we_take_over() -> None:
    node = of_accounts("vcard-temp")
    assert node == "urn:xmpp:delegation:1:bare:vcard-temp"
    query = features_to_xml(node, "vcard-temp")
    assert query.get("node") == node
    assert [child.get("var") for child in query] == ["vcard-temp"]
