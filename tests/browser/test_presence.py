"""Who is here, in Chromium on a real hub: cursors, readers, following, and a tab that comes late."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from tests.browser.lab import QUIET, Lab
from tests.browser.window import Window, opened
from tests.e2e.sitting_phone import phone_in
from tests.e2e.stage import Person, Stage, staged, until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.accept,
    pytest.mark.asyncio(loop_scope="session"),
]

SOON_MS = 30_000
CELLS = 40
CURSOR = ".jp-remote-cursor"
"""As jupyter-collaboration paints it."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    async with staged("alice", "bob", "carol") as stage:
        for person in stage.people.values():
            for plugin, settings in QUIET.items():
                raw = {"raw": json.dumps(settings)}
                await person.server.call("PUT", f"lab/api/settings/{plugin}", raw)
        yield stage


@asynccontextmanager
async def windows(
    chromium: Browser, stage: Stage, path: str, *people: Person
) -> AsyncIterator[list[Window]]:
    """A browser of each of these people, with the notebook open."""
    async with AsyncExitStack() as stack:
        yield [await at(stack, chromium, stage, path, person) for person in people]


async def at(
    stack: AsyncExitStack, chromium: Browser, stage: Stage, path: str, person: Person
) -> Window:
    settings = stage.stack.settings
    lab = Lab(f"{settings.url}user/{person.name}", person.home)
    window = await stack.enter_async_context(opened(chromium, lab))
    await window.log_in(settings.url, person.name, settings.password)
    # Whoever is first is asked for a kernel, sooner or later.
    kernel = window.page.get_by_role("dialog").get_by_role("button", name="No Kernel")
    await window.page.add_locator_handler(kernel, lambda button: button.click())
    await window.go(f"lab/tree/{path}?reset")
    await window.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    return window


def companion(window: Window, name: str) -> Locator:
    """Somebody in the notebook's toolbar."""
    return window.page.get_by_role("group", name="Who is in this notebook").get_by_role(
        "button", name=name
    )


async def click_into(window: Window, number: int) -> None:
    """Put the cursor into a cell, counted from 0."""
    cell = window.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{number}"]')
    await cell.locator(".cm-content").click()


async def test_cursors_stay_where_they_are_while_both_type(stage: Stage, chromium: Browser) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    await stage.shared(alice, "verses.ipynb", "light = 1", bob="editor")
    async with windows(chromium, stage, "verses.ipynb", alice, bob) as (hers, his):
        await click_into(his, 0)
        await his.page.keyboard.press("Control+End")
        painted = hers.page.locator(CURSOR).first
        await painted.wait_for(timeout=SOON_MS)
        await click_into(hers, 0)
        await hers.page.keyboard.press("Control+Home")
        await hers.page.keyboard.type("# above\n")
        await his.page.keyboard.type(" + 1")

        async def at_the_end() -> bool:
            """The painted cursor is right of the last character, in the last line, at hers."""
            return bool(
                await hers.page.evaluate(
                    """selector => {
                        const cursor = document.querySelector(selector);
                        const lines = [...document.querySelectorAll('.jp-Notebook .cm-line')];
                        const last = lines.findLast(line => line.textContent.includes('+ 1'));
                        if (!cursor || !last) return false;
                        const range = document.createRange();
                        range.selectNodeContents(last);
                        const text = range.getBoundingClientRect();
                        const box = cursor.getBoundingClientRect();
                        return Math.abs(box.left - text.right) < 4
                            && box.top < text.bottom && box.bottom > text.top;
                    }""",
                    CURSOR,
                )
            )

        await until(at_the_end, "bob's cursor is painted at the end of his line")
        assert hers.complaints == his.complaints == []


async def test_a_reader_is_seen_reading_and_followed_until_one_goes_ones_own_way(
    stage: Stage, chromium: Browser
) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    await stage.shared(
        alice, "long.ipynb", *(f"line = {number}" for number in range(CELLS)), bob="viewer"
    )
    async with windows(chromium, stage, "long.ipynb", alice, bob) as (hers, his):
        reader = companion(hers, "bob, who reads")
        await reader.wait_for(timeout=SOON_MS)
        await reader.dblclick()
        await hers.page.get_by_role("button", name="Stop following bob").wait_for()
        await scroll_to(his, CELLS - 1)
        await until(lambda: shows(hers, CELLS - 1), "alice's notebook scrolls with bob's")
        await scroll_to(his, 0)
        await until(lambda: shows(hers, 0), "and back")
        await hers.page.locator(".jp-WindowedPanel-outer").hover()
        await hers.page.mouse.wheel(0, 40)
        await expect(hers.page.get_by_role("button", name="Stop following bob")).to_have_count(0)

        await scroll_to(hers, CELLS - 1)
        await hers.page.get_by_role("button", name="Bring everyone here").click()
        await until(lambda: shows(his, CELLS - 1), "bob is brought to where alice is")
        await expect(his.page.get_by_role("button", name="Bring everyone here")).to_have_count(0)
        assert hers.complaints == his.complaints == []


async def test_who_comes_late_sees_everybody_at_once_and_who_dies_is_gone(
    stage: Stage, chromium: Browser
) -> None:
    alice, bob, carol = (stage.people[name] for name in ("alice", "bob", "carol"))
    await stage.shared(alice, "late.ipynb", "light = 1", bob="editor", carol="viewer")
    async with AsyncExitStack() as stack:
        hers, his = [
            await at(stack, chromium, stage, "late.ipynb", person) for person in (alice, bob)
        ]
        await click_into(his, 0)
        await companion(hers, "bob").wait_for(timeout=SOON_MS)
        await hers.page.locator(CURSOR).first.wait_for(timeout=SOON_MS)
        async with windows(chromium, stage, "late.ipynb", carol) as (late,):
            for name in ("alice", "bob"):
                await companion(late, name).wait_for(timeout=SOON_MS)
            await late.page.locator(CURSOR).first.wait_for(timeout=SOON_MS)
            await companion(hers, "carol, who reads").wait_for(timeout=SOON_MS)
        await hers.page.locator('li[data-id="jp-collaboration-panel"]').click()
        panel = hers.page.locator("#jp-collaboration-panel")
        await panel.get_by_text("bob").first.wait_for(timeout=SOON_MS)
        await stage.stack.kill_server("bob")
        await expect(companion(hers, "bob")).to_have_count(0, timeout=SOON_MS)
        await expect(hers.page.locator(CURSOR)).to_have_count(0, timeout=SOON_MS)
    await stage.enter("bob")


async def test_a_phone_is_among_the_people(stage: Stage, chromium: Browser) -> None:
    alice = stage.people["alice"]
    room = await stage.room(alice, "Mantua", carol="editor")
    alice.write("phone.ipynb", "x = 1")
    async with (
        phone_in(stage, "carol", room),
        windows(chromium, stage, "phone.ipynb", alice) as (hers,),
    ):
        await hers.show_panel()
        people = hers.panel.get_by_role("region", name="People")
        await (
            people.get_by_role("button", name="carol")
            .filter(has_text="on a phone")
            .wait_for(timeout=SOON_MS)
        )
        await hers.enter("Mantua")
        await hers.panel.get_by_role("button", name="People in this room").click()
        listed = hers.panel.get_by_role("region", name="People in this room")
        carol = listed.get_by_role("listitem").filter(has_text="carol")
        await expect(carol).to_contain_text("on a phone", timeout=SOON_MS)
        assert await hers.violations() == []
        assert hers.complaints == []


async def scroll_to(window: Window, number: int) -> None:
    """As somebody who presses keys in command mode."""
    await window.page.locator(".jp-Notebook").focus()
    await window.page.keyboard.press("Escape")
    await window.page.keyboard.press("Control+Home" if number == 0 else "Control+End")
    key = "ArrowUp" if number == 0 else "ArrowDown"
    for _ in range(CELLS):
        await window.page.keyboard.press(key)


async def shows(window: Window, number: int) -> bool:
    """Whether a cell, counted from 0, is in view."""
    found: Any = await window.page.evaluate(
        """number => {
            const cell = document.querySelector(
                `.jp-Notebook .jp-Cell[data-windowed-list-index="${number}"]`);
            const outer = document.querySelector('.jp-WindowedPanel-outer');
            if (!cell || !outer) return false;
            const box = cell.getBoundingClientRect(), frame = outer.getBoundingClientRect();
            return box.top < frame.bottom && box.bottom > frame.top;
        }""",
        number,
    )
    return bool(found)
