"""Whoever guesses at an app password, or has stolen the database, stays outside; its owner hears of it."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import time
from typing import Any

import pytest

from tests.e2e.chat_tab import chat_tab
from tests.e2e.phones import Key, key_of, page_of
from tests.e2e.stage import Person, Stage
from xmpp_bridge.accounts.app_password import ALPHABET, SECRET, SELECTOR
from xmpp_bridge.accounts.lockout import FREE
from xmpp_bridge.xmpp.errors import NotAuthorizedError
from xmpp_bridge.xmpp.stream import logged_in

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.asyncio(loop_scope="session")]

GUESSERS = 4


async def may_enter(key: Key, password: str | None = None) -> bool:
    try:
        async with logged_in(key.as_client("guess", password)):
            return True
    except NotAuthorizedError:
        return False


def chars(number: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(number))


@pytest.mark.parametrize("guesses", [20, pytest.param(400, marks=pytest.mark.accept)])
async def test_guessing_is_stopped_and_its_owner_hears_of_it_in_the_lab(
    stage: Stage, carol: Person, guesses: int, record_property: Any
) -> None:
    """The guesser even knows which app password it is: the four characters that are no secret."""
    label = f"Phone {guesses}"
    key, other = await key_of(stage, "carol", label), await key_of(stage, "carol", "Desktop")
    selector = key.password[:SELECTOR]
    async with chat_tab(carol.server) as tab:
        await tab.connected()
        before = (await _answers(stage)).get("wrong", 0.0)
        waiting = iter(range(guesses))
        let_in: list[str] = []

        async def guess() -> None:
            for _ in waiting:
                secret = selector + chars(SECRET)
                if await may_enter(key, secret):
                    let_in.append(secret)

        began = time.monotonic()
        guessing = asyncio.gather(*(guess() for _ in range(GUESSERS)))
        await tab.sees(lambda frame: frame["kind"] == "locked" and frame["label"] == label)
        # Meanwhile those who know their password come in.
        entering = time.monotonic()
        assert await may_enter(other)
        entered = time.monotonic() - entering
        await guessing
        per_second = guesses / (time.monotonic() - began)
    assert not let_in
    assert not await may_enter(key), "it is locked: nobody learns by trying which one was right"
    page = (await (await page_of(stage, "carol")).read("app-passwords")).decode()
    assert f"<bdi>{label}</bdi>" in page
    assert "Locked for" in page
    # Those that were on their way when it was locked are looked at, too.
    assert (await _answers(stage))["wrong"] - before < FREE + GUESSERS
    record_property(
        "figure",
        f"{guesses} guesses at {per_second:.0f} a second, {FREE} looked at, then locked; meanwhile another app"
        f" password let its client in within {entered:.2f} s",
    )


async def test_a_stolen_database_lets_nobody_in(stage: Stage, record_property: Any) -> None:
    key = await key_of(stage, "bob", "Tablet")
    dump = await asyncio.to_thread(_dump, stage)
    secret = key.password.replace("-", "")
    assert secret[SELECTOR:] not in dump.lower()
    assert key.password not in dump
    rows = [line for line in dump.splitlines() if 'INTO "app_passwords"' in line]
    hashes = [field.strip("'") for row in rows for field in row.split(",'") if "$argon2" in field]
    stolen = [text for row in rows for text in row.split("'") if text]
    assert rows
    tried = 0
    for text in dict.fromkeys([*stolen, *hashes, secret[:SELECTOR], secret[:SELECTOR] * 6]):
        if 0 < len(text) < 300 and text.isprintable():
            assert not await may_enter(key, text), "something in the database is a password"
            tried += 1
    assert all("$argon2id$" in row for row in rows), "only hashes, by argon2id"
    record_property(
        "figure",
        f"{len(rows)} app passwords in the dump, all argon2id; {tried} texts tried in vain",
    )


async def _answers(stage: Stage) -> dict[str, float]:
    """How the service has answered ejabberd, by answer."""
    text = await stage.stack.service.text("metrics")
    name = "xmpp_bridge_app_password_logins_total{"
    lines = [line for line in text.splitlines() if line.startswith(name)]
    return {line.split('"')[1]: float(line.rsplit(" ", 1)[1]) for line in lines}


def _dump(stage: Stage) -> str:
    (path,) = stage.stack.settings.directory.rglob("bridge.sqlite")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return "\n".join(database.iterdump())
