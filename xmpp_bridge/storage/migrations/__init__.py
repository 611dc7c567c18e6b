"""The Alembic environment; `storage/migrate.py` runs it."""
