from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from tests.accounts.conftest import LATER, NOON, Hub
from xmpp_bridge.accounts.store import AccountStore, HubUser
from xmpp_bridge.xmpp.errors import BadPayloadError, ConflictError, UnavailableError


async def test_somebody_new_gets_an_account_and_keeps_it(store: AccountStore, hub: Hub) -> None:
    romeo = await store.ensure(hub.add("romeo"))

    assert romeo.localpart == "romeo"
    assert romeo.enabled
    assert await store.ensure(HubUser("romeo", NOON, "Romeo")) == romeo
    assert await store.by_hub_user("romeo") == romeo
    assert await store.by_localpart("romeo") == romeo
    assert await store.by_id(romeo.id) == romeo
    assert await store.enabled() == [romeo]


async def test_whoever_is_not_there_is_nobody(store: AccountStore) -> None:
    assert await store.by_hub_user("romeo") is None
    assert await store.by_localpart("romeo") is None
    assert await store.by_id(1) is None


async def test_names_that_servers_cannot_tell_apart_get_different_addresses(
    store: AccountStore, hub: Hub
) -> None:
    names = ["alice", "ALICE", "\uff21lice", "al\u00adice", "straße", "STRASSE", "İ", "i̇"]
    accounts = [
        await store.ensure(hub.add(name, NOON + timedelta(microseconds=number)))
        for number, name in enumerate(names)
    ]

    assert [account.localpart for account in accounts] == [
        "alice", "alice~2", "alice~3", "alice~4", "strasse", "strasse~2", "i̇", "i̇~2",
    ]  # fmt: skip
    for name, account in zip(names, accounts, strict=True):
        assert await store.by_hub_user(name) == account


async def test_somebody_who_is_called_like_anothers_second_choice_gets_the_next(
    store: AccountStore, hub: Hub
) -> None:
    await store.ensure(hub.add("alice", NOON))
    await store.ensure(hub.add("ALICE", NOON + timedelta(seconds=1)))

    third = await store.ensure(hub.add("alice~2", NOON + timedelta(seconds=2)))

    assert third.localpart == "alice~2~2"


async def test_a_renamed_user_keeps_account_and_address(store: AccountStore, hub: Hub) -> None:
    user = hub.add("romeo")
    before = await store.ensure(user)

    after = await store.ensure(hub.rename(user, "tybalt"))

    assert (after.id, after.localpart, after.hub_user) == (before.id, "romeo", "tybalt")
    assert await store.by_hub_user("romeo") is None
    assert await store.ensure(hub.rename(HubUser("tybalt", NOON, ""), "romeo")) == before


async def test_a_new_display_name_is_taken_over(store: AccountStore, hub: Hub) -> None:
    await store.ensure(hub.add("romeo"))

    assert (await store.ensure(HubUser("romeo", NOON, "Montague"))).display_name == "Montague"


async def test_somebody_created_again_under_the_same_name_inherits_nothing(
    store: AccountStore, hub: Hub
) -> None:
    first_user = hub.add("romeo")
    first = await store.ensure(first_user)
    hub.remove(first_user)

    second = await store.ensure(hub.add("romeo", LATER))

    assert second.id != first.id
    assert second.localpart == "romeo~2"
    old = await store.by_id(first.id)
    assert old is not None
    assert not old.enabled
    assert await store.by_hub_user("romeo") == second
    assert await store.enabled() == [second]


async def test_an_old_answer_of_the_hub_does_not_bring_the_predecessor_back(
    store: AccountStore, hub: Hub
) -> None:
    old = hub.add("romeo")
    await store.ensure(old)
    new = await store.ensure(hub.add("romeo", LATER))

    with pytest.raises(ConflictError):
        await store.ensure(old)

    assert await store.by_hub_user("romeo") == new


async def test_whoever_takes_over_a_freed_name_does_not_get_the_account_of_the_renamed(
    store: AccountStore, hub: Hub
) -> None:
    user = hub.add("romeo")
    first = await store.ensure(user)
    renamed = hub.rename(user, "montague")

    # The service hears of the newcomer before it hears of the new name.
    newcomer = await store.ensure(hub.add("romeo", LATER))
    again = await store.ensure(renamed)

    assert again.id == first.id
    assert again.enabled
    assert newcomer.id != first.id
    assert {account.hub_user for account in await store.enabled()} == {"romeo", "montague"}


async def test_users_whom_an_upgraded_hub_gave_the_same_stamp_are_two_people(
    store: AccountStore, hub: Hub
) -> None:
    romeo = await store.ensure(hub.add("romeo", NOON))
    juliet = await store.ensure(hub.add("juliet", NOON))

    assert romeo.id != juliet.id
    assert await store.ensure(HubUser("romeo", NOON, "Romeo")) == romeo


async def test_a_stamp_that_two_people_have_had_makes_nobody_the_heir_of_either(
    store: AccountStore, hub: Hub
) -> None:
    users = [hub.add("romeo", NOON), hub.add("juliet", NOON)]
    accounts = [await store.ensure(user) for user in users]
    for user in users:
        hub.remove(user)

    tybalt = await store.ensure(hub.add("tybalt", NOON))

    assert tybalt.id not in {account.id for account in accounts}


async def test_without_the_hub_nobody_is_taken_for_renamed(
    engine_without_hub: AccountStore,
) -> None:
    await engine_without_hub.ensure(HubUser("romeo", NOON, "Romeo"))

    with pytest.raises(UnavailableError):
        await engine_without_hub.ensure(HubUser("tybalt", NOON, "Tybalt"))


@pytest.fixture
def engine_without_hub(store: AccountStore) -> AccountStore:
    async def down(_name: str, _created: datetime) -> bool:
        raise UnavailableError("the hub does not answer")

    return AccountStore(store._engine, down)


async def test_a_disabled_account_comes_back_with_its_person(store: AccountStore, hub: Hub) -> None:
    user = hub.add("romeo")
    romeo = await store.ensure(user)
    await store.disable(romeo.id, LATER)
    assert await store.by_hub_user("romeo") is None
    assert await store.enabled() == []

    assert await store.ensure(user) == romeo


async def test_many_requests_at_once_make_one_account(store: AccountStore, hub: Hub) -> None:
    user = hub.add("romeo")

    accounts = await asyncio.gather(*(store.ensure(user) for _ in range(12)))

    assert len(set(accounts)) == 1
    assert len(await store.enabled()) == 1


async def test_colliding_names_at_once_get_one_account_each(store: AccountStore, hub: Hub) -> None:
    names = ["alice", "ALICE", "Alice", "aLICE", "\uff21lice", "AlicE"]
    users = [hub.add(name, NOON + timedelta(seconds=n)) for n, name in enumerate(names)]

    accounts = await asyncio.gather(*(store.ensure(user) for user in users * 2))

    assert [account.hub_user for account in accounts] == names * 2
    assert len({account.localpart for account in accounts}) == len(names)
    assert len(await store.enabled()) == len(names)


@pytest.mark.parametrize(
    ("name", "display_name"),
    [
        ("", ""),
        ("ro\0meo", ""),
        ("\ud800", ""),
        ("a" * 1021, ""),
        ("romeo", "\0"),
        ("romeo", "\udfff"),
    ],
)
def test_what_cannot_be_a_name_is_refused(name: str, display_name: str) -> None:
    with pytest.raises(BadPayloadError):
        HubUser(name, NOON, display_name)


def test_a_stamp_without_a_zone_is_refused() -> None:
    with pytest.raises(BadPayloadError):
        HubUser("romeo", NOON.replace(tzinfo=None), "Romeo")
