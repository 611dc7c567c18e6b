"""What the owner of an account must hear of it, wherever they look: somebody guesses at an app password."""

from __future__ import annotations

import logging
from collections.abc import Callable

from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from xmpp_bridge.accounts.stanza import LOCKED, read_locked
from xmpp_bridge.server_extension.frames import Frame
from xmpp_bridge.xmpp.errors import BadPayloadError
from xmpp_bridge.xmpp.stream import Stream

log = logging.getLogger(__name__)


def listen_for_alarms(
    stream: Stream, is_service: Callable[[str], bool], tell: Callable[[Frame], None]
) -> None:
    """Pass on what the service says, and nobody else; called before the stream's first stanza."""

    def on_locked(stanza: StanzaBase) -> None:
        if stanza.xml.get("type") != "headline" or not is_service(stanza["from"].bare):
            return
        element = stanza.xml.find(LOCKED)
        try:
            label = read_locked(element) if element is not None else ""
        except BadPayloadError as error:
            log.warning("alarm refused: why=%s", error)
        else:
            tell({"kind": "locked", "label": label})

    path = MatchXPath(f"{{jabber:client}}message/{LOCKED}")
    stream.register_handler(Callback("an app password is locked", path, on_locked))
