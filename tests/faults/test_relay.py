"""The service lacks what somebody wrote, whose server is gone for good; only another's replica has it still."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from demo import edits
from tests.e2e.stage import Stage, agree, on_disk, staged, tabs, until
from tests.faults.backup import back_up, database_of, restore

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.accept,
    pytest.mark.asyncio(loop_scope="module"),
]

MARKS = """
    SELECT relayer.hub_user, author.hub_user, author_known, confirmed_at, disputed_at
    FROM document_relays
    JOIN accounts AS relayer ON relayer.id = relayer_id
    LEFT JOIN accounts AS author ON author.id = author_id
    WHERE document_id = ?
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    async with staged("alice", "bob", "carol", relay_after_seconds=2) as stage:
        yield stage


async def test_what_only_another_has_of_somebody_gone_becomes_durable_and_reaches_a_newcomer(
    stage: Stage, record_property: Any
) -> None:
    alice, bob, carol = (stage.people[name] for name in ("alice", "bob", "carol"))
    members = {"bob": "editor"}
    document, room = await stage.shared(alice, "relayed.ipynb", "x = 1", "y = 2", **members)
    await alice.server.call(
        "PUT", f"xmpp-bridge/api/rooms/{room}/members/carol", {"role": "editor"}
    )
    async with tabs("relayed.ipynb", bob) as [his]:
        async with tabs("relayed.ipynb", alice) as [hers]:
            edits.append_text(hers.notebook, 0, " # before")
            await agree([hers, his])
            await alice.live(document)
            backup = back_up(stage)
            # Into one cell by turns, so that nobody's part can be read without the other's.
            for word in (" and", " after"):
                edits.append_text(hers.notebook, 0, word)
                await agree([hers, his])
                edits.append_text(his.notebook, 0, " too")
                await agree([hers, his])
        async with tabs("relayed.ipynb", alice) as [new_tab]:
            edits.append_text(new_tab.notebook, 1, " # from a client id nobody has a backup of")
            await agree([new_tab, his])
        for person in (alice, bob):
            await person.live(document)
        await stage.stack.stop_server("alice")
        lost = alice.home.rename(alice.home.with_name("lost"))
        alice.home.mkdir()

        await restore(stage, backup)
        edits.append_text(his.notebook, 0, " since")

        async def relayed() -> list[tuple[object, ...]]:
            return marks(stage, document)

        found = await until(relayed, "the durable copy has a relay")
        await bob.live(document)
    expected = [
        "x = 1 # before and too after too since",
        "y = 2 # from a client id nobody has a backup of",
    ]
    await on_disk([bob], "relayed.ipynb", expected)
    await stage.stack.stop_server("bob")
    await carol.join(document, "found.ipynb")
    await carol.live(document)
    await on_disk([carol], "found.ipynb", expected)
    assert found == [("bob", "alice", 0, None, None), ("bob", "alice", 1, None, None)]

    # Should the author find her disk after all, she brings the same, and nothing is there twice.
    alice.home.rmdir()
    lost.rename(alice.home)
    await stage.enter("alice")
    await alice.live(document)

    async def confirmed() -> bool:
        return all(mark[3] for mark in marks(stage, document))

    await until(confirmed, "what was relayed is what she wrote")
    await on_disk([alice], "relayed.ipynb", expected)
    await on_disk([carol], "found.ipynb", expected)
    record_property(
        "figure", "all edits of a deleted server, by one relay, confirmed when it came back"
    )


def marks(stage: Stage, document: str) -> list[tuple[object, ...]]:
    """Who relayed whose history, whether the service knew whose, and what its author said of it since."""
    with sqlite3.connect(database_of(stage)) as database:
        return sorted(database.execute(MARKS, (document,)))
