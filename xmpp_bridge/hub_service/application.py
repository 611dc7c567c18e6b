"""`xmpp-bridge service`: read the settings, run the service, stop it when told to."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import suppress
from pathlib import Path

from traitlets.config import catch_config_error

from xmpp_bridge.hub_service.environment import HubEnvironment, read_environment
from xmpp_bridge.hub_service.service import serve
from xmpp_bridge.hub_service.settings import HubServiceSettings

log = logging.getLogger(__name__)


class HubService(HubServiceSettings):
    """Accounts, rooms and the durable copy of every shared document, beside a JupyterHub."""

    @catch_config_error
    def initialize(self, argv: list[str] | None = None) -> None:
        super().initialize(argv)
        if self.config_file:
            path = Path(self.config_file).absolute()
            self.load_config_file(path.name, str(path.parent))
            self.parse_command_line(argv)  # The command line wins over the file.

    def start(self) -> None:
        if self.generate_config_to:
            Path(self.generate_config_to).write_text(self.generate_config_file())
            return
        logging.basicConfig(
            level=int(str(self.log_level)),
            format="[%(levelname).1s %(asctime)s %(name)s] %(message)s",
        )
        asyncio.run(self._until_stopped(read_environment(os.environ)))

    async def _until_stopped(self, environment: HubEnvironment) -> None:
        serving = asyncio.create_task(serve(self, environment))
        # The hub says SIGINT first, and SIGTERM when that takes long; a shell may have had SIGINT ignored.
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, _stop, serving, number)
        with suppress(asyncio.CancelledError):
            await serving


def _stop(serving: asyncio.Task[None], number: signal.Signals) -> None:
    """Stop once: a second signal must not cut short how ejabberd is being stopped."""
    log.info("stopping: signal=%s", number.name)
    if not serving.cancelling():
        serving.cancel()
