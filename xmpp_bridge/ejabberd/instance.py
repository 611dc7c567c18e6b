"""One ejabberd with its addresses, which stay the same when it is started again."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

from xmpp_bridge.ejabberd.admin_channel import AdminChannel
from xmpp_bridge.ejabberd.errors import AlreadyRunningError, StartError
from xmpp_bridge.ejabberd.installation import find_installation
from xmpp_bridge.ejabberd.process import Process
from xmpp_bridge.ejabberd.readiness import LogMark, until_ready
from xmpp_bridge.ejabberd.secrets import Secrets
from xmpp_bridge.ejabberd.settings import EjabberdSettings
from xmpp_bridge.xmpp.stream import Secret

log = logging.getLogger(__name__)
_STATUS_PATIENCE = timedelta(seconds=5)


class Ejabberd:
    """Made by `running`, which writes its files and ends it with the block."""

    def __init__(self, settings: EjabberdSettings, secrets: Secrets) -> None:
        self.settings = settings
        self.secrets = secrets
        self._process: Process | None = None

    @property
    def pid(self) -> int:
        return self._started.pid

    @property
    def c2s(self) -> tuple[str, int]:
        """Where clients connect."""
        return self.settings.interface, self.settings.c2s_port

    @property
    def component(self) -> tuple[str, int]:
        """Where the service's component connects, with `secrets.component`."""
        return self.settings.interface, self.settings.component_port

    @property
    def admin_address(self) -> str:
        """The admin channel, as `AdminChannel` and `EjabberdApi` take it."""
        return f"unix:{self.settings.files.admin_socket}"

    @property
    def ca_pem(self) -> Path:
        """The CA by which clients verify ejabberd."""
        return self.settings.files.ca

    def admin_credential(self) -> Secret:
        """A fresh password of the admin channel."""
        return self.secrets.admin_credential(self.settings.admin_jid)

    async def start(self) -> None:
        """Start it and return when it serves; `StartError` when it does not get that far."""
        if self._process is not None and self._process.returncode is None:
            raise AlreadyRunningError("this ejabberd has been started already")
        settings, files = self.settings, self.settings.files
        files.admin_socket.unlink(missing_ok=True)
        mark = LogMark(files.log)
        self._process = await Process.spawn(find_installation(), files, settings.environment)
        try:
            ready = await until_ready(
                self._process, self._admin_channel(), self.c2s, settings.start_patience
            )
        except BaseException:
            await self._process.kill()
            raise
        if not ready:
            await self._process.wait()
            raise mark.reason()
        log.info("ejabberd ready: pid=%d domain=%s", self.pid, settings.domain)

    async def stop(self) -> None:
        """Stop it cleanly and return when the process is gone."""
        await self._started.stop(self.settings.stop_patience)

    async def kill(self) -> None:
        """Kill it, as a crash would."""
        await self._started.kill()

    async def wait(self) -> int:
        """Return the exit status when it has ended, for whatever reason."""
        return await self._started.wait()

    @property
    def _started(self) -> Process:
        if self._process is None:
            raise StartError("ejabberd was never started")
        return self._process

    def _admin_channel(self) -> AdminChannel:
        return AdminChannel(
            self.admin_address,
            self.settings.admin_jid,
            self.admin_credential,
            patience=_STATUS_PATIENCE,
        )
