"""What a cursor may say, and whose it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycrdt import Awareness, Doc

from xmpp_bridge.lib0 import write_blob, write_uint
from xmpp_bridge.presence.awareness import (
    MAX_CLIENTS,
    MAX_CURSORS,
    ClientState,
    read_awareness,
    shared_part,
    write_awareness,
)
from xmpp_bridge.xmpp.errors import BadPayloadError, TooLargeError

POSITION = {"type": {"client": 7, "clock": 3}, "tname": None, "item": None, "assoc": 0}
CURSORS = [{"anchor": POSITION, "head": POSITION, "primary": True, "empty": True}]


def raw(*texts: str) -> bytes:
    return write_uint(len(texts)) + b"".join(
        write_uint(client) + b"\x01" + write_blob(text.encode())
        for client, text in enumerate(texts)
    )


def test_what_pycrdt_writes_is_read() -> None:
    doc: Doc[Any] = Doc(client_id=7)
    awareness = Awareness(doc)
    awareness.set_local_state({"cursors": CURSORS, "user": {"name": "Röméo"}})

    (state,) = read_awareness(awareness.encode_awareness_update([7]))

    assert state == ClientState(7, 1, {"cursors": CURSORS, "user": {"name": "Röméo"}})


def test_what_we_write_pycrdt_reads() -> None:
    awareness = Awareness(Doc(client_id=1))

    awareness.apply_awareness_update(write_awareness([ClientState(7, 5, {"ñ": "𝄞"})]), "room")
    assert awareness.states[7] == {"ñ": "𝄞"}
    awareness.apply_awareness_update(write_awareness([ClientState(7, 6, None)]), "room")
    assert 7 not in awareness.states


def test_only_cursors_leave_a_server() -> None:
    state = {"cursors": CURSORS, "user": {"name": "romeo"}, "autosave": False, "path": "/secret"}

    assert shared_part(state) == {"cursors": CURSORS}
    assert shared_part({"user": {}}) == {}
    assert shared_part(None) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "7",
        "[]",
        '"romeo"',
        '{"cursors": {}}',
        '{"cursors": [7]}',
        '{"x": NaN}',
        '{"x":' * 9 + "1" + "}" * 9,
        "[" * 10_000,
        '{"x": ' + "1" * 5000 + "}",
    ],
)
def test_a_state_that_would_trouble_a_browser_is_refused(text: str) -> None:
    with pytest.raises(BadPayloadError):
        read_awareness(raw(text))


@pytest.mark.parametrize(
    "data",
    [
        raw(json.dumps({"x": "x" * 20_000})),
        raw(json.dumps({"cursors": [{}] * (MAX_CURSORS + 1)})),
        raw(*["{}"] * (MAX_CLIENTS + 1)),
        write_uint(2**50),
    ],
)
def test_more_than_anybody_needs_is_refused(data: bytes) -> None:
    with pytest.raises(TooLargeError):
        read_awareness(data)


@pytest.mark.parametrize("data", [b"", b"\x01", raw("{}") + b"\x00", b"\x02" + raw("{}")[1:] * 2])
def test_an_update_has_as_many_clients_as_it_says_and_each_once(data: bytes) -> None:
    with pytest.raises(BadPayloadError):
        read_awareness(data)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_do_worse_than_be_refused(data: bytes) -> None:
    try:
        read_awareness(data)
    except (BadPayloadError, TooLargeError):
        return


@pytest.mark.parametrize(
    "spot",
    ["here", {"cell": 7}, {"view": "v" * 65}, {"call": "now"}, {"call": True}, {"elsewhere": 1}],
)
def test_a_spot_that_is_none_is_refused(spot: object) -> None:
    with pytest.raises(BadPayloadError):
        read_awareness(write_awareness([ClientState(1, 1, {"xmppBridge": spot})]))
