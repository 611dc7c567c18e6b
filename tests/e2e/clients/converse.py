"""Converse.js, as npm has it, in Chromium: a page with nothing else on it, over websocket."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, StaticFileHandler

from tests.e2e.clients.login import ClientLogin

DIST = Path(__file__).parents[3] / ".clients" / "node_modules" / "converse.js" / "dist"
CHROMIUM = "/usr/bin/chromium"
PATIENCE_MS = 30_000
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Converse</title>
<link rel="stylesheet" href="/dist/converse.min.css"></head><body class="converse-fullscreen">
<div id="conversejs-bg"></div><script type="module">
import "/dist/converse.min.js";
window.converse.initialize({});
</script></body></html>"""


class Converse:
    """The client with the room in front."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def say(self, text: str) -> None:
        box = self.page.locator("textarea.chat-textarea")
        await box.fill(text)
        await box.press("Enter")

    async def shown(self) -> str:
        return await self.page.locator(".chat-content").inner_text()


@asynccontextmanager
async def converse(login: ClientLogin, room: str) -> AsyncIterator[Converse]:
    """The client in the room, for the length of the block; its owner logs in by typing."""
    settings = {
        "websocket_url": login.websocket,
        "assets_path": "/dist/",
        "view_mode": "fullscreen",
        "discover_connection_methods": False,
        "auto_join_rooms": [{"jid": room, "nick": login.localpart}],
        "i18n": "en",
        "loglevel": "error",
    }
    home = Path(tempfile.mkdtemp(prefix="xb-home-"))
    try:
        await _trust(login.ca, home)
        async with (
            _serving(PAGE.replace("{}", json.dumps(settings))) as url,
            async_playwright() as p,
        ):
            browser = await p.chromium.launch(
                executable_path=CHROMIUM,
                args=["--no-sandbox", "--disable-gpu", "--no-first-run"],
                env={"HOME": str(home), "LANG": "C.UTF-8"},
            )
            page = await browser.new_page()
            page.set_default_timeout(PATIENCE_MS)
            # Its page may load what lies beside it, and speak to the XMPP server.
            await page.route(lambda asked: not asked.startswith(url), lambda route: route.abort())
            await page.goto(url)
            await page.locator("input[name=jid]").fill(login.jid)
            await page.locator("input[name=password]").fill(login.password)
            await page.locator("input[name=password]").press("Enter")
            await page.locator("textarea.chat-textarea").wait_for()
            yield Converse(page)
            await browser.close()
    finally:
        shutil.rmtree(home, ignore_errors=True)


async def _trust(ca: Path, home: Path) -> None:
    """Have Chromium believe this authority, as an administrator would: certificate errors stay errors."""
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    for arguments in (("-N", "--empty-password"), ("-A", "-t", "C,,", "-n", "lab", "-i", str(ca))):
        process = await asyncio.create_subprocess_exec(
            "certutil", "-d", f"sql:{database}", *arguments
        )
        assert await process.wait() == 0, "certutil"


@asynccontextmanager
async def _serving(html: str) -> AsyncIterator[str]:
    """A page and the client's own files, on a port of the loopback."""

    class Front(RequestHandler):
        def get(self) -> None:
            self.finish(html)

    application = Application(
        [("/", Front), ("/dist/(.*)", StaticFileHandler, {"path": str(DIST)})]
    )
    server = HTTPServer(application)
    (socket,) = bind_sockets(0, "127.0.0.1")
    server.add_sockets([socket])
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}/"
    finally:
        server.stop()
        await server.close_all_connections()
