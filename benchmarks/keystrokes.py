"""How long a typed character takes from the writer's socket to the reader's.

The clock starts just before the bytes go to the kernel and stops when the reader's `recv` returns, so
it measures everything between two browsers and nothing in them.
"""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

FIRST_MARK = 0x5000  # the typed characters: three bytes each, found in any framing without a parser
MARKS = 0x1000
LEAD = chr(FIRST_MARK).encode()[:1]
GRACE_SECONDS = 10.0


class Writer(Protocol):
    """Somebody who types; in the document before the first keystroke."""

    def type(self, character: str) -> int:
        """Send one keystroke; return the monotonic nanoseconds just before it was sent."""


class Reader(Protocol):
    """Somebody who watches; `receive` blocks, and raises `OSError` once the socket is closed."""

    def receive(self) -> bytes: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Typing:
    """How somebody types: `keys` characters, `rate` a second on average, each one by chance."""

    keys: int
    rate: float
    seed: int

    def pauses(self) -> Iterator[float]:
        """Seconds before each keystroke: a Poisson process, the same for the same seed."""
        chance = random.Random(self.seed)
        for _ in range(self.keys):
            yield chance.expovariate(self.rate)


class Watch(threading.Thread):
    """Notes when each mark arrives first; nothing but time-stamps happens in between."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(daemon=True)
        self.arrivals: dict[int, int] = {}
        self._reader = reader

    def run(self) -> None:
        rest = b""
        while True:
            try:
                received = self._reader.receive()
            except OSError:
                return
            now = time.monotonic_ns()
            if not received:
                return
            for mark in marks_in(rest + received):
                self.arrivals.setdefault(mark, now)
            rest = received[-2:]  # a mark may be cut in two


def mark(number: int) -> str:
    return chr(FIRST_MARK + number % MARKS)


def marks_in(data: bytes) -> Iterator[int]:
    """The numbers of all marks in `data`."""
    position = data.find(LEAD)
    while 0 <= position <= len(data) - 3:
        second, third = data[position + 1], data[position + 2]
        if second & 0xC0 == third & 0xC0 == 0x80:
            yield (second & 0x3F) << 6 | third & 0x3F
        position = data.find(LEAD, position + 1)


def measure(writer: Writer, reader: Reader, typing: Typing, first: int) -> list[float | None]:
    """Milliseconds for each keystroke in order; None for one that never arrived."""
    watch = Watch(reader)
    watch.start()
    sent: dict[int, int] = {}
    try:
        due = time.perf_counter()
        for number, pause in enumerate(typing.pauses(), first):
            due += pause
            time.sleep(max(0.0, due - time.perf_counter()))
            sent[number % MARKS] = writer.type(mark(number))
        _wait_for_the_last(sent, watch)
    finally:
        reader.close()
    return [_milliseconds(sent[number], watch.arrivals.get(number)) for number in sent]


def _wait_for_the_last(sent: dict[int, int], watch: Watch) -> None:
    deadline = time.monotonic() + GRACE_SECONDS
    while not sent.keys() <= watch.arrivals.keys() and time.monotonic() < deadline:
        time.sleep(0.05)


def _milliseconds(sent: int, arrived: int | None) -> float | None:
    return None if arrived is None else (arrived - sent) / 1e6
