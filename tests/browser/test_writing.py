"""Somebody writes, with and without a connection."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.lab import TOKEN
from tests.browser.verona import FEATURES, JULIET, ME, ORCHARD, message, stanza_id
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_message_is_sent_and_delivered(window: Window) -> None:
    await window.visit()
    await window.enter("Orchard")
    await window.say("Wherefore art *thou*?")
    article = window.log.get_by_role("article").filter(has_text="Wherefore art thou?")
    await article.get_by_label("delivered").wait_for()
    await expect(article.locator("strong")).to_have_text("thou")
    await expect(window.composer).to_have_value("")


async def test_what_is_written_without_a_connection_is_sent_once(window: Window) -> None:
    window.verona.messages = [message(1, "Good night!")]
    await window.visit()
    await window.enter("Orchard")
    window.verona.mute = True
    await window.verona.drop()
    await window.panel.get_by_text("Not connected; trying again.").wait_for()
    await window.say("Parting is such sweet sorrow")
    await window.log.get_by_label("waiting").wait_for()
    await window.composer.fill("that I shall say")

    await window.go(f"lab?token={TOKEN}")  # the page is loaded again, while the server is deaf
    await window.show_panel()
    await window.log.get_by_text("Parting is such sweet sorrow").wait_for()
    await expect(window.composer).to_have_value("that I shall say")
    window.verona.mute = False
    await window.verona.drop()
    await window.log.get_by_label("delivered").wait_for()
    assert len({post["client_id"] for post in window.verona.posts()}) == 1
    shown = window.log.get_by_role("article").filter(has_text="Parting")
    assert await shown.count() == 1


async def test_a_message_is_answered_reacted_to_corrected_and_retracted(window: Window) -> None:
    window.verona.messages = [message(1, "Good night!"), message(2, "Sweet sorow", ME)]
    await window.visit()
    await window.enter("Orchard")

    await (await window.point_at("Good night!")).get_by_role("button", name="Reply").click()
    await window.say("A thousand times good night")
    assert (await window.until_heard("post"))["reply_to"] == stanza_id(1)

    article = await window.point_at("Good night!")
    await article.get_by_role("button", name="React").click()
    await article.get_by_role("button", name="heart", exact=True).click()
    assert (await window.until_heard("react"))["emojis"] == ["❤️"]

    await (await window.point_at("Sweet sorow")).get_by_role("button", name="Correct").click()
    await expect(window.composer).to_have_value("Sweet sorow")
    await window.say("Sweet sorrow")
    assert (await window.until_heard("correct"))["body"] == "Sweet sorrow"

    await (await window.point_at("Sweet sorow")).get_by_role("button", name="Retract").click()
    await window.page.get_by_role("dialog").get_by_role("button", name="Retract").click()
    assert (await window.until_heard("retract"))["id"] == stanza_id(2)


async def test_an_owner_retracts_what_somebody_else_said_with_a_reason(window: Window) -> None:
    window.verona.messages = [message(1, "A plague on both your houses")]
    await window.visit()
    await window.enter("Orchard")
    article = await window.point_at("A plague")
    await article.get_by_role("button", name="Retract, with a reason").click()
    await window.page.get_by_role("dialog").get_by_role("textbox").fill("peace!")
    await window.page.get_by_role("dialog").get_by_role("button", name="Retract").click()
    assert (await window.until_heard("retract"))["reason"] == "peace!"
    retracted = {"by": "Romeo Montague", "reason": "peace!"}
    window.verona.hear(message(1, "", retracted=retracted))
    await window.log.get_by_text("Romeo Montague retracted this message: peace!").wait_for()


async def test_everything_can_be_done_with_the_keyboard(window: Window) -> None:
    window.verona.messages = [message(1, "Good night!")]
    await window.visit()
    await window.enter("Orchard")
    await window.composer.focus()
    await window.page.keyboard.type("@jul")
    await window.panel.get_by_role("option", name="Juliet Capulet").wait_for()
    await window.page.keyboard.press("Tab")
    await expect(window.composer).to_have_value("@juliet ")
    await window.page.keyboard.type(":hear")
    await window.page.keyboard.press("Enter")
    await window.page.keyboard.press("Enter")
    assert (await window.until_heard("post"))["body"] == "@juliet ❤️"
    await window.log.get_by_label("delivered").wait_for()

    await window.log.focus()
    await window.page.keyboard.press("ArrowUp")
    await window.page.keyboard.press("ArrowUp")
    await expect(window.log.get_by_role("article").filter(has_text="Good")).to_be_focused()
    await window.page.keyboard.press("Tab")
    await window.page.keyboard.press("Tab")
    await window.page.keyboard.press("Enter")
    await window.panel.get_by_text("Reply to Juliet Capulet: Good night!").wait_for()
    await expect(window.composer).to_be_focused()
    await window.page.keyboard.press("Escape")
    await expect(window.panel.get_by_text("Reply to")).to_have_count(0)


async def test_a_file_goes_with_a_message(window: Window) -> None:
    url = f"/services/xmpp-bridge/api/rooms/{ORCHARD}/uploads/1/moon.txt"
    moon = {"url": url, "name": "moon.txt", "size": 4, "type": "text/plain"}
    await window.page.route(
        "**/xmpp-bridge/api/rooms/*/uploads*",
        lambda route: route.fulfill(status=201, json=moon),
    )
    await window.visit()
    await window.enter("Orchard")
    file = {"name": "moon.txt", "mimeType": "text/plain", "buffer": b"moon"}
    await window.panel.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    await window.panel.get_by_text("moon.txt").wait_for()
    await window.say("by yonder moon")
    whole = moon | {"url": window.lab.url + url}
    assert (await window.until_heard("post"))["attachments"] == [whole]


async def test_somebody_whom_the_server_refuses_is_told_why(window: Window) -> None:
    await window.visit()
    await window.show_panel()
    window.verona.say(kind="state", status="refused", reason="you are banished", me=ME, features=[])
    await window.panel.get_by_text("Refused: you are banished").wait_for()
    status = window.page.get_by_role("button", name="Chat: refused")
    await expect(status).to_have_attribute("title", re.compile("Refused: you are banished"))
    window.verona.say(kind="state", status="connected", reason=None, me=ME, features=FEATURES)
    await window.page.get_by_role("button", name="Chat: connected").wait_for()


async def test_a_link_to_a_message_leads_to_it(window: Window) -> None:
    window.verona.messages = [message(number, f"line {number}.", JULIET) for number in range(200)]
    await window.visit(f"lab?reset&xmpp-room={ORCHARD}&xmpp-message={stanza_id(7)}")
    await window.log.locator("[data-highlighted=true]", has_text="line 7.").wait_for()
    article = await window.point_at("line 7.")
    await article.get_by_role("button", name="Copy link to this message").click()
    link = await window.page.evaluate("navigator.clipboard.readText()")
    assert link.endswith(f"/lab?xmpp-room={ORCHARD}&xmpp-message={stanza_id(7)}")
