"""The program that ejabberd asks, as ejabberd runs it."""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from xmpp_bridge.accounts import extauth
from xmpp_bridge.ejabberd import unix_socket

YES = b'{"ok": true}\n'


class Program:
    """A running extauth program, with ejabberd's end of its pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def ask(self, request: bytes) -> bool:
        self.write(struct.pack(">H", len(request)) + request)
        return self.read() == 1

    def write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def read(self) -> int:
        assert self._process.stdout is not None
        length, answer = struct.unpack(">HH", self._process.stdout.read(4))
        assert length == 2
        return int(answer)

    def hang_up(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(5)


@contextmanager
def running(path: Path) -> Iterator[Program]:
    arguments = [sys.executable, "-I", "-S", "-B", extauth.__file__, str(path)]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield Program(process)
        finally:
            process.kill()
            assert process.stderr is not None
            assert process.stderr.read() == b""


class Service:
    """The service's end of the socket: what it was asked; it answers as told."""

    def __init__(self) -> None:
        self.asked: list[Any] = []


@contextmanager
def service(path: Path, answer: Callable[[socket.socket], None]) -> Iterator[Service]:
    answering = Service()
    with socket.socket(socket.AF_UNIX) as listener:
        with unix_socket.address(path) as address:
            listener.bind(address)
        listener.listen()

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, connection.makefile("rb") as lines:
                    answering.asked.append(json.loads(lines.readline()))
                    with suppress(BrokenPipeError):  # It hangs up on an answer that is too long.
                        answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield answering
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "extauth.sock"


def test_a_password_is_asked_of_the_service_colons_and_all(path: Path) -> None:
    with service(path, lambda to: to.sendall(YES)) as asked, running(path) as program:
        assert program.ask("auth:julia:montague.lit:a:rose:ü".encode())

    assert asked.asked == [
        {"op": "auth", "localpart": "julia", "domain": "montague.lit", "password": "a:rose:ü"}
    ]


def test_an_account_is_asked_for(path: Path) -> None:
    with service(path, lambda to: to.sendall(YES)) as asked, running(path) as program:
        assert program.ask(b"isuser:romeo:montague.lit")

    assert asked.asked == [{"op": "isuser", "localpart": "romeo", "domain": "montague.lit"}]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\n",
        b"yes\n",
        b"1\n",
        b"null\n",
        b"[true]\n",
        b'{"ok": false}\n',
        b'{"ok": "true"}\n',
        b'{"ok": true}',
        b"\xff\n",
        b"[" * 1000 + b"\n",
        b"x" * 100_000 + b"\n",
    ],
)
def test_whatever_is_not_a_plain_yes_is_a_refusal(path: Path, answer: bytes) -> None:
    with service(path, lambda to: to.sendall(answer)), running(path) as program:
        assert not program.ask(b"isuser:romeo:montague.lit")
        assert not program.ask(b"isuser:romeo:montague.lit")


@pytest.mark.parametrize(
    "request_",
    [
        b"",
        b":",
        b"auth",
        b"auth:romeo",
        b"auth:romeo:montague.lit",
        b"isuser:romeo",
        b"setpass:romeo:montague.lit:rose",
        b"tryregister:romeo:montague.lit:rose",
        b"removeuser:romeo:montague.lit",
        b"\xff\xfe",
        b"x" * 65535,
    ],
)
def test_what_is_no_question_is_refused_without_asking(path: Path, request_: bytes) -> None:
    with service(path, lambda to: to.sendall(YES)) as asked, running(path) as program:
        assert not program.ask(request_)
        assert program.ask(b"isuser:romeo:montague.lit")

    assert len(asked.asked) == 1


def test_without_the_service_it_refuses_at_once_and_asks_again_when_it_is_back(path: Path) -> None:
    with running(path) as program:
        assert not program.ask(b"isuser:romeo:montague.lit")
        with service(path, lambda to: to.sendall(YES)):
            assert program.ask(b"isuser:romeo:montague.lit")


@pytest.mark.parametrize("drip", [b"", b" "])
def test_a_service_that_hangs_or_drips_is_given_two_seconds(path: Path, drip: bytes) -> None:
    over = threading.Event()

    def answer(connection: socket.socket) -> None:
        while not over.wait(0.1):
            try:
                connection.sendall(drip)
            except OSError:
                return

    with service(path, answer), running(path) as program:
        began = time.monotonic()
        assert not program.ask(b"isuser:romeo:montague.lit")
        took = time.monotonic() - began
        over.set()

    assert 1.5 < took < 4


def test_a_question_that_arrives_in_pieces_is_one_question(path: Path) -> None:
    with service(path, lambda to: to.sendall(YES)), running(path) as program:
        request = b"isuser:romeo:montague.lit"
        for byte in struct.pack(">H", len(request)) + request:
            program.write(bytes([byte]))

        assert program.read() == 1


def test_it_ends_with_ejabberd(path: Path) -> None:
    with running(path) as program:
        assert program.hang_up() == 0


def test_the_socket_may_lie_at_a_long_path(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 200)
    folder.mkdir()
    path = folder / "extauth.sock"

    with service(path, lambda to: to.sendall(YES)), running(path) as program:
        assert program.ask(b"isuser:romeo:montague.lit")


def test_it_runs_on_the_systems_python_with_nothing_installed(path: Path) -> None:
    command = ["/usr/bin/python3", "-I", "-S", "-B", extauth.__file__, str(path)]

    assert subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode == 0
