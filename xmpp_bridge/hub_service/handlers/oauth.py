"""How a browser logs in to the service: through the hub."""

from __future__ import annotations

from jupyterhub.services.auth import (  # type: ignore[import-untyped]
    HubOAuthCallbackHandler,
    HubOAuthenticated,
)
from tornado.web import RequestHandler

from xmpp_bridge.hub_service.parts import Front


class LoginHandler(HubOAuthenticated, RequestHandler):  # type: ignore[misc]
    """The service's own address: log in, then see one's rooms."""

    def initialize(self, front: Front) -> None:
        self.hub_auth = front.hub_auth
        self._prefix = front.prefix

    async def get(self) -> None:
        known = await self.hub_auth.get_user(self, sync=False)
        self.redirect(f"{self._prefix}rooms" if known else self.get_login_url())


class CallbackHandler(HubOAuthCallbackHandler):  # type: ignore[misc]
    """JupyterHub's end of the OAuth dance."""

    def initialize(self, front: Front) -> None:
        self.hub_auth = front.hub_auth

    async def prepare(self) -> None:
        # JupyterHub's handler may ask for `current_user`, which would block the loop; with the answer
        # already here it does not ask the hub.
        self._hub_auth_user_cache = await self.hub_auth.get_user(self, sync=False)
