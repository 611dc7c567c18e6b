"""Who is there, as the frames of a Jupyter server tell."""

from __future__ import annotations

from collections.abc import Sequence

from xmpp_bridge.client.socket import Frame
from xmpp_bridge.client.values import Presence, read_presence


class People:
    """Everybody with whom the owner of the server shares something."""

    def __init__(self) -> None:
        self._people: dict[str, Presence] = {}
        self._me = ""

    @property
    def all(self) -> Sequence[Presence]:
        """All but the owner."""
        return tuple(each for name, each in self._people.items() if name != self._me)

    def hear(self, frame: Frame) -> None:
        """A frame of the kind `state` or `people`."""
        if frame["kind"] == "state":
            self._me = str((frame["me"] or {}).get("username", ""))
            return
        if frame["whole"]:
            self._people.clear()
        self._people |= {str(each["username"]): read_presence(each) for each in frame["people"]}
        for name in frame["gone"]:
            self._people.pop(str(name), None)
