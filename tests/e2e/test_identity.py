"""Journey 3 with a real hub and a real ejabberd: who somebody is, and how long they stay that."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from joserfc.jwk import ECKey

from demo.rest import RefusedError
from tests.e2e.people import Actor, acting, connected
from tests.e2e.servers import DOMAIN, Hub, HubSettings, running_hub
from xmpp_bridge.accounts.credential import CredentialMint
from xmpp_bridge.hub_service.scopes import CREDENTIALS, access
from xmpp_bridge.xmpp.errors import NotAuthorizedError, NotFoundError
from xmpp_bridge.xmpp.stream import Login, Secret, logged_in

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

NASTY_NAMES = (
    "o'connor",
    "nurse@verona",
    "tybalt+capulet",
    "lady capulet",
    'the "prince"',
    "a\\20b",
    "friar&laurence",
    "çağıl",  # noqa: RUF001 - Turkish has a dotless i
    "ılgaz",  # noqa: RUF001
    "羅密歐",
    "ромео",
    "rosaline😀",
    "xmpp-bridge-admin",
    "xmpp-bridge",
    "x" * 255,
)


async def test_a_jupyter_server_logs_in_as_its_owner(hub: Hub) -> None:
    async with acting(hub, "romeo") as (romeo,), connected(romeo) as stream:
        assert stream.boundjid.full == f"romeo@{DOMAIN}/jupyter"


async def test_a_named_server_is_a_place_of_its_own(hub: Hub) -> None:
    server = await hub.start_server("romeo", "mantua")
    async with connected(Actor(hub, server)) as stream:
        assert stream.boundjid.full == f"romeo@{DOMAIN}/jupyter-mantua"
    await hub.stop_server("romeo", "mantua")


@pytest.mark.parametrize("name", NASTY_NAMES)
async def test_whatever_somebody_is_called_they_are_bound_to_the_promised_jid(
    hub: Hub, name: str
) -> None:
    await hub.create_user(name)
    async with acting(hub, name) as (somebody,):
        credential = await somebody.service.credential()
        async with logged_in(credential.login) as stream:
            assert stream.boundjid == credential.login.jid
        assert credential.login.jid.local not in {"xmpp-bridge-admin", "xmpp-bridge"}


async def test_names_that_stringprep_makes_one_are_two_accounts(hub: Hub) -> None:
    for name in ("strasse", "straße"):
        await hub.create_user(name)
    async with (
        acting(hub, "strasse", "straße") as (plain, sharp),
        connected(plain) as first,
        connected(sharp) as second,
    ):
        assert first.boundjid.bare != second.boundjid.bare


async def test_an_expired_token_does_not_log_in(hub: Hub) -> None:
    async with acting(hub, "romeo") as (romeo,):
        login = (await romeo.service.credential()).login
        stale = minted(hub, login, datetime.now(UTC) - timedelta(hours=1))
        with pytest.raises(NotAuthorizedError):
            await log_in(stale)


async def test_another_servers_token_does_not_log_in(hub: Hub) -> None:
    async with acting(hub, "romeo", "juliet") as (romeo, juliet):
        mine = (await romeo.service.credential()).login
        hers = (await juliet.service.credential()).login
        with pytest.raises(NotAuthorizedError):
            await log_in(Login(mine.jid, hers.password, mine.host, mine.port, mine.authorities))


async def test_a_token_signed_by_somebody_else_does_not_log_in(hub: Hub) -> None:
    async with acting(hub, "romeo") as (romeo,):
        login = (await romeo.service.credential()).login
        forged = minted(hub, login, datetime.now(UTC), ECKey.generate_key("P-256"))
        with pytest.raises(NotAuthorizedError):
            await log_in(forged)


async def test_a_stopped_servers_token_gets_no_credential_and_its_session_ends(hub: Hub) -> None:
    async with acting(hub, "romeo") as (romeo,), connected(romeo) as stream:
        await hub.stop_server("romeo")
        await stream.ended
        with pytest.raises(NotAuthorizedError):
            await romeo.service.credential()


async def test_a_deleted_hub_user_is_out_and_their_namesake_is_somebody_else(hub: Hub) -> None:
    await hub.create_user("tybalt")
    async with acting(hub, "tybalt", "romeo") as (tybalt, romeo):
        document = await romeo.document(tybalt="editor")
        async with connected(tybalt) as stream:
            await hub.delete_user("tybalt")
            await stream.ended
        with pytest.raises(NotAuthorizedError):
            await tybalt.service.credential()
        await hub.create_user("tybalt")
        async with acting(hub, "tybalt") as (namesake,), connected(namesake) as stream:
            assert stream.boundjid.local != "tybalt"
            with pytest.raises(NotFoundError):
                await namesake.service.admission(document)


async def test_a_renamed_hub_user_is_cut_off_and_comes_back_to_the_same_account(hub: Hub) -> None:
    await hub.create_user("paris")
    async with acting(hub, "paris", "romeo") as (paris, romeo):
        document = await romeo.document(paris="viewer")
        async with connected(paris) as stream:
            await hub.stop_server("paris")
            await hub.rename_user("paris", "count-paris")
            await stream.ended
    async with acting(hub, "count-paris") as (count,), connected(count) as stream:
        assert stream.boundjid.local == "paris"
        assert (await count.service.admission(document)).info.role == "viewer"


async def test_no_other_token_of_a_person_gets_a_credential(hub: Hub) -> None:
    everything = await hub.user_token("juliet")
    needed = await hub.user_token("juliet", [access("xmpp-bridge"), CREDENTIALS])
    for token in (everything, needed):
        with pytest.raises(RefusedError, match="403"):
            await hub.service(token).call("POST", "api/credentials", {})
    with pytest.raises(RefusedError, match="401"):
        await hub.service("0" * 32).call("POST", "api/credentials", {})


async def test_a_browser_may_use_the_service_but_gets_no_credential(hub: Hub) -> None:
    async with httpx.AsyncClient(base_url=hub.url, follow_redirects=True) as browser:
        await browser.get("hub/login")
        form = {
            "username": "juliet",
            "password": hub.password,
            "_xsrf": browser.cookies.get("_xsrf", path="/hub/"),
        }
        # Not any further: the hub would start a server for whoever has just logged in.
        await browser.post("hub/login", data=form, follow_redirects=False)
        page = await browser.get("services/xmpp-bridge/")
        assert "Your rooms" in page.text
        me = await browser.get("services/xmpp-bridge/api/me")
        assert me.json()["hub_user"] == "juliet"
        xsrf = browser.cookies.get("_xsrf", path="/services/xmpp-bridge/") or ""
        minted = await browser.post(
            "services/xmpp-bridge/api/credentials", headers={"X-XSRFToken": xsrf}
        )
        assert minted.status_code == 401
        without = await browser.post("services/xmpp-bridge/api/rooms", json={"name": "x"})
        assert without.status_code == 401
        room = await browser.post(
            "services/xmpp-bridge/api/rooms", json={"name": "x"}, headers={"X-XSRFToken": xsrf}
        )
        assert room.status_code == 201


async def test_a_session_ends_with_the_lease_that_nobody_renews() -> None:
    brief = HubSettings(doors=True, service={"reconcile_seconds": 1, "credential_seconds": 4})
    async with (
        running_hub(brief) as hub,
        acting(hub, "romeo") as (romeo,),
        connected(romeo) as stream,
    ):
        await romeo.service.credential()
        await stream.ended


def minted(hub: Hub, login: Login, at: datetime, key: ECKey | None = None) -> Login:
    """The same login with a credential of our own making."""
    keys = hub.state / "ejabberd" / "keys" / "credentials.jwk"
    signing = key or ECKey.import_key(json.loads(keys.read_text()))
    mint = CredentialMint(signing, DOMAIN, timedelta(minutes=10), lambda: at)
    token = Secret(str(mint.mint(login.jid).token))
    return Login(login.jid, token, login.host, login.port, login.authorities)


async def log_in(login: Login) -> None:
    async with logged_in(login):
        pytest.fail("logged in")
