"""Chat as XML: what goes out comes back, and what anybody may send is read or refused."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring, tostring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmpp_bridge.chat.message import (
    MAX_ATTACHMENTS,
    Archived,
    Attachment,
    CellReference,
    ChatMessage,
    Correction,
    Displayed,
    Moderation,
    OriginId,
    Payload,
    Reaction,
    Resolution,
    Retraction,
    StanzaId,
    Typing,
)
from xmpp_bridge.chat.stanza import read_payload, stanza_id_of, to_xml
from xmpp_bridge.xmpp.errors import BadPayloadError

CLIENT = "jabber:client"
ROOM = "0000000000000000000000000000000a@rooms.montague.lit"
MENTION = "<reference xmlns='urn:xmpp:reference:0' type='mention' uri='xmpp:a'/>"

ids = st.integers(1, 2**53 - 1).map(lambda number: StanzaId(str(number)))
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200).filter(
    str.strip
)
cells = st.builds(
    CellReference,
    st.just("0" * 31 + "d"),
    st.from_regex(r"[a-z0-9-]{1,8}", fullmatch=True),
    texts.filter(lambda text: len(text) < 200),
    st.just("plot(light)"),
    st.sampled_from(["", "https://hub.montague.lit/lab?xmpp-cell=1"]),
)
files = st.builds(
    Attachment,
    st.sampled_from(["https://hub.montague.lit/moon.png", "http://127.0.0.1:8000/a%20b"]),
    texts,
    st.integers(0, 2**53 - 1),
    st.sampled_from(["image/png", "application/octet-stream"]),
)
some_files = st.lists(files, max_size=3).map(tuple)
jids = st.lists(st.just("juliet@montague.lit"), max_size=1).map(tuple)
said: st.SearchStrategy[Payload] = st.one_of(
    st.builds(ChatMessage, texts, st.none() | ids, jids, st.none() | cells, some_files),
    st.builds(
        ChatMessage,
        st.just(""),
        attachments=st.lists(files, min_size=1, max_size=MAX_ATTACHMENTS).map(tuple),
    ),
    st.builds(Moderation, ids, st.just("romeo@montague.lit"), st.just("") | texts.map(str.strip)),
    st.builds(Correction, texts.map(OriginId), texts, jids),
    st.builds(Retraction, ids),
    st.builds(Reaction, ids, st.lists(st.sampled_from("👍🎉❤"), unique=True).map(tuple)),
    st.builds(Resolution, ids, st.booleans()),
    st.builds(Typing, st.booleans()),
    st.builds(Displayed, ids),
    st.builds(Archived, ids),
)


def read(xml: str) -> Payload | None:
    return read_payload(list(fromstring(f"<message xmlns='{CLIENT}'>{xml}</message>")), CLIENT)


@given(said)
def test_what_goes_out_comes_back(payload: Payload) -> None:
    children = [fromstring(tostring(child)) for child in to_xml(payload, CLIENT)]
    assert read_payload(children, CLIENT) == payload


def test_an_ordinary_clients_message_is_one() -> None:
    assert read("<body>But soft!</body>") == ChatMessage("But soft!")


def test_everything_kept_has_a_body_for_clients_that_do_not_know_it() -> None:
    for payload in (Reaction(StanzaId("7"), ("👍",)), Retraction(StanzaId("7"))):
        children = to_xml(payload, CLIENT)
        assert children[0].tag == f"{{{CLIENT}}}body"
        assert children[1].tag.endswith("fallback")


def test_an_answer_is_read_without_the_quotation_before_it() -> None:
    answer = read("""
        <body>> But soft!
Ay me</body>
        <reply xmlns='urn:xmpp:reply:0' id='1795165260000000' to='orchard@rooms.montague.lit/romeo'/>
        <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='12'/></fallback>
    """)
    assert answer == ChatMessage("Ay me", reply_to=StanzaId("1795165260000000"))


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        ("<body> \n </body>", "says something"),
        (f"<body>{'a' * 20_001}</body>", "at most 20,000"),
        ("<body>x</body>" + MENTION * 101, "100 people"),
        ("<body>x</body>" + "<b/>" * 400, "too many parts"),
        ("<reactions xmlns='urn:xmpp:reactions:0' id='x'/>", "whole number"),
        ("<retract xmlns='urn:xmpp:message-retract:1' id='007'/>", "whole number"),
        ("<archived xmlns='urn:xmpp-bridge:chat:0'/>", "whole number"),
        ("<body>x</body><cell xmlns='urn:xmpp-bridge:chat:0' document='../..' cell='a' name='x'/>", "a cell"),
        ("<resolved xmlns='urn:xmpp-bridge:chat:0' id='7' value='maybe'/>", "resolved or"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(xml: str, why: str) -> None:
    with pytest.raises(BadPayloadError, match=why):
        read(xml)


@pytest.mark.parametrize("xml", ["", "<subject>Orchard</subject>", "<x xmlns='urn:other'/>"])
def test_what_is_nothing_of_chat_is_none(xml: str) -> None:
    assert read(xml) is None


def test_only_the_rooms_own_id_counts() -> None:
    children = list(
        fromstring(f"""<message xmlns='{CLIENT}'>
            <stanza-id xmlns='urn:xmpp:sid:0' by='romeo@montague.lit' id='1'/>
            <stanza-id xmlns='urn:xmpp:sid:0' by='{ROOM}' id='1795165260000000'/>
        </message>""")
    )
    assert stanza_id_of(children, ROOM) == StanzaId("1795165260000000")
    assert stanza_id_of(children, "tomb@rooms.montague.lit") is None
