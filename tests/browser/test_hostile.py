"""Somebody with a valid account does their worst."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import expect

from tests.browser.verona import JULIET, ME, ORCHARD, Frame, message
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

EVIL = "https://evil.example"
BODIES = [
    "<script>window.taken = 1</script>",
    "<img src=x onerror='window.taken = 1'>",
    f"<img src={EVIL}/x.png> ![x]({EVIL}/x.png)",
    f"<iframe src={EVIL}></iframe><link rel=stylesheet href={EVIL}/x.css>",
    f"<style>* {{ background: url({EVIL}/x.png) }}</style>",
    "<svg onload='window.taken = 1'>",
    "javascript:window.taken=1 data:text/html,<script>window.taken=1</script>",
    f"```html\n<script src={EVIL}/x.js></script>\n```",
    "\u202e\u2066turned\u2069 \u200b\u200bhidden\ufeff",
    "Z" + "\u0301\u0328\u0347" * 5_000 + "algo",
    "<b>" * 10_000,
    "*_~`" * 20_000,
    ">" * 50_000,
    "\n" * 50_000,
]


def said(number: int, body: str, **more: object) -> Frame:
    return message(number, body) | more


async def test_nothing_runs_nothing_is_fetched_and_the_panel_stays_itself(window: Window) -> None:
    picture = {"url": f"{EVIL}/x.png", "name": "x.png", "size": 1, "type": "image/png"}
    sender = JULIET | {"display_name": "Romeo Montague\u202e<img src=x onerror='window.taken=1'>"}
    everything = [said(number, body) for number, body in enumerate(BODIES)] + [
        said(100, "@romeo " * 10_000, mentions=["romeo"] * 10_000),
        said(101, "wherefore " * 100_000),
        said(102, "a picture", attachments=[picture] * 1_000),
        said(103, "who am I?", sender=sender | {"me": False}),
        said(104, "react", reactions=[_reaction(number) for number in range(1_000)]),
        said(105, "cell", cell=_cell("x" * 100_000)),
    ]
    await window.visit()
    await window.enter("Orchard")
    for each in everything:
        window.verona.hear(each)
        await window.log.get_by_role("article").last.wait_for()
    await window.log.get_by_text("cell", exact=True).wait_for()
    await window.say("I am still here")
    await window.log.get_by_label("delivered").wait_for()
    assert await window.page.evaluate("window.taken") is None
    assert await window.panel.locator("script, iframe, style, link, video, form img").count() == 0

    await window.log.focus()
    await window.log.evaluate("log => { log.scrollTop = 0; }")
    await expect(window.log.get_by_role("article").first).to_be_visible()
    width = await window.log.evaluate("log => [log.scrollWidth, log.clientWidth]")
    assert width[0] <= width[1]


async def test_frames_that_are_none_change_nothing(window: Window) -> None:
    await window.visit()
    await window.enter("Orchard")
    for text in (
        "",
        "null",
        "[]",
        '{"kind": "__proto__"}',
        '{"kind": "rooms", "rooms": {}}',
        json.dumps({"kind": "message", "room": ORCHARD, "message": {"id": 5}}),
        json.dumps({"kind": "message", "room": "elsewhere", "message": message(1, "x", ME)}),
        "x" * 1_000_000,
    ):
        for door in window.verona.doors:
            door.send(text)
    await window.say("I am still here")
    await window.log.get_by_label("delivered").wait_for()


def _reaction(number: int) -> Frame:
    return {"emoji": chr(0x1F300 + number), "people": ["<b>Juliet</b>"] * 50, "mine": False}


def _cell(text: str) -> Frame:
    return {
        "document": "0" * 32,
        "cell": text,
        "name": f"<b>{text}</b>",
        "resolved": False,
        "excerpt": text,
    }
