"""What can be asked in a room, for clients that show commands in a menu (XEP-0050)."""

from __future__ import annotations

import asyncio
import logging
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable, Mapping
from secrets import token_hex
from typing import Final

from slixmpp.xmlstream.handler import Callback, CoroutineCallback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.chat.command import MOST, SAID, Command, Verb
from xmpp_bridge.hub_service.attendant import AT_ONCE, EVERY
from xmpp_bridge.hub_service.away import refusal
from xmpp_bridge.hub_service.room_answers import RoomAnswers
from xmpp_bridge.rooms.identifiers import RoomId, read_room_id
from xmpp_bridge.xmpp import adhoc
from xmpp_bridge.xmpp.adhoc import COMMANDS, INFO, ITEMS, Asked, Field
from xmpp_bridge.xmpp.allowance import Allowance
from xmpp_bridge.xmpp.component import Component, ComponentStream
from xmpp_bridge.xmpp.delegation import NODE as DELEGATED
from xmpp_bridge.xmpp.errors import (
    BadPayloadError,
    ForbiddenError,
    NotFoundError,
    TooLargeError,
)

log = logging.getLogger(__name__)

NODES: Final = {
    f"urn:xmpp-bridge:{verb}": verb for verb in (Verb.WHO, Verb.NOTEBOOKS, Verb.SEARCH, Verb.DIGEST)
}
ROOM: Final = "room"
WORDS: Final = "words"
LIST: Final = "What can be asked about your rooms"


class CommandService:
    """Remembers nothing between two steps: everything needed is in the form. Who asks is who ejabberd says."""

    def __init__(
        self,
        component: Component,
        answers: RoomAnswers,
        account_at: Callable[[str], Awaitable[Account | None]],
        clock: Callable[[], float],
    ) -> None:
        self._component = component
        self._answers = answers
        self._account_at = account_at
        self._clock = clock
        self._allowance = Allowance(AT_ONCE, EVERY)

    async def run(self) -> None:
        """Answer until cancelled."""
        while True:
            stream = await self._component.stream()
            self._listen(stream)
            await asyncio.shield(stream.ended)

    def _listen(self, stream: ComponentStream) -> None:
        iq = f"{{{stream.default_ns}}}iq"
        path = MatchXPath(f"{iq}/{{{INFO}}}query")
        stream.register_handler(Callback("a command's info", path, self._on_info))
        path = MatchXPath(f"{iq}/{{{ITEMS}}}query")
        stream.register_handler(Callback("commands", path, self._on_items))
        path = MatchXPath(f"{iq}/{{{COMMANDS}}}command")
        stream.register_handler(CoroutineCallback("a command", path, self._on_command))

    def _on_info(self, iq: StanzaBase) -> None:
        node = _node(iq, f"{{{INFO}}}query")
        if node == COMMANDS:
            _answer(iq, adhoc.info_to_xml(node, LIST))
        elif node in NODES:
            _answer(iq, adhoc.info_to_xml(node, SAID[NODES[node]]))
        elif node is not None and not node.startswith(DELEGATED):
            _refuse(iq, adhoc.error_to_xml(NotFoundError("there is no such node"), iq.namespace))

    def _on_items(self, iq: StanzaBase) -> None:
        node = _node(iq, f"{{{ITEMS}}}query")
        if node == COMMANDS:
            names = {each: SAID[verb].capitalize() for each, verb in NODES.items()}
            _answer(iq, adhoc.items_to_xml(str(iq["to"]), names))
        elif node is not None:
            _refuse(iq, adhoc.error_to_xml(NotFoundError("there is no such node"), iq.namespace))

    async def _on_command(self, iq: StanzaBase) -> None:
        if iq.xml.get("type") != "set":
            return
        try:
            _answer(iq, await self._step(iq))
        except Exception as error:
            told = refusal(error)
            if told is None:
                raise
            log.info("command refused: condition=%s", told.condition)
            _refuse(iq, adhoc.error_to_xml(told, iq.namespace))

    async def _step(self, iq: StanzaBase) -> ET.Element:
        sender = iq["from"].bare
        if not self._allowance.take(sender, self._clock()):
            raise TooLargeError("you have asked a lot: ask again in a moment")
        asker = await self._account_at(sender)
        if asker is None or not asker.enabled:
            raise ForbiddenError("only people of this hub are answered")
        asked = adhoc.read_asked(iq.xml)
        verb = NODES.get(asked.node)
        if verb is None:
            raise NotFoundError("there is no such command")
        return await self._next(asker, verb, asked)

    async def _next(self, asker: Account, verb: Verb, asked: Asked) -> ET.Element:
        session = asked.session or token_hex(8)
        if asked.cancel:
            return adhoc.cancelled_to_xml(asked.node, session)
        if asked.fields is None:
            rooms = await self._answers.rooms_of(asker)
            return adhoc.form_to_xml(asked.node, session, SAID[verb], _form(verb, rooms))
        words = asked.fields.get(WORDS, "").strip() if verb is Verb.SEARCH else ""
        if len(words) > MOST:
            raise BadPayloadError(f"a question has at most {MOST} characters")
        room = read_room_id(asked.fields.get(ROOM, ""))
        text = await self._answers.answer(asker, room, Command(verb, words))
        return adhoc.answer_to_xml(asked.node, session, text)


def _form(verb: Verb, rooms: Mapping[RoomId, str]) -> list[Field]:
    which = Field(ROOM, "Room", [(room, name) for room, name in rooms.items()])
    return [which, Field(WORDS, "Words")] if verb is Verb.SEARCH else [which]


def _node(iq: StanzaBase, tag: str) -> str | None:
    query = iq.xml.find(tag) if iq.xml.get("type") == "get" else None
    return None if query is None else query.get("node")


def _answer(iq: StanzaBase, payload: ET.Element) -> None:
    answer = iq.reply()
    answer.xml.append(payload)
    answer.send()


def _refuse(iq: StanzaBase, error: ET.Element) -> None:
    answer = iq.reply()
    answer.xml.set("type", "error")
    answer.xml.append(error)
    answer.send()
