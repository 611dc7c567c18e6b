"""The same panel in Notebook 7, where each notebook has a page of its own."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.test_cells import ABOUT, CELL, PATH, with_notebook
from tests.browser.verona import NOTEBOOK, message
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_the_chat_is_beside_a_notebook_and_leads_into_it(window: Window) -> None:
    window.verona.messages = [message(1, "It is the east", cell=ABOUT)]
    await with_notebook(window, f"notebooks/{PATH}")
    await window.enter("Orchard")
    await window.say("Juliet is the sun")
    await window.log.get_by_label("delivered").wait_for()
    await window.log.get_by_role("button", name=f"Cell in {PATH}").click()
    active = window.page.locator(".jp-Notebook .jp-Cell.jp-mod-active")
    await expect(active).to_contain_text("light = 20")


async def test_a_link_to_a_cell_leads_there(window: Window) -> None:
    await with_notebook(window, f"notebooks/{PATH}?xmpp-document={NOTEBOOK}&xmpp-cell={CELL}")
    active = window.page.locator(".jp-Notebook .jp-Cell.jp-mod-active")
    await expect(active).to_contain_text("light = 20")
