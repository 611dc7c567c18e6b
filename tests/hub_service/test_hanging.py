"""What hangs on something that the service lacks is kept, and not called durable: nobody could read it."""

from __future__ import annotations

from tests.hub_service.world import Author, World, heard, text_of
from xmpp_bridge.documents.stanza import Durable, ReplicaId, Resync

JULIETS = ReplicaId("juliet")


async def test_it_is_called_durable_once_what_it_hangs_on_is_here(world: World) -> None:
    document = (await world.document("romeo", juliet="editor")).document.id
    romeo, juliet = Author(), Author()
    await world.keep(heard(document, "romeo", romeo.writes("But ")))
    juliet.doc.apply_update(romeo.doc.get_update())
    unheard = romeo.writes("soft, ")
    juliet.doc.apply_update(unheard)
    world.voice.told.clear()
    world.voice.said.clear()

    await world.keep(heard(document, "juliet", juliet.writes("what light"), replica=JULIETS))
    assert world.voice.told == []
    assert world.voice.said == [Resync()]
    assert text_of(await world.history.state(document)) == "But "

    await world.keep(heard(document, "romeo", unheard, 2))
    assert text_of(await world.history.state(document)) == "But soft, what light"
    world.reporter.synced(document, JULIETS)
    await world.keep(heard(document, "juliet", juliet.writes("?"), 2, replica=JULIETS))
    assert [each for _, each in world.voice.told][-1] == Durable(document, JULIETS, 2)


async def test_what_comes_with_what_it_hangs_on_hangs_on_nothing(world: World) -> None:
    document = (await world.document("romeo", juliet="editor")).document.id
    romeo, juliet = Author(), Author()
    first = romeo.writes("But soft, ")
    juliet.doc.apply_update(first)
    second = juliet.writes("what light")

    outcomes = await world.keep(
        heard(document, "romeo", first), heard(document, "juliet", second, replica=JULIETS)
    )

    assert [each.hangs for each in outcomes] == [False, False]
    assert len(world.voice.told) == 2
