"""What can go wrong on purpose, by stanza error condition (RFC 6120, 8.3.3) and by HTTP status."""

from __future__ import annotations

from typing import Final


class BridgeError(Exception):
    """Something the other side may be told about; anything else that is raised is a bug."""

    condition = "undefined-condition"
    http_status = 500


class BadPayloadError(BridgeError):
    """What arrived is not what the protocol allows."""

    condition = "bad-request"
    http_status = 400


class NotAuthorizedError(BridgeError):
    """Nobody, or a credential which is no longer good."""

    condition = "not-authorized"
    http_status = 401


class ForbiddenError(BridgeError):
    """Somebody, but not somebody who may."""

    condition = "forbidden"
    http_status = 403


class NotFoundError(BridgeError):
    """There is none, or none that the asker may know of."""

    condition = "item-not-found"
    http_status = 404


class ConflictError(BridgeError):
    """It contradicts what is there."""

    condition = "conflict"
    http_status = 409


class NotReadyError(BridgeError):
    """It will be possible later."""

    condition = "unexpected-request"
    http_status = 409


class TooLargeError(BridgeError):
    """More than this side is willing to take."""

    condition = "resource-constraint"
    http_status = 413


class TooOftenError(BridgeError):
    """It is allowed, but not so often."""

    condition = "policy-violation"
    http_status = 429


class UnavailableError(BridgeError):
    """The other side does not answer."""

    condition = "service-unavailable"
    http_status = 503


class UnreachableError(UnavailableError):
    """Nobody listens there: nothing was asked of anybody."""


_BY_CONDITION: Final = {
    kind.condition: kind
    for kind in (
        BadPayloadError,
        NotAuthorizedError,
        ForbiddenError,
        NotFoundError,
        ConflictError,
        NotReadyError,
        TooLargeError,
        TooOftenError,
        UnavailableError,
    )
}


def error_of(condition: str, reason: str) -> BridgeError:
    """What the other side refused with; whatever is not known by its condition is unavailable."""
    return _BY_CONDITION.get(condition, UnavailableError)(reason)


FOR_GOOD = frozenset({"forbidden", "not-allowed", "bad-request", "policy-violation"})
"""Conditions (RFC 6120, section 8.3.3) after which the same stanza would be refused again."""
