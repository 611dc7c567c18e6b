"""An owner shares by name, with a group and by a link, and each arrives in their own lab, on a real hub."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import nbformat
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from tests.browser.test_cells import PYTHON
from tests.browser.test_looks import IMAGES
from tests.browser.test_status import mark
from tests.browser.test_two_labs import dress, logged_in
from tests.browser.window import AXE, Window
from tests.e2e.stage import Stage, staged

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.accept,
    pytest.mark.timeout(600),
    pytest.mark.asyncio(loop_scope="session"),
]

PATH = "masque.ipynb"
SOON_MS = 60_000
SHARE = "Share this file with people"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    async with staged("alice", "bob", "carol", "dave") as stage:
        for person in stage.people.values():
            await dress(person)
        yield stage


async def share_with(window: Window, name: str, option: str, role: str) -> None:
    dialog = window.page.get_by_role("dialog")
    await dialog.get_by_role("combobox", name="People and groups").press_sequentially(name)
    await dialog.get_by_role("option", name=option).first.click()
    await dialog.get_by_role("combobox", name="As what").select_option(role)
    await dialog.get_by_role("button", name="Share with these").click()
    await expect(dialog.get_by_text(f"Shared with {name}.")).to_be_visible(timeout=SOON_MS)


async def open_it(window: Window) -> None:
    """Say where to put the file, as it is proposed, and see it."""
    dialog = window.page.get_by_role("dialog").filter(has_text="Shared with you")
    await expect(dialog.get_by_label("Where to put")).not_to_have_value("", timeout=SOON_MS)
    await dialog.get_by_role("button", name="Open").click()
    await window.page.locator(".jp-NotebookPanel").wait_for(timeout=SOON_MS)
    await expect(mark(window)).to_contain_text(
        re.compile("Saved in the room|Read-only"), timeout=SOON_MS
    )


def first_cell(window: Window) -> Locator:
    return window.page.locator(".jp-Notebook .cm-content").first


async def types(window: Window, text: str) -> None:
    await first_cell(window).click()
    await window.page.keyboard.press("End")
    await window.page.keyboard.type(text)


@dataclass
class Four:
    """The windows of an owner, whom she names, whose group she lets in, and who has her link."""

    stage: Stage
    alice: Window
    bob: Window
    carol: Window
    dave: Window
    pictures: bool

    @property
    def windows(self) -> tuple[Window, ...]:
        return self.alice, self.bob, self.carol, self.dave

    @property
    def pages(self) -> str:
        """Where the service's pages are."""
        return f"{self.stage.stack.settings.url}services/xmpp-bridge/"

    async def picture(self, window: Window, name: str) -> None:
        if self.pictures:
            await window.page.screenshot(path=IMAGES / f"share-{name}.png")

    async def all_read(self, text: str, *windows: Window) -> None:
        for window in windows:
            await expect(first_cell(window)).to_have_text(text, timeout=SOON_MS)


async def shares(four: Four) -> str:
    """By name, with a group, and by the link that is returned."""
    window = four.alice
    await window.go(f"lab/tree/{PATH}?reset")
    await window.page.get_by_role("button", name=SHARE).click()
    await share_with(window, "bob", "bob", "viewer")
    await share_with(window, "friends", "friends", "editor")
    dialog = window.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Share by a link").click()
    await dialog.get_by_role("button", name="Make a Link").click()
    await dialog.get_by_role("button", name="Copy: Link").wait_for()
    await expect(dialog.get_by_role("listitem").filter(has_text="carol")).to_contain_text(
        "editor through the group friends"
    )
    assert await window.violations() == []
    await four.picture(window, "dialog")
    await dialog.get_by_role("button", name="Done").click()
    return str(await window.page.evaluate("navigator.clipboard.readText()"))


async def comes_by_name(four: Four) -> None:
    """Told of it in his lab; he types nothing."""
    window = four.bob
    toast = window.page.locator(".jp-toastContainer").get_by_role("alert")
    invitation = toast.filter(has_text="alice has shared")
    await invitation.wait_for(timeout=SOON_MS)
    await four.picture(window, "invitation")
    await invitation.get_by_role("button", name="Open").click()
    await open_it(window)
    await expect(mark(window)).to_contain_text("Read-only", timeout=SOON_MS)
    await types(window, "23")
    await expect(first_cell(window)).to_have_text("feast = 1")
    await four.picture(window, "viewer")


async def comes_by_group(four: Four) -> None:
    """Finds it among her rooms, and types."""
    window = four.carol
    await window.page.goto(f"{four.pages}rooms")
    await window.page.get_by_role("link", name="masque").click()
    await window.page.get_by_role("link", name=PATH, exact=True).click()
    await open_it(window)
    await types(window, "0")
    await four.all_read("feast = 10", four.alice, four.bob, window)


async def comes_by_link(four: Four, link: str) -> None:
    """One button, then his own lab."""
    window = four.dave
    await window.page.goto(link)
    await four.picture(window, "link")
    await window.page.get_by_role("button", name="Join and open my lab").click()
    await open_it(window)
    await four.all_read("feast = 10", window)


async def changes_roles(four: Four, role_of_bob: Callable[[str], Awaitable[object]]) -> None:
    """Raised, he types; taken back and given again, nothing has to be reloaded."""
    await role_of_bob("editor")
    await expect(mark(four.bob)).to_contain_text("Saved in the room", timeout=SOON_MS)
    await types(four.bob, "7")
    await four.all_read("feast = 107", *four.windows)
    await role_of_bob("viewer")
    await expect(mark(four.bob)).to_contain_text("Read-only", timeout=SOON_MS)
    await role_of_bob("editor")
    await expect(mark(four.bob)).to_contain_text("Saved in the room", timeout=SOON_MS)


async def revokes(four: Four) -> None:
    """He is out, and what he has is his own."""
    window = four.alice
    await window.page.get_by_role("button", name=SHARE).click()
    dialog = window.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Remove bob").click()
    await expect(dialog.get_by_text("bob is out.")).to_be_visible(timeout=SOON_MS)
    await dialog.get_by_role("button", name="Done").click()
    await expect(mark(four.bob)).to_contain_text("Refused", timeout=SOON_MS)
    await types(window, "9")
    await four.all_read("feast = 1079", window, four.carol, four.dave)
    await expect(first_cell(four.bob)).to_have_text("feast = 107")


async def fits_a_phone(four: Four, room: str) -> None:
    """The pages of the service, beside the lab, which would not be left with unsaved work."""
    page = await four.alice.page.context.new_page()
    await page.set_viewport_size({"width": 390, "height": 844})
    for path in ("rooms", f"rooms/{room}"):
        await page.goto(four.pages + path)
        assert await page.evaluate("document.body.scrollWidth <= window.innerWidth")
        await page.evaluate(AXE.read_text())  # as a script it may not run there
        found = "axe.run().then(({ violations }) => violations.map(({ id }) => id))"
        assert await page.evaluate(found) == []
    if four.pictures:
        await page.screenshot(path=IMAGES / "share-phone.png")


async def test_each_arrives_in_their_own_lab_and_does_what_their_role_allows(
    stage: Stage, chromium: Browser, request: pytest.FixtureRequest
) -> None:
    alice = stage.people["alice"]
    cell = nbformat.v4.new_code_cell("feast = 1", id="feast")  # type: ignore[no-untyped-call]
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata=PYTHON)  # type: ignore[no-untyped-call]
    alice.write_notebook(PATH, notebook)
    async with AsyncExitStack() as stack:
        hers, his, carols, daves = [
            await stack.enter_async_context(logged_in(chromium, stage, person))
            for person in stage.people.values()
        ]
        pictures = bool(request.config.getoption("--take-pictures"))
        four = Four(stage, hers, his, carols, daves, pictures)
        await four.bob.go("lab?reset")
        # At once: he is told as soon as she names him, and for ten seconds.
        link, _ = await asyncio.gather(shares(four), comes_by_name(four))
        await comes_by_group(four)
        await comes_by_link(four, link)
        room = (await alice.server.call("GET", "xmpp-bridge/api/rooms"))["rooms"][0]["id"]

        async def role_of_bob(role: str) -> object:
            member = f"xmpp-bridge/api/rooms/{room}/members/bob"
            return await alice.server.call("PUT", member, {"role": role})

        await changes_roles(four, role_of_bob)
        await revokes(four)
        await fits_a_phone(four, room)
        for window in four.windows:
            assert window.complaints == []
