"""The program which ejabberd asks about passwords and accounts: it asks the service, or refuses.

Run as `python3 -I -S extauth.py SOCKET`, by any Python 3.9 or later; only the standard library is there.
The protocol is ejabberd's: two bytes of length, then `auth:localpart:domain:password` and the like;
answered by two bytes of length and two of truth.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import time

_PATIENCE = 2.0
_MAX_ANSWER = 1024
_QUESTIONS = {
    "auth": ("op", "localpart", "domain", "password"),
    "isuser": ("op", "localpart", "domain"),
}


def main(path: str) -> None:
    """Answer until ejabberd closes the pipe."""
    folder, name = os.path.split(path)
    os.chdir(folder)  # the address of a socket holds 108 bytes, a path may be longer
    while True:
        request = _read_request()
        if request is None:
            return
        os.write(1, struct.pack(">HH", 2, _answer(request, name)))


def _read_request() -> bytes | None:
    header = _read_exactly(2)
    return None if header is None else _read_exactly(struct.unpack(">H", header)[0])


def _read_exactly(length: int) -> bytes | None:
    data = b""
    while len(data) < length:
        piece = os.read(0, length - len(data))
        if not piece:
            return None
        data += piece
    return data


def _answer(request: bytes, name: str) -> bool:
    try:
        question = _parse(request)
        return question is not None and _ask(question, name)
    except (OSError, ValueError, RecursionError):
        return False


def _parse(request: bytes) -> dict[str, str] | None:
    """Return the question as the service reads it; None for what we never grant, as `setpass`."""
    fields = request.decode("utf-8").split(":", 3)  # a password may hold colons
    names = _QUESTIONS.get(fields[0], ())
    return dict(zip(names, fields)) if len(names) == len(fields) else None  # noqa: B905 - 3.9


def _ask(question: dict[str, str], name: str) -> bool:
    """Return the service's answer; TimeoutError, an OSError, when it takes too long."""
    deadline = time.monotonic() + _PATIENCE
    with socket.socket(socket.AF_UNIX) as service:
        service.settimeout(_PATIENCE)
        service.connect(name)
        service.sendall(json.dumps(question).encode() + b"\n")
        return _read_answer(service, deadline)


def _read_answer(service: socket.socket, deadline: float) -> bool:
    line = b""
    while not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or len(line) > _MAX_ANSWER:
            return False
        service.settimeout(left)
        piece = service.recv(_MAX_ANSWER)
        if not piece:
            return False
        line += piece
    return bool(json.loads(line) == {"ok": True})


if __name__ == "__main__":
    main(sys.argv[1])
