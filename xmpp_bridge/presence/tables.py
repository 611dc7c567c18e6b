"""How people want to be seen."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Enum, ForeignKey, Table

from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.presence.condition import Choice
from xmpp_bridge.rooms.tables import rooms
from xmpp_bridge.storage.base import metadata

choices = Table(
    "presence_choices",
    metadata,
    Column("account_id", ForeignKey(accounts.c.id), primary_key=True),
    Column(
        "choice",
        Enum(
            Choice,
            name="choice",
            native_enum=False,
            length=16,
            create_constraint=True,
            values_callable=lambda members: [member.value for member in members],
        ),
        nullable=False,
    ),
)

# Whether those in a room may know what somebody has open of it; without a row as the hub's administrator wishes.
shared_places = Table(
    "presence_rooms",
    metadata,
    Column("room_id", ForeignKey(rooms.c.id), primary_key=True),
    Column("account_id", ForeignKey(accounts.c.id), primary_key=True),
    Column("tells_place", Boolean, nullable=False),
)
