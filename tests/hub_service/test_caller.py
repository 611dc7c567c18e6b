from __future__ import annotations

import pytest

from tests.hub_service.world import caller
from xmpp_bridge.hub_service.caller import Caller, read_caller
from xmpp_bridge.hub_service.scopes import CREDENTIALS, METRICS, ROOMS_READ, access
from xmpp_bridge.xmpp.errors import ForbiddenError

NEEDED = (access("xmpp-bridge"), CREDENTIALS)


@pytest.mark.parametrize("name", ["romeo", "nurse@verona", "a b", "x/y"])
def test_a_servers_own_token_names_its_server(name: str) -> None:
    assert (
        caller(name, *NEEDED, f"access:servers!server={name}/mantua").jupyter_server() == "mantua"
    )
    assert caller(name, *NEEDED, f"access:servers!server={name}/").jupyter_server() == ""


@pytest.mark.parametrize(
    "impostor",
    [
        caller("romeo", *NEEDED),
        caller("romeo", *NEEDED, "access:servers!user=romeo"),
        caller("romeo", *NEEDED, "access:servers"),
        caller("romeo", *NEEDED, "access:servers!server=juliet/"),
        caller("romeo", *NEEDED, "access:servers!server=romeo/x/../../juliet/"),
        caller("romeo", *NEEDED, "access:servers!server=romeo"),
        caller("romeo", *NEEDED, "access:servers!server=romeo/", "access:servers!server=romeo/b"),
        caller("romeo", *NEEDED, "access:servers!server=romeo/", "access:servers!group=verona"),
        caller("romeo", session_id="a browser's"),
        Caller("romeo", "service", "a1", None, frozenset({"access:servers!server=romeo/"})),
    ],
    ids=[
        "no server",
        "all of one's own servers",
        "all servers",
        "somebody else's server",
        "a path",
        "no slash",
        "two servers",
        "a group's servers",
        "a browser",
        "a hub service",
    ],
)
def test_no_other_token_counts_as_a_jupyter_server(impostor: Caller) -> None:
    with pytest.raises(ForbiddenError):
        impostor.jupyter_server()


def test_a_scope_narrowed_by_a_filter_is_not_the_whole_scope() -> None:
    with pytest.raises(ForbiddenError):
        caller("romeo", f"{CREDENTIALS}!user=romeo").demand(CREDENTIALS)


def test_one_of_several_scopes_is_enough() -> None:
    caller("romeo", ROOMS_READ).demand(METRICS, ROOMS_READ)


def test_what_the_hub_says_is_read() -> None:
    model = {
        "name": "romeo",
        "kind": "user",
        "token_id": "a7",
        "session_id": None,
        "scopes": [ROOMS_READ],
        "groups": ["montague"],
    }
    assert read_caller(model) == Caller("romeo", "user", "a7", None, frozenset({ROOMS_READ}))


def test_an_admin_is_whom_the_hub_calls_one_and_none_of_their_servers() -> None:
    def admin(*scopes: str, session_id: str | None = None, kind: str = "user") -> Caller:
        return Caller("escalus", kind, "a1", session_id, frozenset(scopes), admin=True)

    server = "access:servers!server=escalus/"
    admin(server, session_id="a browser's").demand_admin()
    admin("access:servers").demand_admin()
    for impostor in (admin(server), admin(kind="service"), caller("romeo", session_id="x")):
        with pytest.raises(ForbiddenError):
            impostor.demand_admin()
