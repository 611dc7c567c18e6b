"""Inside the hub's own process: says to the service, as soon as the hub commits it, whom and what to look at.

Rests on SQLAlchemy's events and on names of the hub's tables, which no version of JupyterHub promises. So it only
nudges: where it breaks, the service finds out by asking, a minute later, and the hub never notices.
"""

from __future__ import annotations

import contextlib
import json
import logging
import queue
import threading
import urllib.request
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session

from xmpp_bridge.hub_service.nudge import MOST_NAMES, Nudge

log = logging.getLogger(__name__)

KEY = "xmpp_bridge_nudge"
PATIENCE = 3.0
MOST_WAITING = 1000


class Postman:
    """Posts from a thread of its own: the hub waits for nothing, and what cannot be delivered is forgotten."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._queue: queue.Queue[Nudge] = queue.Queue(MOST_WAITING)
        self._started = threading.Lock()
        self._thread: threading.Thread | None = None

    def post(self, nudge: Nudge) -> None:
        """Soon, with whatever else comes meanwhile."""
        with self._started:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=KEY, daemon=True)
                self._thread.start()
        with contextlib.suppress(queue.Full):  # The service asks by itself.
            self._queue.put_nowait(nudge)

    def _run(self) -> None:
        while True:
            nudge = self._queue.get()
            with contextlib.suppress(queue.Empty):
                while True:
                    nudge.take(self._queue.get_nowait())
            if max(len(nudge.users), len(nudge.groups)) > MOST_NAMES:
                nudge = Nudge(all=True, shares=nudge.shares)
            self._deliver(nudge)

    def _deliver(self, nudge: Nudge) -> None:
        request = urllib.request.Request(  # noqa: S310 - the administrator says where
            self._url,
            json.dumps(nudge.to_json()).encode(),
            {"Authorization": f"token {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE):  # noqa: S310
                pass
        except OSError as error:
            log.debug("nudge not delivered: reason=%s", type(error).__name__)


def watch(post: Callable[[Nudge], None], sessions: Any = Session) -> None:
    """From now on call `post` after each commit of `sessions` that changed users, groups or shares."""
    key = object()  # Several may watch one session.
    # After the flush there are ids, and the history is still that of before.
    event.listen(sessions, "after_flush", lambda session, _: _collect(session, key))
    # Shares are revoked by a bulk statement, of which only the table is known.
    event.listen(sessions, "after_bulk_delete", lambda context: _collect_bulk(context, key))
    event.listen(sessions, "after_bulk_update", lambda context: _collect_bulk(context, key))
    event.listen(sessions, "after_commit", lambda session: _commit(session, key, post))
    event.listen(sessions, "after_rollback", lambda session: session.info.pop(key, None))


def _collect(session: Session, key: object) -> None:
    nudge = session.info.setdefault(key, Nudge())
    try:
        for changed in session.dirty:
            _note(nudge, changed, always=False)
        for made in (*session.new, *session.deleted):
            _note(nudge, made, always=True)
    except Exception:  # whatever the hub's tables have become: its transaction goes on
        log.debug("not understood", exc_info=True)
        nudge.all = True


def _collect_bulk(context: Any, key: object) -> None:
    name = getattr(getattr(getattr(context, "mapper", None), "class_", None), "__name__", "")
    if name in {"Share", "ShareCode"}:
        context.session.info.setdefault(key, Nudge()).shares = True


def _commit(session: Session, key: object, post: Callable[[Nudge], None]) -> None:
    nudge = session.info.pop(key, None)
    if nudge:
        post(nudge)


def _note(nudge: Nudge, row: Any, *, always: bool) -> None:
    kind = type(row).__name__
    if kind == "Share":
        nudge.shares = True
    if kind not in {"User", "Group"}:
        return
    state = inspect(row)
    renamed = state.attrs["name"].history.deleted or ()
    # Who goes into a group is found by the group: one question instead of one for each.
    nudge.groups |= {str(inspect(group).dict["name"]) for group in _moved(state, "groups")}
    if always or renamed or any(_moved(state, "users", "roles")):  # Not for each sign of life.
        names = nudge.users if kind == "User" else nudge.groups
        names |= {str(state.dict["name"]), *map(str, renamed)}


def _moved(state: Any, *relations: str) -> Iterable[Any]:
    """What a row was joined with or parted from."""
    for relation in relations:
        if relation in state.mapper.relationships:
            history = state.attrs[relation].history
            yield from (*history.added, *history.deleted)
