"""Who may write what: by the real JID, the voice in the room, and whose history it is."""

from __future__ import annotations

import pytest
from slixmpp import JID

from xmpp_bridge.documents.access import Allowed, Reason, Refusal, is_account, may_write
from xmpp_bridge.documents.update import Structs, UpdateContents
from xmpp_bridge.xmpp.muc import Occupant

ROMEO, JULIET = "romeo@montague.lit", "juliet@montague.lit"
OWNERS = {1: ROMEO, 2: JULIET}


def occupant(jid: str | None, role: str = "participant") -> Occupant:
    return Occupant("romeo", None if jid is None else JID(f"{jid}/jupyter"), "member", role)


def writes(*clients: int) -> UpdateContents:
    return UpdateContents(
        tuple(Structs(client, 0, 1) for client in clients), (), {}, frozenset(), frozenset()
    )


def test_an_editor_continues_their_own_history() -> None:
    assert may_write(occupant(ROMEO), writes(1), OWNERS) == Allowed(ROMEO, frozenset())


def test_a_client_id_that_nobody_has_becomes_the_writers() -> None:
    assert may_write(occupant(ROMEO), writes(1, 3), OWNERS) == Allowed(ROMEO, frozenset({3}))


def test_nobody_writes_in_somebody_elses_name() -> None:
    assert may_write(occupant(ROMEO), writes(1, 2), OWNERS) == Refusal(
        "forbidden", Reason.FOREIGN_CLIENT_ID
    )


def test_a_viewer_does_not_write_even_if_the_server_let_it_through() -> None:
    assert may_write(occupant(ROMEO, "visitor"), writes(1), OWNERS) == Refusal(
        "forbidden", Reason.VIEWER
    )


def test_a_nick_without_a_real_jid_is_nobody() -> None:
    assert may_write(occupant(None), writes(3), OWNERS) == Refusal("forbidden", Reason.UNKNOWN_JID)


def test_whoever_is_not_in_the_room_does_not_write_there() -> None:
    assert may_write(None, writes(3), OWNERS) == Refusal("forbidden", Reason.NOT_AN_OCCUPANT)


def test_anybody_may_delete_what_anybody_wrote() -> None:
    assert may_write(occupant(ROMEO), writes(), OWNERS) == Allowed(ROMEO, frozenset())


def test_only_whoever_can_log_in_is_an_account() -> None:
    assert is_account(ROMEO, "montague.lit")


@pytest.mark.parametrize(
    "jid",
    ["xmpp-bridge@bridge.montague.lit", "romeo@capulet.lit", "montague.lit", "@montague.lit"],
)
def test_neither_a_component_nor_a_server_is_an_account(jid: str) -> None:
    assert not is_account(jid, "montague.lit")
