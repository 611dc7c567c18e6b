"""The Python API: a room's chat for notebooks and bots (docs/bots.md)."""

from xmpp_bridge.client.bridge import Bridge, Room, connect
from xmpp_bridge.client.values import Document, Hit, Message, Person, Presence

__all__ = ["Bridge", "Document", "Hit", "Message", "Person", "Presence", "Room", "connect"]
