"""Chat and notebook: from a cell to the room and back."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest
from playwright.async_api import expect

from tests.browser.verona import NOTEBOOK, ORCHARD, message
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PATH = "daylight.ipynb"
LINKED: dict[str, Any] = {"document": NOTEBOOK, "room": ORCHARD, "name": PATH, "path": PATH}
NOTHING_LINKED: dict[str, Any] = {"documents": []}
CELL = "cell-20"
PYTHON = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}
ABOUT = {
    "document": NOTEBOOK,
    "cell": CELL,
    "name": PATH,
    "resolved": False,
    "excerpt": "light = 20",
}


async def with_notebook(window: Window, path: str = "lab?reset") -> None:
    """A shared notebook of forty cells, on this server."""
    cells = [
        nbformat.v4.new_code_cell(f"light = {number}", id=f"cell-{number}")  # type: ignore[no-untyped-call]
        for number in range(40)
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=PYTHON)  # type: ignore[no-untyped-call]
    nbformat.write(notebook, window.lab.files / PATH)  # type: ignore[no-untyped-call]
    await window.page.route(
        "**/xmpp-bridge/api/documents*",
        lambda route: route.fulfill(json={"documents": [LINKED]}),
    )
    await window.visit(path)


async def test_a_cell_is_talked_about_and_found_again(window: Window) -> None:
    await with_notebook(window, f"lab/tree/{PATH}?reset")
    editor = window.page.locator(".jp-Notebook .jp-Cell").nth(1)
    await editor.click()
    await window.command("xmpp-bridge:send-cell")
    await window.panel.get_by_text(f"About a cell in {PATH}").wait_for()
    await window.composer.press("End")
    await window.composer.type("Is this the east?")
    await window.composer.press("Enter")
    post = await window.until_heard("post")
    assert post["body"] == "```python\nlight = 1\n```\nIs this the east?"
    assert post["cell"] == {
        "document": NOTEBOOK,
        "cell": "cell-1",
        "name": PATH,
        "excerpt": "light = 1",
        "link": f"{window.lab.url}/lab?xmpp-document={NOTEBOOK}&xmpp-cell=cell-1",
    }
    mark = window.page.get_by_role("button", name="1 message about this cell")
    await mark.wait_for()

    card = window.log.get_by_role("button", name=f"Cell in {PATH}")
    await card.wait_for()
    await window.log.get_by_role("button", name="Resolve").click()
    assert (await window.until_heard("resolve"))["resolved"] is True


async def test_a_message_about_a_cell_opens_the_notebook_there(window: Window) -> None:
    window.verona.messages = [message(1, "It is the east", cell=ABOUT)]
    await with_notebook(window)
    await window.enter("Orchard")
    await window.log.get_by_role("button", name=f"Cell in {PATH}").click()
    active = window.page.locator(".jp-Notebook .jp-Cell.jp-mod-active")
    await expect(active).to_contain_text("light = 20")
    await expect(active).to_be_in_viewport()
    mark = active.get_by_role("button", name="1 message about this cell")
    await mark.click()
    await window.log.locator("[data-highlighted=true]", has_text="It is the east").wait_for()


async def test_a_link_to_a_cell_opens_the_notebook_there(window: Window) -> None:
    await with_notebook(window, f"lab?reset&xmpp-document={NOTEBOOK}&xmpp-cell={CELL}")
    active = window.page.locator(".jp-Notebook .jp-Cell.jp-mod-active")
    await expect(active).to_contain_text("light = 20")


async def test_a_document_that_is_not_here_yet_is_joined(window: Window) -> None:
    window.verona.messages = [message(1, "It is the east", cell=ABOUT)]
    await with_notebook(window)
    await window.page.unroute("**/xmpp-bridge/api/documents*")
    await window.page.route(
        "**/xmpp-bridge/api/documents*",
        lambda route: route.fulfill(
            json=LINKED if route.request.method == "POST" else NOTHING_LINKED
        ),
    )
    await window.enter("Orchard")
    async with window.page.expect_request(
        lambda request: request.method == "POST" and "api/documents" in request.url
    ) as asked:
        await window.log.get_by_role("button", name=f"Cell in {PATH}").click()
    assert json.loads((await asked.value).post_data or "") == {"document": NOTEBOOK}
    active = window.page.locator(".jp-Notebook .jp-Cell.jp-mod-active")
    await expect(active).to_contain_text("light = 20")


async def test_a_cell_that_is_gone_is_said_to_be_gone(window: Window) -> None:
    refusal = {"condition": "forbidden", "reason": "you may not see that document"}
    window.verona.messages = [message(1, "It is the east", cell=ABOUT)]
    await with_notebook(window)
    await window.page.unroute("**/xmpp-bridge/api/documents*")
    await window.page.route(
        "**/xmpp-bridge/api/documents*",
        lambda route: (
            route.fulfill(status=403, json=refusal)
            if route.request.method == "POST"
            else route.fulfill(json=NOTHING_LINKED)
        ),
    )
    await window.enter("Orchard")
    await window.log.get_by_role("button", name=f"Cell in {PATH}").click()
    await window.page.get_by_role("dialog").get_by_text("you may not see that document").wait_for()


async def test_code_goes_from_the_room_into_the_notebook(window: Window) -> None:
    window.verona.messages = [message(1, "Try\n```python\nlight = 'sun'\n```")]
    await with_notebook(window, f"lab/tree/{PATH}?reset")
    await window.page.locator(".jp-Notebook .jp-Cell").nth(0).click()
    await window.enter("Orchard")
    await window.log.get_by_role("button", name="Insert into a new cell below").click()
    cells = window.page.locator(".jp-Notebook .jp-Cell")
    await expect(cells.nth(1)).to_contain_text("light = 'sun'")
    await cells.nth(0).click()
    await window.log.get_by_role("button", name="Replace the active cell").click()
    await expect(cells.nth(0)).to_contain_text("light = 'sun'")
    await window.log.get_by_role("button", name="Copy code").click()
    copied = await window.page.evaluate("navigator.clipboard.readText()")
    assert copied == "light = 'sun'"
