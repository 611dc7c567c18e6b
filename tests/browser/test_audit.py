"""The pages of auditors in a browser: by keyboard, in light and dark, on a phone, and read aloud."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.browser.test_looks import IMAGES
from tests.browser.window import AXE
from tests.hub_service.client import Client, serving
from tests.hub_service.test_audit import grant
from tests.hub_service.test_audit_pages import a_quarrel
from tests.hub_service.world import World, caller
from xmpp_bridge.audit.export import Form
from xmpp_bridge.audit.filters import EVERYTHING, Filters
from xmpp_bridge.hub_service.auditing import Auditor
from xmpp_bridge.hub_service.scopes import AUDIT
from xmpp_bridge.storage.engine import create_engine

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SCHEMES = ("light", "dark")
PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1000, height=1000)


@dataclass
class Desk:
    """An auditor's browser, and the service it looks at."""

    page: Page
    world: World
    client: Client
    room: str
    complaints: list[str]

    async def visit(self, path: str) -> None:
        await self.page.goto(self.client.url + path)

    async def violations(self) -> list[Any]:
        """What axe-core has against the whole page. It is evaluated, since the page lets no script run."""
        found: list[Any] = await self.page.evaluate(
            f"""async () => {{
                {AXE.read_text()}
                const {{ violations }} = await axe.run();
                return violations.map(({{ id, nodes }}) => [id, nodes.map(node => node.html)]);
            }}"""
        )
        return found


@pytest_asyncio.fixture(loop_scope="session", params=SCHEMES)
async def desk(
    chromium: Browser, migrated_file: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Desk]:
    async with _quarrel(migrated_file, tmp_path) as (world, client, room):
        token = grant(client, world, "escalus", AUDIT)
        context = await chromium.new_context(
            color_scheme=request.param,
            viewport=DESK,
            extra_http_headers={"Authorization": f"token {token}"},
        )
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda told: complaints.append(told.text))
        yield Desk(page, world, client, room, complaints)
        await context.close()
        assert complaints == []


@asynccontextmanager
async def _quarrel(migrated_file: Path, tmp_path: Path) -> AsyncIterator[tuple[World, Client, str]]:
    path = tmp_path / "bridge.sqlite"
    shutil.copy(migrated_file, path)
    engine = create_engine(f"sqlite:///{path}")
    world = World(engine, tmp_path / "uploads")
    async with aclosing(world.reads), serving(world) as client:
        yield world, client, await a_quarrel(world)
    await engine.dispose()


async def test_an_auditor_searches_and_sees_a_room_as_it_was(
    desk: Desk, request: pytest.FixtureRequest, record_property: Any
) -> None:
    page, scheme = desk.page, request.node.callspec.params["desk"]
    pictures = request.config.getoption("--take-pictures")
    await desk.visit("rooms")
    await page.get_by_role("link", name="The record").click()
    await expect(page.get_by_role("heading", name="The record")).to_be_visible()
    assert await desk.violations() == []

    # By keyboard alone: to the field, a word, and Enter.
    await page.get_by_role("searchbox", name="Words").focus()
    await page.keyboard.type("rosaline")
    await page.keyboard.press("Enter")
    found = page.get_by_role("list", name="Found").get_by_role("listitem")
    await expect(found).to_have_count(1)
    await expect(found).to_contain_text("I love Rosaline")
    assert await desk.violations() == []
    await page.get_by_role("searchbox", name="Words").fill("")
    await page.locator("[name=room]").select_option("Orchard")
    await page.locator("[name=kind]").select_option("chat")
    await page.keyboard.press("Tab")
    await page.get_by_role("button", name="Search").press("Enter")
    await expect(found).to_have_count(5)
    if pictures:
        await page.screenshot(path=IMAGES / f"audit-search-{scheme}.png")

    await found.filter(has_text="Deny thy father").get_by_role("link", name="Orchard").click()
    await expect(page.get_by_role("heading", name="Orchard as it was")).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text="juliet")).to_contain_text("editor")
    await page.get_by_label("As it was at (UTC)").fill("")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Orchard as it is")).to_be_visible()
    await expect(page.get_by_role("row").filter(has_text="juliet")).to_have_count(0)
    said = page.get_by_role("listitem").filter(has_text="I love Rosaline")
    await expect(said).to_contain_text("Then corrected (entry 7): I love Juliet")
    await expect(said).to_contain_text("Could be read by: juliet, romeo")
    assert await desk.violations() == []
    if pictures:
        await page.screenshot(path=IMAGES / f"audit-room-{scheme}.png")

    await said.get_by_role("link", name="entry 5").click()
    await expect(page.get_by_role("heading", name="Entry 5", exact=True)).to_be_visible()
    assert await desk.violations() == []
    await page.set_viewport_size(PHONE)
    for path in ("audit?kind=chat", f"audit/rooms/{desk.room}", "audit/entries/5"):
        await desk.visit(path)
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], path
    record_property("figure", f"axe-core: 0, {scheme}, by keyboard, on a phone")


async def test_an_export_is_downloaded_and_its_progress_told(
    desk: Desk, request: pytest.FixtureRequest
) -> None:
    page, scheme = desk.page, request.node.callspec.params["desk"]
    await desk.visit("audit?kind=chat")
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Export").press("Enter")
    download = await downloading.value
    assert download.suggested_filename == "record.jsonl"
    lines = map(json.loads, (await _read(await download.path())).splitlines())
    said = [line["content"]["body"] for line in lines if "entry" in line]
    assert (said[0], len(said)) == ("I love Rosaline", 5)

    auditor = Auditor(caller("escalus", AUDIT), None, EVERYTHING)
    export = await desk.world.auditing.export(auditor, Form.CSV, Filters(), 0)
    await page.goto(f"{desk.client.url}audit/exports", wait_until="commit")
    told = page.get_by_role("log", name="Progress")
    await expect(told.get_by_role("progressbar").last).to_have_attribute("value", "0")
    assert await desk.violations() == []
    if request.config.getoption("--take-pictures"):
        await page.screenshot(path=IMAGES / f"audit-exports-{scheme}.png")
    async for _ in export.pieces:
        pass
    await expect(told.get_by_text(", whole")).to_be_visible()
    assert await told.locator(".step:visible").count() == 1
    await page.wait_for_load_state()
    await page.reload()
    exports = page.get_by_role("list", name="Exports").get_by_role("listitem")
    await expect(exports).to_have_count(2)
    assert await desk.violations() == []


async def _read(path: Path) -> str:
    return await asyncio.to_thread(path.read_text)
