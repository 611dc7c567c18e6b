"""What the hub's process says after a commit; with tables that are called as the hub's are."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from jupyterhub import orm  # type: ignore[import-untyped]
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from xmpp_bridge.hub_service.nudge import Nudge
from xmpp_bridge.jupyterhub_events import Postman, watch


@pytest.fixture
def told() -> list[Nudge]:
    return []


@pytest.fixture
def hub(told: list[Nudge]) -> Iterator[Session]:
    """The hub's own tables, with Romeo in them."""
    engine = create_engine("sqlite://")
    orm.Base.metadata.create_all(engine)
    sessions = sessionmaker(engine)
    session = sessions()
    session.add(orm.User(name="romeo"))
    session.add(orm.Group(name="montagues"))
    session.commit()
    watch(told.append, session)
    yield session
    session.close()
    engine.dispose()


def one(hub: Session, kind: Any, name: str) -> Any:
    return hub.query(kind).filter_by(name=name).one()


def test_a_new_user_and_a_deleted_one_are_named(hub: Session, told: list[Nudge]) -> None:
    hub.add(orm.User(name="juliet"))
    hub.commit()
    hub.delete(one(hub, orm.User, "juliet"))
    hub.commit()
    assert told == [Nudge(users={"juliet"}), Nudge(users={"juliet"})]


def test_whoever_is_renamed_is_named_twice(hub: Session, told: list[Nudge]) -> None:
    one(hub, orm.User, "romeo").name = "county-paris"
    hub.commit()
    assert told == [Nudge(users={"romeo", "county-paris"})]


def test_whoever_goes_into_a_group_is_found_by_it(hub: Session, told: list[Nudge]) -> None:
    group = one(hub, orm.Group, "montagues")
    group.users.append(one(hub, orm.User, "romeo"))
    hub.commit()
    group.users.clear()
    hub.commit()
    assert told == [Nudge(groups={"montagues"})] * 2


def test_a_sign_of_life_is_no_news_nor_is_what_is_rolled_back(
    hub: Session, told: list[Nudge]
) -> None:
    one(hub, orm.User, "romeo").state = {"alive": True}
    hub.commit()
    hub.add(orm.User(name="juliet"))
    hub.flush()
    hub.rollback()
    hub.commit()
    assert told == []


def test_shares_that_are_revoked_together_are_news(hub: Session, told: list[Nudge]) -> None:
    hub.query(orm.Share).delete()
    hub.commit()
    assert told == [Nudge(shares=True)]


def test_what_waits_is_posted_with_the_services_token() -> None:
    came: list[tuple[str, dict[str, Any]]] = []
    arrived = threading.Event()

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append((self.headers["Authorization"], json.loads(body)))
            self.send_response(202)
            self.end_headers()
            arrived.set()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            """Nothing worth a line happens here."""

    with HTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        Postman(f"http://127.0.0.1:{server.server_port}/api/nudge", "secret").post(
            Nudge(users={"romeo"})
        )
        assert arrived.wait(10)
    assert came == [("token secret", Nudge(users={"romeo"}).to_json())]
