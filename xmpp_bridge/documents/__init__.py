"""Notebooks and files shared over XMPP."""
