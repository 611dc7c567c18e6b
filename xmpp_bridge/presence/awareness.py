"""Cursors and selections as y-protocols encodes them, bounded; what of them crosses between Jupyter servers.

Cursors cross, and which cell is active and which is in view. A name, a picture and the wish to save are about one
person's own server; who moves a cursor is known from the room, and nothing that a state says about its author is
believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from xmpp_bridge.lib0 import Reader, write_blob, write_uint
from xmpp_bridge.xmpp.errors import BadPayloadError, TooLargeError

CURSORS: Final = "cursors"
SPOT: Final = "xmppBridge"
"""Which cell is active (`cell`), which is in view (`view`), and when its owner called everybody (`call`)."""
SHARED: Final = (CURSORS, SPOT)
"""The fields of a state that others need."""

MAX_CLIENTS: Final = 16
"""In one update; a client is a browser tab."""
MAX_STATE: Final = 16 * 1024  # bytes of JSON: hundreds of selections
MAX_DEPTH: Final = 8
MAX_CURSORS: Final = 256
MAX_CELL: Final = 64


@dataclass(frozen=True, slots=True)
class ClientState:
    """Where one browser tab is; None when it has gone. A later state has a higher clock."""

    client: int
    clock: int
    state: Mapping[str, Any] | None = field(repr=False)


def read_awareness(data: bytes) -> tuple[ClientState, ...]:
    """Return the states in an awareness update, or raise `BadPayloadError` or `TooLargeError`."""
    reader = Reader(data)
    count = reader.uint()
    if count > MAX_CLIENTS:
        raise TooLargeError("an awareness update is about too many clients")
    states = tuple(
        ClientState(reader.uint(), reader.uint(), _read_state(reader)) for _ in range(count)
    )
    reader.end()
    if len({state.client for state in states}) != count:
        raise BadPayloadError("a client comes twice in one awareness update")
    return states


def write_awareness(states: Iterable[ClientState]) -> bytes:
    states = tuple(states)
    return write_uint(len(states)) + b"".join(
        write_uint(state.client) + write_uint(state.clock) + write_blob(_json(state.state))
        for state in states
    )


def shared_part(state: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """What of a browser tab's state leaves its server."""
    return None if state is None else {key: state[key] for key in SHARED if key in state}


def _read_state(reader: Reader) -> Mapping[str, Any] | None:
    text = reader.string()
    if len(text) > MAX_STATE:
        raise TooLargeError("an awareness state is too large")
    try:
        state = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadPayloadError("an awareness state is not JSON") from None
    if state is None:
        return None
    if not isinstance(state, dict) or not _is_shallow(state, MAX_DEPTH):
        raise BadPayloadError("an awareness state is an object, and not nested deep")
    _check_cursors(state.get(CURSORS))
    _check_spot(state.get(SPOT))
    return state


def _check_cursors(cursors: object) -> None:
    """Refuse what a browser would stumble over while it paints."""
    if cursors is None:
        return
    if not isinstance(cursors, list) or not all(isinstance(cursor, dict) for cursor in cursors):
        raise BadPayloadError("cursors are a list of objects")
    if len(cursors) > MAX_CURSORS:
        raise TooLargeError("there are too many cursors")


def _check_spot(spot: object) -> None:
    if spot is None:
        return
    if not isinstance(spot, dict) or not spot.keys() <= {"cell", "view", "call"}:
        raise BadPayloadError("a spot is a cell, a view and a call")
    cells = (spot.get("cell"), spot.get("view"))
    if not all(each is None or (isinstance(each, str) and len(each) <= MAX_CELL) for each in cells):
        raise BadPayloadError("a cell is named by a text")
    if type(spot.get("call", 0)) is not int:
        raise BadPayloadError("a call is a number")


def without_call(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state of somebody who may not call everybody to where they are."""
    spot = state.get(SPOT)
    return state if not spot else {**state, SPOT: {**spot, "call": 0}}


def _is_shallow(value: object, depth: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return True
    return depth > 0 and all(_is_shallow(inner, depth - 1) for inner in value)


def _json(state: Mapping[str, Any] | None) -> bytes:
    return json.dumps(state, separators=(",", ":")).encode("ascii")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
