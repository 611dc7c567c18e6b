"""Who may bring what others wrote, and when."""

from __future__ import annotations

import pytest
from pycrdt import merge_updates

from tests.hub_service.world import DOMAIN, REPLICA, Author, World, given, heard, text_of
from xmpp_bridge.accounts.lease_store import Lease
from xmpp_bridge.documents.relay import RelayMessage
from xmpp_bridge.documents.stanza import Available, Refused
from xmpp_bridge.documents.sync import SyncMessage
from xmpp_bridge.documents.update import EMPTY_UPDATE, read_state_vector
from xmpp_bridge.hub_service.exchange import Exchange
from xmpp_bridge.hub_service.relay_allowance import MOST, REFILL
from xmpp_bridge.hub_service.submission import RefusedUpdateError
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.rooms.room import Document
from xmpp_bridge.xmpp.errors import BadPayloadError, ForbiddenError, NotReadyError, TooOftenError

JULIET = f"juliet@{DOMAIN}"
LONG = 601.0


class Scene:
    """Juliet wrote two words; the service has the first, Romeo has both."""

    def __init__(self, world: World, document: Document) -> None:
        self.world = world
        self.document = document
        self.juliet = Author(7)
        self.away(None, 0.0)

    def away(self, who: str | None, seconds: float) -> None:
        self.world.document_rooms.away[who] = seconds

    async def plays(self) -> Scene:
        await self.world.keep(
            heard(self.document.id, "romeo", Author(8).writes("Enter ")),
            heard(self.document.id, "juliet", self.juliet.writes("Deny ")),
        )
        self.juliet.writes("thy father")
        born = await self.world.rooms.document(self.document.id)
        assert born is not None
        self.document = born
        self.world.voice.said.clear()
        return self

    async def relay(self, who: str = "romeo", update: bytes | None = None, said: str = "") -> str:
        """Have somebody relay, and return what the durable copy says of Juliet's then."""
        update = self.juliet.doc.get_update() if update is None else update
        message = RelayMessage(REPLICA, update, {7: said} if said else {})
        relayer = await self.world.somebody(who)
        await self.world.relays.offer(relayer, self.document, message)
        return await self.text()

    async def text(self) -> str:
        return text_of(await self.world.history.state(self.document.id)).replace("Enter ", "")

    def counted(self, way: str) -> float:
        value = self.world.metrics.registry.get_sample_value(
            "xmpp_bridge_updates_stored_total", {"way": way}
        )
        return value or 0.0


@pytest.fixture
async def scene(world: World) -> Scene:
    opened = await world.document("romeo", juliet="editor", rosaline="viewer", paris="editor")
    return await Scene(world, opened.document).plays()


async def test_what_an_author_wrote_who_has_been_away_for_long_is_kept_and_announced(
    scene: Scene,
) -> None:
    scene.away(JULIET, LONG)
    assert await scene.relay() == "Deny thy father"
    assert scene.world.voice.said == [Available()]
    assert scene.counted("relay") == 1


async def test_who_relays_too_often_waits_and_holds_up_nobody_else(scene: Scene) -> None:
    for _ in range(MOST):
        assert await scene.relay() == "Deny "
    with pytest.raises(TooOftenError):
        await scene.relay()
    assert await scene.relay("paris") == "Deny "
    scene.world.seconds += REFILL
    assert await scene.relay() == "Deny "
    with pytest.raises(TooOftenError):
        await scene.relay()


@pytest.mark.parametrize("seconds", [0.0, 599.0], ids=["is here", "has just gone"])
async def test_an_author_who_may_come_is_waited_for(scene: Scene, seconds: float) -> None:
    scene.away(JULIET, seconds)
    assert await scene.relay() == "Deny "
    assert scene.world.voice.said == []


async def test_an_author_whose_server_sleeps_is_woken_and_waited_for(scene: Scene) -> None:
    scene.away(JULIET, LONG)
    juliet = await scene.world.somebody("juliet")
    await scene.world.leases.grant(Lease(juliet.id, "jupyter", "a1", "", scene.world.now()))
    scene.world.ejabberd.logged_in = [f"{JULIET}/jupyter"]
    assert await scene.relay() == "Deny "
    assert scene.world.summoned == [scene.document.id]
    scene.world.seconds += 599.0
    assert await scene.relay() == "Deny "
    scene.world.seconds += 1.0
    assert await scene.relay() == "Deny thy father"
    assert scene.world.summoned == [scene.document.id]


async def test_a_server_that_has_stopped_is_not_waited_for(scene: Scene) -> None:
    scene.away(JULIET, LONG)
    juliet = await scene.world.somebody("juliet")
    await scene.world.leases.grant(Lease(juliet.id, "jupyter", "a1", "", scene.world.now()))
    scene.world.ejabberd.logged_in = [f"{JULIET}/phone"]
    assert await scene.relay() == "Deny thy father"
    assert scene.world.summoned == []


async def test_while_the_service_does_not_see_the_room_everybody_may_be_there(
    scene: Scene,
) -> None:
    scene.away(JULIET, LONG)
    scene.world.document_rooms.drop(scene.document.id)
    assert await scene.relay() == "Deny "


@pytest.mark.parametrize("how", ["removed", "demoted", "deleted"])
async def test_who_may_not_write_any_more_is_not_waited_for(scene: Scene, how: str) -> None:
    juliet = await scene.world.somebody("juliet")
    if how == "removed":
        await scene.world.rooms.remove_member(scene.document.room_id, juliet.id)
    elif how == "deleted":
        await scene.world.accounts.disable(juliet.id, scene.world.now())
    else:
        await scene.world.rooms.set_member(scene.document.room_id, juliet.id, Role.VIEWER)
    assert await scene.relay() == "Deny thy father"


async def test_a_viewer_relays_nothing(scene: Scene) -> None:
    scene.away(JULIET, LONG)
    with pytest.raises(RefusedUpdateError):
        await scene.relay("rosaline")
    assert await scene.text() == "Deny "
    assert scene.world.refused("viewer") == 1


async def test_a_relay_that_no_parser_understands_is_refused(scene: Scene) -> None:
    with pytest.raises(BadPayloadError):
        await scene.relay(update=b"\xff\xff")
    assert scene.world.refused("bad-payload") == 1


async def test_a_relay_with_a_hole_before_it_is_for_later(scene: Scene) -> None:
    scene.away(JULIET, LONG)
    with pytest.raises(NotReadyError):
        await scene.relay(update=scene.juliet.writes("!"))
    assert await scene.text() == "Deny "


async def test_nobody_relays_over_what_is_there(scene: Scene) -> None:
    scene.away(JULIET, LONG)
    forger = Author(7)
    forger.writes("Kiss thy nurse")
    # It hangs on words that Juliet never wrote; what she did write stays.
    assert (await scene.relay(update=forger.doc.get_update())).startswith("Deny ")


async def test_whom_nobody_knows_by_their_client_id_the_relayer_names(scene: Scene) -> None:
    new = Author(9)
    new.writes("Good night")
    message = RelayMessage(REPLICA, new.doc.get_update(), {9: JULIET})
    romeo = await scene.world.somebody("romeo")
    for juliet, nobody, length in ((0.0, LONG, 0), (LONG, LONG, 10)):
        scene.away(JULIET, juliet)
        scene.away(None, nobody)
        answer = await scene.world.relays.offer(romeo, scene.document, message)
        assert read_state_vector(answer.state_vector).get(9, 0) == length
    assert 9 not in await scene.world.history.authors(scene.document.id)


async def test_who_relays_as_their_own_what_nobody_knows_waits_like_for_anybody(
    scene: Scene,
) -> None:
    new = Author(9)
    new.writes("Good night")
    message = RelayMessage(REPLICA, new.doc.get_update(), {9: f"romeo@{DOMAIN}"})
    romeo = await scene.world.somebody("romeo")
    answer = await scene.world.relays.offer(romeo, scene.document, message)
    assert 9 not in read_state_vector(answer.state_vector)


async def test_an_author_who_denies_a_relay_is_refused_and_counted(scene: Scene) -> None:
    scene.away(JULIET, LONG)
    true = scene.juliet.doc.get_update()
    forger = Author(7)
    forger.doc.apply_update(await scene.world.history.state(scene.document.id))
    forger.writes("thy cousin")
    await scene.relay(update=forger.doc.get_update())
    juliet = await scene.world.somebody("juliet")
    exchange = Exchange(
        scene.world.history,
        scene.world.recorder,
        scene.world.reporter,
        scene.world.document_rooms.hears,
        scene.world.waking.asked,
        scene.world.now,
    )

    ask = SyncMessage(REPLICA, scene.juliet.doc.get_state(), EMPTY_UPDATE)
    answer = await exchange.sync(juliet, scene.document, ask)
    assert read_state_vector(answer.state_vector)[7] == 5  # she is asked for her own
    [outcome] = await scene.world.keep(given(scene.document.id, juliet, true))
    assert isinstance(outcome.error, RefusedUpdateError)
    scene.world.voice.told.clear()
    await scene.world.keep(heard(scene.document.id, "juliet", scene.juliet.writes("!"), 9))

    assert scene.world.refused("contradicts-relay") == 2
    refusal = Refused(scene.document.id, REPLICA, 9, "forbidden", "contradicts-relay")
    assert scene.world.voice.told == [(f"{JULIET}/jupyter", refusal)]
    with pytest.raises(ForbiddenError):
        await scene.relay()
    assert scene.world.refused("contradicts-relay") == 3
    nurse = Author(9)
    nurse.writes("Ay, ay")
    scene.away(None, LONG)
    both = merge_updates(scene.juliet.doc.get_update(), nurse.doc.get_update())
    assert "Ay, ay" in await scene.relay(update=both)
    assert scene.world.refused("contradicts-relay") == 4


async def test_live_what_is_somebody_elses_stays_refused(scene: Scene) -> None:
    scene.away(JULIET, LONG)
    await scene.world.keep(heard(scene.document.id, "paris", scene.juliet.doc.get_update()))
    assert scene.world.refused("foreign-client-id") == 1
    assert await scene.text() == "Deny "
