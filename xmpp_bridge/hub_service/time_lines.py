"""The time lines of documents as their members ask for them: who changed which cell when, and what it was then."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xmpp_bridge.accounts.store import Account, AccountStore
from xmpp_bridge.documents.cells import beginning_of
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.moments import Grain, Moment
from xmpp_bridge.documents.restoration import content_of
from xmpp_bridge.documents.shown import Cell, Compared, cells_in, compare
from xmpp_bridge.documents.time_line import TimeLine
from xmpp_bridge.hub_service.sharing import OpenDocument, Sharing
from xmpp_bridge.rooms.identifiers import DocumentId
from xmpp_bridge.xmpp.errors import ForbiddenError, NotFoundError


@dataclass(frozen=True)
class CellName:
    """A cell as people know it; without a number if it is gone."""

    id: str
    number: int | None
    beginning: str


@dataclass(frozen=True)
class ToldMoment:
    """A moment, with everybody who had a part in it."""

    moment: Moment
    people: Sequence[tuple[Account, Sequence[CellName]]]


@dataclass(frozen=True)
class Page:
    """A part of a time line, the newest first."""

    opened: OpenDocument
    moments: Sequence[ToldMoment]
    more: bool


@dataclass(frozen=True)
class Look:
    """A document as it was after one step, beside what it was after another; 0 is before all of them."""

    opened: OpenDocument
    through_id: int | None
    """None for the document as it is now."""
    against_id: int
    cells: Sequence[Compared]


class TimeLines:
    """Every member may look; only who may write is told how to take something back."""

    def __init__(
        self, time_line: TimeLine, sharing: Sharing, history: History, accounts: AccountStore
    ) -> None:
        self._time_line = time_line
        self._sharing = sharing
        self._history = history
        self._accounts = accounts

    async def page(
        self,
        asker: Account,
        document: DocumentId,
        grain: Grain,
        limit: int,
        *,
        before_id: int | None = None,
        until: datetime | None = None,
    ) -> Page:
        """The newest moments up to some step, or up to some time."""
        opened = await self._sharing.document(asker, document)
        found = [
            moment
            for moment in reversed(await self._time_line.moments(document, grain))
            if (before_id is None or moment.through_id <= before_id)
            and (until is None or moment.began_at <= until)
        ]
        told = await self._told(opened, found[:limit])
        return Page(opened, told, len(found) > limit)

    async def look(
        self, asker: Account, document: DocumentId, through_id: int | None, against_id: int
    ) -> Look:
        """The document at a moment, or now if there is none, and how it differs from another one."""
        opened = await self._sharing.document(asker, document)
        against, before = await self._time_line.state_at(document, against_id)
        if through_id is None:
            at, state = None, await self._history.state(document)
        else:
            at, state = await self._time_line.state_at(document, through_id)
        cells = await asyncio.to_thread(_compared, before, state, opened.document.type)
        return Look(opened, at, against, cells)

    async def content(
        self, asker: Account, document: DocumentId, through_id: int
    ) -> tuple[OpenDocument, Any]:
        """The file as it would have been written at that moment."""
        opened = await self._sharing.document(asker, document)
        _, state = await self._time_line.state_at(document, through_id)
        return opened, await asyncio.to_thread(content_of, state, opened.document.type)

    async def reversal(
        self,
        asker: Account,
        document: DocumentId,
        interval: tuple[int, int],
        hub_user: str | None,
    ) -> bytes | None:
        """The Yjs update that takes back what somebody did, or everybody; None if there is nothing to take back."""
        opened = await self._sharing.document(asker, document)
        if not opened.role.may_write:
            raise ForbiddenError("viewers cannot take anything back")
        account_id = None
        if hub_user is not None:
            account = await self._accounts.by_hub_user(hub_user)
            if account is None:
                raise NotFoundError("nobody of that name has written in it")
            account_id = account.id
        return await self._time_line.reversal(document, *interval, account_id)

    async def _told(self, opened: OpenDocument, found: Sequence[Moment]) -> list[ToldMoment]:
        ids = {account for moment in found for account in moment.cells}
        people = {each.id: each for each in await self._accounts.several(ids)}
        state = await self._history.state(opened.document.id)
        now = await asyncio.to_thread(cells_in, state, opened.document.type)
        names = {name.id: name for name in _names(now)}
        return [
            ToldMoment(
                moment,
                [
                    (people[account], [names.get(cell, CellName(cell, None, "")) for cell in cells])
                    for account, cells in moment.cells.items()
                    if account in people
                ],
            )
            for moment in found
        ]


def _names(cells: Iterable[Cell]) -> Iterable[CellName]:
    return (
        CellName(cell.id, number, beginning_of(cell.source))
        for number, cell in enumerate(cells, start=1)
    )


def _compared(before: bytes, state: bytes, file_type: str) -> list[Compared]:
    return compare(cells_in(before, file_type), cells_in(state, file_type))


def page_json(page: Page) -> Mapping[str, Any]:
    """As it is told to a browser."""
    return {
        "document": page.opened.document.id,
        "name": page.opened.document.name,
        "type": page.opened.document.type,
        "role": page.opened.role,
        "more": page.more,
        "moments": [
            {
                "id": told.moment.through_id,
                "after": told.moment.after_id,
                "began_at": told.moment.began_at.isoformat(),
                "ended_at": told.moment.ended_at.isoformat(),
                "edits": told.moment.edits,
                "people": [
                    {
                        "hub_user": person.hub_user,
                        "display_name": person.display_name,
                        "cells": [
                            {"id": cell.id, "number": cell.number, "beginning": cell.beginning}
                            for cell in cells
                        ],
                    }
                    for person, cells in told.people
                ],
            }
            for told in page.moments
        ],
    }


def look_json(look: Look) -> Mapping[str, Any]:
    """As it is told to a browser."""
    return {
        "document": look.opened.document.id,
        "id": look.through_id,
        "against": look.against_id,
        "cells": [
            {
                "id": each.cell.id,
                "type": each.cell.type,
                "number": each.number,
                "fate": each.fate,
                "lines": [list(line) for line in each.lines],
                "outputs": list(each.cell.outputs),
                "execution_count": each.cell.execution_count,
                "outputs_changed": each.outputs_changed,
                "metadata_changed": each.metadata_changed,
            }
            for each in look.cells
        ],
    }
