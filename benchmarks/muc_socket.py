"""A bare XMPP occupant of one MUC room: what the hop through ejabberd costs by itself."""

import base64
import re
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.late_tls import LateTls

STREAM = (
    "<stream:stream to='{domain}' version='1.0' xmlns='jabber:client'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)
START_TLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{}</auth>"
BIND = (
    "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<resource>{}</resource></bind></iq>"
)
JOIN = (
    "<presence to='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc'>"
    "<history maxstanzas='0'/><password>{password}</password></x></presence>"
)
MESSAGE = "<message type='groupchat' to='{room}' id='{id}'><body>{body}</body></message>"
UPDATE = (
    "<message type='groupchat' to='{room}' id='{id}'>"
    "<update xmlns='urn:ydoc:0' mark='{mark}'>{update}</update></message>"
)
PING = b"<iq type='get' id='alive'><ping xmlns='urn:xmpp:ping'/></iq>"


@dataclass(frozen=True)
class MucRoom:
    """A room that exists, and how to get in."""

    address: tuple[str, int]
    domain: str
    ca: Path
    jid: str
    password: str = field(repr=False)


class MucSocket:
    """One login of `localpart`, in the room under that nick."""

    def __init__(
        self,
        room: MucRoom,
        localpart: str,
        token: str,
        resource: str = "jupyter-benchmark",
        nick: str = "",
        *,
        late: bool = False,
    ) -> None:
        """With `late`, what comes after the join is taken by `take` and decrypted by `open`."""
        self._room = room
        plain = socket.create_connection(room.address, 20)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket: socket.socket | LateTls = plain
        self._sent = 0
        self._open_stream()
        self._ask(START_TLS, "<proceed")
        if late:
            self._socket = LateTls(plain, room.ca, room.domain)
        else:
            context = ssl.create_default_context(cafile=room.ca)
            self._socket = context.wrap_socket(plain, server_hostname=room.domain)
        self._open_stream()
        secret = base64.b64encode(f"\0{localpart}\0{token}".encode()).decode()
        self._ask(AUTH.format(secret), "<success")
        self._open_stream()
        self._ask(BIND.format(resource), "</iq>")
        self._ask(
            JOIN.format(room=room.jid, nick=nick or localpart, password=room.password),
            "<subject.*</message>",
        )

    def type(self, character: str) -> int:
        """Send one update as large as a keystroke's, with the character readable beside it."""
        self._sent += 1
        update = base64.b64encode(bytes(17)).decode()
        stanza = UPDATE.format(room=self._room.jid, id=self._sent, mark=character, update=update)
        data = stanza.encode()
        now = time.monotonic_ns()
        self._socket.sendall(data)
        return now

    def type_stamped(self) -> None:
        """The same, named by when it leaves (`benchmarks/cursor_crowd.py`)."""
        update = base64.b64encode(bytes(17)).decode()
        stamp = f"e{time.monotonic_ns()}"
        self.send(UPDATE.format(room=self._room.jid, id=stamp, mark="x", update=update).encode())

    def send(self, stanza: bytes) -> None:
        """Send this, waiting until it is out even after `poll`."""
        assert isinstance(self._socket, socket.socket)
        self._socket.setblocking(True)  # noqa: FBT003 - the socket's own way
        self._socket.sendall(stanza)

    def say(self, message_id: str, body: str) -> None:
        """Send a message of a chat; neither may need escaping."""
        self._socket.sendall(MESSAGE.format(room=self._room.jid, id=message_id, body=body).encode())

    def receive(self) -> bytes:
        return self._socket.recv(1 << 16)

    def poll(self) -> bytes:
        """Whatever has come already."""
        assert isinstance(self._socket, socket.socket)
        return poll(self._socket)

    def take(self) -> bytes:
        """Whatever has come already, undecrypted."""
        assert isinstance(self._socket, LateTls)
        return self._socket.take()

    def open(self, taken: bytes) -> bytes:
        """What it says."""
        assert isinstance(self._socket, LateTls)
        return self._socket.open(taken)

    def fileno(self) -> int:
        return self._socket.fileno()

    def keep_alive(self) -> None:
        """Say something, lest the server take us for gone."""
        self._socket.sendall(PING)

    def close(self) -> None:
        # A thread that waits in `recv` notices a shutdown; a mere close it would not.
        with suppress(OSError):  # The server was faster.
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def wait_for_ever(self) -> None:
        self._socket.settimeout(None)

    def _open_stream(self) -> None:
        self._ask(STREAM.format(domain=self._room.domain), "</stream:features>")

    def _ask(self, stanza: str, answer: str) -> None:
        """Send and read until the answer matches; any error of the stream ends up in the message."""
        self._socket.sendall(stanza.encode())
        received = ""
        while not re.search(answer, received, re.DOTALL):
            more = self._socket.recv(1 << 16)
            if not more or "type='error'" in received or "<failure" in received:
                raise ConnectionError(f"no {answer} but {received}")
            received += more.decode(errors="replace")


def poll(source: socket.socket) -> bytes:
    """Whatever has come to a socket, which does not block from now on."""
    source.setblocking(False)  # noqa: FBT003 - the socket's own way
    received = b""
    while True:
        try:
            more = source.recv(1 << 16)
        except (BlockingIOError, ssl.SSLWantReadError):
            return received
        if not more:
            raise ConnectionError("the server has hung up")
        received += more
