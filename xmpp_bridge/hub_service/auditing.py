"""Auditors: what each may see of the record, and an entry for everything that they look at."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from xmpp_bridge.accounts.tables import accounts
from xmpp_bridge.audit.event import Event, Kind
from xmpp_bridge.audit.event import moment as as_text
from xmpp_bridge.audit.export import Form, Wanted, csv_head, csv_row
from xmpp_bridge.audit.export_people import eml, html_head, html_row
from xmpp_bridge.audit.filters import EVERYTHING, Filters, Limits
from xmpp_bridge.audit.reading import Kept
from xmpp_bridge.audit.recording import record_alone
from xmpp_bridge.audit.room_then import RoomThen, room_then
from xmpp_bridge.hub_service.audit_names import AuditNames
from xmpp_bridge.hub_service.caller import Caller
from xmpp_bridge.hub_service.exports import Exports, Running, State
from xmpp_bridge.hub_service.people import People
from xmpp_bridge.hub_service.record_keeper import RecordKeeper
from xmpp_bridge.hub_service.scopes import AUDIT
from xmpp_bridge.rooms.tables import members
from xmpp_bridge.storage.engine import reading
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError

_OF_A_GROUP: Final = f"{AUDIT}!group="


@dataclass(frozen=True)
class Auditor:
    """Somebody whom the hub lets audit, and how far."""

    caller: Caller
    account: int | None
    limits: Limits


@dataclass(frozen=True)
class Export:
    """An export that has begun: how many entries it will have, and its pieces of text."""

    total: int
    size: int
    pieces: AsyncGenerator[str]
    running: Running


class Auditing:
    """Nothing is shown before the entry that says who has asked for it is durable."""

    def __init__(
        self,
        engine: AsyncEngine,
        keeper: RecordKeeper,
        people: People | None,
        group: Callable[[str], Awaitable[frozenset[str] | None]],
        rooms_of_auditors: Mapping[str, Sequence[str]],
    ) -> None:
        """`group` says which hub users are in a hub group; who is in `rooms_of_auditors` sees no other rooms.

        Without `people` nobody is admitted who is not an Auditor already.
        """
        self._engine = engine
        self._keeper = keeper
        self._people = people
        self._group = group
        self._rooms_of_auditors = rooms_of_auditors
        self._exports = Exports()
        self.names = AuditNames(engine)

    async def admit(self, caller: Caller, path: str) -> Auditor:
        """The auditor who calls. Raises ForbiddenError for anybody else, and enters that they have tried."""
        account = None
        if caller.kind == "user" and self._people is not None:
            account = (await self._people.account_of(caller)).id
        try:
            limits = await self._limits(caller)
        except ForbiddenError:
            await self._enter(caller, account, "refused", path=path)
            raise
        return Auditor(caller, account, limits)

    async def account_called(self, hub_user: str) -> int:
        """The number of whoever has had this name last. Raises NotFoundError if nobody ever had."""
        query = (
            select(accounts.c.id)
            .where(accounts.c.hub_user == hub_user)
            .order_by(accounts.c.disabled_at.is_(None).desc(), accounts.c.id.desc())
            .limit(1)
        )
        async with reading(self._engine) as connection:
            number = (await connection.execute(query)).scalar_one_or_none()
        if number is None:
            raise NotFoundError(f"nobody was ever called {hub_user!r}")
        return int(number)

    async def search(
        self, auditor: Auditor, filters: Filters, below: int | None, limit: int
    ) -> list[Kept]:
        """The newest entries that are looked for."""
        found = await self._keeper.reading.page(filters, auditor.limits, below, limit)
        told = {"filters": filters.told(), "below": below, "count": len(found)}
        await self._enter(auditor.caller, auditor.account, "searched", **told)
        return found

    async def view(self, auditor: Auditor, index: int) -> Kept:
        """One entry. Raises NotFoundError if there is none that they may see."""
        found = await self._keeper.reading.entry(index, auditor.limits)
        await self._enter(
            auditor.caller, auditor.account, "viewed", index=index, found=found is not None
        )
        if found is None:
            raise NotFoundError("there is no such entry")
        return found

    async def room(
        self, auditor: Auditor, room: str, moment: datetime | None, below: int | None, limit: int
    ) -> RoomThen:
        """A room as it was. Raises NotFoundError for one that they may not see, or that never was."""
        found = None
        if auditor.limits.allow(room):
            size = await self._keeper.proofs.size()
            given = (self._keeper.reading, size, room, auditor.limits, moment, below, limit)
            found = await room_then(*given)
        count = 0 if found is None else len(found.seen)
        told = {"room": room, "at": moment and as_text(moment), "below": below, "count": count}
        await self._enter(auditor.caller, auditor.account, "room-viewed", **told)
        if found is None or not count:
            raise NotFoundError("there was no such room then")
        return found

    def exports(self, auditor: Auditor) -> Sequence[Running]:
        """How far those of this auditor have come, the newest first."""
        return self._exports.of(auditor.caller.name)

    async def export(self, auditor: Auditor, form: Form, filters: Filters, first: int) -> Export:
        """All that is looked for, of what has happened until now."""
        size = (await self._keeper.checkpoints.sign()).size
        wanted = Wanted(filters, auditor.limits, first, size)
        total = await self._keeper.reading.count(filters, auditor.limits, first, size)
        told = {"form": str(form), "filters": filters.told(), "first": first, "size": size}
        await self._enter(auditor.caller, auditor.account, "export-begun", **told, count=total)
        running = self._exports.begin(auditor.caller.name, form, filters, total, first)
        return Export(total, size, self._pieces(auditor, wanted, running, told), running)

    async def _pieces(
        self, auditor: Auditor, wanted: Wanted, running: Running, told: Mapping[str, Any]
    ) -> AsyncGenerator[str]:
        exporting = self._keeper.exporting
        match running.form:
            case Form.JSONL:
                pieces = exporting.jsonl(wanted)
            case Form.CSV:
                pieces = exporting.rows(wanted, csv_head(), csv_row)
            case Form.HTML:
                pieces = exporting.rows(wanted, html_head(), html_row)
            case Form.EML:
                pieces = exporting.rows(wanted, "", eml)
        try:
            async for piece in pieces:
                yield piece.text
                running.take(piece)
            running.state = State.WHOLE
        finally:
            whole = running.state is State.WHOLE
            if not whole:
                running.state = State.BROKEN
            ended = {**told, "count": running.done, "whole": whole}
            await self._enter(auditor.caller, auditor.account, "export-ended", **ended)

    async def _limits(self, caller: Caller) -> Limits:
        groups = [
            scope.removeprefix(_OF_A_GROUP)
            for scope in caller.scopes
            if scope.startswith(_OF_A_GROUP)
        ]
        if AUDIT in caller.scopes:
            limits = EVERYTHING
        elif groups:
            people = [await self._group(each) or () for each in sorted(groups)]
            limits = Limits(await self._rooms_with(frozenset().union(*people)))
        else:
            raise ForbiddenError(f"the token lacks the scope {AUDIT}")
        own = self._rooms_of_auditors.get(caller.name)
        if own is None:
            return limits
        return Limits(frozenset(own) & (limits.rooms if limits.rooms is not None else {*own}))

    async def _rooms_with(self, hub_users: frozenset[str]) -> frozenset[str]:
        """Where any of these people is a member, or was when the room was removed."""
        query = (
            select(members.c.room_id)
            .join(accounts, accounts.c.id == members.c.account_id)
            .where(accounts.c.hub_user.in_(sorted(hub_users)))
        )
        async with reading(self._engine) as connection:
            return frozenset((await connection.execute(query)).scalars())

    async def _enter(
        self, caller: Caller, account: int | None, action: str, **content: Any
    ) -> None:
        whose = {"auditor": caller.name, "kind": caller.kind, "token": caller.token_id}
        event = Event(Kind.AUDIT, action, account=account, content={**whose, **content})
        await record_alone(self._engine, event)
