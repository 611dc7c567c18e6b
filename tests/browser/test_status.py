"""Whether what one types is in the room: said at the notebook and in the status bar, and explained."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.browser.test_cells import PATH, with_notebook
from tests.browser.test_looks import THEMES
from tests.browser.verona import document
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WAITING = {"status": "waiting", "waiting_edits": 3, "waiting_bytes": 1234}
KEPT = "Kept here, 3 edits waiting (1.2 kB)"
LOST = {"condition": "service-unavailable", "reason": "the XMPP server does not answer"}


def mark(window: Window) -> Locator:
    """What stands in the toolbar of the notebook."""
    return window.page.locator(".jp-NotebookPanel-toolbar .xb-DocumentMark")


def status_bar(window: Window) -> Locator:
    return window.page.locator("#jp-main-statusbar .xb-Status")


def tell(window: Window, **more: Any) -> None:
    window.verona.say(kind="document", document=document(**more))


@pytest.mark.parametrize("theme", THEMES)
async def test_one_reads_how_a_notebook_stands_and_what_to_do(window: Window, theme: str) -> None:
    window.verona.rooms[0]["members"][1]["role"] = "owner"
    await with_notebook(window, f"lab/tree/{PATH}?reset")
    await window.command("apputils:change-theme", theme=THEMES[theme])
    try:
        await expect(mark(window).get_by_role("button")).to_have_text("Saved in the room")
        await expect(status_bar(window)).to_have_text("Saved in the room")
        assert await window.violations() == []

        tell(window, **WAITING, trouble=LOST)
        await expect(status_bar(window)).to_have_text(KEPT)
        await mark(window).get_by_role("button", name=KEPT).focus()
        await window.page.keyboard.press("Enter")
        dialog = window.page.get_by_role("dialog")
        await expect(dialog).to_contain_text("the XMPP server does not answer")
        await expect(dialog).to_contain_text("go out by themselves as soon as the room is within")
        assert await window.violations() == []
        tell(window)
        await expect(dialog).to_contain_text("Everything that was typed here is in the room")
        await window.page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
        await expect(mark(window).get_by_role("button")).to_be_focused()

        tell(window, status="refused", trouble={"condition": "forbidden", "reason": "not yours"})
        await status_bar(window).click()
        await expect(dialog).to_contain_text("Ask who owns the room: Juliet Capulet.")
        assert await window.violations() == []
        await dialog.get_by_role("button", name="Open the Room's Chat").click()
        await window.log.wait_for()
    finally:
        await window.command("apputils:change-theme", theme=THEMES["light"])


async def test_a_page_that_has_lost_its_own_server_says_so(window: Window) -> None:
    await with_notebook(window, f"lab/tree/{PATH}?reset")
    await expect(mark(window).get_by_role("button")).to_have_text("Saved in the room")
    window.verona.away = True
    await window.verona.drop()
    await expect(mark(window).get_by_role("button")).to_have_text("Not connected to your server")
    window.verona.away = False
    await expect(mark(window).get_by_role("button")).to_have_text("Saved in the room")


async def test_in_notebook_7_it_stands_at_the_notebook(window: Window) -> None:
    await with_notebook(window, f"notebooks/{PATH}")
    button = mark(window).get_by_role("button")
    await expect(button).to_have_text("Saved in the room")
    tell(window, role="viewer")
    await expect(button).to_have_text("Read-only: you are a viewer of Orchard")
    await expect(mark(window).get_by_role("status")).to_have_text(
        "Read-only: you are a viewer of Orchard"
    )
    assert await window.violations() == []


async def test_a_viewer_cannot_type_until_they_are_an_editor(window: Window) -> None:
    window.verona.documents = [document(role="viewer")]
    await with_notebook(window, f"lab/tree/{PATH}?reset")
    await expect(mark(window).get_by_role("button")).to_have_text(
        "Read-only: you are a viewer of Orchard"
    )
    cell = window.page.locator(".jp-Notebook .jp-Cell").first
    text = cell.locator(".cm-content")
    await expect(text).to_have_attribute("aria-readonly", "true")
    await text.click()
    await window.page.keyboard.type("dark = 1")
    await expect(text).to_have_text("light = 0")

    tell(window)
    await expect(mark(window).get_by_role("button")).to_have_text("Saved in the room")
    await expect(text).not_to_have_attribute("aria-readonly", "true")
    await text.click()
    await window.page.keyboard.press("End")
    await window.page.keyboard.type("1")
    await expect(text).to_have_text("light = 01")
    cells = "window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells"
    said = f"{cells}.map(each => each.getMetadata('editable')).filter(each => each !== undefined)"
    assert await window.page.evaluate(said) == []


async def test_a_text_file_is_marked_and_locked_as_a_notebook_is(window: Window) -> None:
    (window.lab.files / "sonnet.txt").write_text("Two households\n")
    window.verona.documents = [document(name="sonnet.txt", path="sonnet.txt", role="viewer")]
    await window.visit("lab/tree/sonnet.txt?reset")
    button = window.page.locator(".jp-Toolbar .xb-DocumentMark").get_by_role("button")
    await expect(button).to_have_text("Read-only: you are a viewer of Orchard")
    text = window.page.locator(".jp-FileEditor .cm-content")
    await expect(text).to_have_attribute("aria-readonly", "true")
    tell(window, name="sonnet.txt", path="sonnet.txt")
    await expect(button).to_have_text("Saved in the room")
    await expect(text).not_to_have_attribute("aria-readonly", "true")
