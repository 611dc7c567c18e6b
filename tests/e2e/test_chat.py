"""Two people talk, each in a tab of their own Jupyter server, through a real hub and a real ejabberd."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from demo.rest import RefusedError
from tests.e2e.chat_tab import chat_tab
from tests.e2e.stage import Person, Stage, until

NOT_FOUND = 404

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_what_one_writes_the_other_reads(stage: Stage, alice: Person, bob: Person) -> None:
    room = await stage.room(alice, bob="viewer")
    async with chat_tab(alice.server) as hers, chat_tab(bob.server) as his:
        await hers.in_room(room, "alice", "bob")
        await his.in_room(room, "alice", "bob")
        await his.remark("typing", room=room, active=True)
        await hers.sees(
            lambda frame: (
                frame["kind"] == "typing"
                and [each["username"] for each in frame["people"]] == ["bob"]
            )
        )
        answer = await his.ask("post", room=room, client_id="c1", body="Hello @alice")
        assert answer["kind"] == "done"
        await his.message("Hello @alice", state="waiting", client_id="c1", id=None)
        sent = await his.message("Hello @alice", client_id="c1", state="sent")
        seen = await hers.message("Hello @alice")
        await his.ask("post", room=room, client_id="c1", body="Hello @alice")  # as after a break
        assert (seen["id"], seen["client_id"], seen["mentions"]) == (sent["id"], None, ["alice"])
        assert (seen["sender"]["username"], seen["sender"]["me"]) == ("bob", False)
        await his.sees(
            lambda frame: frame["kind"] == "archived" and int(frame["id"]) >= int(sent["id"])
        )
        unread = await hers.sees(lambda frame: frame["kind"] == "read")
        assert (unread["unread"], unread["mentions"]) == (1, 1)

        await hers.remark("displayed", room=room, id=seen["id"])
        await hers.sees(lambda frame: frame["kind"] == "read" and frame["unread"] == 0)
        await hers.ask("react", room=room, id=seen["id"], emojis=["👍"])
        liked = await his.sees(lambda frame: bool(frame.get("message", {}).get("reactions")))
        assert liked["message"]["reactions"][0]["people"] == ["alice"]
        await his.ask("correct", room=room, id=sent["id"], body="Hello, @alice!")
        assert (await hers.message("Hello, @alice!"))["edited"]
        await hers.ask("post", room=room, client_id="c2", body="Hi", reply_to=sent["id"])
        reply = await his.message("Hi")
        assert reply["reply_to"]["body"] == "Hello, @alice!"
        await his.ask("retract", room=room, id=sent["id"])
        gone = await hers.sees(lambda frame: bool(frame.get("message", {}).get("retracted")))
        assert gone["message"]["body"] == ""
        page = await hers.ask("page", room=room, limit=50)
        assert [message["body"] for message in page["messages"]] == ["", "Hi"]
        assert page["first"]
        assert page["last"]


async def test_what_was_said_is_found_and_owners_take_it_back(
    stage: Stage, alice: Person, bob: Person
) -> None:
    room = await stage.room(alice, bob="editor")
    async with chat_tab(alice.server) as hers, chat_tab(bob.server) as his:
        await hers.in_room(room, "alice", "bob")
        for number, body in enumerate(("A learning rate of 0.1", "The rate is learning", "Rude!")):
            await his.ask("post", room=room, client_id=f"s{number}", body=body)
        last = await hers.delivered("Rude!")

        asked = {"query": '"learning rate" from:bob', "order": "newest"}
        found = await hers.ask("search", **asked)
        assert [hit["message"]["body"] for hit in found["hits"]] == ["A learning rate of 0.1"]
        assert [part["text"] for part in found["hits"][0]["snippet"] if part["hit"]]
        assert found["hits"][0]["room"] == room
        wrong = await hers.ask("search", query="from:", order="relevance", room=room)
        assert wrong["problems"][0]["at"] == 0

        mine = await hers.ask("post", room=room, client_id="a1", body="That was rude")
        assert mine["kind"] == "done"
        hers_too = await his.delivered("That was rude")
        refused = await his.ask("retract", room=room, id=hers_too["id"], reason="no")
        assert (refused["kind"], refused["condition"]) == ("refused", "forbidden")
        done = await hers.ask("retract", room=room, id=last["id"], reason="be kind")
        assert done["kind"] == "done"
        gone = await his.sees(lambda frame: bool(frame.get("message", {}).get("retracted")))
        assert gone["message"]["retracted"]["reason"] == "be kind"
        nothing = await his.ask("search", query="rude from:bob", order="newest")
        assert nothing["hits"] == []


async def test_two_people_write_to_each_other(stage: Stage, alice: Person, bob: Person) -> None:
    await stage.room(alice, bob="viewer")
    async with chat_tab(alice.server) as hers, chat_tab(bob.server) as his:
        await his.connected()
        opened = await hers.ask("direct", username="bob")
        room = opened["room"]
        await hers.in_room(room, "alice", "bob")
        await his.in_room(room, "alice", "bob")
        listed = (await his.sees(lambda frame: frame["kind"] == "rooms" and room in str(frame)))[
            "rooms"
        ]
        theirs = next(each for each in listed if each["id"] == room)
        assert theirs["direct"]["username"] == "alice"
        await hers.ask("post", room=room, client_id="d1", body="Only you")
        assert (await his.delivered("Only you"))["sender"]["username"] == "alice"
        assert (await his.ask("direct", username="alice"))["room"] == room
        refused = await his.ask("direct", username="mercutio")
        assert (refused["kind"], refused["condition"]) == ("refused", "item-not-found")


async def test_a_file_is_for_the_members_of_its_room(
    stage: Stage, alice: Person, bob: Person
) -> None:
    room = await stage.room(alice, bob="viewer")
    picture = b"\x89PNG\r\n\x1a\n" + bytes(200_000)
    upload = await alice.server.send(
        f"xmpp-bridge/api/rooms/{room}/uploads?name=moon.png", picture, "image/png"
    )
    assert (upload["name"], upload["size"], upload["type"]) == ("moon.png", 200_008, "image/png")
    upload["url"] = "https://hub.example" + upload["url"]
    async with chat_tab(alice.server) as hers, chat_tab(bob.server) as his:
        await his.in_room(room, "alice", "bob")
        attachments = [{key: upload[key] for key in ("url", "name", "size", "type")}]
        said = {"room": room, "client_id": "f1", "body": "moon.png", "attachments": attachments}
        await hers.ask("post", **said)
        seen = await his.delivered("moon.png")
        assert seen["attachments"] == attachments
        path = upload["url"].partition("/api/")[2]
        assert await bob.server.read(f"xmpp-bridge/api/{path}") == picture
        found = await his.ask("search", query="has:file moon", order="newest")
        assert [hit["message"]["id"] for hit in found["hits"]] == [seen["id"]]
        await alice.server.call("DELETE", f"xmpp-bridge/api/rooms/{room}/members/bob")
        with pytest.raises(RefusedError) as refused:
            await bob.server.read(f"xmpp-bridge/api/{path}")
        assert refused.value.status == NOT_FOUND


async def test_what_is_written_without_a_connection_is_sent_once(
    stage: Stage, alice: Person, bob: Person, record_property: Any
) -> None:
    room = await stage.room(alice, bob="editor")
    async with chat_tab(alice.server) as hers, chat_tab(bob.server) as his:
        await hers.in_room(room, "alice", "bob")
        for number in range(10):
            await hers.ask("post", room=room, client_id=f"b{number}", body=f"before {number}")
        os.kill(stage.stack.ejabberd_pid(), signal.SIGKILL)
        for number in range(10):
            await hers.ask("post", room=room, client_id=f"a{number}", body=f"after {number}")
        await his.message("after 9")
        await his.in_room(room, "alice", "bob")
    # A server that dies with messages that wait keeps them.
    expected = [f"before {n}" for n in range(10)] + [f"after {n}" for n in range(10)]

    async def archived() -> bool:
        return await _bodies(bob, room) == expected

    await until(archived, f"the archive holds {expected} and not {await _bodies(bob, room)}")
    record_property("figure", "20 of 20, once each")


async def test_what_is_said_waits_for_nothing_that_the_service_is_asked(
    stage: Stage, alice: Person, bob: Person
) -> None:
    room = await stage.room(alice, bob="editor")
    async with chat_tab(alice.server) as hers, chat_tab(bob.server) as his:
        await hers.in_room(room, "alice", "bob")
        await his.in_room(room, "alice", "bob")
        service = await stage.stack.service_pid()
        os.kill(service, signal.SIGSTOP)
        try:
            page = asyncio.create_task(hers.ask("page", room=room, limit=50))
            await asyncio.sleep(0)  # it is asked first
            done = await hers.ask("post", room=room, client_id="w1", body="Wherefore?")
            assert done["kind"] == "done"
            await his.message("Wherefore?")
            assert not page.done()
        finally:
            os.kill(service, signal.SIGCONT)
        assert (await page)["kind"] == "page"
        await his.delivered("Wherefore?")


async def test_a_room_that_is_new_is_there_at_once_and_one_left_is_gone(
    stage: Stage, alice: Person, bob: Person
) -> None:
    async with chat_tab(bob.server) as his:
        await his.connected()
        room = await stage.room(alice, bob="editor")
        await his.in_room(room, "alice", "bob")
        his.frames.clear()  # the first list was without it, too
        await alice.server.call("DELETE", f"xmpp-bridge/api/rooms/{room}/members/bob")
        await his.sees(
            lambda frame: (
                frame["kind"] == "rooms" and room not in {each["id"] for each in frame["rooms"]}
            )
        )
        refusal = await his.ask("post", room=room, client_id="c9", body="Let me in")
        assert (refusal["kind"], refusal["condition"]) == ("refused", "item-not-found")


async def test_what_cannot_be_read_is_answered(alice: Person) -> None:
    async with chat_tab(alice.server) as hers:
        refusal = await hers.ask("shout")
        assert (refusal["kind"], refusal["condition"]) == ("refused", "bad-request")
        refusal = await hers.ask("page", room="0" * 32, limit=50)
        assert refusal["condition"] == "item-not-found"
        refusal = await hers.ask("search", query="light", order="loudest")
        assert refusal["condition"] == "bad-request"


async def test_nobody_but_the_owner_opens_the_socket(alice: Person, bob: Person) -> None:
    url = alice.server.websocket_url("xmpp-bridge/ws")
    for headers in ({}, bob.server.headers):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(url, additional_headers=headers):
                pytest.fail("a stranger is in")
        assert refused.value.response.status_code in (302, 403)


async def _bodies(person: Person, room: str) -> list[str]:
    async with chat_tab(person.server) as tab:
        page = await tab.ask("page", room=room, limit=100)
    return [message["body"] for message in page["messages"]]
