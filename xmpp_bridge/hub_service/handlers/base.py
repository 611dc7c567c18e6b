"""What every request goes through: who calls, what they may do, and errors as JSON."""

from __future__ import annotations

import json
import logging
from typing import Any, ClassVar

from jupyterhub.services.auth import HubOAuthenticated  # type: ignore[import-untyped]
from tornado.web import Finish, HTTPError, RequestHandler

from xmpp_bridge.accounts.store import Account
from xmpp_bridge.audit.acting import acting
from xmpp_bridge.hub_service.away import refusal
from xmpp_bridge.hub_service.caller import Caller, read_caller
from xmpp_bridge.hub_service.parts import Front, Parts
from xmpp_bridge.hub_service.scopes import ROOMS_READ, ROOMS_WRITE
from xmpp_bridge.hub_service.views import Views
from xmpp_bridge.xmpp.errors import NotAuthorizedError, UnavailableError

log = logging.getLogger(__name__)

READING = frozenset({"GET", "HEAD"})
CONDITIONS = {
    400: "bad-request",
    401: "not-authorized",
    403: "forbidden",
    404: "item-not-found",
    405: "not-allowed",
    413: "resource-constraint",
    503: "service-unavailable",
}


class JsonHandler(RequestHandler):
    """Answers in JSON, refusals included."""

    front: Front

    def initialize(self, front: Front) -> None:
        self.front = front

    def set_default_headers(self) -> None:
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    @property
    def parts(self) -> Parts:
        """The running service; refused while it is still starting."""
        if self.front.parts is None:
            raise UnavailableError("the service is starting")
        return self.front.parts

    @property
    def views(self) -> Views:
        return self.parts.views

    def send_json(self, value: object, status: int = 200) -> None:
        self.set_status(status)
        self.finish(json.dumps(value, ensure_ascii=False))

    def send_text(self, text: str) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(text)

    def send_nothing(self) -> None:
        self.set_status(204)
        self.clear_header("Content-Type")
        self.finish()

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """A refusal is no bug: only what nobody meant gets a traceback."""
        error = refusal(value)
        if error is not None:
            log.info(
                "request refused: method=%s path=%s condition=%s",
                self.request.method,
                self.request.path,
                error.condition,
            )
        else:
            super().log_exception(typ, value, tb)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        told = refusal(error)
        if told is not None:
            self.set_status(told.http_status)
            self._send_refusal(told.condition, str(told))
        elif isinstance(error, HTTPError):
            reason = error.log_message or self._reason
            self._send_refusal(CONDITIONS.get(status_code, "bad-request"), reason)
        else:
            self._send_refusal(CONDITIONS.get(status_code, "internal-server-error"), self._reason)

    def _send_refusal(self, condition: str, reason: str) -> None:
        self.finish(json.dumps({"condition": condition, "reason": reason}))


class AuthenticatedHandler(HubOAuthenticated, JsonHandler):  # type: ignore[misc]
    """Lets in whoever the hub knows and whose token holds the scope for this method."""

    reading_scope: ClassVar[str] = ROOMS_READ
    writing_scope: ClassVar[str] = ROOMS_WRITE
    opens_service: ClassVar[bool] = True
    """Whether the token must hold the hub's scope for this service, too."""
    without_hub: ClassVar[frozenset[str]] = frozenset()
    """Methods that ask for something else than a token of the hub."""
    caller: Caller

    def initialize(self, front: Front) -> None:
        super().initialize(front)
        self.hub_auth = front.hub_auth

    async def prepare(self) -> None:
        if self.request.method in self.without_hub:
            return
        self.caller = await self.authenticate()
        if self.opens_service:
            self.caller.demand(*self.hub_auth.access_scopes)
        reading = self.request.method in READING
        self.caller.demand(self.reading_scope if reading else self.writing_scope)

    async def authenticate(self) -> Caller:
        """Ask the hub; a cookie counts only with the XSRF token that belongs to it."""
        try:
            model = await self.hub_auth.get_user(self, sync=False)
        except HTTPError as error:
            raise UnavailableError("the hub cannot say who calls") from error
        if model is None:
            raise NotAuthorizedError("the hub does not know this token")
        return read_caller(model, self.hub_auth.get_token(self) or "")

    async def account(self) -> Account:
        """The account of the caller, for whom this request acts from now on."""
        account = await self.parts.people.account_of(self.caller)
        acting.set(account.id)
        return account


class BrowserHandler(AuthenticatedHandler):
    """What people open by its address: whoever is not logged in is sent to the hub first."""

    async def authenticate(self) -> Caller:
        try:
            return await super().authenticate()
        except NotAuthorizedError:
            if self.request.method != "GET" or self.request.headers.get("Authorization"):
                raise
            self.redirect(self.get_login_url())
            raise Finish from None
