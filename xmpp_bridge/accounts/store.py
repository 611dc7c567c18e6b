"""Which hub user has which account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.elements import ColumnElement

from xmpp_bridge.accounts.naming import localparts
from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import BadPayloadError, ConflictError, UnavailableError

MAX_HUB_NAME_BYTES = 1020  # 255 characters, as the hub declares them, of up to four bytes
_ATTEMPTS = 10


@dataclass(frozen=True)
class HubUser:
    """Somebody as the hub tells of them; `created` is theirs for life, the name is not."""

    name: str
    created: datetime
    display_name: str
    groups: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if not self.name or _size(self.name) > MAX_HUB_NAME_BYTES:
            raise BadPayloadError("a hub user name has between 1 and 255 characters")
        if _size(self.display_name) > MAX_HUB_NAME_BYTES:
            raise BadPayloadError("a display name has at most 255 characters")
        if self.created.tzinfo is None:
            raise BadPayloadError("the hub's `created` stamp needs a time zone")


@dataclass(frozen=True)
class Account:
    """A hub user's place on the XMPP server; the localpart never changes and is never reused."""

    id: int
    localpart: str
    hub_user: str
    hub_created: datetime
    display_name: str
    enabled: bool


class AccountStore:
    """Each person one account, for as long as the hub knows them.

    `still_has(name, created)` asks the hub, not a cache, whether it has that user with that stamp: a hub
    that was older than 0.9 once gave everybody the same stamp, and only then is a new name not a rename.
    """

    def __init__(
        self, engine: AsyncEngine, still_has: Callable[[str, datetime], Awaitable[bool]]
    ) -> None:
        self._engine = engine
        self._still_has = still_has

    async def ensure(self, user: HubUser) -> Account:
        """The account of `user`, made or renamed or enabled as needed."""
        for _ in range(_ATTEMPTS):
            known = await self._with_stamp(user.created)
            for account in known:
                if account == _renewed(account, user):
                    return account  # nearly always: nothing to write
            old_name = await self._name_to_leave(user, {account.hub_user for account in known})
            try:
                async with writing(self._engine) as connection:
                    return await _ensure(connection, user, old_name)
            except IntegrityError:
                continue  # somebody else took the name or made the account just now: look again
        raise UnavailableError("too many people are getting an account at once")

    async def by_hub_user(self, name: str) -> Account | None:
        """Whoever has this name in the hub now."""
        return await self._one(accounts.c.hub_user == name, accounts.c.disabled_at.is_(None))

    async def by_localpart(self, localpart: str) -> Account | None:
        """Whose address this is or was."""
        return await self._one(accounts.c.localpart == localpart)

    async def by_id(self, account_id: int) -> Account | None:
        """The account of this number, enabled or not."""
        return await self._one(accounts.c.id == account_id)

    async def enabled(self) -> list[Account]:
        """Everybody who may be here, in the order in which they came."""
        query = select(accounts).where(accounts.c.disabled_at.is_(None)).order_by(accounts.c.id)
        async with reading(self._engine) as connection:
            return [account_of(row) for row in await connection.execute(query)]

    async def disable(self, account_id: int, at: datetime) -> None:
        """Let nobody in with this account; doing it again keeps the first time."""
        async with writing(self._engine) as connection:
            await connection.execute(
                update(accounts)
                .where(accounts.c.id == account_id, accounts.c.disabled_at.is_(None))
                .values(disabled_at=at)
            )

    async def _one(self, *conditions: ColumnElement[bool]) -> Account | None:
        async with reading(self._engine) as connection:
            row = (await connection.execute(select(accounts).where(*conditions))).one_or_none()
        return None if row is None else account_of(row)

    async def _with_stamp(self, created: datetime) -> list[Account]:
        query = select(accounts).where(accounts.c.hub_created == created)
        async with reading(self._engine) as connection:
            return [account_of(row) for row in await connection.execute(query)]

    async def _name_to_leave(self, user: HubUser, names: set[str]) -> str | None:
        """The name this person had until the hub renamed them."""
        if user.name in names or len(names) != 1:
            return None  # a stamp that several people have had says nothing about who somebody is
        old_name = names.pop()
        return None if await self._still_has(old_name, user.created) else old_name


def account_of(row: Row[Any]) -> Account:
    """The account in a row which holds all columns of `accounts`."""
    return Account(
        id=row.id,
        localpart=row.localpart,
        hub_user=row.hub_user,
        hub_created=row.hub_created,
        display_name=row.display_name,
        enabled=row.disabled_at is None,
    )


async def _ensure(connection: AsyncConnection, user: HubUser, old_name: str | None) -> Account:
    known_as = old_name or user.name
    await _disable_predecessor(connection, user, known_as)
    query = (
        select(accounts)
        .where(accounts.c.hub_created == user.created, accounts.c.hub_user == known_as)
        .with_for_update()
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return await _create(connection, user)
    account = _renewed(account_of(row), user)
    await connection.execute(
        update(accounts)
        .where(accounts.c.id == account.id)
        .values(hub_user=user.name, display_name=user.display_name, disabled_at=None)
    )
    return account


def _renewed(account: Account, user: HubUser) -> Account:
    """The account as `user`, whose it is, would have it now."""
    return replace(account, hub_user=user.name, display_name=user.display_name, enabled=True)


async def _disable_predecessor(connection: AsyncConnection, user: HubUser, known_as: str) -> None:
    """A name belongs to whom the hub created last; an older answer of the hub changes nothing."""
    namesake = (accounts.c.hub_user == user.name) & accounts.c.disabled_at.is_(None)
    newer = select(accounts.c.id).where(namesake, accounts.c.hub_created > user.created)
    if (await connection.execute(newer)).first() is not None:
        raise ConflictError("the hub has created another user of this name since")
    mine = (accounts.c.hub_created == user.created) & (accounts.c.hub_user == known_as)
    await connection.execute(
        update(accounts).where(namesake, ~mine).values(disabled_at=user.created)
    )


async def _create(connection: AsyncConnection, user: HubUser) -> Account:
    for localpart in localparts(user.name):
        taken = select(accounts.c.id).where(accounts.c.localpart == localpart)
        if (await connection.execute(taken)).first() is None:
            break
    else:
        raise ConflictError("every address like this name is taken")
    row = await connection.execute(
        insert(accounts)
        .values(
            localpart=localpart,
            hub_user=user.name,
            hub_created=user.created,
            display_name=user.display_name,
        )
        .returning(accounts)
    )
    return account_of(row.one())


def _size(text: str) -> int:
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        raise BadPayloadError("a name is text") from error
    if b"\0" in encoded:
        raise BadPayloadError("a name holds no NUL")
    return len(encoded)
