from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.accounts.conftest import LATER, NOON, Hub
from xmpp_bridge.accounts.lease_store import Lease, LeaseStore
from xmpp_bridge.accounts.store import AccountStore


@pytest.fixture
async def lease(store: AccountStore, hub: Hub) -> Lease:
    romeo = await store.ensure(hub.add("romeo"))
    return Lease(romeo.id, "jupyter", "t1", "", NOON + timedelta(minutes=15))


async def test_a_lease_lives_until_it_expires(leases: LeaseStore, lease: Lease) -> None:
    await leases.grant(lease)

    assert await leases.live(NOON) == [lease]
    assert await leases.expired(NOON) == []
    assert await leases.live(lease.expires_at) == []
    assert await leases.expired(lease.expires_at) == [lease]
    assert await leases.of_account(lease.account_id) == [lease]


async def test_a_renewal_replaces_the_lease_of_the_same_place(
    leases: LeaseStore, lease: Lease
) -> None:
    renewed = replace(lease, expires_at=LATER, token_id="t2")
    elsewhere = replace(lease, resource="jupyter-gpu", server_name="gpu", token_id="t3")
    for granted in (lease, elsewhere, renewed):
        await leases.grant(granted)

    assert await leases.live(NOON) == [renewed, elsewhere]


async def test_what_was_renewed_meanwhile_is_not_revoked(leases: LeaseStore, lease: Lease) -> None:
    await leases.grant(lease)
    await leases.grant(replace(lease, expires_at=LATER))

    assert not await leases.revoke(lease, LATER)
    assert await leases.live(NOON) == [replace(lease, expires_at=LATER)]


async def test_a_revoked_lease_is_revoked_once_and_neither_lives_nor_expires(
    leases: LeaseStore, lease: Lease
) -> None:
    await leases.grant(lease)

    assert await leases.revoke(lease, NOON)
    assert not await leases.revoke(lease, NOON)
    assert await leases.live(NOON) == []
    assert await leases.expired(LATER) == []
    assert await leases.of_account(lease.account_id) == [replace(lease, revoked=True)]


async def test_a_place_can_be_granted_again_after_a_revocation(
    leases: LeaseStore, lease: Lease
) -> None:
    await leases.grant(lease)
    await leases.revoke(lease, NOON)

    await leases.grant(lease)

    assert await leases.live(NOON) == [lease]


async def test_an_account_loses_all_of_its_leases_and_no_others(
    leases: LeaseStore, lease: Lease, store: AccountStore, hub: Hub
) -> None:
    juliet = await store.ensure(hub.add("juliet", LATER))
    hers = replace(lease, account_id=juliet.id, token_id="t4")
    second = replace(lease, resource="jupyter-gpu", server_name="gpu", token_id="t3")
    for granted in (lease, second, hers):
        await leases.grant(granted)

    revoked = await leases.revoke_account(lease.account_id, NOON)

    assert revoked == [replace(lease, revoked=True), replace(second, revoked=True)]
    assert await leases.live(NOON) == [hers]


async def test_a_hub_token_takes_its_leases_with_it(leases: LeaseStore, lease: Lease) -> None:
    other = replace(lease, resource="jupyter-gpu", server_name="gpu", token_id="t3")
    await leases.grant(lease)
    await leases.grant(other)

    assert await leases.revoke_token("t1", NOON) == [replace(lease, revoked=True)]
    assert await leases.live(NOON) == [other]
