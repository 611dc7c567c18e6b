"""Somebody comes back to a room and reads."""

from __future__ import annotations

import pytest

from tests.browser.verona import BALCONY, JULIET, NURSE, ORCHARD, message, room, stanza_id
from tests.browser.window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TOP = "[role=article] >> nth=0"


async def test_a_long_room_is_read_back_page_by_page_and_keeps_its_place(window: Window) -> None:
    window.verona.messages = [message(number, f"line {number}.") for number in range(400)]
    await window.visit()
    await window.enter("Orchard")
    await window.log.get_by_text("line 399.").wait_for()

    await window.log.get_by_text("line 370.").scroll_into_view_if_needed()
    seen = window.log.get_by_text("line 360.")
    await window.log.hover()
    for _ in range(200):
        if await window.log.get_by_text("line 200.").count():
            break
        await window.page.mouse.wheel(0, -400)
        await window.page.wait_for_function("() => new Promise(requestAnimationFrame)")
    assert await window.log.get_by_text("line 200.").count()
    assert await seen.count() == 0  # what is out of sight is not drawn
    asked = [frame["before"] for frame in window.verona.heard if "before" in frame]
    assert asked == sorted(asked, key=int, reverse=True)
    assert len(asked) == len(set(asked))

    place = await window.log.get_by_text("line 200.").bounding_box()
    window.verona.hear(message(400, "line 400."))
    await window.panel.get_by_role("button", name="1 new message").wait_for()
    assert await window.log.get_by_text("line 200.").bounding_box() == place
    await window.panel.get_by_role("button", name="1 new message").click()
    await window.log.get_by_text("line 400.").wait_for()


async def test_what_is_new_is_counted_marked_and_then_read(window: Window) -> None:
    window.verona.messages = [message(number, f"line {number}.") for number in range(10)]
    window.verona.rooms = [room(ORCHARD, "Orchard", unread=3, mentions=1, read=stanza_id(6))]
    await window.visit()
    await window.show_panel()
    row = window.panel.get_by_role("button", name="Orchard")
    await row.get_by_label("3 unread messages").wait_for()
    await row.get_by_label("1 mention").wait_for()
    await row.click()
    await window.log.get_by_role("separator", name="New messages").wait_for()
    displayed = await window.until_heard("displayed")
    assert displayed["id"] == stanza_id(9)


async def test_a_message_found_is_shown_where_it_was_said(window: Window) -> None:
    window.verona.messages = [message(number, f"line {number}.") for number in range(400)]
    window.verona.results = lambda _: [
        {
            "room": ORCHARD,
            "message": message(42, "line 42."),
            "snippet": [{"text": "line ", "hit": False}, {"text": "42", "hit": True}],
        }
    ]
    await window.visit()
    await window.enter("Orchard")
    await window.panel.get_by_role("button", name="Search").click()
    await window.panel.get_by_role("searchbox").fill("42")
    await window.panel.get_by_role("searchbox").press("Enter")
    await window.panel.get_by_role("button", name="What was said around it").click()
    around = window.panel.get_by_role("list", name="What was said around it")
    await around.get_by_text("line 41.").wait_for()
    assert await around.locator("[aria-current=true]").all_inner_texts() == [
        "Juliet Capulet line 42."
    ]
    await window.panel.locator("mark", has_text="42").click()
    await window.log.locator("[data-highlighted=true]", has_text="line 42.").wait_for()
    await window.log.get_by_text("line 41.").wait_for()
    await window.panel.get_by_role("button", name="To the newest").click()
    await window.log.get_by_text("line 399.").wait_for()


async def test_people_type_come_and_go(window: Window) -> None:
    await window.visit()
    await window.enter("Orchard")
    await window.panel.get_by_role("button", name="People in this room").click()
    people = window.panel.get_by_role("region", name="People in this room")
    await people.get_by_role("listitem").filter(has_text="Juliet").get_by_label("here").wait_for()
    await (
        people.get_by_role("listitem")
        .filter(has_text="Angelica")
        .get_by_label("not here")
        .wait_for()
    )
    window.verona.say(kind="typing", room=ORCHARD, people=[JULIET, NURSE])
    await window.panel.get_by_text("Juliet Capulet and Angelica are typing…").wait_for()


async def test_one_is_told_of_mentions_and_direct_messages_only(window: Window) -> None:
    await window.visit()
    await window.page.get_by_role("button", name="Chat: connected").wait_for()
    window.verona.hear(message(1, "nothing much"))
    window.verona.hear(message(2, "@romeo, art thou there?", mentions=["romeo"]))
    window.verona.hear(message(3, "Good night 3", room=BALCONY))
    toasts = window.page.locator(".jp-toastContainer").get_by_role("alert")
    await toasts.filter(has_text="Good night 3").wait_for()
    for number in range(4, 9):
        window.verona.hear(message(number, f"Good night {number}", room=BALCONY))
    await toasts.filter(has_text="Good night 8").wait_for()
    await toasts.filter(has_text="art thou there?").wait_for()
    assert await toasts.count() == 2

    await toasts.filter(has_text="Good night 8").get_by_role("button", name="Show").click()
    await window.panel.get_by_role("heading", name="Juliet Capulet").wait_for()
