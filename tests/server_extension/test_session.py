"""A credential that is always fresh, and what is said when there is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from slixmpp import JID

from xmpp_bridge.server_extension.hub_service import Credential, HubService
from xmpp_bridge.server_extension.session import Session
from xmpp_bridge.xmpp.errors import (
    BridgeError,
    ForbiddenError,
    NotAuthorizedError,
    UnavailableError,
)
from xmpp_bridge.xmpp.stream import Login, Secret

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def credential(number: int = 1, *, expires_in: int = 900, renew_after: float = 1e9) -> Credential:
    login = Login(JID("romeo@montague.lit/jupyter"), Secret(f"jwt-{number}"), "127.0.0.1", 5222)
    return Credential(
        login,
        NOON + timedelta(seconds=expires_in),
        renew_after,
        JID("xmpp-bridge@bridge.montague.lit"),
        "Romeo",
    )


class Service:
    """Answers with what is written down, the last of it for ever."""

    def __init__(self, *answers: Credential | BridgeError) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def credential(self) -> Credential:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BridgeError):
            raise answer
        return answer


def session(
    service: Service, on_credential: Callable[[Credential], None] = lambda _c: None
) -> Session:
    return Session(
        "romeo",
        cast("HubService", service),
        lambda _stream: None,
        on_credential,
        lambda: NOON,
        lambda: 0.0,
    )


@asynccontextmanager
async def renewing(session: Session) -> AsyncIterator[None]:
    task = asyncio.create_task(session.renew())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_login_waits_for_the_credential_that_is_being_asked_for() -> None:
    romeo = session(Service(credential()))
    login = asyncio.create_task(romeo._login())
    async with renewing(romeo):
        assert (await login).password == "jwt-1"


async def test_a_good_credential_logs_in_even_when_the_service_is_away() -> None:
    seen: list[Credential] = []
    service = Service(credential(renew_after=0.0), UnavailableError("away"))
    romeo = session(service, seen.append)
    async with renewing(romeo):
        await romeo._login()
        while service.asked < 2:
            await asyncio.sleep(0)
        assert (await romeo._login()).password == "jwt-1"
    assert len(seen) == 1


async def test_a_refusal_takes_the_credential_away_and_is_told() -> None:
    service = Service(credential(renew_after=0.0), ForbiddenError("the token is revoked"))
    romeo = session(service)
    async with renewing(romeo):
        await romeo._login()
        while romeo.credential is not None:
            await asyncio.sleep(0)
        assert romeo.status()["trouble"] == {
            "condition": "forbidden",
            "reason": "the token is revoked",
        }


async def test_a_credential_about_to_expire_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xmpp_bridge.server_extension.session.PATIENCE", 0.01)
    service = Service(credential(expires_in=5, renew_after=0.0), UnavailableError("away"))
    romeo = session(service)
    async with renewing(romeo):
        with pytest.raises(UnavailableError):
            await romeo._login()


async def test_a_fresh_credential_is_good_whatever_the_clock_of_this_machine_says() -> None:
    romeo = session(Service(credential(expires_in=-3600, renew_after=450)))
    async with renewing(romeo):
        assert (await romeo._login()).password == "jwt-1"


async def test_a_credential_that_is_refused_is_renewed_at_once() -> None:
    service = Service(credential(1), credential(2))
    romeo = session(service)
    async with renewing(romeo):
        assert (await romeo._login()).password == "jwt-1"
        romeo.client.trouble = NotAuthorizedError("the XMPP server refused the credential")
        await romeo._login()
        async with asyncio.timeout(5):
            while (await romeo._login()).password != "jwt-2":
                await asyncio.sleep(0)


async def test_no_status_shows_a_password() -> None:
    romeo = session(Service(credential()))
    async with renewing(romeo):
        await romeo._login()
        assert "jwt" not in repr(romeo.status())
        assert "jwt" not in repr(romeo.credential)
