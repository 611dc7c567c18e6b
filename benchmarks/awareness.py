"""Up to 1,500 people in one document, all of them moving cursors: what that does to who types, and to the cursors."""

import argparse
import asyncio
import secrets
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.crowd import LightReader
from benchmarks.cursor_crowd import CursorCrowd, Cursors, Tally, cursor_crowd
from benchmarks.document_room import DOCUMENT, credential, make_room
from benchmarks.muc_socket import MucRoom, MucSocket
from benchmarks.process import cpu_seconds
from benchmarks.report import Summary, summarise
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.ejabberd.launcher import Ejabberd, running
from xmpp_bridge.ejabberd.settings import EjabberdSettings
from xmpp_bridge.presence.cursor_rate import interval
from xmpp_bridge.rooms.reconcile import AWARENESS_OPTIONS

DOMAIN = "montague.lit"
SIZES = (10, 100, 500)
LARGEST, SPEAKERS = 1_500, 20
"""So many occupants, of whom so few move: the others read (presence/cursor_rate.py)."""
FACTOR = 2.0
"""What cursors may do to the slowest hundredth of edits."""
ALLOWANCE_MS = 5.0
"""Below this the scheduler of a shared machine decides."""
PROCESSES = 2
KEYS_A_SECOND = 10
SECONDS = 6.0
ROUNDS = 2
GRACE = 10.0
HEAD = (
    "| people | moving | cursors | edit p50 ms | p95 | p99 | undelivered | ejabberd CPU %"
    " | a cursor moves every s | and is seen after ms p50 | p95 |"
)


@dataclass(frozen=True)
class Play:
    """One size, with or without cursors."""

    edits: Summary
    cursor_delay: Summary
    moves_a_second: float
    cpu: float
    """Of ejabberd, in percent of a core."""
    undelivered: int


async def main(options: argparse.Namespace) -> bool:
    """Measure, print, and return whether it is good enough."""
    sizes = options.people or (*SIZES, LARGEST)
    good = True
    print(f"{HEAD}\n|{'--:|' * 11}")
    with tempfile.TemporaryDirectory(prefix="xb-") as directory:
        async with running(EjabberdSettings(domain=DOMAIN, directory=Path(directory))) as ejabberd:
            for size in sizes:
                good = await _size(ejabberd, size) and good
    print("\n" + ("good enough" if good else "falls short"))
    return good


async def _size(ejabberd: Ejabberd, size: int) -> bool:
    """One size, in rooms of its own."""
    document = await make_room(ejabberd, "romeo", f"{size:04}{DOCUMENT[4:]}")
    awareness = await _awareness_room(ejabberd, document)
    moving = SPEAKERS if size >= LARGEST else size
    with _inside(ejabberd, document, awareness, size) as (writer, crowds):
        without, with_cursors = [], []
        for _ in range(
            ROUNDS if size < LARGEST else 1
        ):  # one beside the other, since the machine has moods
            without.append(await asyncio.to_thread(_play, ejabberd, writer, crowds, size, None))
            cursors = Cursors(moving, size)
            with_cursors.append(
                await asyncio.to_thread(_play, ejabberd, writer, crowds, size, cursors)
            )
    before, after = _best(without), _best(with_cursors)
    print(_row(size, moving, "no", before), flush=True)
    print(_row(size, moving, "yes", after), flush=True)
    lost = sum(each.undelivered for each in without + with_cursors)
    worst = max(FACTOR * before.edits.p99, before.edits.p99 + ALLOWANCE_MS)
    held = size >= LARGEST or after.edits.p99 <= worst
    factor = after.edits.p99 / before.edits.p99
    print(
        f"{size} people: edit p99 {factor:.2f} x, undelivered {lost} (at most {FACTOR:g} x up to 500; 0)"
    )
    return held and not lost


async def _awareness_room(ejabberd: Ejabberd, document: MucRoom) -> MucRoom:
    settings, password = ejabberd.settings, secrets.token_hex(16)
    api = EjabberdApi(ejabberd.admin_address, settings.domain, ejabberd.admin_credential)
    name = document.jid.partition("@")[0]
    await api.create_room(name, settings.awareness, {**AWARENESS_OPTIONS, "password": password})
    return replace(document, jid=f"{name}@{settings.awareness}", password=password)


@contextmanager
def _inside(
    ejabberd: Ejabberd, document: MucRoom, awareness: MucRoom, size: int
) -> Iterator[tuple[MucSocket, list[CursorCrowd]]]:
    """Everybody in both rooms, and who types."""
    names = [f"reader-{number}" for number in range(size)]
    seats = [LightReader(document, name, credential(ejabberd, name)) for name in names]
    with ExitStack() as stack:
        crowds = [stack.enter_context(cursor_crowd()) for _ in range(PROCESSES)]
        for number, crowd in enumerate(crowds):
            crowd.enter(seats[number::PROCESSES], awareness)
        writer = MucSocket(document, "romeo", credential(ejabberd, "romeo"))
        stack.callback(writer.close)
        for crowd in crowds:
            crowd.tally()
        yield writer, crowds


def _play(
    ejabberd: Ejabberd,
    writer: MucSocket,
    crowds: Sequence[CursorCrowd],
    size: int,
    cursors: Cursors | None,
) -> Play:
    for number, crowd in enumerate(crowds):
        crowd.move(
            0 if cursors is None else len(range(number, cursors.moving, len(crowds))), cursors
        )
    if cursors is not None:
        time.sleep(2.0)  # until it runs as it will
    tallies = [crowd.tally() for crowd in crowds]
    before, began = cpu_seconds(ejabberd.pid), time.monotonic()
    keys = int(SECONDS * KEYS_A_SECOND)
    due = began
    for _ in range(keys):
        due += 1 / KEYS_A_SECOND
        time.sleep(max(0.0, due - time.monotonic()))
        writer.type_stamped()
        writer.poll()
    lasted, cpu = time.monotonic() - began, cpu_seconds(ejabberd.pid) - before
    tallies = [crowd.tally() for crowd in crowds]
    moves = sum(each.moves for each in tallies)
    for crowd in crowds:
        crowd.move(0, None)
    edits = [each for tally in tallies for each in tally.edits]
    cursor_delay = [each for tally in tallies for each in tally.cursors]
    deadline = time.monotonic() + GRACE
    while len(edits) < keys * size and time.monotonic() < deadline:
        time.sleep(0.2)
        more: list[Tally] = [crowd.tally() for crowd in crowds]
        edits += [each for tally in more for each in tally.edits]
    return Play(
        summarise(edits),
        summarise(cursor_delay),
        moves / lasted,
        100 * cpu / lasted,
        keys * size - len(edits),
    )


def _best(plays: Sequence[Play]) -> Play:
    """The round in which the machine did least else; what is lost counts in every one."""
    return min(plays, key=lambda play: play.edits.p99)


def _row(size: int, moving: int, cursors: str, play: Play) -> str:
    edits, delay = play.edits, play.cursor_delay
    fresh = "-" if cursors == "no" else f"{interval(moving, size):.2f}"
    seen = ("-", "-") if cursors == "no" else (f"{delay.median:.1f}", f"{delay.p95:.1f}")
    return (
        f"| {size} | {moving} | {cursors} | {edits.median:.2f} | {edits.p95:.2f} | {edits.p99:.2f} |"
        f" {play.undelivered} | {play.cpu:.0f} | {fresh} | {seen[0]} | {seen[1]} |"
    )
