"""A notebook's time line on real servers: two type, one takes back what the other did, and a third may only look."""

from __future__ import annotations

from typing import Any

import pytest

from demo import edits
from demo.rest import RefusedError
from tests.e2e.stage import Person, Stage, agree, on_disk, tabs, until

pytestmark = [pytest.mark.e2e, pytest.mark.accept, pytest.mark.asyncio(loop_scope="session")]

BEFORE = ["x = 1", "y = 2"]


async def told(person: Person, document: str, grain: str = "coarse") -> list[dict[str, Any]]:
    """The moments of a document, the oldest first."""
    path = f"xmpp-bridge/api/documents/{document}/time-line?limit=500&grain={grain}"
    moments = (await person.server.call("GET", path))["moments"]
    return list(reversed(moments))


async def test_one_takes_back_what_the_other_did_and_keeps_their_own(
    stage: Stage, alice: Person, bob: Person, carol: Person
) -> None:
    members = {"bob": "editor", "carol": "viewer"}
    document, _ = await stage.shared(alice, "line.ipynb", *BEFORE, **members)
    api = f"xmpp-bridge/api/documents/{document}"
    async with tabs("line.ipynb", alice, bob, carol) as (hers, his, carols):
        began = (await told(bob, document, "fine"))[-1]
        edits.append_text(hers.notebook, 0, " # alice")
        await agree([hers, his])
        edits.append_text(his.notebook, 0, " and bob")
        edits.append_text(his.notebook, 1, " # bob too")
        await agree([hers, his])
        edits.insert_cell(hers.notebook, 2, edits.code_cell("z = 3"))
        await agree([hers, his])
        for person in (alice, bob):
            await person.live(document)

        moments = await told(carol, document, "fine")
        newest = moments[-1]
        cells: dict[str, set[int]] = {}
        for moment in moments:
            for who in moment["people"] if moment["id"] > began["id"] else ():
                cells.setdefault(who["hub_user"], set()).update(
                    cell["number"] for cell in who["cells"]
                )
        assert cells == {"alice": {1, 3}, "bob": {1, 2}}
        assert (await told(carol, document))[-1]["id"] == newest["id"]

        body = {"after": began["id"], "through": newest["id"], "hub_user": "alice"}
        for restoring in ("roll-backs", "restorations"):
            with pytest.raises(RefusedError) as refused:
                await carol.server.call("POST", f"{api}/{restoring}", {**body, "moment": 1})
            assert refused.value.status == 403

        done = await bob.server.call("POST", f"{api}/roll-backs", body)
        without = ["x = 1 and bob", "y = 2 # bob too"]
        await agree([hers, his, carols])
        assert edits.sources(hers.notebook) == without
        await on_disk([alice, bob, carol], "line.ipynb", without)

        await bob.server.call("DELETE", f"{api}/restorations/{done['id']}")
        whole = ["x = 1 # alice and bob", "y = 2 # bob too", "z = 3"]
        await on_disk([alice, bob, carol], "line.ipynb", whole)
        await alice.server.call("POST", f"{api}/restorations", {"moment": began["id"]})
        await on_disk([alice, bob, carol], "line.ipynb", BEFORE)

    async def signed() -> bool:
        await alice.live(document)
        since = [each for each in await told(bob, document, "fine") if each["id"] > newest["id"]]
        return {who["hub_user"] for each in since for who in each["people"]} == {"alice", "bob"}

    await until(signed, "both are authors of what they took back")
    look = await bob.server.call("GET", f"{api}/time-line/{newest['id']}?against={began['id']}")
    assert [each["fate"] for each in look["cells"]] == ["changed", "changed", "new"]
