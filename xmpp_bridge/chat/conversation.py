"""What one server knows of a room's conversation, without I/O: the newest messages, and what was done to them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from xmpp_bridge.chat.heard import Heard
from xmpp_bridge.chat.message import ChatMessage, OriginId, StanzaId, older
from xmpp_bridge.chat.spoken import Sender, Spoken, folded, target_of

MOST: Final = 2000
"""Messages that are remembered; the archive has them all."""


class Conversation:
    """Messages by what the room calls them; those that were looked at last stay longest."""

    def __init__(self) -> None:
        self.newest: StanzaId | None = None
        """Everything up to here has been heard or read."""
        self._messages: OrderedDict[StanzaId, Spoken] = OrderedDict()
        self._origins: dict[tuple[str, OriginId], StanzaId] = {}
        self._changed: dict[StanzaId, StanzaId] = {}
        """What was heard last of each message."""

    def __getitem__(self, stanza_id: StanzaId) -> Spoken | None:
        return self._messages.get(stanza_id)

    def by(self, jid: str, origin: OriginId) -> Spoken | None:
        """What somebody said under this id of theirs."""
        known = self._origins.get((jid, origin))
        return None if known is None else self._messages.get(known)

    def remember(self, messages: Iterable[Spoken], through: StanzaId | None) -> list[Spoken]:
        """Take what the archive says, who knew everything up to `through`; return the messages as they are now."""
        return [self._newer(message, through) for message in messages]

    def since(self, stanza_id: StanzaId) -> list[Spoken]:
        """What was said after that message, as far as it was heard here, oldest first."""
        later = [each for each in self._messages.values() if older(stanza_id, each.id)]
        return sorted(later, key=lambda each: int(each.id))

    def _newer(self, message: Spoken, through: StanzaId | None) -> Spoken:
        known, changed = self._messages.get(message.id), self._changed.get(message.id)
        if (
            known is not None
            and changed is not None
            and (through is None or older(through, changed))
        ):
            return known
        return self._keep(message)

    def hear(
        self, heard: Heard, sender: Sender, is_service: Callable[[str], bool] = lambda _jid: False
    ) -> Spoken | None:
        """The message that is new, or that has changed; None when there is nothing to show, or it is not here.

        `is_service` knows by its bare JID whose word about a cell makes an answer one about it.
        """
        if self.newest is not None and not older(self.newest, heard.stanza_id):
            return None
        self.newest = heard.stanza_id
        if isinstance(heard.said, ChatMessage):
            self._changed[heard.stanza_id] = heard.stanza_id
            return self._keep(self._quoting(heard, heard.said, sender, is_service))
        about = self.about(heard)
        message = None if about is None else self._messages.get(about)
        if message is None:
            return None
        changed = folded(message, heard.said, sender, heard.at)
        if changed == message:
            return None
        self._changed[changed.id] = heard.stanza_id
        return self._keep(changed)

    def about(self, heard: Heard) -> StanzaId | None:
        """Which message something is said about, if it is known here."""
        target = target_of(heard.said)
        if target is None:
            return None
        by_origin = self._origins.get((heard.sender, OriginId(target)))
        return by_origin or StanzaId(target)

    def _quoting(
        self,
        heard: Heard,
        message: ChatMessage,
        sender: Sender,
        is_service: Callable[[str], bool],
    ) -> Spoken:
        spoken = Spoken(heard.stanza_id, heard.origin, heard.at, sender, message)
        answered = self._messages.get(message.reply_to) if message.reply_to else None
        if answered is None:
            return spoken
        if message.cell is None and is_service(answered.sender.jid):
            spoken = replace(spoken, message=replace(message, cell=answered.message.cell))
        return replace(spoken, quote=answered.beginning)

    def _keep(self, message: Spoken) -> Spoken:
        self._messages[message.id] = message
        self._messages.move_to_end(message.id)
        if message.origin is not None:
            self._origins[message.sender.jid, message.origin] = message.id
        if len(self._messages) > MOST:
            _, forgotten = self._messages.popitem(last=False)
            self._changed.pop(forgotten.id, None)
            if forgotten.origin is not None:
                self._origins.pop((forgotten.sender.jid, forgotten.origin), None)
        return message
