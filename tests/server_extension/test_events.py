"""What is told of sharing is what its schema says, and says that it is about people."""

from __future__ import annotations

from typing import Any

import pytest
from jupyter_events import EventLogger

from xmpp_bridge.server_extension.events import SCHEMA, SCHEMA_ID, emit


@pytest.fixture
def logger() -> EventLogger:
    logger = EventLogger()
    logger.register_event_schema(SCHEMA)
    return logger


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("share", {"room": "r", "document": "d", "path": "balcony.ipynb", "role": "owner"}),
        ("join", {"room": "r", "document": "d", "path": None, "role": "viewer"}),
        ("leave", {"document": "d"}),
        ("revoke", {"room": "r", "person": "paris"}),
    ],
)
async def test_each_is_told_to_whoever_listens(
    logger: EventLogger, action: Any, more: dict[str, Any]
) -> None:
    heard: list[dict[str, Any]] = []

    async def listener(logger: EventLogger, schema_id: str, data: dict[str, Any]) -> None:
        heard.append(data)

    logger.add_listener(schema_id=SCHEMA_ID, listener=listener)
    emit(logger, action, "romeo", **more)
    await logger.gather_listeners()
    told = {name: value for name, value in more.items() if value is not None}
    assert heard == [{"action": action, "hub_user": "romeo", **told}]


def test_it_says_that_it_is_personal() -> None:
    assert SCHEMA["personal-data"] is True
