"""Two people, each with their own lab on a real hub, with a real ejabberd and service between them."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from tests.browser.lab import QUIET, Lab
from tests.browser.test_status import mark
from tests.browser.window import Window, opened
from tests.e2e.stage import Person, Stage, staged

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
]

PATH = "balcony.ipynb"
# One red pixel.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
FORBIDDEN = 403
RECOVERY_MS = 60_000
THEMES = {"alice": "JupyterLab Dark", "bob": "JupyterLab Light"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage() -> AsyncIterator[Stage]:
    async with staged("alice", "bob") as stage:
        for person in stage.people.values():
            await dress(person)
        yield stage


async def dress(person: Person) -> None:
    """Alice works in the dark, Bob in the light, and neither is asked about news."""
    theme = {
        "@jupyterlab/apputils-extension:themes": {"theme": THEMES.get(person.name, THEMES["bob"])}
    }
    for plugin, settings in {**QUIET, **theme}.items():
        raw = {"raw": json.dumps(settings)}
        await person.server.call("PUT", f"lab/api/settings/{plugin}", raw)


@asynccontextmanager
async def logged_in(chromium: Browser, stage: Stage, person: Person) -> AsyncIterator[Window]:
    """The person's own browser, after they logged in to the hub."""
    settings = stage.stack.settings
    lab = Lab(f"{settings.url}user/{person.name}", person.home)
    async with opened(chromium, lab) as window:
        await window.log_in(settings.url, person.name, settings.password)
        yield window


async def test_one_writes_and_the_other_answers(stage: Stage, chromium: Browser) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    await stage.shared(alice, PATH, "light = 1", "light = 2", called="Mantua", bob="editor")
    async with (
        logged_in(chromium, stage, alice) as hers,
        logged_in(chromium, stage, bob) as his,
    ):
        await hers.go(f"lab/tree/{PATH}?reset")
        await hers.page.get_by_role("dialog").get_by_role("button", name="Select Kernel").click()
        await hers.page.locator(".jp-Notebook .jp-Cell").nth(1).click()
        await hers.enter("Mantua")
        await hers.say("What light is it?")
        said = hers.log.get_by_role("article").filter(has_text="What light is it?")
        await said.get_by_label("delivered").wait_for()

        await his.go("lab?reset")
        await his.enter("Mantua")
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


async def _make_room(window: Window, name: str, member: str) -> None:
    """In the panel, as its owner."""
    dialog = window.page.get_by_role("dialog")
    await window.panel.get_by_role("button", name="New room").click()
    await dialog.get_by_role("textbox").fill(name)
    await dialog.get_by_role("button", name="Create").click()
    await window.panel.get_by_role("heading", name=name).wait_for()
    await window.panel.get_by_role("button", name="People in this room").click()
    await window.panel.get_by_role("button", name="Add somebody").click()
    await dialog.get_by_role("textbox").fill(member)
    await dialog.get_by_role("button", name="Add").click()
    await window.panel.get_by_role("button", name=f"Write to {member}").wait_for()
    await window.panel.get_by_role("button", name="People in this room").click()


async def test_everything_that_is_done_with_messages_reaches_the_other_lab(
    stage: Stage, chromium: Browser
) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    async with (
        logged_in(chromium, stage, alice) as hers,
        logged_in(chromium, stage, bob) as his,
    ):
        await hers.go("lab?reset")
        await his.go("lab?reset")
        await hers.show_panel()
        await _make_room(hers, "Orchard", "bob")
        await his.enter("Orchard")

        await his.composer.press_sequentially("Is it day, @al")
        await hers.panel.get_by_text("bob is typing…").wait_for()
        await his.panel.get_by_role("option", name="alice").click()
        await his.composer.press_sequentially("? It is *not* yet :hear")
        await his.composer.press("Enter")
        await his.composer.press("Enter")
        heard = hers.log.get_by_role("article").filter(has_text="Is it day")
        await expect(heard.locator("strong")).to_have_text("not")
        await expect(heard).to_contain_text("@alice")
        await expect(heard).to_contain_text("❤️")

        await heard.hover()
        await heard.get_by_role("button", name="React").click()
        await heard.get_by_role("button", name="heart", exact=True).click()
        shown = his.log.get_by_role("article").filter(has_text="Is it day")
        await expect(shown.get_by_role("group", name="Reactions")).to_contain_text("1")

        await his.say("```python\nlark = 1\n```")
        block = hers.log.locator("figure", has_text="lark = 1")
        await block.hover()
        await block.get_by_role("button", name="Copy code").click()
        assert await hers.page.evaluate("navigator.clipboard.readText()") == "lark = 1"

        await his.say("Rude!")
        await (await hers.point_at("Rude!")).get_by_role("button", name="Retract, with").click()
        await hers.page.get_by_role("dialog").get_by_role("textbox").fill("be kind")
        await hers.page.get_by_role("dialog").get_by_role("button", name="Retract").click()
        await his.log.get_by_text("alice retracted this message: be kind").wait_for()

        await his.say("Not so")
        await (await his.point_at("Not so")).get_by_role("button", name="Retract").click()
        await his.page.get_by_role("dialog").get_by_role("button", name="Retract").click()
        await hers.log.get_by_text("bob retracted this message.").wait_for()
        assert await hers.violations() == await his.violations() == []

        # Somebody on another device of theirs has read it all.
        async with logged_in(chromium, stage, bob) as phone:
            await phone.go("lab?reset")
            await phone.show_panel()
            await his.panel.get_by_role("button", name="All rooms").click()
            await hers.say("@bob, it is the lark")
            row = his.panel.get_by_role("button", name="Orchard")
            await row.get_by_label("1 mention").wait_for()
            await phone.panel.get_by_role("button", name="Orchard").click()
            await expect(row.get_by_label("1 mention")).to_have_count(0)
            await phone.log.get_by_text("it is the lark").wait_for()
            assert phone.complaints == []
        assert hers.complaints == his.complaints == []


def _origin(url: str) -> Origin:
    """Of the pages that belong to this socket."""
    return Origin("http://" + url.split("/")[2])


async def test_a_page_of_somebody_else_opens_no_socket(stage: Stage, chromium: Browser) -> None:
    alice = stage.people["alice"]
    async with logged_in(chromium, stage, alice) as window:
        await window.go("lab?reset")
        cookies = await window.page.context.cookies()
    cookie = "; ".join(f"{each['name']}={each['value']}" for each in cookies)
    url = alice.server.websocket_url("xmpp-bridge/ws")
    async with connect(url, additional_headers={"Cookie": cookie}, origin=_origin(url)) as socket:
        assert json.loads(await socket.recv())["kind"] == "state"
    with pytest.raises(InvalidStatus) as refused:
        async with connect(
            url, additional_headers={"Cookie": cookie}, origin=Origin("https://evil.example")
        ):
            pytest.fail("it is in")
    assert refused.value.response.status_code == FORBIDDEN


async def test_files_searching_and_writing_to_one_person(stage: Stage, chromium: Browser) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    await stage.room(alice, "Balcony", bob="viewer")
    async with (
        logged_in(chromium, stage, alice) as hers,
        logged_in(chromium, stage, bob) as his,
    ):
        await hers.go("lab?reset")
        await his.go("lab?reset")
        await hers.enter("Balcony")
        await his.enter("Balcony")
        file = {"name": "moon.png", "mimeType": "image/png", "buffer": PICTURE}
        await hers.panel.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
        await hers.panel.get_by_text("moon.png").wait_for()
        await hers.say("By yonder blessed moon")
        image = his.log.get_by_role("img", name="moon.png")
        await image.wait_for()
        loaded = "image => image.decode().then(() => image.naturalWidth)"
        assert await image.evaluate(loaded) == 1
        assert f"/user/{bob.name}/" in str(await image.get_attribute("src"))

        for number in range(30):
            await hers.say(f"line {number}.")
        await his.log.get_by_text("line 29.").wait_for()
        await his.panel.get_by_role("button", name="Search").click()
        await his.panel.get_by_role("searchbox").fill("from:alice has:file bless*")
        await his.panel.get_by_role("searchbox").press("Enter")
        await his.panel.locator("mark", has_text="blessed").click()
        await his.log.locator("[data-highlighted=true]", has_text="blessed moon").wait_for()
        await his.panel.get_by_role("button", name="Search").click()
        await his.panel.get_by_role("searchbox").fill("after:soon")
        await his.panel.get_by_role("searchbox").press("Enter")
        await his.panel.get_by_text("At character 1:").wait_for()
        assert await his.violations() == []

        async with logged_in(chromium, stage, bob) as phone:  # without a lab
            await phone.page.goto(f"{stage.stack.settings.url}services/xmpp-bridge/search")
            await phone.page.get_by_role("searchbox").fill("blessed moon")
            await phone.page.get_by_role("button", name="Search").click()
            await phone.page.locator("mark", has_text="blessed").click()
            await phone.log.locator("[data-highlighted=true]", has_text="blessed moon").wait_for()
            assert phone.complaints == []

        await hers.panel.get_by_role("button", name="People in this room").click()
        await hers.panel.get_by_role("button", name="Write to bob").click()
        await hers.panel.get_by_role("heading", name="bob").wait_for()
        await hers.say("Only you")
        toast = his.page.locator(".jp-toastContainer").get_by_role("alert")
        await toast.filter(has_text="Only you").get_by_role("button", name="Show").click()
        await his.panel.get_by_role("heading", name="alice").wait_for()
        await his.say("Only me")
        await hers.log.get_by_text("Only me").wait_for()
        assert hers.complaints == his.complaints == []


async def test_one_reads_that_edits_wait_for_the_room_and_that_it_has_them(
    stage: Stage, chromium: Browser
) -> None:
    alice, bob = stage.people["alice"], stage.people["bob"]
    path = "nightingale.ipynb"
    await stage.shared(alice, path, "light = 1", bob="viewer")
    async with (
        logged_in(chromium, stage, alice) as hers,
        logged_in(chromium, stage, bob) as his,
    ):
        await hers.go(f"lab/tree/{path}?reset")
        await hers.page.get_by_role("dialog").get_by_role("button", name="Select Kernel").click()
        await his.go(f"lab/tree/{path}?reset")
        read_only = "Read-only: you are a viewer of Verona"
        await expect(mark(hers)).to_contain_text("Saved in the room", timeout=RECOVERY_MS)
        await expect(mark(his)).to_contain_text(read_only, timeout=RECOVERY_MS)

        service = await stage.stack.service_pid()
        os.kill(service, signal.SIGSTOP)  # or it would start ejabberd again at once
        try:
            os.kill(stage.stack.ejabberd_pid(), signal.SIGKILL)
            await expect(mark(his)).to_contain_text("Reconnecting", timeout=RECOVERY_MS)
            await hers.page.locator(".jp-Notebook .cm-content").first.click()
            await hers.page.keyboard.type("0")
            kept = re.compile(r"Kept here, \d+ edits? waiting")
            await expect(mark(hers)).to_contain_text(kept, timeout=RECOVERY_MS)
        finally:
            os.kill(service, signal.SIGCONT)
        await expect(mark(hers)).to_contain_text("Saved in the room", timeout=RECOVERY_MS)
        await expect(mark(his)).to_contain_text(read_only, timeout=RECOVERY_MS)
        assert hers.complaints == his.complaints == []
