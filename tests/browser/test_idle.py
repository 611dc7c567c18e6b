"""A lab that no hub has started."""

from __future__ import annotations

import pytest

from tests.browser.lab import TOKEN
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_the_panel_says_why_there_is_no_chat(window: Window) -> None:
    await window.go(f"lab?reset&token={TOKEN}")
    await window.show_panel()
    why = "Not connected: this server was not started by JupyterHub"
    await window.panel.get_by_text(why).wait_for()
