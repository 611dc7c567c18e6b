"""People with nothing but a chat client ask a room's service, and comment on cells that it tells of."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from slixmpp import JID
from slixmpp.exceptions import IqError

from demo import edits
from tests.e2e.chat_tab import chat_tab
from tests.e2e.phones import listening, phone, room_jid
from tests.e2e.stage import PATIENCE, Person, Stage, tabs, until
from xmpp_bridge.chat.stanza import REPLY
from xmpp_bridge.xmpp.adhoc import COMMANDS, DATA
from xmpp_bridge.xmpp.stream import Stream

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.asyncio(loop_scope="session")]


class Asking:
    """Writes to the room, and reads what comes back to this client alone."""

    def __init__(self, stream: Stream, room: JID) -> None:
        self._stream = stream
        self._room = room
        self._answers: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        stream.add_event_handler("message", self._hear)

    def _hear(self, message: Any) -> None:
        if message["type"] == "chat" and message["body"]:
            self._answers.put_nowait((message["from"].bare, message["body"]))

    async def ask(self, text: str) -> str:
        self._stream.send_message(self._room, text, mtype="groupchat")
        async with asyncio.timeout(PATIENCE):
            sender, body = await self._answers.get()
        assert sender == f"xmpp-bridge@bridge.{self._stream.boundjid.domain}"
        return body


async def test_a_phone_asks_and_is_answered_alone(stage: Stage, alice: Person, bob: Person) -> None:
    _, room = await stage.shared(alice, "commands.ipynb", "x = 1", bob="editor")
    async with (
        chat_tab(alice.server) as hers,
        phone(stage, "bob", "asking") as stream,
        listening(stream, room_jid(stream, room), "bob's phone"),
    ):
        await hers.in_room(room, "alice", "bob")
        await hers.ask("post", room=room, client_id="q1", body="Where is the nightingale?")
        await hers.delivered("Where is the nightingale?")
        asking = Asking(stream, room_jid(stream, room))
        assert "!search WORDS" in await asking.ask("!help")
        who = await asking.ask("!who")
        assert "alice (owner): in the lab" in who.lower()
        assert "with another client" in who
        assert await asking.ask("!notebooks") == "commands.ipynb"
        assert "Where is the nightingale?" in await asking.ask("!search nightingale")
        assert "cell 1 of commands.ipynb" in await asking.ask("!digest")
        assert "Not done: only owners" in await asking.ask("!digest on")
        await hers.message("!help")  # what was asked is there for all, what was answered is not
        said = [frame["message"]["body"] for frame in hers.frames if frame["kind"] == "message"]
        assert not any("!search WORDS" in body for body in said)
        # In the lab there is no other place for an answer.
        await hers.ask("post", room=room, client_id="q2", body="!notebooks")
        answer = await hers.message("commands.ipynb")
        assert answer["reply_to"]["body"] == "!notebooks"


async def test_a_reply_to_what_is_told_of_a_cell_is_a_comment_on_it(
    stage: Stage, alice: Person, bob: Person
) -> None:
    document, room = await stage.shared(alice, "digest.ipynb", "y = 1", bob="editor")
    async with (
        chat_tab(alice.server) as hers,
        chat_tab(bob.server) as his,
        tabs("digest.ipynb", alice) as (tab,),
        phone(stage, "bob", "reading") as stream,
        listening(stream, room_jid(stream, room), "bob's phone") as ears,
    ):
        await hers.in_room(room, "alice", "bob")
        edits.append_text(tab.notebook, 0, "\nz = 2")
        await alice.live(document)
        await hers.ask("post", room=room, client_id="d1", body="!digest on")
        told = await hers.sees(
            lambda frame: (
                frame.get("message", {}).get("body", "").endswith("cell 1 of digest.ipynb.")
            )
        )
        cell = told["message"]["cell"]
        assert (cell["document"], cell["excerpt"]) == (document, "y = 1")
        shown = await ears.hears(lambda _nick, body: "cell 1 of digest.ipynb" in body)
        assert "y = 1" in shown, "a client that knows no cells shows what it is about"
        _answer(stream, room_jid(stream, room), told["message"]["id"], "Why 2?")
        for listener in (hers, his):
            comment = await listener.message("Why 2?")
            assert comment["cell"]["cell"] == cell["cell"]
            assert comment["cell"]["document"] == document

        async def found() -> bool:
            query = f"cell:{cell['cell']} why"
            answer = await hers.ask("search", query=query, room=room, order="newest")
            return [hit["message"]["body"] for hit in answer["hits"]] == ["Why 2?"]

        await until(found, "the comment is found by its cell")


async def test_clients_with_a_menu_find_the_same_and_strangers_nothing(
    stage: Stage, alice: Person
) -> None:
    _, room = await stage.shared(alice, "menu.ipynb", "x = 1")
    async with phone(stage, "alice", "menu") as hers, phone(stage, "carol", "menu") as stranger:
        bridge = JID(f"bridge.{hers.boundjid.domain}")
        nodes = await _commands(hers, bridge)
        assert {"urn:xmpp-bridge:who", "urn:xmpp-bridge:notebooks"} <= nodes
        form = await _execute(hers, bridge, "urn:xmpp-bridge:notebooks")
        values = {value.text for value in form.iter(f"{{{DATA}}}value")}
        assert room in values
        done = await _execute(hers, bridge, "urn:xmpp-bridge:notebooks", room=room)
        assert done.findtext(f"{{{COMMANDS}}}note") == "menu.ipynb"
        form = await _execute(stranger, bridge, "urn:xmpp-bridge:notebooks")
        assert room not in {value.text for value in form.iter(f"{{{DATA}}}value")}
        for fields in ({"room": room}, {"room": "../.."}, {"room": "0" * 32}):
            with pytest.raises(IqError) as refused:
                await _execute(stranger, bridge, "urn:xmpp-bridge:notebooks", **fields)
            assert refused.value.condition in ("item-not-found", "bad-request")


def _answer(stream: Stream, room: JID, stanza_id: str, body: str) -> None:
    """As a client that knows replies (XEP-0461), and no cells."""
    message = stream.make_message(room, body, mtype="groupchat")
    message.xml.append(ET.Element(f"{{{REPLY}}}reply", id=stanza_id))
    message.send()


async def _commands(stream: Stream, to: JID) -> set[str]:
    iq = stream.make_iq_get(ito=to)
    ET.SubElement(iq.xml, "{http://jabber.org/protocol/disco#items}query", node=COMMANDS)
    answer = await iq.send()  # type: ignore[no-untyped-call]
    return {item.get("node", "") for item in answer.xml.iter() if item.tag.endswith("}item")}


async def _execute(stream: Stream, to: JID, node: str, **fields: str) -> ET.Element:
    iq = stream.make_iq_set(ito=to)
    command = ET.SubElement(iq.xml, f"{{{COMMANDS}}}command", node=node, action="execute")
    if fields:
        form = ET.SubElement(command, f"{{{DATA}}}x", type="submit")
        for name, value in fields.items():
            field = ET.SubElement(form, f"{{{DATA}}}field", var=name)
            ET.SubElement(field, f"{{{DATA}}}value").text = value
    answer = await iq.send()  # type: ignore[no-untyped-call]
    found: ET.Element | None = answer.xml.find(f"{{{COMMANDS}}}command")
    assert found is not None
    return found
