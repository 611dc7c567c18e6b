"""What callers send, parsed once."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, TypeVar

from xmpp_bridge.xmpp.errors import BadPayloadError

Choice = TypeVar("Choice", bound=StrEnum)


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a request's body, or `BadPayloadError`."""
    try:
        value = json.loads(body)
    except ValueError as error:
        raise BadPayloadError("the body is not JSON") from error
    if not isinstance(value, dict):
        raise BadPayloadError("the body is not a JSON object")
    return value


def read_text(fields: dict[str, Any], name: str) -> str:
    """The text in a field, or `BadPayloadError`."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise BadPayloadError(f"{name} must be a text")
    return value


def read_choice(fields: dict[str, Any], name: str, choices: type[Choice]) -> Choice:
    """One of a closed set, or `BadPayloadError`."""
    text = read_text(fields, name)
    try:
        return choices(text)
    except ValueError:
        allowed = ", ".join(choices)
        raise BadPayloadError(f"{name} is one of: {allowed}") from None
