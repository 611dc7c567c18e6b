from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.hub_service.fake_hub import NOON
from tests.hub_service.world import World
from xmpp_bridge.accounts.lease_store import Lease
from xmpp_bridge.accounts.store import Account, HubUser
from xmpp_bridge.hub_service.hub_api import HubPerson
from xmpp_bridge.hub_service.sweep import Close, Kick, Reason, Session, judge
from xmpp_bridge.hub_service.sweeper import Sweeper

LIFETIME = timedelta(minutes=15)
ROMEO = Account(1, "romeo", "romeo", NOON, "Romeo", enabled=True)
IN_THE_HUB = HubPerson(HubUser("romeo", NOON, "Romeo"), blocked=False, servers=frozenset({""}))
LEASE = Lease(1, "jupyter", "a1", "", NOON + LIFETIME)
HERE = Session("romeo", "jupyter")
LEASES = {"jupyter": LEASE}


def test_whoever_has_a_lease_and_a_server_stays() -> None:
    assert judge(ROMEO, IN_THE_HUB, LEASES, [HERE], NOON) == []


@pytest.mark.parametrize(
    ("account", "person"),
    [
        (ROMEO, None),
        (ROMEO, replace(IN_THE_HUB, user=HubUser("romeo", NOON + LIFETIME, "Another"))),
        (replace(ROMEO, enabled=False), IN_THE_HUB),
    ],
    ids=["unknown to the hub", "a namesake", "closed before"],
)
def test_whoever_the_hub_does_not_know_is_closed_out(
    account: Account, person: HubPerson | None
) -> None:
    assert judge(account, person, LEASES, [HERE], NOON) == [Close(account, Reason.GONE)]


def test_whoever_is_blocked_is_closed_out() -> None:
    blocked = replace(IN_THE_HUB, blocked=True)
    assert judge(ROMEO, blocked, LEASES, [HERE], NOON) == [Close(ROMEO, Reason.BLOCKED)]


@pytest.mark.parametrize(
    ("lease", "reason"),
    [
        (None, Reason.NO_LEASE),
        (replace(LEASE, revoked=True), Reason.REVOKED),
        (replace(LEASE, server_name="mantua"), Reason.STOPPED),
        (replace(LEASE, expires_at=NOON - timedelta(seconds=1)), Reason.EXPIRED),
    ],
    ids=str,
)
def test_a_session_ends_with_what_it_stands_on(lease: Lease | None, reason: Reason) -> None:
    leases = {} if lease is None else {"jupyter": lease}
    assert judge(ROMEO, IN_THE_HUB, leases, [HERE], NOON) == [Kick(HERE, reason)]


def test_a_client_stays_beside_the_server_unless_it_calls_itself_one() -> None:
    phone, impostor = Session("romeo", "phone"), Session("romeo", "jupyter-mantua")
    sessions = [HERE, phone, impostor]
    verdicts = judge(ROMEO, IN_THE_HUB, LEASES, sessions, NOON, clients=True)
    assert verdicts == [Kick(impostor, Reason.NO_LEASE)]


def test_sessions_of_other_servers_stay() -> None:
    elsewhere = Session("romeo", "jupyter-mantua")
    assert judge(ROMEO, IN_THE_HUB, LEASES, [HERE, elsewhere], NOON) == [
        Kick(elsewhere, Reason.NO_LEASE)
    ]


def sweeper(world: World) -> Sweeper:
    return Sweeper(
        world.ejabberd,
        world.hub,
        world.accounts,
        world.leases,
        world.closing,
        world.app_passwords,
        world.metrics,
        every=timedelta(seconds=60),
        lifetime=LIFETIME,
        now=world.now,
    )


async def test_a_deleted_hub_user_loses_rooms_and_sessions(world: World) -> None:
    document = (await world.document("romeo", juliet="editor")).document
    world.ejabberd.logged_in = ["juliet@montague.lit/jupyter"]
    del world.hub.people["juliet"]

    await sweeper(world).sweep()

    assert world.ejabberd.kicked == [("juliet", None, "gone")]
    options, affiliations = world.ejabberd.room(document.id, "documents.montague.lit")
    assert options["password"] != document.password
    assert affiliations["juliet@montague.lit"] == "none"


async def test_somebody_let_in_again_finds_their_rooms_as_they_were(world: World) -> None:
    document = (await world.document("romeo", juliet="editor")).document
    juliet = await world.somebody("juliet")
    await world.leases.grant(Lease(juliet.id, "jupyter", "a1", "", NOON + LIFETIME))
    await world.closing.close(juliet)

    juliet = await world.somebody("juliet")
    await world.closing.reopen(juliet)

    _options, affiliations = world.ejabberd.room(document.id, "documents.montague.lit")
    assert affiliations["juliet@montague.lit"] == "member"


async def test_an_account_nobody_knows_is_logged_out(world: World) -> None:
    world.ejabberd.logged_in = ["tybalt@montague.lit/x"]

    await sweeper(world).sweep()

    assert world.ejabberd.kicked == [("tybalt", "x", "no-lease")]


async def test_nobody_is_thrown_out_for_not_having_renewed_while_the_hub_was_away(
    world: World,
) -> None:
    romeo = await world.somebody("romeo")
    await world.leases.grant(Lease(romeo.id, "jupyter", "a1", "", NOON + LIFETIME))
    world.ejabberd.logged_in = ["romeo@montague.lit/jupyter"]
    watch = sweeper(world)
    world.clock = NOON + LIFETIME + timedelta(seconds=1)
    world.hub.away = True
    await watch.try_to_sweep()
    world.hub.away = False

    await watch.try_to_sweep()
    assert world.ejabberd.kicked == []

    world.clock += LIFETIME
    await watch.try_to_sweep()
    assert world.ejabberd.kicked == [("romeo", "jupyter", "expired")]


async def test_hundreds_of_people_cost_the_hub_one_question(world: World) -> None:
    for name in ("romeo", "juliet", "mercutio"):
        account = await world.somebody(name)
        await world.leases.grant(Lease(account.id, "jupyter", name, "", NOON + LIFETIME))
        world.ejabberd.logged_in.append(f"{name}@montague.lit/jupyter")
    world.hub.asked.clear()

    await sweeper(world).sweep()

    assert world.hub.asked == []
    assert world.ejabberd.kicked == []
