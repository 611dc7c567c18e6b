from __future__ import annotations

import pytest

from xmpp_bridge.rooms.membership import Role, read_role, role_of
from xmpp_bridge.xmpp.errors import BadPayloadError


def test_each_role_includes_those_below() -> None:
    lowest_first = sorted(Role, key=lambda role: role.rank)

    assert lowest_first == [Role.VIEWER, Role.EDITOR, Role.OWNER]
    assert [role.may_write for role in lowest_first] == [False, True, True]
    assert [role.may_manage for role in lowest_first] == [False, False, True]
    assert [role.includes(Role.VIEWER) for role in lowest_first] == [True, True, True]


def test_the_highest_of_somebodys_entries_counts() -> None:
    assert role_of([Role.VIEWER, Role.OWNER, Role.EDITOR]) is Role.OWNER
    assert role_of([Role.VIEWER]) is Role.VIEWER
    assert role_of([]) is None


@pytest.mark.parametrize("text", ["", "Owner", "admin", "none"])
def test_there_are_no_other_roles(text: str) -> None:
    with pytest.raises(BadPayloadError):
        read_role(text)


def test_a_role_is_read_from_its_name() -> None:
    assert read_role("editor") is Role.EDITOR
