"""What can be set about presence."""

from __future__ import annotations

from traitlets import Bool, Enum, Int
from traitlets.config import Configurable

from xmpp_bridge.hub_service.presence_view import PresenceSettings
from xmpp_bridge.presence.circles import Reach
from xmpp_bridge.presence.condition import Choice


class PresenceTraits(Configurable):
    """Settings of the service that are about presence."""

    presence_reach = Enum(
        list(Reach),
        default_value=Reach.ROOMS,
        help="Whom people see online: those with whom they share `rooms`; or a room or one of the hub's `groups`;"
        " or `all`.",
    ).tag(config=True)
    presence_choice = Enum(
        list(Choice),
        default_value=Choice.AUTO,
        help="How people are seen who have not chosen: `auto`, `away` or `hidden`.",
    ).tag(config=True)
    presence_tells_place = Bool(
        default_value=True,
        help="Whether those in a room may know what somebody has open of it, if that person has not said.",
    ).tag(config=True)

    presence_roster_people = Int(
        default_value=100,
        min=0,
        help="Unless `presence_reach` is `rooms`: groups of the hub with at most so many people are contact lists of"
        " their people's XMPP clients.",
    ).tag(config=True)

    def presence_settings(self) -> PresenceSettings:
        """What was set, as plain values."""
        rosters = 0 if self.presence_reach is Reach.ROOMS else self.presence_roster_people
        return PresenceSettings(
            self.presence_reach, self.presence_choice, self.presence_tells_place, rosters
        )
