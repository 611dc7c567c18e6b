"""The service's answers to ejabberd's questions."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import pytest

from xmpp_bridge.accounts.extauth_socket import (
    Authentication,
    Existence,
    Question,
    read_question,
    serve,
)
from xmpp_bridge.ejabberd import unix_socket
from xmpp_bridge.xmpp.errors import BadPayloadError, UnavailableError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "extauth.sock"


async def ask(path: Path, line: bytes) -> object:
    with unix_socket.address(path) as address:
        reader, writer = await asyncio.open_unix_connection(address)
    writer.write(line)
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    await writer.wait_closed()
    return json.loads(answer) if answer else None


def is_gone(path: Path) -> bool:
    return not path.exists()


def left_behind(path: Path) -> None:
    """Leave a socket at which nobody listens."""
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead, unix_socket.address(path) as address:
        dead.bind(address)


def is_ours_alone(path: Path) -> bool:
    return path.stat().st_mode & 0o077 == 0


async def only_juliet(question: Question) -> bool:
    match question:
        case Authentication("juliet", "montague.lit", "rose"):
            return True
        case Existence("juliet", "montague.lit"):
            return True
        case _:
            return False


PASSWORD = {"op": "auth", "localpart": "juliet", "domain": "montague.lit", "password": "rose"}


@pytest.mark.parametrize(
    "question", [PASSWORD, {"op": "isuser", "localpart": "juliet", "domain": "montague.lit"}]
)
async def test_what_the_service_grants_is_granted(path: Path, question: dict[str, str]) -> None:
    async with serve(path, only_juliet):
        assert await ask(path, json.dumps(question).encode() + b"\n") == {"ok": True}


@pytest.mark.parametrize("change", [{"password": "thorn"}, {"localpart": "romeo"}, {"domain": "x"}])
async def test_what_the_service_refuses_is_refused(path: Path, change: dict[str, str]) -> None:
    async with serve(path, only_juliet):
        assert await ask(path, json.dumps(PASSWORD | change).encode() + b"\n") == {"ok": False}


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"juliet\n",
        b"[]\n",
        b"{}\n",
        b'{"op": "isuser"}\n',
        b'{"op": "setpass"}\n',
        b"\xff\n",
    ],
)
async def test_what_is_no_question_is_refused_and_the_next_one_answered(
    path: Path, line: bytes
) -> None:
    async with serve(path, only_juliet):
        assert await ask(path, line) == {"ok": False}
        assert await ask(path, json.dumps(PASSWORD).encode() + b"\n") == {"ok": True}


async def test_a_question_without_end_is_cut_off(path: Path) -> None:
    async with serve(path, only_juliet):
        assert await ask(path, b"x" * 200_000) is None


async def test_trouble_of_the_service_is_a_refusal(path: Path) -> None:
    async def answer(_question: Question) -> bool:
        raise UnavailableError("the database is away")

    async with serve(path, answer):
        assert await ask(path, json.dumps(PASSWORD).encode() + b"\n") == {"ok": False}


async def test_only_this_user_may_ask_and_nothing_is_left_behind(path: Path) -> None:
    async with serve(path, only_juliet):
        assert is_ours_alone(path)
        assert is_ours_alone(path.parent)

    assert is_gone(path)


async def test_a_socket_that_a_crash_left_is_no_obstacle(path: Path) -> None:
    left_behind(path)

    async with serve(path, only_juliet):
        assert await ask(path, json.dumps(PASSWORD).encode() + b"\n") == {"ok": True}


def test_a_password_is_not_in_a_question_s_representation() -> None:
    question = read_question(json.dumps(PASSWORD).encode())

    assert "rose" not in repr(question)


def test_a_question_needs_all_its_parts() -> None:
    with pytest.raises(BadPayloadError):
        read_question(b'{"op": "auth", "localpart": "juliet", "domain": "montague.lit"}')
