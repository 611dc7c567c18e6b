"""Which app passwords there are; of each only its hash."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.app_password import AppPassword
from xmpp_bridge.accounts.tables import accounts, app_passwords
from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.recording import record
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import ConflictError

_STANDS = app_passwords.c.revoked_at.is_(None)


class AppPasswordStore:
    """Those of everybody. Revoked ones stay for the record and are never returned."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self,
        account_id: int,
        selector: str,
        hashed: str,
        label: str,
        created_at: datetime,
        expires_at: datetime | None,
    ) -> AppPassword:
        """Keep a new one; ConflictError if the account has ever had one with this selector."""
        values = {
            "account_id": account_id,
            "selector": selector,
            "hash": hashed,
            "label": label,
            "created_at": created_at,
            "expires_at": expires_at,
        }
        try:
            async with writing(self._engine) as connection:
                statement = insert(app_passwords).values(values).returning(app_passwords)
                made = _app_password((await connection.execute(statement)).one())
                await record(connection, [_event("made", account_id, made.id, created_at)])
                return made
        except IntegrityError:
            raise ConflictError("there is such an app password already") from None

    async def of_account(self, account_id: int) -> list[AppPassword]:
        """The newest first, expired ones too."""
        query = (
            select(app_passwords)
            .where(app_passwords.c.account_id == account_id, _STANDS)
            .order_by(app_passwords.c.id.desc())
        )
        async with reading(self._engine) as connection:
            return [_app_password(row) for row in await connection.execute(query)]

    async def find(self, localpart: str, selector: str) -> tuple[AppPassword, str] | None:
        """The one of an account that may log in, and its hash."""
        query = (
            select(app_passwords)
            .join(accounts, accounts.c.id == app_passwords.c.account_id)
            .where(
                accounts.c.localpart == localpart,
                accounts.c.disabled_at.is_(None),
                app_passwords.c.selector == selector,
                _STANDS,
            )
        )
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else (_app_password(row), row.hash)

    async def used(self, id_: int, at: datetime) -> bool:
        """Note a login, unless it was revoked a moment ago."""
        statement = (
            update(app_passwords)
            .where(app_passwords.c.id == id_, _STANDS)
            .values(last_used_at=at)
            .returning(app_passwords.c.account_id)
        )
        async with writing(self._engine) as connection:
            owner = (await connection.execute(statement)).scalar_one_or_none()
            if owner is not None:
                used = {"app_password": id_}
                await record(
                    connection, [Event(Kind.LOGIN, "let-in", at, account=owner, content=used)]
                )
            return owner is not None

    async def revoke(self, account_id: int, id_: int, at: datetime) -> bool:
        """Take it back; False if the account has none of this number."""
        statement = (
            update(app_passwords)
            .where(
                app_passwords.c.id == id_,
                app_passwords.c.account_id == account_id,
                _STANDS,
            )
            .values(revoked_at=at)
            .returning(app_passwords.c.id)
        )
        async with writing(self._engine) as connection:
            revoked = (await connection.execute(statement)).one_or_none() is not None
            if revoked:
                await record(connection, [_event("revoked", account_id, id_, at)])
            return revoked

    async def expired(self, now: datetime) -> list[AppPassword]:
        """Those that have run out, and are not taken back yet."""
        query = select(app_passwords).where(_STANDS, app_passwords.c.expires_at <= now)
        async with reading(self._engine) as connection:
            return [_app_password(row) for row in await connection.execute(query)]

    async def revoked_since(self, moment: datetime) -> list[str]:
        """The localpart of everybody of whom one was revoked since then."""
        query = (
            select(accounts.c.localpart)
            .join(app_passwords, accounts.c.id == app_passwords.c.account_id)
            .where(app_passwords.c.revoked_at >= moment)
            .distinct()
        )
        async with reading(self._engine) as connection:
            return list((await connection.execute(query)).scalars())

    async def any_lives(self, account_id: int, now: datetime) -> bool:
        """Whether the account has any with which a client may be logged in."""
        lives = or_(app_passwords.c.expires_at.is_(None), app_passwords.c.expires_at > now)
        query = (
            select(app_passwords.c.id)
            .where(and_(app_passwords.c.account_id == account_id, _STANDS, lives))
            .limit(1)
        )
        async with reading(self._engine) as connection:
            return (await connection.execute(query)).one_or_none() is not None


def _event(action: str, account_id: int, id_: int, at: datetime) -> Event:
    """Who does it may be the service: of what has run out."""
    content = {"app_password": id_}
    return Event(Kind.APP_PASSWORD, action, at, about=account_id, content=content)


def _app_password(row: Row[Any]) -> AppPassword:
    return AppPassword(
        id=row.id,
        account_id=row.account_id,
        selector=row.selector,
        label=row.label,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
