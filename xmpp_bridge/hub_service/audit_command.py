"""`xmpp-bridge audit …`: the record from the machine of the service. What is done here is entered like everything."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from xmpp_bridge.audit.export import Form
from xmpp_bridge.audit.filters import EVERYTHING, Filters, read_filters
from xmpp_bridge.audit.recording import unrecorded
from xmpp_bridge.audit.sequencer import waiting
from xmpp_bridge.hub_service.application import LOG_FORMAT, HubService
from xmpp_bridge.hub_service.auditing import Auditing, Auditor
from xmpp_bridge.hub_service.caller import Caller
from xmpp_bridge.hub_service.destroying import out_of_the_chat
from xmpp_bridge.hub_service.record_keeper import RecordKeeper
from xmpp_bridge.hub_service.record_parts import record_keeper
from xmpp_bridge.hub_service.resources import database
from xmpp_bridge.xmpp.errors import BridgeError

GOOD, REFUSED, IMPOSSIBLE = range(3)
"""Exit statuses."""
FILTERS: Final = (
    "kind",
    "action",
    "room",
    "document",
    "account",
    "words",
    "cell",
    "after",
    "before",
)


def audit(arguments: Sequence[str]) -> int:
    """Run one of the commands below and return the exit status."""
    logging.basicConfig(level=logging.CRITICAL, format=LOG_FORMAT)
    options, rest = _parser().parse_known_args(arguments)
    service = HubService()
    service.initialize(rest)
    try:
        asyncio.run(_run(options, service))
    except BridgeError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except (SQLAlchemyError, OSError) as error:
        sys.stderr.write(f"the record cannot be read: {type(error).__name__}\n")
        return IMPOSSIBLE
    return GOOD


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xmpp-bridge audit", epilog="Every other option is one of the service's own."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("status", help="how long the record is, and what is proven of it")
    commands.add_parser("key", help="the public key")
    commands.add_parser("checkpoint", help="sign everything until now")
    commands.add_parser("checkpoints", help="every checkpoint that there is")
    commands.add_parser("holds", help="what may not be destroyed")
    for name, text in (("search", "the newest entries"), ("export", "all entries")):
        command = commands.add_parser(name, help=f"{text} that are looked for")
        for each in FILTERS:
            command.add_argument(f"--{each}")
        if name == "search":
            command.add_argument("--limit", type=int, default=50)
            command.add_argument("--below", type=int)
        else:
            command.add_argument("--first", type=int, default=0, help="go on from this entry")
            command.add_argument("--form", type=Form, choices=list(Form), default=Form.JSONL)
    proof = commands.add_parser("proof", help="that an entry is in the tree, or a tree in another")
    proof.add_argument("--index", type=int)
    proof.add_argument("--old", type=int)
    proof.add_argument("--size", type=int, required=True)
    hold = commands.add_parser("hold", help="let nothing of a room or person be destroyed")
    hold.add_argument("--room")
    hold.add_argument("--account", type=int)
    hold.add_argument("--reason", required=True)
    lift = commands.add_parser("lift", help="end a hold")
    lift.add_argument("number", type=int)
    lift.add_argument("--reason", required=True)
    destroy = commands.add_parser("destroy", help="destroy the content of entries")
    destroy.add_argument("index", type=int, nargs="+")
    destroy.add_argument("--reason", required=True)
    return parser


async def _run(options: argparse.Namespace, service: HubService) -> None:
    settings = service.settings()
    async with database(settings.database_url) as opened:
        engine = opened if settings.record.on else unrecorded(opened)
        keeper = record_keeper(engine, settings, _now)
        match options.command:
            case "search" | "export":
                await _look(options, Auditing(engine, keeper, None, _nobody, {}), keeper)
            case "status":
                size, wait = await keeper.proofs.size(), await waiting(engine)
                newest = await keeper.checkpoints.latest()
                _say(
                    entries=size,
                    waiting=wait,
                    signed=newest.size if newest else 0,
                    behind=await keeper.checkpoints.behind(),
                )
            case "key":
                sys.stdout.write(f"{keeper.checkpoints.verifier}\n")
            case "checkpoint":
                sys.stdout.write((await keeper.checkpoints.sign()).note)
            case "checkpoints":
                sys.stdout.write(await keeper.checkpoints.all())
            case "proof":
                await _prove(options, keeper)
            case "destroy":
                given = (options.index, options.reason, out_of_the_chat)
                gone = await keeper.retention.destroy(*given)
                kept = sorted(set(options.index) - set(gone))
                _say(destroyed=gone, kept=kept)
            case _:
                await _hold(options, keeper)


async def _look(options: argparse.Namespace, auditing: Auditing, keeper: RecordKeeper) -> None:
    auditor = Auditor(Caller(getpass.getuser(), "shell", "", None, frozenset()), None, EVERYTHING)
    filters = _filters(vars(options))
    await keeper.sequencer.sequence_all()
    if options.command == "search":
        for each in await auditing.search(auditor, filters, options.below, options.limit):
            _say(**each.line())
        return
    export = await auditing.export(auditor, options.form, filters, options.first)
    told = sys.stderr.isatty() and not sys.stdout.isatty()
    written = 0
    async for piece in export.pieces:
        sys.stdout.write(piece)
        written += len(piece)
        if told:
            sys.stderr.write(f"\r{written:,} characters, {export.total:,} entries in all ")


async def _prove(options: argparse.Namespace, keeper: RecordKeeper) -> None:
    if options.index is not None:
        hashes = await keeper.proofs.inclusion(options.index, options.size)
    else:
        hashes = await keeper.proofs.consistency(options.old or 0, options.size)
    _say(hashes=[each.hex() for each in hashes])


async def _hold(options: argparse.Namespace, keeper: RecordKeeper) -> None:
    retention = keeper.retention
    match options.command:
        case "hold":
            number = await retention.hold(options.room, options.account, options.reason, _now())
            _say(hold=number)
        case "lift":
            await retention.lift(options.number, options.reason, _now())
        case _:
            for each in await retention.holds():
                _say(hold=each.id, room=each.room, account=each.account, reason=each.reason)


def _filters(given: Mapping[str, Any]) -> Filters:
    return read_filters({name: given[name] for name in FILTERS if given.get(name) is not None})


def _say(**values: Any) -> None:
    sys.stdout.write(json.dumps(values, ensure_ascii=False) + "\n")


def _now() -> datetime:
    return datetime.now(UTC)


async def _nobody(_group: str) -> frozenset[str]:
    return frozenset()
