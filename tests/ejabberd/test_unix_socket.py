"""Sockets at long paths."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from xmpp_bridge.ejabberd import unix_socket


@pytest.mark.parametrize("length", [1, 200])
def test_a_socket_may_lie_at_a_path_of_any_length(tmp_path: Path, length: int) -> None:
    folder = tmp_path / ("x" * length)
    folder.mkdir()
    path = folder / "admin.sock"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        with unix_socket.address(path) as address:
            listener.bind(address)
        listener.listen()
        with unix_socket.address(path) as address:
            client.connect(address)

    assert path.is_socket()
