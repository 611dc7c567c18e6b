"""Who may log in, and by which way."""

from __future__ import annotations

import asyncio
import base64
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta

import pytest
from slixmpp import JID, Iq
from slixmpp.exceptions import IqError

from tests.ejabberd.people import Verona
from xmpp_bridge.accounts.ejabberd_api import EjabberdApi
from xmpp_bridge.accounts.extauth_socket import Authentication, Existence, Question, serve
from xmpp_bridge.xmpp.errors import NotAuthorizedError, UnavailableError
from xmpp_bridge.xmpp.stream import logged_in

pytestmark = pytest.mark.e2e

STREAM = (
    "<?xml version='1.0'?><stream:stream to='montague.lit' version='1.0' xmlns='jabber:client'"
    " xmlns:stream='http://etherx.jabber.org/streams'>"
)


async def test_a_credential_logs_in_over_tls_which_our_ca_vouches_for(
    verona: Verona, api: EjabberdApi
) -> None:
    async with logged_in(verona.login("romeo")) as stream:
        assert stream.boundjid.full == "romeo@montague.lit/jupyter"
        assert await api.sessions("romeo") == ["jupyter"]
        assert "romeo@montague.lit/jupyter" in await api.connected()


async def test_a_client_which_does_not_know_our_ca_tells_no_password(verona: Verona) -> None:
    login = verona.login("romeo")
    stranger = type(login)(login.jid, login.password, login.host, login.port, None)

    with pytest.raises(UnavailableError):
        async with logged_in(stranger):
            pass


async def test_a_password_in_the_clear_is_not_even_asked_for(verona: Verona) -> None:
    reader, writer = await asyncio.open_connection(*verona.ejabberd.c2s)
    writer.write(STREAM.encode())
    features = await asyncio.wait_for(reader.readuntil(b"</stream:features>"), 5)
    password = f"\0romeo\0{verona.credential('romeo')}"
    encoded = base64.b64encode(password.encode()).decode()
    writer.write(
        f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{encoded}</auth>".encode()
    )
    answer = await asyncio.wait_for(reader.readuntil(b"</failure>"), 5)
    writer.close()
    await writer.wait_closed()

    assert b"<required/>" in features
    assert b"<mechanism>" not in features
    assert b"<encryption-required/>" in answer


async def test_an_expired_credential_is_refused(verona: Verona) -> None:
    expired = verona.credential("romeo", now=lambda: datetime.now(UTC) - timedelta(hours=1))

    with pytest.raises(NotAuthorizedError):
        async with logged_in(verona.login("romeo", expired)):
            pass


async def test_a_credential_of_somebody_else_is_refused(verona: Verona) -> None:
    with pytest.raises(NotAuthorizedError):
        async with logged_in(verona.login("romeo", verona.credential("juliet"))):
            pass


async def test_kicking_ends_one_login_of_an_account_or_all(
    verona: Verona, api: EjabberdApi
) -> None:
    async with verona.person("romeo") as romeo, verona.person("juliet") as juliet:
        await api.kick("romeo", "jupyter", "banished")
        await asyncio.wait_for(romeo.stream.ended, 5)
        assert not juliet.stream.ended.done()

        await api.kick("juliet", None, "banished")
        await asyncio.wait_for(juliet.stream.ended, 5)
        async with asyncio.timeout(5):  # ejabberd tells the client first, and then notes it
            while await api.sessions("juliet"):
                await asyncio.sleep(0.05)


async def test_other_passwords_are_asked_of_the_service(verona: Verona) -> None:
    questions: list[Question] = []

    async def answer(question: Question) -> bool:
        questions.append(question)
        return isinstance(question, Authentication) and question.password == "a:rose:by ümlaut"

    async with serve(verona.settings.files.extauth_socket, answer):
        async with logged_in(verona.login("juliet", "a:rose:by ümlaut")) as stream:
            assert stream.boundjid.bare == "juliet@montague.lit"
        with pytest.raises(NotAuthorizedError):
            async with logged_in(verona.login("juliet", "a thorn")):
                pass

    passwords = [each for each in questions if isinstance(each, Authentication)]
    assert [each.password for each in passwords] == ["a:rose:by ümlaut", "a thorn"]
    assert {(each.localpart, each.domain) for each in questions} == {("juliet", "montague.lit")}


async def test_a_message_to_somebody_offline_asks_the_service_whether_they_exist(
    verona: Verona,
) -> None:
    asked = asyncio.Event()

    async def answer(question: Question) -> bool:
        if question == Existence("mercutio", "montague.lit"):
            asked.set()
        return True

    async with (
        serve(verona.settings.files.extauth_socket, answer),
        verona.person("romeo") as romeo,
    ):
        romeo.stream.send_message(JID("mercutio@montague.lit"), "Here, man!", mtype="chat")
        await asyncio.wait_for(asked.wait(), 5)


async def test_with_the_service_down_passwords_are_refused_at_once_and_credentials_work(
    verona: Verona,
) -> None:
    async with asyncio.timeout(2):
        with pytest.raises(NotAuthorizedError):
            async with logged_in(verona.login("juliet", "a rose")):
                pass
        async with logged_in(verona.login("romeo")):
            pass


async def test_a_service_that_hangs_delays_only_those_who_need_it(verona: Verona) -> None:
    async def answer(_question: Question) -> bool:
        await asyncio.Event().wait()
        return True

    async with serve(verona.settings.files.extauth_socket, answer):
        waiting = asyncio.create_task(refused(verona, "juliet"))
        async with asyncio.timeout(1.5):
            async with logged_in(verona.login("romeo")):
                assert not waiting.done()
        async with asyncio.timeout(5):
            await waiting


async def refused(verona: Verona, localpart: str) -> None:
    with pytest.raises(NotAuthorizedError):
        async with logged_in(verona.login(localpart, "a rose")):
            pass


async def test_nobody_registers_and_nobody_writes_to_another_domain(verona: Verona) -> None:
    async with verona.person("romeo") as romeo:
        register = romeo.stream.make_iq_get(ito=JID("montague.lit"))
        register.append(ET.Element("{jabber:iq:register}query"))
        elsewhere = romeo.stream.make_iq_get(ito=JID("capulet.lit"))
        elsewhere.append(ET.Element("{urn:xmpp:ping}ping"))
        conditions = [await refusal(query) for query in (register, elsewhere)]

    assert conditions == ["service-unavailable", "forbidden"]


async def refusal(query: Iq) -> str:
    with pytest.raises(IqError) as refused:
        await query.send(timeout=5)  # type: ignore[no-untyped-call]
    return str(refused.value.condition)
