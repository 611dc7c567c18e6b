"""Light occupants of a document room and its awareness room, in processes of their own: they look, and some move."""

import multiprocessing
import os
import re
import selectors
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any
from xml.etree.ElementTree import tostring

from benchmarks.crowd import LightReader
from benchmarks.muc_socket import JOIN, MucRoom, MucSocket
from xmpp_bridge.presence.awareness import ClientState, write_awareness
from xmpp_bridge.presence.cursor_rate import interval
from xmpp_bridge.presence.stanza import Awareness, to_xml

STAMP = re.compile(rb" id='([ec])(\d{6,20})'")
"""Each stanza of ours is named by its kind and the monotonic nanoseconds at which it left."""
KEEP_ALIVE = 20.0
POSITION = {"type": {"client": 2_718_281, "clock": 31}, "item": None, "assoc": 0}
CURSOR = {"anchor": POSITION, "head": POSITION, "primary": True, "empty": True}


@dataclass(frozen=True)
class Cursors:
    """Who moves how often: everybody of these would like to at 4 Hz."""

    moving: int
    occupants: int


@dataclass
class Tally:
    """What all readers of one process got since the last question."""

    edits: list[float] = field(default_factory=list)
    """Milliseconds."""
    cursors: list[float] = field(default_factory=list)
    cursor_count: int = 0
    moves: int = 0
    cpu: float = 0.0


class CursorCrowd:
    """The process, as whoever measures sees it."""

    def __init__(self, pipe: "Connection[Any, Any]") -> None:
        self._pipe = pipe

    def enter(self, seats: Sequence[LightReader], awareness: MucRoom) -> None:
        """Take these seats, in both rooms, and return when all are there."""
        self._ask(("enter", seats, awareness))

    def move(self, movers: int, cursors: Cursors | None) -> None:
        """So many of this process move from now on, at the rate that the room can bear; None: nobody."""
        self._ask(("move", movers, cursors))

    def tally(self) -> Tally:
        """What was got since the last question."""
        told: Tally = self._ask(("tally",))
        return told

    def _ask(self, question: object) -> Any:
        self._pipe.send(question)
        return self._pipe.recv()


@contextmanager
def cursor_crowd() -> Iterator[CursorCrowd]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_live, args=(there,), daemon=True)
    process.start()
    there.close()  # or nobody would notice that the process has died
    try:
        yield CursorCrowd(here)
    finally:
        process.terminate()
        process.join()


class _Occupants:
    """All sockets of this process."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.sockets: list[MucSocket] = []
        self.tally = Tally()
        self.room = ""
        self.movers: list[float] = []
        self.every = 0.25
        self._rest: dict[int, bytes] = {}
        self._alive = time.monotonic()

    def enter(self, seats: Sequence[LightReader], awareness: MucRoom) -> None:
        self.room = awareness.jid
        for seat in seats:
            socket = seat.enter(late=False)
            nick = seat.localpart
            join = JOIN.format(room=awareness.jid, nick=nick, password=awareness.password)
            socket.send(join.encode())
            self.sockets.append(socket)
            self.selector.register(socket, selectors.EVENT_READ, len(self.sockets) - 1)
            self.take(0.0)
        self.settle()

    def settle(self) -> None:
        """Return when nobody has heard anything for half a second: everybody knows everybody."""
        while self.take(0.5):
            pass
        self.tally = Tally()

    def move(self, movers: int, cursors: Cursors | None) -> None:
        now = time.monotonic()
        if cursors is None:
            self.movers = []
            return
        self.every = interval(cursors.moving, cursors.occupants)
        self.movers = [now + self.every * (at + 0.5) / max(1, movers) for at in range(movers)]

    def take(self, patience: float) -> bool:
        """Look at what has come; whether anything had."""
        self._keep_alive()
        ready = self.selector.select(patience)
        for key, _ in ready:
            data = self._rest.pop(key.data, b"") + self.sockets[key.data].poll()
            now = time.monotonic_ns()
            for kind, stamp in STAMP.findall(data):
                milliseconds = (now - int(stamp)) / 1e6
                if kind == b"e":
                    self.tally.edits.append(milliseconds)
                else:
                    self.tally.cursor_count += 1
                    if self.tally.cursor_count % 16 == 1:
                        self.tally.cursors.append(milliseconds)
            if not data.endswith(b">"):
                at = data.rfind(b"<")
                self._rest[key.data] = data[at:] if at >= 0 else b""
        return bool(ready)

    def _keep_alive(self) -> None:
        """The XMPP server ends whoever says nothing for a minute and a half."""
        if time.monotonic() - self._alive > KEEP_ALIVE:
            self._alive = time.monotonic()
            for socket in self.sockets:
                socket.keep_alive()

    def send_due(self) -> float:
        """Move whoever is due; for how long nobody is."""
        now = time.monotonic()
        for at, due in enumerate(self.movers):
            if due <= now:
                self.movers[at] = max(now, due + self.every)
                self._move(self.sockets[at], at)
        return min([max(0.0, due - now) for due in self.movers] or [0.2])

    def _move(self, socket: MucSocket, at: int) -> None:
        self.tally.moves += 1
        spot = {"cell": f"c{at}", "view": f"c{self.tally.moves % 40}", "call": 0}
        state = {"cursors": [CURSOR], "xmppBridge": spot}
        update = write_awareness([ClientState(at, self.tally.moves, state)])
        payload = tostring(to_xml(Awareness(update)), encoding="unicode")
        stamp = time.monotonic_ns()
        stanza = f"<message type='groupchat' to='{self.room}' id='c{stamp}'>{payload}</message>"
        socket.send(stanza.encode())


def _live(pipe: "Connection[Any, Any]") -> None:
    occupants = _Occupants()
    os.nice(5)
    while True:
        if pipe.poll():
            question = pipe.recv()
            answer: object = None
            if question[0] == "enter":
                occupants.enter(*question[1:])
            elif question[0] == "move":
                occupants.move(*question[1:])
            else:
                answer, occupants.tally = occupants.tally, Tally()
                answer.cpu = time.process_time()
            pipe.send(answer)
        occupants.take(min(0.05, occupants.send_due()))
