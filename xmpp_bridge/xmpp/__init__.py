"""XMPP, knowing nothing of notebooks or hubs."""
