"""Which hub user has which account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.elements import ColumnElement

from xmpp_bridge.accounts.naming import localparts
from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.audit.event import Event, Kind, moment
from xmpp_bridge.audit.recording import record
from xmpp_bridge.storage.engine import reading, writing
from xmpp_bridge.xmpp.errors import BadPayloadError, ConflictError, UnavailableError

MAX_HUB_NAME_BYTES = 1020  # 255 characters, as the hub declares them, of up to four bytes
_ATTEMPTS = 10
AT_ONCE = 400
"""Values in one statement."""
NEW_AT_ONCE = 25
"""Accounts in one transaction: on SQLite nothing else is written meanwhile."""


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

    async def ensure_all(self, users: Sequence[HubUser]) -> dict[str, Account]:
        """The accounts of these people, by name: new ones some in a transaction, whoever has changed by themselves."""
        stamps = [user.created for user in users]
        known = {
            (account.hub_created, account.hub_user): account
            for some in range(0, len(stamps), AT_ONCE)
            for account in await self._all(
                accounts.c.hub_created.in_(stamps[some : some + AT_ONCE])
            )
        }
        seen = {created for created, _name in known}
        new = [user for user in users if user.created not in seen]
        found: dict[str, Account] = {}
        for some in range(0, len(new), NEW_AT_ONCE):
            found |= await self._create_all(new[some : some + NEW_AT_ONCE])
        for user in (each for each in users if each.name not in found):
            account = known.get((user.created, user.name))
            if account is None or account != _renewed(account, user):
                try:
                    account = await self.ensure(user)
                except (BadPayloadError, ConflictError):
                    continue  # An older answer than somebody else's, or a name that no account can have.
            found[user.name] = account
        return found

    async def _create_all(self, users: Sequence[HubUser]) -> dict[str, Account]:
        """Accounts of people nobody has heard of; none, if one of them is not so easy: then each by itself."""
        try:
            async with writing(self._engine) as connection:
                return {user.name: await _ensure(connection, user, None) for user in users}
        except (IntegrityError, BadPayloadError, ConflictError):
            return {}

    async def several(self, account_ids: Collection[int]) -> list[Account]:
        """The accounts of these numbers."""
        ids = sorted(account_ids)
        return [
            account
            for some in range(0, len(ids), AT_ONCE)
            for account in await self._all(accounts.c.id.in_(ids[some : some + AT_ONCE]))
        ]

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
        this = accounts.c.id == account_id
        async with writing(self._engine) as connection:
            await _disable(connection, this & accounts.c.disabled_at.is_(None), at)

    async def _one(self, *conditions: ColumnElement[bool]) -> Account | None:
        async with reading(self._engine) as connection:
            row = (await connection.execute(select(accounts).where(*conditions))).one_or_none()
        return None if row is None else account_of(row)

    async def _all(self, condition: ColumnElement[bool]) -> list[Account]:
        async with reading(self._engine) as connection:
            return [
                account_of(r) for r in await connection.execute(select(accounts).where(condition))
            ]

    async def _with_stamp(self, created: datetime) -> list[Account]:
        return await self._all(accounts.c.hub_created == created)

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
    await record(connection, [account_event("changed", account)])
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
    await _disable(connection, namesake & ~mine, user.created)


async def _disable(
    connection: AsyncConnection, condition: ColumnElement[bool], at: datetime
) -> None:
    statement = update(accounts).where(condition).values(disabled_at=at).returning(accounts)
    disabled = [account_of(row) for row in await connection.execute(statement)]
    await record(connection, [account_event("disabled", each) for each in disabled])


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
    account = account_of(row.one())
    await record(connection, [account_event("created", account)])
    return account


def account_event(action: str, account: Account) -> Event:
    """From here on the number of this account is known to the record."""
    content = {
        "localpart": account.localpart,
        "hub_user": account.hub_user,
        "display_name": account.display_name,
        "hub_created": moment(account.hub_created),
    }
    return Event(Kind.ACCOUNT, action, about=account.id, content=content, words=account.hub_user)


def _size(text: str) -> int:
    try:
        encoded = text.encode()
    except UnicodeEncodeError as error:
        raise BadPayloadError("a name is text") from error
    if b"\0" in encoded:
        raise BadPayloadError("a name holds no NUL")
    return len(encoded)
