"""What each person did within a window of a document's history.

Revision 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("document_windows", sa.Column("parts", sa.JSON()))
