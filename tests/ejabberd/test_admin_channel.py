"""Who may command ejabberd: the service, and nobody else on its machine."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from tests.ejabberd.machine import as_nobody, as_root, listening
from tests.ejabberd.people import Verona
from xmpp_bridge.accounts.credential import CredentialMint
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.ejabberd import unix_socket
from xmpp_bridge.ejabberd.launcher import Ejabberd
from xmpp_bridge.ejabberd.secrets import Secrets
from xmpp_bridge.xmpp.errors import ForbiddenError, NotAuthorizedError, UnavailableError
from xmpp_bridge.xmpp.stream import logged_in

pytestmark = pytest.mark.e2e

ADMIN = "xmpp-bridge-admin@montague.lit"
FIRST_COMMAND = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
READ_EVERYTHING = """
import os, sys
for folder, folders, files in os.walk(sys.argv[1], onerror=lambda error: print(error)):
    for name in files:
        print("READ", len(open(os.path.join(folder, name), "rb").read()))
"""


class RawConnection(HTTPConnection):
    """HTTP over the admin socket, with whatever credential one likes."""

    def __init__(self, path: Path) -> None:
        super().__init__("ejabberd", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        with unix_socket.address(self._path) as address:
            self.sock.connect(address)


def command(
    ejabberd: Ejabberd,
    credential: tuple[str, str] | None,
    name: str = "status",
    /,
    **arguments: str,
) -> int:
    """Send one command through the socket and return the HTTP status."""
    headers = {"Content-Type": "application/json"}
    if credential is not None:
        encoded = base64.b64encode(":".join(credential).encode()).decode()
        headers["Authorization"] = f"Basic {encoded}"
    connection = RawConnection(ejabberd.settings.files.admin_socket)
    try:
        connection.request("POST", f"/api/{name}", json.dumps(arguments), headers)
        return connection.getresponse().status
    finally:
        connection.close()


async def test_the_service_is_obeyed(api: EjabberdApi) -> None:
    await api.status()


async def test_each_of_many_commands_at_once_is_answered(api: EjabberdApi) -> None:
    await asyncio.gather(*(api.status() for _ in range(500)))


async def test_whoever_reaches_the_socket_without_a_credential_is_refused(
    ejabberd: Ejabberd,
) -> None:
    assert command(ejabberd, None) == 403


@pytest.mark.parametrize("password", ["", "wherefore", "e30.e30.", "a:b"])
async def test_a_wrong_password_is_refused(ejabberd: Ejabberd, password: str) -> None:
    assert command(ejabberd, (ADMIN, password)) == 401


async def test_an_expired_token_is_refused(ejabberd: Ejabberd) -> None:
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    mint = CredentialMint(
        ejabberd.secrets.signing_key, "montague.lit", timedelta(minutes=1), lambda: an_hour_ago
    )

    assert command(ejabberd, (ADMIN, mint.admin_token())) == 401


async def test_a_token_signed_by_another_key_is_refused(ejabberd: Ejabberd) -> None:
    stranger = Secrets(ejabberd.secrets.component, ECKey.generate_key("P-256"))

    assert command(ejabberd, (ADMIN, stranger.admin_credential(ADMIN))) == 401


async def test_a_hub_users_own_credential_commands_nothing(
    ejabberd: Ejabberd, verona: Verona
) -> None:
    credential = verona.credential("romeo")

    assert command(ejabberd, ("romeo@montague.lit", credential)) == 403
    assert (
        command(
            ejabberd,
            ("romeo@montague.lit", credential),
            "set_room_affiliation",
            name="balcony",
            service="documents.montague.lit",
            jid="romeo@montague.lit",
            affiliation="owner",
        )
        == 403
    )
    assert command(ejabberd, (ADMIN, credential)) == 401


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("stop", {}),
        ("get_cookie", {}),
        ("registered_users", {"host": "montague.lit"}),
        ("backup", {"file": "/dev/null"}),
        ("dump", {"file": "/dev/null"}),
    ],
)
async def test_even_the_service_gives_no_command_that_it_does_not_need(
    ejabberd: Ejabberd, name: str, arguments: dict[str, str]
) -> None:
    assert command(ejabberd, (ADMIN, ejabberd.admin_credential()), name, **arguments) == 403


async def test_the_admin_account_cannot_log_in_to_chat(verona: Verona, api: EjabberdApi) -> None:
    login = verona.login("xmpp-bridge-admin", verona.ejabberd.admin_credential())

    # ejabberd accepts the password, then binds no resource; slixmpp goes on waiting for one.
    with pytest.raises(UnavailableError):
        async with logged_in(login, patience=timedelta(seconds=2)):
            pass
    assert await api.sessions("xmpp-bridge-admin") == []


async def test_no_port_in_the_clear_offers_the_channel(ejabberd: Ejabberd) -> None:
    settings = ejabberd.settings
    ports = (settings.c2s_port, settings.component_port)

    over_tls = (settings.https_port, settings.direct_tls_port, settings.web_port)
    assert listening(ejabberd.pid) == {
        (settings.interface, port) for port in (*ports, *over_tls) if port is not None
    }
    for port in ports:
        connection = HTTPConnection(settings.interface, port, timeout=5)
        connection.request("POST", "/api/status", "{}")
        with pytest.raises((HTTPException, OSError)):
            connection.getresponse()
        connection.close()


async def test_from_elsewhere_it_takes_tls_our_ca_and_the_same_credential(
    ejabberd: Ejabberd,
) -> None:
    address = f"https://127.0.0.1:{ejabberd.settings.https_port}/api"
    credential = ejabberd.admin_credential

    await EjabberdApi(address, "montague.lit", credential, ejabberd.ca_pem).status()
    with pytest.raises(NotAuthorizedError):
        await EjabberdApi(address, "montague.lit", lambda: "x", ejabberd.ca_pem).status()
    with pytest.raises(UnavailableError):
        await EjabberdApi(address, "montague.lit", credential).status()


async def test_the_channel_is_never_used_in_the_clear(ejabberd: Ejabberd) -> None:
    with pytest.raises(ValueError, match="https"):
        EjabberdApi("http://127.0.0.1:5280/api", "montague.lit", ejabberd.admin_credential)


@as_root
async def test_another_user_of_the_machine_does_not_reach_the_socket(ejabberd: Ejabberd) -> None:
    attempt = as_nobody(FIRST_COMMAND, str(ejabberd.settings.files.admin_socket))

    assert attempt.returncode != 0
    assert "PermissionError" in attempt.stderr


@as_root
async def test_even_with_all_folders_open_another_user_does_not_reach_it(
    ejabberd: Ejabberd,
) -> None:
    files = ejabberd.settings.files
    with opened(files.directory), opened(files.run):
        attempt = as_nobody(FIRST_COMMAND, str(files.admin_socket))

    assert attempt.returncode != 0
    assert "PermissionError" in attempt.stderr


@as_root
async def test_another_user_of_the_machine_reads_nothing(ejabberd: Ejabberd) -> None:
    assert "READ" not in as_nobody(READ_EVERYTHING, str(ejabberd.settings.directory)).stdout


async def test_every_file_is_ours_alone(ejabberd: Ejabberd) -> None:
    directory = ejabberd.settings.directory
    paths = [directory, *directory.rglob("*")]

    assert [path for path in paths if path.stat().st_mode & 0o077] == []
    assert {path.stat().st_uid for path in paths} == {os.geteuid()}


async def test_a_command_that_is_refused_is_an_error_of_ours(ejabberd: Ejabberd) -> None:
    api = EjabberdApi(ejabberd.admin_address, "montague.lit", lambda: "wherefore")

    with pytest.raises((NotAuthorizedError, ForbiddenError)):
        await api.connected()


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """Let everybody into `folder` for the length of the block."""
    folder.chmod(0o755)
    try:
        yield
    finally:
        folder.chmod(0o700)
