"""Frames of a browser: what jest writes is read here, and what is none gets a clear answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from xmpp_bridge.server_extension.frames import MAX_FRAME, Post, decode, request_of
from xmpp_bridge.xmpp.errors import BadPayloadError

FRAMES = Path(__file__).parents[1] / "frames"
SENT = json.loads((FRAMES / "browser.json").read_text())
POST = SENT[0]


@pytest.mark.parametrize("frame", SENT, ids=lambda frame: frame["kind"])
def test_what_the_panel_sends_is_read(frame: dict[str, Any]) -> None:
    decoded = decode(json.dumps(frame))
    assert getattr(decoded, "request", None) == frame.get("request")


def test_a_post_is_all_that_it_says() -> None:
    post = decode(json.dumps(POST))
    assert isinstance(post, Post)
    assert (post.body, post.client_id, post.reply_to) == ("But soft!", "c1", None)
    assert "soft" not in repr(post)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": "shout"}, "no frame 'shout'"),
        ({"kind": 7}, "kind is a text"),
        ({"room": "../.."}, "32 hexadecimal"),
        ({"body": " \n"}, "says something"),
        ({"body": "a" * 20_001}, "20,000"),
        ({"client_id": None}, "client_id is a text"),
        ({"request": "r" * 65}, "at most 64"),
        ({"request": "\ud800"}, "printable ASCII"),
        ({"client_id": "c\uffff"}, "printable ASCII"),
        ({"body": "\uffff\x00"}, "says something"),
        ({"kind": "react", "id": "7", "emojis": ["\uffff"]}, "short text"),
        ({"reply_to": "first"}, "whole number"),
        ({"cell": {"document": "x"}}, "a cell"),
        ({"kind": "page", "limit": True}, "limit is a number"),
        ({"kind": "page", "limit": 10_000}, "up to 200"),
        ({"kind": "react", "id": "7", "emojis": ["x" * 65]}, "short text"),
        ({"kind": "notify", "level": "loud"}, "all, mentions, none"),
        ({"kind": "typing", "active": "yes"}, "true or false"),
        ({"kind": "search", "query": "moon"}, "newest, relevance"),
        ({"kind": "search", "query": "", "order": "newest"}, "query is a text"),
        ({"kind": "retract", "id": "7", "reason": "x" * 501}, "at most 500"),
        ({"attachments": [{"url": "javascript:1", "name": "n", "size": 1}]}, "http"),
        ({"attachments": "all"}, "JSON objects"),
    ],
)
def test_anything_else_is_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(BadPayloadError, match=why):
        decode(json.dumps({**POST, **change}))


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "null", "[" * 5000, "x" * (MAX_FRAME + 1)])
def test_what_is_no_frame_at_all_is_refused(text: str) -> None:
    with pytest.raises(BadPayloadError):
        decode(text)


def test_whoever_waits_is_answered_even_if_the_frame_cannot_be_read() -> None:
    assert request_of(json.dumps({"kind": "shout", "request": "r7"})) == "r7"
    assert request_of("{") is None
    assert request_of(json.dumps({"request": 7})) is None
