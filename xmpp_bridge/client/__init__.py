"""The Python API: a room's chat for notebooks and bots (docs/bots.md)."""

from xmpp_bridge.client.bridge import Bridge, Room, connect
from xmpp_bridge.client.values import Hit, Message, Person

__all__ = ["Bridge", "Hit", "Message", "Person", "Room", "connect"]
