"""The one metadata all tables belong to, so that migrations can be compared with it."""

from __future__ import annotations

from sqlalchemy import MetaData

# Named constraints: Alembic can only drop what has a name, and both databases must agree on it.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
