"""A notebook's time line as people see it: in the lab, by mouse, keyboard and screen reader, and as a page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.browser.test_cells import PATH, with_notebook
from tests.browser.test_looks import IMAGES, THEMES
from tests.browser.time_line_service import BASE, TimeLineService
from tests.browser.verona import NOTEBOOK
from tests.browser.window import AXE, Window
from tests.documents.notebooks import new_cell
from tests.hub_service.client import serving
from tests.hub_service.test_time_line import Desk, at_desk
from tests.hub_service.world import World
from xmpp_bridge.storage.engine import create_engine

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BUTTON = "See who changed this file when, and restore what it was"


async def opened(window: Window, service: TimeLineService) -> Locator:
    """The time line beside the notebook, opened from its toolbar."""
    await with_notebook(window, f"lab/tree/{PATH}?reset")
    await service.open(window.page)
    await window.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
    await window.page.get_by_role("button", name=BUTTON).click()
    view = window.page.locator(".xb-TimeLine")
    await view.get_by_role("option").first.wait_for()
    await view.get_by_role("heading", name="Cell 1").wait_for()
    return view


@pytest.mark.parametrize("theme", THEMES)
async def test_one_looks_back_by_the_keyboard_and_restores(
    window: Window, theme: str, request: pytest.FixtureRequest
) -> None:
    service = TimeLineService()
    view = await opened(window, service)
    await window.command("apputils:change-theme", theme=THEMES[theme])
    try:
        newest = view.get_by_role("option").first
        await expect(newest).to_contain_text("Romeo Montague: cell 1 “light = 0”, cell 3")
        await expect(newest).to_contain_text("Juliet Capulet: cell 2 “night = 1”, a cell that is")
        await expect(view.locator("ins").last).to_contain_text("lark = light > 20")
        await expect(view.get_by_role("img")).to_have_count(1)
        assert await window.violations() == []
        if request.config.getoption("--take-pictures"):
            await window.page.screenshot(path=IMAGES / f"time-line-{theme}.png")

        moments = view.get_by_role("listbox", name="Who changed what when")
        await moments.focus()
        await window.page.keyboard.press("ArrowDown")
        await window.page.keyboard.press("End")
        await expect(
            view.get_by_role("listbox").get_by_role("option", selected=True)
        ).to_contain_text("Angelica")
        await view.get_by_role("button", name="Older").click()
        await expect(moments.get_by_role("option")).to_have_count(5)
        await moments.focus()
        await window.page.keyboard.press("Home")
        await expect(view.get_by_role("heading", name="Cell 3")).to_be_visible()

        await view.get_by_role("button", name="Restore Cell 3").focus()
        await window.page.keyboard.press("Enter")
        await expect(view.get_by_role("status").first).to_have_text("The cell is as it was.")
        await view.get_by_role("button", name="Undo").click()
        await expect(view.get_by_role("status").first).to_have_text("It is as before.")
        await view.get_by_role("button", name="Bring back this cell").click()
        await view.get_by_role("button", name="Restore all").click()
        await view.get_by_role("button", name="Roll back the edits of Juliet Capulet").click()
        said = view.get_by_role("status").first
        await expect(said).to_have_text("What Juliet Capulet did then is taken back.")
        assert await window.violations() == []
        assert service.asked == [
            (f"POST {BASE}/restorations", {"moment": 50, "cells": ["cell-2"]}),
            (f"DELETE {BASE}/restorations/1", None),
            (f"POST {BASE}/restorations", {"moment": 40, "cells": ["gone"]}),
            (f"POST {BASE}/restorations", {"moment": 50, "cells": None}),
            (f"POST {BASE}/roll-backs", {"after": 40, "through": 50, "hub_user": "juliet"}),
        ]
    finally:
        await window.command("apputils:change-theme", theme=THEMES["light"])


async def test_two_moments_are_compared_and_a_refusal_says_why(window: Window) -> None:
    service = TimeLineService()
    service.refusals[f"POST {BASE}/roll-backs"] = "several people's edits are told apart no more"
    view = await opened(window, service)
    beside = view.get_by_role("combobox", name="Marked is what differs from")
    await beside.select_option(index=3)
    await expect(view).to_have_attribute("aria-busy", "false")
    await beside.select_option("now")
    await expect(view.get_by_role("button", name="Restore Cell 3")).to_be_visible()
    assert service.looked[-2:] == ["50?against=30", "now?against=50"]
    await view.get_by_role("button", name="Roll back everybody").click()
    await expect(view.get_by_role("alert")).to_contain_text("told apart no more")
    assert await window.violations() == []


async def test_a_viewer_looks_and_restores_nothing(window: Window) -> None:
    view = await opened(window, TimeLineService("viewer"))
    await expect(view).to_contain_text("You may look; whoever may write can restore.")
    names = await view.get_by_role("button").all_inner_texts()
    assert names == ["Refresh", "Older"]
    assert await window.violations() == []


async def test_the_page_of_a_time_line_leads_to_it_in_the_lab(window: Window) -> None:
    service = TimeLineService()
    await service.open(window.page)
    await with_notebook(window, f"lab?reset&xmpp-document={NOTEBOOK}&xmpp-time-line=40")
    view = window.page.locator(".xb-TimeLine")
    await expect(view.get_by_role("listbox").get_by_role("option", selected=True)).to_contain_text(
        "15:31"
    )
    assert "xmpp-time-line" not in window.page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_is_a_page_in_any_browser(
    chromium: Browser,
    migrated_file: Path,
    tmp_path: Path,
    scheme: str,
    request: pytest.FixtureRequest,
) -> None:
    path = tmp_path / "bridge.sqlite"
    shutil.copy(migrated_file, path)
    engine = create_engine(f"sqlite:///{path}")
    world = World(engine, tmp_path / "uploads")
    async with serving(world) as client:
        desk = await at_desk(client, world)
        await _write(desk)
        context = await chromium.new_context(
            viewport={"width": 900, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            extra_http_headers={"Authorization": "token tybalt"},
        )
        page = await context.new_page()
        await page.goto(client.url + desk.page)
        await page.get_by_role("link", name="UTC").nth(1).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Cell 2")).to_be_visible()
        await page.evaluate(AXE.read_text())  # as a script it may not run there
        found = await page.evaluate("axe.run().then(({ violations }) => violations.map(v => v.id))")
        assert found == []
        if request.config.getoption("--take-pictures"):
            await page.screenshot(path=IMAGES / f"time-line-page-{scheme}.png", full_page=True)
        await context.close()
    await world.reads.aclose()
    await engine.dispose()


async def _write(desk: Desk) -> None:
    """A little more, to be seen."""
    await desk.write("juliet", lambda cells: cells.append(new_cell("lark", "lark = 1")), 20)
    await desk.write("juliet", lambda cells: cells[2]["source"].insert(8, "\nday = lark"), 0)
    await desk.write("romeo", lambda cells: cells[2]["source"].insert(0, "# the lark\n"), 20)
