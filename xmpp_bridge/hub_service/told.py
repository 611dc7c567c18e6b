"""Which Jupyter server has been told that which document has changed, without I/O.

One notice is enough: until its server asks, every further change is part of what it will get.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from xmpp_bridge.rooms.identifiers import DocumentId

Server = tuple[str, str]
"""A localpart and a resource."""


class Told:
    """Remembers notices that nobody has acted upon yet; at most one for each document and server."""

    def __init__(self) -> None:
        self._told: defaultdict[str, set[tuple[DocumentId, str]]] = defaultdict(set)

    def to_tell(
        self, document: DocumentId, servers: Iterable[Server], following: Collection[Server]
    ) -> Iterator[Server]:
        """Those who neither hear the room nor have been told; from now on they have."""
        for localpart, resource in servers:
            told = self._told[localpart]
            if (localpart, resource) not in following and (document, resource) not in told:
                told.add((document, resource))
                yield localpart, resource

    def asked(self, localpart: str, document: DocumentId | None) -> None:
        """A server of this person asks for a document, or for all that changed: what comes now is news again."""
        if document is None:
            self._told.pop(localpart, None)
        elif localpart in self._told:
            self._told[localpart] = {each for each in self._told[localpart] if each[0] != document}
