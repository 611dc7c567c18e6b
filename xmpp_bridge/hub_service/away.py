"""What is raised when something that the service needs is away; anything else is a bug."""

from __future__ import annotations

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from xmpp_bridge.xmpp.errors import BridgeError, UnavailableError

DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeoutError, OSError)
AWAY = (BridgeError, *DATABASE_AWAY)


def refusal(error: BaseException | None) -> BridgeError | None:
    """What may be said about `error` to others; None when it is a bug, of which nothing may.

    Never the text of a database's error: its parameters are somebody's notebook.
    """
    if isinstance(error, BridgeError):
        return error
    if isinstance(error, DATABASE_AWAY):
        return UnavailableError(f"the database does not answer: {type(error).__name__}")
    return None
