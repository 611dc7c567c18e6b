"""One lab and one Chromium for all journeys; each has a window of its own, with nothing kept in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.browser import lab
from tests.browser.window import PATIENCE_MS, Window, opened

CHROMIUM = "/usr/bin/chromium"
# What Chromium would ask of its maker's servers at every start; and root runs it in a container without a sandbox.
ALONE = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def labs(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[lab.Lab]:
    async with lab.running(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ALONE])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def window(labs: lab.Lab, chromium: Browser) -> AsyncIterator[Window]:
    """Romeo's window. Whatever was asked of another host, or went wrong in the page, fails the test."""
    async with opened(chromium, labs) as romeos:
        yield romeos
    assert romeos.complaints == []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--take-pictures", action="store_true", help="renew the screenshots in docs/images/"
    )
