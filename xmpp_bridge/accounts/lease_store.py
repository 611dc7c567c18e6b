"""Which Jupyter servers hold a credential, so that it can be taken from them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Update, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.elements import ColumnElement

from xmpp_bridge.accounts.store import AT_ONCE
from xmpp_bridge.accounts.tables import accounts, leases
from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.recording import record
from xmpp_bridge.storage.engine import reading, writing


@dataclass(frozen=True)
class Lease:
    """One credential that is out: for which place, and on the strength of which hub token."""

    account_id: int
    resource: str
    token_id: str
    server_name: str
    expires_at: datetime
    revoked: bool = False


class LeaseStore:
    """The newest lease of each place. ejabberd drops nobody when a token expires: who asks here does."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def grant(self, lease: Lease) -> None:
        """Keep `lease` in the place of what this account held at this resource before."""
        dialect = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        held = {
            "token_id": lease.token_id,
            "server_name": lease.server_name,
            "expires_at": lease.expires_at,
            "revoked_at": None,
        }
        statement = dialect.insert(leases).values(
            account_id=lease.account_id, resource=lease.resource, **held
        )
        async with writing(self._engine) as connection:
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[leases.c.account_id, leases.c.resource], set_=held
                )
            )
            await record(connection, [_event("granted", lease)])

    async def live(self, now: datetime) -> list[Lease]:
        """What is neither revoked nor expired."""
        return await self._where(leases.c.revoked_at.is_(None), leases.c.expires_at > now)

    async def servers(self) -> list[tuple[str, str]]:
        """Localpart and resource of each Jupyter server that holds a credential."""
        query = (
            select(accounts.c.localpart, leases.c.resource)
            .join(accounts, accounts.c.id == leases.c.account_id)
            .where(leases.c.revoked_at.is_(None), accounts.c.disabled_at.is_(None))
        )
        async with reading(self._engine) as connection:
            return [(row.localpart, row.resource) for row in await connection.execute(query)]

    async def expired(self, now: datetime) -> list[Lease]:
        """What was not renewed in time and nobody has revoked yet: sessions to end."""
        return await self._where(leases.c.revoked_at.is_(None), leases.c.expires_at <= now)

    async def of_account(self, account_id: int) -> list[Lease]:
        """Every place this account ever held, revoked ones too."""
        return await self._where(leases.c.account_id == account_id)

    async def of_accounts(self, account_ids: Collection[int]) -> list[Lease]:
        """The same of each of these."""
        ids = sorted(account_ids)
        return [
            lease
            for some in range(0, len(ids), AT_ONCE)
            for lease in await self._where(leases.c.account_id.in_(ids[some : some + AT_ONCE]))
        ]

    async def revoke(self, lease: Lease, at: datetime) -> bool:
        """Take `lease` back; False when it has been renewed or revoked since."""
        unchanged = (
            (leases.c.account_id == lease.account_id)
            & (leases.c.resource == lease.resource)
            & (leases.c.token_id == lease.token_id)
            & (leases.c.expires_at == lease.expires_at)
        )
        return bool(await self._revoke(unchanged, at))

    async def revoke_account(self, account_id: int, at: datetime) -> list[Lease]:
        """Take back all that an account holds, and say what that was."""
        return await self._revoke(leases.c.account_id == account_id, at)

    async def revoke_token(self, token_id: str, at: datetime) -> list[Lease]:
        """Take back what was given on the strength of this hub token, and say what that was."""
        return await self._revoke(leases.c.token_id == token_id, at)

    async def _where(self, *conditions: ColumnElement[bool]) -> list[Lease]:
        query = select(leases).where(*conditions).order_by(leases.c.account_id, leases.c.resource)
        async with reading(self._engine) as connection:
            return [_lease_of(row) for row in await connection.execute(query)]

    async def _revoke(self, condition: ColumnElement[bool], at: datetime) -> list[Lease]:
        async with writing(self._engine) as connection:
            rows = await connection.execute(_revocation(condition, at).returning(leases))
            revoked = sorted(
                map(_lease_of, rows), key=lambda lease: (lease.account_id, lease.resource)
            )
            await record(connection, [_event("revoked", lease, at) for lease in revoked])
            return revoked


def _revocation(condition: ColumnElement[bool], at: datetime) -> Update:
    return update(leases).where(condition, leases.c.revoked_at.is_(None)).values(revoked_at=at)


def _event(action: str, lease: Lease, at: datetime | None = None) -> Event:
    content = {"resource": lease.resource, "server": lease.server_name, "token": lease.token_id}
    return Event(Kind.CREDENTIAL, action, at, about=lease.account_id, content=content)


def _lease_of(row: Row[Any]) -> Lease:
    return Lease(
        account_id=row.account_id,
        resource=row.resource,
        token_id=row.token_id,
        server_name=row.server_name,
        expires_at=row.expires_at,
        revoked=row.revoked_at is not None,
    )
