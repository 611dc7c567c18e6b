"""The service and ejabberd die at the same moment, as with the machine they share."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from tests.e2e.stage import Stage, until
from tests.e2e.typists import survive

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_both_are_killed_while_people_type(stage: Stage, record_property: Any) -> None:
    async def fault() -> None:
        ejabberd, service = stage.stack.ejabberd_pid(), await stage.stack.service_pid()
        for pid in (service, ejabberd):
            os.kill(pid, signal.SIGKILL)

        async def back() -> bool:
            return await stage.stack.service_pid() != service and await stage.stack.service.answers(
                "healthz"
            )

        await until(back, "both are back")

    await survive(stage, "both-killed.ipynb", fault, record_property)
