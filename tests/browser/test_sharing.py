"""Sharing as one person sees it: the dialog, arriving, invitations, and what a viewer cannot do."""

from __future__ import annotations

import re

import nbformat
import pytest
from playwright.async_api import Locator, WebSocketRoute, expect

from tests.browser.sharing_service import DOCUMENT, SharingService
from tests.browser.test_cells import LINKED, PATH, with_notebook
from tests.browser.test_looks import IMAGES, THEMES
from tests.browser.test_status import mark
from tests.browser.verona import NOTEBOOK, ORCHARD, document
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

INVITATION = {
    "room": {"id": ORCHARD, "name": "Orchard"},
    "role": "editor",
    "by": {"hub_user": "juliet", "display_name": "Juliet Capulet"},
    "at": "2026-11-20T09:00:00+00:00",
    "documents": [DOCUMENT],
}


def is_write(sent: str | bytes) -> bool:
    """An update of the document, or the answer to the question for one (y-protocols)."""
    return isinstance(sent, bytes) and sent[0] == 0 and sent[1] in {1, 2}


async def opened(window: Window, path: str = f"lab/tree/{PATH}?reset") -> SharingService:
    """A lab with a notebook in front, and the service behind it."""
    await with_notebook(window, "lab?reset" if path == "" else path)
    service = SharingService()
    await service.open(window.page)
    return service


async def share_dialog(window: Window) -> Locator:
    await window.page.get_by_role("button", name="Share this file with people").click()
    dialog = window.page.get_by_role("dialog")
    await dialog.locator(".xb-Share").wait_for()
    return dialog


@pytest.mark.parametrize("theme", THEMES)
async def test_who_has_access_is_seen_and_changed(
    window: Window, theme: str, request: pytest.FixtureRequest
) -> None:
    service = await opened(window)
    await window.command("apputils:change-theme", theme=THEMES[theme])
    try:
        dialog = await share_dialog(window)
        juliet = dialog.get_by_role("listitem").filter(has_text="Juliet Capulet")
        await expect(juliet).to_contain_text("editor by name; viewer through the group nurses")
        assert await window.violations() == []

        await dialog.get_by_role("combobox", name="People and groups").focus()
        await window.page.keyboard.type("ro")
        await dialog.get_by_role("option", name="Rosaline").wait_for()
        assert await window.violations() == []
        await window.page.keyboard.press("ArrowDown")
        await window.page.keyboard.press("Enter")
        await window.page.keyboard.type("ro")
        await dialog.get_by_role("option", name="Rosaline").wait_for()
        await window.page.keyboard.press("Escape")
        await expect(dialog.get_by_role("option", name="Rosaline")).to_have_count(0)
        await dialog.get_by_role("combobox", name="As what").select_option("viewer")
        await dialog.get_by_role("button", name="Share with these").focus()
        await window.page.keyboard.press("Enter")
        await expect(dialog.get_by_role("status")).to_have_text("Shared with roses.")
        assert service.asked == [(f"PUT rooms/{ORCHARD}/groups/roses", {"role": "viewer"})]

        await dialog.get_by_role("button", name="Share by a link").click()
        await dialog.get_by_label("At most so many people").fill("10")
        assert await window.violations() == []
        await dialog.get_by_role("button", name="Make a Link").click()
        await dialog.get_by_role("button", name="Copy: Link").wait_for()
        copied = await window.page.evaluate("navigator.clipboard.readText()")
        assert copied.endswith("/services/xmpp-bridge/join/TOKEN")
        assert copied.startswith("http")
        if request.config.getoption("--take-pictures"):
            await dialog.screenshot(path=IMAGES / f"share-{theme}.png")
        await juliet.get_by_role("button", name="Remove Juliet Capulet").click()
        await dialog.get_by_role("button", name="Undo").click()
        await expect(dialog.get_by_role("status")).to_have_text("It is as before.")
        assert service.deeds()[-2:] == [
            f"DELETE rooms/{ORCHARD}/members/juliet",
            f"PUT rooms/{ORCHARD}/members/juliet",
        ]
        assert await window.violations() == []
        await window.page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)
    finally:
        await window.command("apputils:change-theme", theme=THEMES["light"])


async def test_a_file_that_is_not_shared_gets_a_room_of_its_own(window: Window) -> None:
    window.verona.documents = []
    service = await opened(window)
    service.linked = []
    dialog = await share_dialog(window)
    assert await window.violations() == []
    await expect(dialog.get_by_label("called")).to_have_value("daylight")
    await dialog.get_by_role("combobox", name="People and groups").fill("ro")
    await dialog.get_by_role("option", name="Rosaline").click()
    service.refusals["POST documents"] = "only notebooks and text files can be shared"
    await dialog.get_by_role("button", name="Share with these").click()
    await expect(dialog.get_by_role("alert")).to_have_text(service.refusals["POST documents"])
    service.refusals.clear()
    await dialog.get_by_role("button", name="Share with these").click()
    await dialog.get_by_text("Shared in the room Orchard").wait_for()
    assert service.deeds() == [
        "POST rooms",
        *["POST documents"] * 2,
        f"PUT rooms/{ORCHARD}/members/rosaline",
    ]


async def test_a_link_leads_to_a_file_in_the_place_of_no_other(window: Window) -> None:
    service = SharingService()
    service.linked = []
    await service.open(window.page)
    empty = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    nbformat.write(empty, window.lab.files / PATH)  # type: ignore[no-untyped-call]
    await window.visit("lab?reset&xmpp-bridge-join=TOKEN")
    dialog = window.page.get_by_role("dialog")
    place = dialog.get_by_label(f"Where to put {PATH}")
    await expect(place).to_have_value("daylight-1.ipynb")
    assert await window.violations() == []
    await place.fill(PATH)
    await dialog.get_by_role("button", name="Open").click()
    await expect(dialog.get_by_role("alert")).to_contain_text(f"There is a file {PATH} already")
    assert service.deeds() == ["POST join/TOKEN"]
    await place.fill("theirs.ipynb")
    await dialog.get_by_role("button", name="Open").click()
    await window.page.locator(".jp-NotebookPanel").wait_for()
    assert service.asked[1] == (
        "POST documents",
        {"document": NOTEBOOK, "path": "theirs.ipynb"},
    )


async def test_a_link_that_leads_nowhere_says_why(window: Window) -> None:
    service = SharingService()
    service.refusals["POST join/TOKEN"] = "this link has expired; ask who gave it to you"
    await service.open(window.page)
    await window.visit("lab?reset&xmpp-bridge-join=TOKEN")
    await expect(window.page.get_by_role("dialog")).to_contain_text("this link has expired")


async def test_an_invitation_is_told_of_and_opened(window: Window) -> None:
    service = await opened(window, "")
    service.invitations = [INVITATION]
    service.linked = [LINKED]
    window.verona.say(kind="access", room=None)
    toast = window.page.locator(".jp-toastContainer").get_by_role("alert")
    told = toast.filter(has_text="Juliet Capulet has shared daylight.ipynb with you: editor")
    await told.get_by_role("button", name="Open").click()
    await window.page.locator(".jp-NotebookPanel").wait_for()
    await window.page.locator(".jp-Notebook .jp-Cell").first.wait_for()


async def test_a_viewer_changes_nothing_and_works_in_a_copy(window: Window) -> None:
    window.verona.documents = [document(role="viewer")]
    await opened(window)
    await expect(mark(window).get_by_role("button")).to_contain_text("Read-only")
    cells = window.page.locator(".jp-Notebook .jp-Cell")
    count = "window.jupyterapp.shell.currentWidget.content.model.cells.length"
    await cells.nth(2).wait_for()
    before = await window.page.evaluate(count)
    for name in ("insert", "cut", "paste", "run", "restart-and-run"):
        item = window.page.locator(f".jp-NotebookPanel-toolbar [data-jp-item-name={name}]")
        await expect(item.get_by_role("button")).to_be_disabled()
    await cells.nth(0).locator(".jp-InputPrompt").click()
    for key in ("a", "b", "x", "d", "d", "Shift+Enter", "m", "z"):
        await window.page.keyboard.press(key)
    await cells.nth(0).locator(".jp-InputPrompt").drag_to(cells.nth(2))
    assert await window.page.evaluate(count) == before
    first = "window.jupyterapp.shell.currentWidget.content.model.cells.get(0)"
    assert await window.page.evaluate(f"{first}.sharedModel.getSource()") == "light = 0"
    assert await window.page.evaluate(f"{first}.type") == "code"

    await window.page.get_by_role("button", name="Copy this file to one of your own").click()
    # Another test here makes copies, too.
    copy = re.compile(r"daylight-Copy\d\.ipynb")
    in_front = window.page.locator("#jp-main-dock-panel .lm-mod-current")
    await expect(in_front).to_contain_text(copy)
    insert = window.page.locator(".jp-NotebookPanel-toolbar:visible").get_by_role(
        "button", name="Insert a cell below"
    )
    await expect(insert).to_be_enabled()


async def test_what_was_typed_too_late_is_offered_as_a_copy(window: Window) -> None:
    refusing = False

    def door(tab: WebSocketRoute) -> None:
        """The server takes no more updates, as from a viewer."""
        server = tab.connect_to_server()
        tab.on_message(lambda sent: None if refusing and is_write(sent) else server.send(sent))

    await window.page.route_web_socket("**/api/collaboration/room/**", door)
    await opened(window)
    await expect(mark(window).get_by_role("button")).to_have_text("Saved in the room")
    refusing = True
    await window.page.locator(".jp-Notebook .cm-content").first.click()
    await window.page.keyboard.press("End")
    await window.page.keyboard.type("999")
    window.verona.say(kind="document", document=document(role="viewer"))
    toast = window.page.locator(".jp-toastContainer").get_by_role("alert")
    told = toast.filter(has_text=f"Your last edits of {PATH} were refused: light = 0999")
    await told.wait_for()
    await expect(window.page.locator(".jp-Notebook .cm-content").first).to_have_text("light = 0")
    await told.get_by_role("button", name="Open Mine as a Copy").click()
    copy = window.page.locator(".jp-NotebookPanel:visible")
    await expect(copy.locator(".cm-content").first).to_have_text("light = 0999")


async def test_a_file_that_its_room_takes_back_is_closed_and_it_is_said_where_it_is(
    window: Window,
) -> None:
    service = await opened(window)
    await window.page.locator(".jp-NotebookPanel").wait_for()
    taken = {"document": NOTEBOOK, "name": PATH, "room": "Orchard", "path": PATH, "aside": None}
    service.taken = [taken]
    window.verona.say(kind="access", room=None)
    await expect(window.page.locator(".jp-NotebookPanel")).to_have_count(0)
    service.taken = [taken | {"aside": f"/data/aside/{PATH}"}]
    window.verona.say(kind="access", room=None)
    toast = window.page.locator(".jp-toastContainer").get_by_role("alert")
    told = toast.filter(has_text=f"Yours is now at /data/aside/{PATH}")
    async with window.page.expect_request(f"**/taken/{NOTEBOOK}*") as asked:
        await told.get_by_role("button", name="OK").click()
    assert (await asked.value).method == "DELETE"
    await expect(told).to_have_count(0)


async def test_the_lab_offers_no_link_to_the_whole_server(window: Window) -> None:
    await opened(window, "")
    await window.page.locator("#jp-top-panel").wait_for()
    await expect(window.page.get_by_title("Generate a Shared Link")).to_have_count(0)
