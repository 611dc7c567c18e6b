"""Who the caller is, and what their Jupyter server logs in with."""

from __future__ import annotations

import asyncio

from tornado.web import HTTPError

from xmpp_bridge.hub_service.caller import Caller, read_caller
from xmpp_bridge.hub_service.handlers.base import AuthenticatedHandler
from xmpp_bridge.hub_service.scopes import CREDENTIALS
from xmpp_bridge.xmpp.errors import NotAuthorizedError, UnavailableError


class MeHandler(AuthenticatedHandler):
    """The account of the caller."""

    async def get(self) -> None:
        account = self.views.account(await self.account())
        self.send_json({**account, "admin": self.caller.admin})


class CredentialsHandler(AuthenticatedHandler):
    """Mints; nothing about the caller is taken from a cache or from a cookie."""

    writing_scope = CREDENTIALS

    async def authenticate(self) -> Caller:
        token = self.hub_auth.get_token(self, in_cookie=False)
        if not token:
            raise NotAuthorizedError("a Jupyter server shows its own token")
        try:
            model = await self.hub_auth.user_for_token(token, use_cache=False, sync=False)
        except HTTPError as error:
            raise UnavailableError("the hub cannot say who calls") from error
        if model is None:
            raise NotAuthorizedError("the hub does not know this token")
        return read_caller(model, token)

    async def post(self) -> None:
        granted = await self.parts.credentials.grant(self.caller)
        self.front.metrics.credentials.inc()
        server = self.parts.xmpp_server()
        authority = server.authority
        pem = None if authority is None else await asyncio.to_thread(authority.read_text)
        self.send_json(self.views.credential(granted, server, pem), status=201)
