"""This Jupyter server as its owner's account: a login that is always fresh, and whether it works."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from xmpp_bridge.server_extension.hub_service import Credential, HubService
from xmpp_bridge.xmpp.client import Client
from xmpp_bridge.xmpp.errors import (
    BridgeError,
    ForbiddenError,
    NotAuthorizedError,
    UnavailableError,
)
from xmpp_bridge.xmpp.retry import Retry
from xmpp_bridge.xmpp.stream import Login, Stream
from xmpp_bridge.xmpp.tasks import until

log = logging.getLogger(__name__)

GOOD_ENOUGH = timedelta(seconds=30)
PATIENCE = 10.0
"""Seconds that a login waits for a credential which is being asked for."""


class Session:
    """Renews the credential before it expires; without one, the service ends the XMPP session."""

    def __init__(
        self,
        hub_user: str,
        service: HubService,
        prepare: Callable[[Stream], None],
        on_credential: Callable[[Credential], None],
        now: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self.hub_user = hub_user
        self.client = Client(self._login, prepare, chance)
        self._service = service
        self._on_credential = on_credential
        self._now = now
        self._chance = chance
        self._credential: Credential | None = None
        self._trouble: BridgeError | None = None
        self._fresh = asyncio.Event()
        self._sooner = asyncio.Event()
        self._accepted_at = 0.0

    @property
    def credential(self) -> Credential | None:
        """The newest one, good or not."""
        return self._credential

    async def renew(self) -> None:
        """Renew until cancelled. A refusal ends the connection: the right to it is gone."""
        retry = Retry()
        while True:
            try:
                credential = await self._service.credential()
            except BridgeError as error:
                self._trouble = error
                if isinstance(error, ForbiddenError | NotAuthorizedError):
                    self._credential = None
                    self.client.drop(error)
                retry = retry.next(self._chance())
                log.warning("credential not renewed: condition=%s", error.condition)
                await asyncio.sleep(retry.delay.total_seconds())
                continue
            self._accept(credential)
            retry = Retry()
            await until(self._sooner, time.monotonic() + credential.renew_after)

    def owner_json(self) -> dict[str, str] | None:
        """Who the owner is to a browser; None until the service has said it."""
        credential = self._credential
        if credential is None:
            return None
        name, jid = credential.display_name, credential.login.jid.bare
        return {"username": self.hub_user, "display_name": name, "jid": jid}

    def _accept(self, credential: Credential) -> None:
        self._credential, self._trouble = credential, None
        self._accepted_at = time.monotonic()
        self._sooner.clear()
        self._on_credential(credential)
        self._fresh.set()
        self.client.hurry()

    def status(self) -> dict[str, Any]:
        """What the owner may see of it."""
        trouble = self._trouble or self.client.trouble
        return {
            "hub_user": self.hub_user,
            "jid": str(self._credential.login.jid.bare) if self._credential else None,
            "connected": self.client.connected,
            "since": self.client.since.isoformat(),
            "retry_at": self.client.retry_at and self.client.retry_at.isoformat(),
            "trouble": trouble and {"condition": trouble.condition, "reason": str(trouble)},
        }

    async def _login(self) -> Login:
        """The credential at hand while it is good, so that XMPP comes back even when the service does not.

        One that was refused is renewed at once: a clock was stepped, and it has ended before its time.
        """
        if isinstance(self.client.trouble, NotAuthorizedError):
            self._sooner.set()
        try:
            async with asyncio.timeout(PATIENCE):
                while (credential := self._good()) is None:
                    self._fresh.clear()
                    await self._fresh.wait()
        except TimeoutError:
            raise self._trouble or UnavailableError("there is no credential yet") from None
        return credential.login

    def _good(self) -> Credential | None:
        """The newest credential until it expires; a fresh one whatever the clock of this machine says."""
        credential = self._credential
        if credential is None:
            return None
        fresh = time.monotonic() - self._accepted_at < credential.renew_after
        return credential if fresh or credential.expires_at - self._now() >= GOOD_ENOUGH else None
