"""A decoder written from the text of docs/protocol.md alone: it knows nothing of our code."""

from __future__ import annotations

import base64
import zlib
from typing import Any


def decode64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


class Minimal:
    """A decoder of what the document says, and of no more; trusts its input and knows nothing of our code."""

    def __init__(self, data: bytes) -> None:
        self.data = list(data)

    def byte(self) -> int:
        return self.data.pop(0)

    def uint(self) -> int:
        low = self.byte()
        return low if low < 128 else low - 128 + 128 * self.uint()

    def blob(self) -> bytes:
        return bytes(self.byte() for _ in range(self.uint()))

    def pairs(self) -> list[list[int]]:
        return [[self.uint(), self.uint()] for _ in range(self.uint())]

    def any(self) -> Any:
        match self.byte():
            case 127 | 126:
                return None
            case 121 | 120 as truth:
                return truth == 120
            case 124:
                return bytes(self.byte() for _ in range(4))
            case 119:
                return self.blob().decode()
            case 118:
                return {self.blob(): self.any() for _ in range(self.uint())}
            case 117:
                return [self.any() for _ in range(self.uint())]
            case kind:
                raise NotImplementedError(kind)

    def item(self) -> tuple[int, list[list[int]]]:
        """The length of the next struct, and what it hangs on; a length below zero is a hole's."""
        info = self.byte()
        if info == 10:
            return -self.uint(), []
        links = [[self.uint(), self.uint()] for flag in (0x80, 0x40) if info & flag]
        if not links:
            links = [] if self.uint() and self.blob() else [[self.uint(), self.uint()]]
            if info & 0x20:
                self.blob()
        return self.length(info & 0x1F), links

    def length(self, kind: int) -> int:
        if kind == 4:
            return len(self.blob().decode().encode("utf-16-le")) // 2
        if kind == 8:
            return len([self.any() for _ in range(self.uint())])
        assert kind == 7
        assert self.uint() < 3
        return 1

    def update(self) -> dict[str, Any]:
        structs: list[list[int]] = []
        leans: dict[int, int] = {}
        for _ in range(self.uint()):
            count, client, clock = self.uint(), self.uint(), self.uint()
            for _ in range(count):
                length, links = self.item()
                for other, at in links:
                    leans[other] = max(leans.get(other, 0), at + 1)
                start, clock = clock, clock + abs(length)
                if length > 0 and structs and structs[-1][0] == client and structs[-1][2] == start:
                    structs[-1][2] = clock
                elif length > 0:
                    structs.append([client, start, clock])
        deletes = [
            [client, start, start + length]
            for client, ranges in [(self.uint(), self.pairs()) for _ in range(self.uint())]
            for start, length in ranges
        ]
        assert not self.data
        return {
            "structs": structs,
            "deletes": deletes,
            "leans-on": [list(pair) for pair in sorted(leans.items())],
        }


class Reassembled:
    """What section 4.3 says of chunks, for one sender."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.have: bytes | None = None

    def chunk(self, offset: int, text: str, encoding: str | None, seq: int | None) -> bytes | None:
        data = decode64(text)
        data = zlib.decompress(data, wbits=-15) if encoding else data
        if offset == 0:
            self.have = b""
        if self.have is None or offset > len(self.have):
            self.have = None
        else:
            self.have += data[len(self.have) - offset :]
        return self.have if seq else None
