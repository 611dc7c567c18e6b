"""How somebody is shown is made of what the hub says."""

from __future__ import annotations

import pytest

from xmpp_bridge.presence.looks import shown


@pytest.mark.parametrize(
    ("display_name", "initials"),
    [("Juliet Capulet", "JC"), ("Juliet", "J"), ("  ", "?"), ("Juliet van den Capulet", "JC")],
)
def test_initials_are_of_the_first_and_the_last_name(display_name: str, initials: str) -> None:
    assert shown("juliet", display_name, None)["initials"] == initials


def test_a_colour_is_one_of_the_themes_and_the_same_in_every_lab() -> None:
    colours = {shown(f"player-{number}", "P", None)["color"] for number in range(100)}
    assert colours == {f"var(--jp-collaborator-color{number})" for number in range(1, 8)}
    assert shown("romeo", "R", "owner")["color"] == shown("romeo", "Romeo", None)["color"]
