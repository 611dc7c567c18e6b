"""Rooms of two people who write to each other.

Revision: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms", sa.Column("direct", sa.Text()))
    op.create_index("uq_rooms_direct", "rooms", ["direct"], unique=True)
