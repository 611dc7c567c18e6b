"""One text for one value: what is hashed (RFC 8785); without I/O."""

from __future__ import annotations

import json
from typing import Any, Final

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_PLAIN: Final = frozenset((str, bool, type(None)))
_MOST: Final = 2**53 - 1
"""The largest whole number that every reader of JSON reads as the same (RFC 8785, 3.2.2.3)."""


def canonical(value: Any) -> bytes:
    """The value as RFC 8785 writes it; ValueError for what it could write in two ways.

    Values are objects with ASCII names, arrays, texts, whole numbers, true, false and null.
    """
    _check(value)
    return unchecked(value)


def unchecked(value: Any) -> bytes:
    """The same for a value that is known to be of these."""
    return _ENCODER.encode(value).encode()


def _check(value: Any) -> None:
    kind = type(value)
    if kind in _PLAIN:
        return
    if kind is int:
        if abs(value) > _MOST:
            raise ValueError("a number is at most 2^53 - 1: write a larger one as a text")
    elif kind is dict:
        _check_object(value)
    elif kind is list or kind is tuple:
        for each in value:
            _check(each)
    elif not isinstance(value, str):
        raise ValueError(f"no {kind.__name__} is part of the record")


def _check_object(value: dict[Any, Any]) -> None:
    for name, each in value.items():
        # Python sorts by code points, RFC 8785 by UTF-16: of ASCII both are the same.
        if not isinstance(name, str) or not name.isascii():
            raise ValueError("a name is an ASCII text")
        # Nearly all are: it is cheaper to see that here.
        if type(each) not in _PLAIN:
            _check(each)
