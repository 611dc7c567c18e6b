"""What the panel looks like, and whether everybody can use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.test_cells import ABOUT, PATH, with_notebook
from tests.browser.verona import JULIET, ME, NURSE, ORCHARD, message, room, stanza_id
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ROOT = Path(__file__).parent.parent.parent
IMAGES = ROOT / "docs" / "images"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


@pytest.mark.parametrize("theme", THEMES)
async def test_everybody_can_use_it_in_light_and_dark(
    window: Window, theme: str, request: pytest.FixtureRequest
) -> None:
    window.verona.messages = [
        message(1, "See the *morning* in this cell. @romeo, is it the lark?", cell=ABOUT)
        | {"mentions": ["romeo"]},
        message(2, "It was the lark. Look:\n```python\nlark = light > 20\n```", ME),
        message(3, "```\nno lark\n```\n> It was the lark\nIt was the _nightingale_.", NURSE),
        message(4, "Then https://example.org/birds has it wrong", JULIET)
        | {
            "reply_to": {"id": stanza_id(2), "display_name": "Romeo Montague", "body": "It was"},
            "reactions": [{"emoji": "👍", "people": ["Romeo Montague"], "mine": True}],
            "edited": "2026-11-20T09:05:00+00:00",
        },
        message(5, "", NURSE) | {"retracted": {"by": "Angelica", "reason": None}},
    ]
    window.verona.rooms[0] = room(ORCHARD, "Orchard", unread=2, mentions=1, read=stanza_id(3))
    await with_notebook(window, f"lab/tree/{PATH}?reset")
    await window.command("apputils:change-theme", theme=THEMES[theme])
    try:
        await window.show_panel()
        await window.panel.get_by_role("button", name="Orchard").wait_for()
        assert await window.violations() == []

        await window.panel.get_by_role("button", name="Orchard").click()
        await window.log.get_by_role("button", name=f"Cell in {PATH}").click()
        await window.page.locator(".xb-CellMark").wait_for()
        assert await window.violations() == []
        await window.composer.fill("Wilt thou be gone?")
        if request.config.getoption("--take-pictures"):
            await window.page.screenshot(path=IMAGES / f"chat-{theme}.png")

        await window.panel.get_by_role("button", name="People in this room").click()
        await window.composer.fill("@juli")
        await window.panel.get_by_role("option", name="Juliet").wait_for()
        assert await window.violations() == []

        await window.composer.press("Escape")
        await window.panel.get_by_role("button", name="Search").click()
        await (await window.point_at("Then")).get_by_role("button", name="React").click()
        assert await window.violations() == []
    finally:
        await window.command("apputils:change-theme", theme=THEMES["light"])
