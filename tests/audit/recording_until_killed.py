"""Processes that chat, edit and let people in until they are killed, and say what has been acknowledged."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pycrdt

from xmpp_bridge.archive.store import ArchiveStore
from xmpp_bridge.archive.store import Entry as Said
from xmpp_bridge.audit.checkpoints import Checkpoints
from xmpp_bridge.audit.note import Signer
from xmpp_bridge.audit.sequencer import Sequencer
from xmpp_bridge.chat.message import ChatMessage, StanzaId
from xmpp_bridge.documents.entry import Entry
from xmpp_bridge.documents.history import History
from xmpp_bridge.documents.update import read_update
from xmpp_bridge.hub_service.record_keeper import signing_key
from xmpp_bridge.rooms.identifiers import read_document_id, read_room_id
from xmpp_bridge.rooms.store import RoomStore
from xmpp_bridge.storage.engine import create_engine

SIGN_EVERY = 5
MOST_WRITERS = 4
"""At once, each with a sequencer of its own."""
MOST_SECONDS = 0.3
"""Between one kill and the next."""
STEP = 1_000_000


def now() -> datetime:
    return datetime.now(UTC)


async def write(folder: Path, room: str, document: str, account: int, base: int) -> None:
    """Stanza-ids and sequence numbers go on from `base`."""
    engine = create_engine(f"sqlite:///{folder / 'bridge.sqlite'}")
    archive, history = ArchiveStore(engine), History(engine)
    rooms = RoomStore(engine, now)
    room_id, document_id = read_room_id(room), read_document_id(document)
    sequencer = Sequencer(engine, most=7)
    signer = Signer("montague.lit/record", signing_key(folder / "key.pem"))
    checkpoints = Checkpoints(engine, sequencer, signer, folder / "checkpoints", now)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sequencer.run(0.002))
        doc: pycrdt.Doc[Any] = pycrdt.Doc()
        text = doc.get("source", type=pycrdt.Text)
        for number in count(base):
            before = doc.get_state()
            text += "x"
            update = doc.get_update(before)
            structs = read_update(update).structs
            message = ChatMessage(f"line {number}")
            jid = "romeo@montague.lit"
            said = Said(room_id, StanzaId(str(number)), jid, account, now(), None, message)
            await archive.append([said])
            print("chat", number, flush=True)  # noqa: T201
            edit = Entry(document_id, account, "f00d", number, update, structs, now())
            await history.append([edit])
            print("edit", number, flush=True)  # noqa: T201
            await rooms.rename_room(room_id, f"Room {number}")
            print("room", number, flush=True)  # noqa: T201
            if number % SIGN_EVERY == 0:
                await checkpoints.sign()


def kill_some(chance: random.Random, given: Sequence[tuple[Any, ...]]) -> list[str]:
    """Let one process for each of these write, kill it soon after its first acknowledgement, and return all lines.

    Forked, so that none has to import anything: each could be a service of its own.
    """
    pipes = []
    for each in given:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            os.dup2(writer, sys.stdout.fileno())
            asyncio.run(write(*each))
        os.close(writer)
        pipes.append((child, os.fdopen(reader)))
    firsts = [pipe.readline() for _, pipe in pipes]
    for child, _ in pipes:
        time.sleep(chance.uniform(0, MOST_SECONDS))
        os.kill(child, signal.SIGKILL)
    said = []
    for (child, pipe), first in zip(pipes, firsts, strict=True):
        # A line that the kill has cut in half acknowledges nothing.
        said += (first + pipe.read()).split("\n")[:-1]
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != -signal.SIGKILL:
            raise RuntimeError("a writer has ended by itself")
    return said


def main(folder: Path, room: str, document: str, account: int, kills: int) -> None:
    chance = random.Random(1597)
    writers = min(MOST_WRITERS, kills)
    for number in range(0, kills, writers):
        given = [
            (folder, room, document, account, 1 + (number + writer) * STEP)
            for writer in range(writers)
        ]
        print("\n".join(kill_some(chance, given)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
