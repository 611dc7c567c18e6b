"""However many commands there are at once, none finds the queue of ejabberd's socket full."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from xmpp_bridge.ejabberd.admin_channel import AT_ONCE, AdminChannel

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n0"


class Sleepy:
    """Queues so many connections as ejabberd is told to, and lets none in before it is woken."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.awake = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(AT_ONCE)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        self.awake.wait()
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                heard = b""
                while not heard.endswith(b"{}"):
                    heard += connection.recv(65536)
                connection.sendall(ANSWER)

    def close(self) -> None:
        self.awake.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def sleepy() -> Iterator[Sleepy]:
    with tempfile.TemporaryDirectory(prefix="xb-") as folder:
        server = Sleepy(Path(folder) / "admin.sock")
        yield server
        server.close()


async def test_commands_wait_for_each_other_rather_than_be_refused(sleepy: Sleepy) -> None:
    channel = AdminChannel(f"unix:{sleepy.path}", "admin@montague.lit", lambda: "token")
    calls = [asyncio.create_task(channel.call("status")) for _ in range(3 * AT_ONCE)]
    # As many as there may be have been tried: one more would have failed by now.
    done, _ = await asyncio.wait(calls, timeout=0.3)
    assert done == set()
    sleepy.awake.set()
    assert {answer.status for answer in await asyncio.gather(*calls)} == {200}
