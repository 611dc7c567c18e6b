"""`xmpp-bridge documents check`: whether the durable copy of every document is what it should be."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from xmpp_bridge.documents.checking import Findings, check_all, repair
from xmpp_bridge.hub_service.application import LOG_FORMAT, HubService
from xmpp_bridge.hub_service.resources import database

REPAIR: Final = "--repair"
GOOD, DAMAGED, IMPOSSIBLE = range(3)
"""Exit statuses."""
MOST_NAMED: Final = 5


def check(arguments: Sequence[str]) -> int:
    """Read every document's history; with `--repair`, make snapshots anew which do not say what it says."""
    logging.basicConfig(level=logging.CRITICAL, format=LOG_FORMAT)
    service = HubService()
    service.initialize([each for each in arguments if each != REPAIR])
    try:
        return asyncio.run(_check(service.address_of_database, repairing=REPAIR in arguments))
    except (SQLAlchemyError, OSError) as error:
        sys.stderr.write(f"the database cannot be read: {type(error).__name__}\n")
        return IMPOSSIBLE


async def _check(url: str, *, repairing: bool) -> int:
    checked = damaged = repaired = size = 0
    async with database(url) as engine:
        async for findings in check_all(engine):
            checked += 1
            size += findings.size
            _show_progress(checked)
            for line in _complaints(findings):
                sys.stdout.write(f"{findings.document} {findings.name!r}: {line}\n")
            if findings.snapshot_differs and repairing:
                await repair(engine, findings.document)
                repaired += 1
                findings.snapshot_differs = False
                sys.stdout.write(f"{findings.document} {findings.name!r}: snapshot made anew\n")
            damaged += not findings.good
    sys.stdout.write(
        f"{checked:,} documents, {size:,} bytes of updates: {damaged:,} damaged, {repaired:,} repaired\n"
    )
    return DAMAGED if damaged else GOOD


def _complaints(findings: Findings) -> Iterator[str]:
    if findings.snapshot_differs:
        yield "the snapshot is not what the updates say; --repair makes it anew"
    if findings.unreadable:
        yield (
            f"{_named(findings.unreadable)} cannot be read, and nobody gets them from here;"
            " the Jupyter servers of members who have them give them again when they next connect"
        )
    for each in findings.relayed:
        if each.disputed:
            yield (
                f"the history of Yjs client {each.client} that account {each.relayer_id} relayed is not what"
                " its owner brought: nothing more of that client is taken"
            )
    if findings.foreign:
        yield f"{_named(findings.foreign)} carry history of another account than the one that sent them"


def _named(ids: Sequence[int]) -> str:
    some = ", ".join(map(str, ids[:MOST_NAMED]))
    more = f" and {len(ids) - MOST_NAMED:,} more" if len(ids) > MOST_NAMED else ""
    return f"updates {some}{more}" if len(ids) > 1 else f"update {some}"


def _show_progress(checked: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{checked:,} documents checked ")
