"""Who is online on the hub, as coalesced changes: many things happen to a person, and they are told as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime

from xmpp_bridge.presence.announcement import At
from xmpp_bridge.presence.circles import Person
from xmpp_bridge.presence.condition import ABSENT, Choice, Condition, Seen, Show, seen


class People:
    """Everybody's connections. A `place` is a full JID, or a nick in a room."""

    def __init__(self, usual: Choice, now: Callable[[], datetime]) -> None:
        self._usual = usual
        self._now = now
        self._connections: defaultdict[Person, dict[str, Condition]] = defaultdict(dict)
        self._at: dict[Person, tuple[str, At]] = {}
        self._choices: Mapping[Person, Choice] = {}
        self._seen: dict[Person, Seen] = {}
        self._left: dict[Person, datetime] = {}
        self._changed: set[Person] = set()

    def connected(self, person: Person, place: str, condition: Condition) -> None:
        """They are there like this, at this place."""
        if self._connections[person].get(place) != condition:
            self._connections[person][place] = condition
            self._look(person)

    def disconnected(self, person: Person, place: str) -> None:
        """They are not at this place any more."""
        if self._connections[person].pop(place, None) is not None:
            if self._at.get(person, ("", None))[0] == place:
                del self._at[person]
            if not self._connections[person]:
                del self._connections[person]
            self._look(person)

    def works(self, person: Person, place: str, at: At | None) -> None:
        """They work there now; the last place that says so counts."""
        before = self._at.get(person)
        if at is None:
            if before is None or before[0] != place:
                return
            del self._at[person]
        elif before == (place, at):
            return
        else:
            self._at[person] = (place, at)
        self._changed.add(person)

    def choose(self, choices: Mapping[Person, Choice]) -> None:
        """How everybody who has chosen anything wants to be seen."""
        before, self._choices = self._choices, choices
        for person in before.keys() | choices.keys():
            if before.get(person) != choices.get(person):
                self._look(person)
                self._changed.add(person)  # their own servers wait for it

    def forget(self) -> None:
        """We were away: nobody is anywhere until they say so again."""
        for person in list(self._connections):
            for place in list(self._connections[person]):
                self.disconnected(person, place)

    def choice(self, person: Person) -> Choice:
        return self._choices.get(person, self._usual)

    def seen(self, person: Person) -> Seen:
        """How others see them."""
        return self._seen.get(person, ABSENT)

    def since(self, person: Person) -> datetime | None:
        """Since when they do nothing, or are away; None if that is not so or not known."""
        seen_now = self.seen(person)
        return self._left.get(person) if seen_now.show is Show.ABSENT else seen_now.idle_since

    def at(self, person: Person) -> At | None:
        """Where they work, unless they are not to be seen."""
        found = self._at.get(person)
        return None if found is None or self.seen(person).show is Show.ABSENT else found[1]

    def is_known(self, person: Person) -> bool:
        """Whether they have been there since we came."""
        return person in self._seen

    @property
    def has_changed(self) -> bool:
        return bool(self._changed)

    def take_changed(self) -> frozenset[Person]:
        """Of whom there is something new since this was asked last."""
        changed, self._changed = frozenset(self._changed), set()
        return changed

    def _look(self, person: Person) -> None:
        connections = self._connections.get(person, {})
        now = seen(connections.values(), self.choice(person))
        before = self._seen.get(person, ABSENT)
        if now == before:
            return
        self._seen[person] = now
        if now.show is Show.ABSENT:
            self._left[person] = self._now()
        self._changed.add(person)
