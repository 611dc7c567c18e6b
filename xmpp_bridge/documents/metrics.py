"""What a Jupyter server counts about its documents; jupyter_server publishes it at /metrics."""

from __future__ import annotations

from prometheus_client import Counter

UPDATES_REFUSED = Counter(
    "xmpp_bridge_server_updates_refused",
    "Updates that this Jupyter server did not let into a document.",
    ["reason"],
)
UPDATES_SENT = Counter(
    "xmpp_bridge_server_updates_sent", "Update stanzas that this Jupyter server sent."
)
UPDATES_ARRIVED = Counter(
    "xmpp_bridge_server_updates_arrived", "Update stanzas that this Jupyter server applied."
)
SYNCS = Counter(
    "xmpp_bridge_server_syncs", "Sync exchanges, by whom the answer came from.", ["answered_by"]
)
WAKINGS = Counter(
    "xmpp_bridge_server_wakings",
    "Times a document that slept was woken, by whether the service or the file said so.",
    ["by"],
)
SAVES = Counter("xmpp_bridge_server_saves", "Times a linked file was written.")
BROWSERS_BEHIND = Counter(
    "xmpp_bridge_server_browsers_behind",
    "Times a browser did not read, and was brought up to date later or closed.",
)
