"""Two people, each with their own lab on a real hub, with a real ejabberd and service between them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.lab import Lab
from tests.browser.window import Window, opened
from tests.e2e.stage import Person, Stage, staged

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
]

PATH = "balcony.ipynb"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    async with staged("alice", "bob") as stage:
        yield stage


@asynccontextmanager
async def logged_in(chromium: Browser, stage: Stage, person: Person) -> AsyncIterator[Window]:
    """The person's own browser, after they logged in to the hub."""
    settings = stage.stack.settings
    lab = Lab(f"{settings.url}user/{person.name}", person.home)
    async with opened(chromium, lab) as window:
        await window.page.goto(f"{settings.url}hub/login")
        await window.page.locator("input[name=username]").fill(person.name)
        await window.page.locator("input[name=password]").fill(settings.password)
        await window.page.locator("input[name=password]").press("Enter")
        await window.page.wait_for_url(lambda url: "/hub/login" not in url)
        yield window


async def test_one_writes_and_the_other_answers(stage: Stage, chromium: Browser) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    await stage.shared(alice, PATH, "light = 1", "light = 2", bob="editor")
    async with (
        logged_in(chromium, stage, alice) as hers,
        logged_in(chromium, stage, bob) as his,
    ):
        await hers.go(f"lab/tree/{PATH}?reset")
        await hers.page.get_by_role("dialog").get_by_role("button", name="Select Kernel").click()
        await hers.page.locator(".jp-Notebook .jp-Cell").nth(1).click()
        await hers.enter("Verona")
        await hers.say("What light is it?")
        said = hers.log.get_by_role("article").filter(has_text="What light is it?")
        await said.get_by_label("delivered").wait_for()

        await his.go("lab?reset")
        await his.enter("Verona")
        await (await his.point_at("What light is it?")).get_by_role("button", name="Reply").click()
        await his.say("It is the east")
        answer = hers.log.get_by_role("article").filter(has_text="It is the east")
        await expect(answer.locator(".xb-Quote")).to_contain_text("What light is it?")

        await (await his.point_at("It is the east")).get_by_role("button", name="Correct").click()
        await his.say("It is the west")
        await hers.log.get_by_text("It is the west").wait_for()
        await expect(hers.log.get_by_text("It is the east")).to_have_count(0)

        send = "Send the selected cell or text to the chat"
        await hers.page.get_by_role("button", name=send).click()
        await hers.panel.get_by_text(f"About a cell in {PATH}").wait_for()
        await hers.composer.press("Enter")
        await his.log.get_by_role("button", name=f"Cell in {PATH}").click()
        active = his.page.locator(".jp-Notebook .jp-Cell.jp-mod-active")
        await expect(active).to_contain_text("light = 2")
        assert hers.complaints == his.complaints == []
