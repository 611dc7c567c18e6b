"""How long a message takes from the server's push until it is painted, however much is in the room."""

from __future__ import annotations

from statistics import median
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.lab import Lab
from tests.browser.verona import Frame, Verona, message
from tests.browser.window import opened

pytestmark = [pytest.mark.browser, pytest.mark.accept, pytest.mark.asyncio(loop_scope="session")]

FEW, MANY = 1_000, 100_000
FACTOR = 2.0
PUSHES = 60
# From the first look at what the socket brought to the frame in which it is drawn.
WATCH = """() => {
    const parse = JSON.parse;
    const began = new Map();
    window.painted = [];
    const markOf = text => /pushed-\\d+\\./.exec(text)?.[0];
    JSON.parse = (text, ...more) => {
        const mark = typeof text === 'string' && text.length < 5000 && markOf(text);
        if (mark && !began.has(mark)) {
            began.set(mark, performance.now());
        }
        return parse(text, ...more);
    };
    new MutationObserver(changes => {
        for (const { addedNodes } of changes) {
            for (const node of addedNodes) {
                const mark = markOf(node.textContent ?? '');
                if (mark && began.has(mark)) {
                    const start = began.get(mark);
                    began.delete(mark);
                    requestAnimationFrame(() => {
                        const { port1, port2 } = new MessageChannel();
                        port1.onmessage = () => window.painted.push(performance.now() - start);
                        port2.postMessage(null);
                    });
                }
            }
        }
    }).observe(document.querySelector('#xmpp-bridge-chat'), { childList: true, subtree: true });
}"""


class Everything(Verona):
    """Gives the whole room at once, so that the panel holds all of it."""

    def _page(self, frame: Frame) -> Frame:
        return {"room": frame["room"], "messages": self.messages, "first": True, "last": True}


async def test_a_full_room_is_as_quick_as_an_empty_one(
    labs: Lab, chromium: Browser, record_property: Any
) -> None:
    few, many = [await _medians(labs, chromium, count) for count in (FEW, MANY)]
    assert many <= FACTOR * few
    record_property(
        "figure",
        f"push to paint: {few:.1f} ms among {FEW:,}, {many:.1f} ms among {MANY:,} messages:"
        f" {many / few:.2f} x (at most {FACTOR})",
    )


async def _medians(labs: Lab, chromium: Browser, count: int) -> float:
    async with opened(chromium, labs) as window:
        window.page.set_default_timeout(120_000)
        window.verona = Everything([message(n, f"line {n}.") for n in range(count)])
        await window.visit()
        await window.enter("Orchard")
        await window.log.get_by_text(f"line {count - 1}.").wait_for()
        await window.page.evaluate(WATCH)
        for number in range(PUSHES):
            window.verona.hear(message(count + number, f"pushed-{number}."))
            await window.log.get_by_text(f"pushed-{number}.").wait_for()
        await window.page.wait_for_function(f"window.painted.length >= {PUSHES}")
        painted: list[float] = await window.page.evaluate("window.painted")
        return median(painted)
