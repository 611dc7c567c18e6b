"""TLS whose bytes are taken as they come and decrypted when the clock has stopped: it is not the readers we measure."""

import socket
import ssl
from pathlib import Path


class LateTls:
    """One TLS connection of a client, used by one thread at a time."""

    def __init__(self, plain: socket.socket, ca: Path, domain: str) -> None:
        self._plain = plain
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cafile=ca)
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=domain)
        while not self._has_shaken_hands():
            self._flush()
            self._incoming.write(plain.recv(1 << 16))
        self._flush()

    def sendall(self, data: bytes) -> None:
        self._tls.write(data)
        self._flush()

    def recv(self, size: int) -> bytes:
        """Wait for something to read; empty when the other side has closed."""
        while True:
            try:
                return self._tls.read(size)
            except ssl.SSLWantReadError:
                more = self._plain.recv(1 << 16)
                if not more:
                    return b""
                self._incoming.write(more)

    def take(self) -> bytes:
        """Whatever has come, as it came."""
        return self._plain.recv(1 << 16)

    def open(self, taken: bytes) -> bytes:
        """What can be read now that this is there, too; pieces are opened in the order in which they came."""
        self._incoming.write(taken)
        opened = b""
        while True:
            try:
                opened += self._tls.read(1 << 16)
            except ssl.SSLWantReadError:
                return opened

    def fileno(self) -> int:
        return self._plain.fileno()

    def shutdown(self, how: int) -> None:
        self._plain.shutdown(how)

    def settimeout(self, seconds: float | None) -> None:
        self._plain.settimeout(seconds)

    def close(self) -> None:
        self._plain.close()

    def _has_shaken_hands(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def _flush(self) -> None:
        self._plain.sendall(self._outgoing.read())
