"""A cursor is moved by its owner only, under the owner's real name, and goes when the owner goes."""

from __future__ import annotations

from typing import Any

import pytest
from pycrdt import Awareness, Doc

from xmpp_bridge.presence.awareness import (
    MAX_CLIENTS,
    ClientState,
    read_awareness,
    write_awareness,
)
from xmpp_bridge.presence.remote_cursors import RemoteCursors
from xmpp_bridge.xmpp.errors import ForbiddenError, TooLargeError

ROMEO, ROMEOS_PHONE = "romeo@montague.lit/jupyter", "romeo@montague.lit/jupyter-gpu"
JULIET = "juliet@montague.lit/jupyter"
NAMED = {"username": "romeo", "display_name": "Romeo Montague"}
LOCAL = 99
HERE: list[dict[str, Any]] = [{"anchor": {}, "head": {}}]


@pytest.fixture
def cursors() -> RemoteCursors:
    return RemoteCursors(lambda client: client == LOCAL)


def move(client: int, state: dict[str, Any] | None = None, clock: int = 1) -> bytes:
    return write_awareness(
        [ClientState(client, clock, {"cursors": HERE} if state is None else state)]
    )


GONE = write_awareness([ClientState(1, 2, None)])


def test_the_author_is_who_the_room_says_and_not_who_the_state_says(cursors: RemoteCursors) -> None:
    forged = {"cursors": HERE, "user": {"username": "escalus"}, "autosave": False, "x": "y"}

    (shown,) = read_awareness(cursors.receive(ROMEO, move(1, forged), NAMED, 1000))

    assert shown.state == {"cursors": HERE, "user": NAMED}


@pytest.mark.parametrize("thief", [JULIET, ROMEOS_PHONE])
def test_nobody_moves_somebody_elses_cursor(cursors: RemoteCursors, thief: str) -> None:
    cursors.receive(ROMEO, move(1), NAMED, 0)

    with pytest.raises(ForbiddenError):
        cursors.receive(thief, move(1), NAMED, 0)
    with pytest.raises(ForbiddenError):
        cursors.receive(thief, GONE, NAMED, 0)


def test_nobody_moves_the_cursor_of_a_browser_of_this_server(cursors: RemoteCursors) -> None:
    with pytest.raises(ForbiddenError):
        cursors.receive(ROMEO, move(LOCAL), NAMED, 0)


def test_of_an_update_that_is_refused_nothing_counts(cursors: RemoteCursors) -> None:
    both = write_awareness([ClientState(1, 1, {}), ClientState(LOCAL, 1, {})])

    with pytest.raises(ForbiddenError):
        cursors.receive(ROMEO, both, NAMED, 0)

    assert cursors.clients == frozenset()


def test_one_server_does_not_fill_the_screen(cursors: RemoteCursors) -> None:
    for client in range(MAX_CLIENTS):
        cursors.receive(ROMEO, move(client), NAMED, 0)

    with pytest.raises(TooLargeError):
        cursors.receive(ROMEO, move(1000), NAMED, 0)


def test_whoever_leaves_takes_their_cursors_along(cursors: RemoteCursors) -> None:
    cursors.receive(ROMEO, move(1), NAMED, 0)
    cursors.receive(ROMEO, move(2), NAMED, 0)
    cursors.receive(JULIET, move(3), NAMED, 0)

    gone = cursors.leave(ROMEO, 0)

    assert gone is not None
    assert {(state.client, state.state) for state in read_awareness(gone)} == {(1, None), (2, None)}
    assert cursors.leave(ROMEO, 0) is None


def test_when_we_leave_all_cursors_go(cursors: RemoteCursors) -> None:
    cursors.receive(ROMEO, move(1), NAMED, 0)

    gone = cursors.clear(0)

    assert gone is not None
    assert [state.state for state in read_awareness(gone)] == [None]
    assert cursors.renew(0) is None


def test_a_client_that_has_left_is_still_known_not_to_be_ours(cursors: RemoteCursors) -> None:
    cursors.receive(ROMEO, move(1), NAMED, 0)
    cursors.leave(ROMEO, 0)

    assert cursors.is_remote(1)
    assert cursors.clients == {1}
    assert not cursors.is_remote(2)


def test_a_browser_believes_each_state_though_the_owners_clock_began_again(
    cursors: RemoteCursors,
) -> None:
    browser = Awareness(Doc(client_id=LOCAL))

    def show(update: bytes | None) -> Any:
        assert update is not None
        browser.apply_awareness_update(update, "room")
        return browser.states.get(1)

    assert show(cursors.receive(ROMEO, move(1, {"cursors": []}, clock=500), NAMED, 10))
    assert show(cursors.renew(10))
    assert show(cursors.leave(ROMEO, 10)) is None
    assert show(cursors.receive(ROMEO, move(1, clock=1), NAMED, 10))["cursors"] == HERE
    restarted = RemoteCursors(lambda _client: False)
    assert show(restarted.receive(ROMEO, move(1, {}, clock=1), NAMED, 1000)) == {"user": NAMED}
    assert show(restarted.receive(ROMEO, GONE, NAMED, 1000)) is None


@pytest.mark.parametrize(("role", "call"), [("owner", 7), ("editor", 0), ("viewer", 0)])
def test_only_an_owner_brings_everybody_to_where_they_are(
    cursors: RemoteCursors, role: str, call: int
) -> None:
    spot = {"cell": "c1", "view": "c2", "call": 7}
    user = NAMED | {"xmpp_role": role}
    (state,) = read_awareness(cursors.receive(ROMEO, move(1, {"xmppBridge": spot}), user, 1))
    assert state.state == {"xmppBridge": spot | {"call": call}, "user": user}
    assert cursors.users == {ROMEO: user}
