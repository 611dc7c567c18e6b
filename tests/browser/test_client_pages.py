"""The pages on which people connect a client of their own: in the light, in the dark and on a phone."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.window import AXE
from tests.hub_service.client import Client, serving
from tests.hub_service.world import World
from xmpp_bridge.hub_service.scopes import APP_PASSWORDS, ROOMS_WRITE
from xmpp_bridge.storage.engine import create_engine

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SIZES = {"desktop": (1280, 900), "phone": (390, 844), "narrow": (320, 640)}
PASSWORD = re.compile(r"^(\w{4}-){5}\w{4}$")
FOUND = """axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`)))"""


@dataclass(frozen=True)
class Place:
    client: Client
    link: str
    """The page of a link into a room of Romeo's."""


@pytest_asyncio.fixture(loop_scope="session")
async def place(migrated_file: Path, tmp_path: Path) -> AsyncIterator[Place]:
    path = tmp_path / "bridge.sqlite"
    shutil.copy(migrated_file, path)
    engine = create_engine(f"sqlite:///{path}")
    world = World(engine, tmp_path / "uploads")
    world.clock = datetime.now(UTC)  # as the page's own, which says what has expired
    async with serving(world) as client:
        room = (await world.document("romeo")).document.room_id
        await world.somebody("juliet")
        client.auth.tokens |= dict.fromkeys(("romeo", "juliet"), (ROOMS_WRITE, APP_PASSWORDS))
        role = json.dumps({"role": "viewer"}).encode()
        made = await client.call("POST", f"api/rooms/{room}/links", "romeo", role)
        yield Place(client, "join/" + json.loads(made.body)["url"].rpartition("/")[2])
    await world.reads.aclose()
    await engine.dispose()


@asynccontextmanager
async def juliets_page(chromium: Browser, scheme: str = "light") -> AsyncIterator[Page]:
    dark = scheme == "dark"
    context = await chromium.new_context(
        color_scheme="dark" if dark else "light",
        extra_http_headers={"Authorization": "token juliet"},
    )
    yield await context.new_page()
    await context.close()


async def is_fine(page: Page) -> None:
    """Fits its window, and axe-core has nothing against it."""
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await page.evaluate(AXE.read_text())  # as a script it may not run there
    found = await page.evaluate(FOUND)
    assert found == []


async def test_a_link_an_app_password_and_the_room_in_a_client(
    place: Place, chromium: Browser, request: pytest.FixtureRequest
) -> None:
    async with juliets_page(chromium) as page:
        await page.goto(place.client.url + place.link)
        await is_fine(page)
        await page.get_by_role("button", name="Join with an XMPP client").click()
        await expect(page.get_by_role("img", name="QR code of this room")).to_be_visible()
        await page.get_by_label("For which client").fill("My phone")
        await page.get_by_role("button", name="Make").click()
        new = page.get_by_role("region", name="My phone")
        await expect(new.locator("code")).to_have_text(PASSWORD)
        await is_fine(page)
        if request.config.getoption("--take-pictures"):
            await page.screenshot(path=IMAGES / "connect-client.png", full_page=True)
        await page.goto(place.client.url + "app-passwords")
        await expect(new).to_have_count(0)
        await expect(page.get_by_text("never used")).to_be_visible()
        await page.get_by_role("button", name="Revoke My phone").click()
        await expect(page.get_by_text("None yet.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_pages_are_fine_on_every_screen(
    place: Place, chromium: Browser, scheme: str
) -> None:
    async with juliets_page(chromium, scheme) as page:
        for width, height in SIZES.values():
            await page.set_viewport_size({"width": width, "height": height})
            for path in (place.link, "app-passwords"):
                await page.goto(place.client.url + path)
                await is_fine(page)
