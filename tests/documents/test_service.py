"""The hub service's answers are parsed once, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from xmpp_bridge.documents.service import read_admission
from xmpp_bridge.rooms.membership import Role
from xmpp_bridge.xmpp.errors import BadPayloadError

GOOD: dict[str, Any] = {
    "id": "0" * 32,
    "room": "1" * 32,
    "name": "orchard.ipynb",
    "type": "notebook",
    "format": "json",
    "role": "editor",
    "born": True,
    "creator": "romeo",
    "jid": f"{'0' * 32}@documents.montague.lit",
    "awareness_jid": f"{'0' * 32}@awareness.montague.lit",
    "password": "s3cret",
    "members": [
        {
            "jid": "romeo@montague.lit",
            "hub_user": "romeo",
            "display_name": "Romeo",
            "role": "owner",
        }
    ],
    "clients": {"5": "romeo@montague.lit"},
}


def test_an_admission_is_read() -> None:
    admission = read_admission(GOOD)
    assert admission.info.role is Role.EDITOR
    assert admission.owners == {5: "romeo@montague.lit"}
    assert admission.members["romeo@montague.lit"].display_name == "Romeo"
    assert "s3cret" not in repr(admission)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", "../../etc"),
        ("name", "a/b.ipynb"),
        ("name", ".."),
        ("role", "king"),
        ("type", 5),
        ("password", None),
        ("jid", "@"),
        ("members", [{}]),
        ("members", None),
        ("clients", {"five": "x"}),
        ("clients", []),
    ],
)
def test_anything_else_is_refused(key: str, value: Any) -> None:
    with pytest.raises(BadPayloadError):
        read_admission({**GOOD, key: value})


@pytest.mark.parametrize("answer", [None, [], "", {"id": "0" * 32}])
def test_what_is_no_document_is_refused(answer: Any) -> None:
    with pytest.raises(BadPayloadError):
        read_admission(answer)
