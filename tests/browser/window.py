"""One person's browser window: a lab in it, and what went on behind it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Error, Locator, Page, Request, WebSocket

from tests.browser.lab import LOOPBACK, TOKEN, Lab
from tests.browser.verona import Verona
from tests.e2e.stage import until

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
OURS = [
    *("#xmpp-bridge-chat", ".xb-Status", ".xb-DocumentMark", ".xb-Explanation", ".xb-CellMark"),
    *(".xb-Share", ".xb-Arrival", ".xb-TimeLine"),
]
PANEL = "#xmpp-bridge-chat"
PATIENCE_MS = 15_000
MOST_EVENTS = 60
"""Of what went on, a failed test tells this many."""
TAB = 'li[data-id="xmpp-bridge-chat"]'
# A lab that a hub started does not show its insides, as the others here do. Some time after all else it gives the focus
# to its launcher or to the file that it opens: who types before that types into those.
READY = f"""() => window.jupyterapp
    ? window.jupyterapp.restored.then(() => true)
    : document.querySelector('{TAB}') && !document.querySelector('#jupyterlab-splash')
        && document.activeElement !== document.body"""
# COMPAT(Notebook 7.6.5): says so by itself, as it starts.
SPLASH = "Failed to execute 'removeChild' on 'Node'"
NOT_OURS = {
    "Cannot read properties of undefined (reading 'schema')",
    "Command 'filebrowser:open-path' not registered.",
}


class Window:
    def __init__(self, page: Page, lab: Lab) -> None:
        self.page = page
        self.lab = lab
        self.verona = Verona()
        self.complaints: list[str] = []
        self._events: deque[str] = deque(maxlen=MOST_EVENTS)
        page.on("pageerror", self._failed)
        page.on("request", self._asked)
        page.on("websocket", self._opened_socket)
        page.on("console", self._printed)
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog: {dialog.message}"))

    @property
    def panel(self) -> Locator:
        return self.page.locator(PANEL)

    @property
    def log(self) -> Locator:
        return self.panel.get_by_role("log")

    @property
    def composer(self) -> Locator:
        return self.panel.locator("textarea")

    async def visit(self, path: str = "lab?reset") -> None:
        """Open the lab, with what Verona says in place of a server's."""
        await self.verona.open(self.page)
        mark = "&" if "?" in path else "?"
        await self.go(f"{path}{mark}token={TOKEN}")

    async def log_in(self, hub_url: str, name: str, password: str) -> None:
        """At the hub, as people do."""
        await self.page.goto(f"{hub_url}hub/login")
        await self.page.locator("input[name=username]").fill(name)
        await self.page.locator("input[name=password]").fill(password)
        await self.page.locator("input[name=password]").press("Enter")
        await self.page.wait_for_url(lambda url: "/hub/login" not in url)

    async def go(self, path: str) -> None:
        await self.page.goto(f"{self.lab.url}/{path}")
        await self.page.wait_for_function(READY)

    async def show_panel(self) -> None:
        if await self.page.evaluate("Boolean(window.jupyterapp)"):
            await self.command("xmpp-bridge:show-chat")
        elif not await self.panel.is_visible():
            await self.page.locator(TAB).click()
        await self.panel.wait_for()

    async def enter(self, room: str) -> None:
        """Open the panel and a room."""
        await self.show_panel()
        await self.panel.get_by_role("button", name=room).click()
        await self.log.wait_for()

    async def say(self, text: str) -> None:
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def point_at(self, text: str) -> Locator:
        """The message with this text, with its buttons shown."""
        article = self.log.get_by_role("article").filter(has_text=text)
        await article.hover()
        return article

    async def until_heard(self, kind: str) -> dict[str, Any]:
        """The newest frame of this kind that the panel has sent."""

        async def heard() -> dict[str, Any] | None:
            found = [frame for frame in self.verona.heard if frame["kind"] == kind]
            return found[-1] if found else None

        frame: dict[str, Any] = await until(heard, f"the panel sends {kind}")
        return frame

    async def violations(self) -> list[Any]:
        """What axe-core has against everything of ours that is on the page."""
        await self.page.add_script_tag(path=AXE)
        found = await self.page.evaluate(
            """async selectors => {
                const include = selectors.filter(each => document.querySelector(each));
                const { violations } = await axe.run({ include: include.map(each => [each]) });
                return violations.map(({ id, nodes }) => [id, nodes.map(node => node.html)]);
            }""",
            OURS,
        )
        return list(found)

    async def command(self, name: str, **args: Any) -> None:
        await self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, args]
        )

    @property
    def story(self) -> str:
        """What went on last between this lab and its server: kinds of frames, and what the page printed."""
        return "\n".join([f"{self.lab.url}, as it was:", *self._events])

    def _note(self, event: str) -> None:
        self._events.append(f"  {datetime.now(UTC):%H:%M:%S.%f} {event}")

    def _opened_socket(self, socket: WebSocket) -> None:
        if not urlsplit(socket.url).path.endswith("/xmpp-bridge/ws"):
            return
        self._note("the socket opens")
        socket.on("framesent", lambda data: self._note(f"sent {_kind(data)}"))
        socket.on("framereceived", lambda data: self._note(f"received {_kind(data)}"))
        socket.on("close", lambda _: self._note("the socket is closed"))

    def _printed(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._note(f"{message.type}: {message.text}")

    def _failed(self, error: Error) -> None:
        # COMPAT(JupyterLab 4.6): its splash takes itself away twice when the theme changes, by a timer of its own.
        splash = error.message.startswith(SPLASH) and (error.stack or "").count(" at ") == 1
        # COMPAT(JupyterLab 4.6): a notebook that is closed while it draws cells in idle time goes on with the next one.
        idle = "_runOnIdleTime" in (error.stack or "")
        # COMPAT(Playwright): a routed socket says so where a real one says nothing.
        closing = error.message.startswith("WebSocket is already in CLOSING")
        if error.message not in NOT_OURS and not splash and not idle and not closing:
            self.complaints.append(f"error: {error.message} {error.stack}")

    def _asked(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in {"http", "https", "ws", "wss"} and url.hostname != LOOPBACK:
            self.complaints.append(f"asked {url.hostname}")


def _kind(data: str | bytes) -> str:
    """What a frame is, and which request it belongs to, without what people said."""
    frame = json.loads(data)
    named = (frame.get(key) for key in ("kind", "request", "status", "condition"))
    return " ".join(str(each) for each in named if each is not None)


@asynccontextmanager
async def opened(browser: Browser, lab: Lab) -> AsyncIterator[Window]:
    context = await browser.new_context(
        viewport={"width": 1300, "height": 800}, locale="en-GB", timezone_id="UTC"
    )
    context.set_default_timeout(PATIENCE_MS)
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    window = Window(await context.new_page(), lab)
    try:
        yield window
    except (AssertionError, Error) as error:
        error.add_note(window.story)
        raise
    finally:
        await context.close()
