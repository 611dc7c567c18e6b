"""docs/compliance.md says what the server does: `XMPP_BRIDGE_REWRITE=1` writes it anew."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from demo.rest import Rest
from tests.e2e.clients.login import app_password
from tests.e2e.compliance import ROWS, table
from tests.e2e.stage import Person, Stage

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PAGE = Path(__file__).parents[2] / "docs" / "compliance.md"
HEADER = "| Suite | Feature | Provider | Level | Here | |\n|---|---|---|---|---|---|\n"


async def test_the_table_in_the_documentation_is_what_the_server_does(
    stage: Stage, alice: Person, record_property: Any
) -> None:
    login = await app_password(stage, alice, "Compliance")
    room = await stage.room(alice, "Compliance")
    service = Rest(stage.stack.service.url, "")
    rows = await table(login, f"{room}@rooms.{login.jid.partition('@')[2]}", service)
    written = "\n".join(rows) + "\n"
    text = PAGE.read_text(encoding="utf-8")
    before, _, _ = text.partition(HEADER)
    if os.environ.get("XMPP_BRIDGE_REWRITE"):
        PAGE.write_text(before + HEADER + written, encoding="utf-8")
    else:
        assert text == before + HEADER + written, "XMPP_BRIDGE_REWRITE=1 writes it anew"
    record_property("figure", f"{sum('| yes |' in row for row in rows)} of {len(ROWS)}")
