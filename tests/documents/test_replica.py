"""What leaves a replica, what stays, and what comes back after a restart."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import pytest
from pycrdt import Doc, Map, Text

from xmpp_bridge.documents.local_state import read_local
from xmpp_bridge.documents.replica import BusyError, Replica
from xmpp_bridge.documents.update import (
    UpdateContents,
    missing,
    read_state_vector,
    read_update,
)

LOCAL = 77


class Memory:
    """What a shared file remembers, without a disk."""

    def __init__(self, *earlier_lives: int) -> None:
        self.kept: list[bytes] = []
        self.own_clients: frozenset[int] = frozenset()
        self.local_clients = frozenset({LOCAL, *earlier_lives})

    def append(self, update: bytes) -> None:
        self.kept.append(update)

    def own(self, client: int) -> None:
        self.own_clients |= {client}

    def disown(self, clients: Collection[int]) -> None:
        self.own_clients -= frozenset(clients)


class Stage:
    """A replica with a text, and what it sent."""

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self.sent: list[bytes] = []
        self.said: list[bool] = []
        self.doc: Doc[Any] = Doc()
        self.text = self.doc.get("source", type=Text)
        self.replica = Replica(self.doc, LOCAL, self.memory, self.send)

    def send(self, update: bytes, says: bool) -> None:  # noqa: FBT001 - the replica's
        self.sent.append(update)
        self.said.append(says)


@pytest.fixture
def romeo() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.replica.close()


@pytest.fixture
def juliet() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.replica.close()


def test_what_is_typed_is_kept_and_sent(romeo: Stage) -> None:
    romeo.text += "But soft"
    assert romeo.sent == romeo.memory.kept
    assert len(romeo.sent) == 1


def test_what_arrives_is_kept_and_not_sent(romeo: Stage, juliet: Stage) -> None:
    juliet.text += "Ay me"
    romeo.replica.arrive(juliet.sent[0])
    assert str(romeo.text) == "Ay me"
    assert len(romeo.memory.kept) == 1
    assert romeo.sent == []


def test_what_arrives_twice_is_kept_once(romeo: Stage, juliet: Stage) -> None:
    juliet.text += "Ay me"
    for _ in range(2):
        romeo.replica.arrive(juliet.sent[0])
    assert len(romeo.memory.kept) == 1


def test_local_state_is_seen_here_and_never_leaves(romeo: Stage) -> None:
    romeo.text += "But soft"
    for number in range(5):
        romeo.replica.set_local(path="orchard.ipynb", dirty=False, hash=str(number))
    assert read_local(romeo.doc).get("hash") == "4"
    assert len(romeo.sent) == len(romeo.memory.kept) == 1
    whole = read_update(romeo.replica.whole())
    assert LOCAL not in whole.clients
    assert LOCAL not in {delete.client for delete in whole.deletes}
    assert LOCAL not in read_state_vector(romeo.replica.state_vector())


def test_a_browser_that_says_dirty_on_top_of_what_the_server_said_hangs_nobody(
    romeo: Stage, juliet: Stage
) -> None:
    """JupyterLab does so with every change; the server's own struct never leaves."""
    romeo.text += "But"
    romeo.replica.set_local(dirty=False, path="orchard.ipynb")
    browser: Doc[Any] = Doc()
    browser.apply_update(romeo.doc.get_update())
    heard: list[bytes] = []
    subscription = browser.observe(lambda event: heard.append(event.update))
    for word in (" soft", ", what", " light"):
        browser.get("source", type=Text).insert(3, word)
        browser.get("state", type=Map)["dirty"] = True
        for update in heard:
            romeo.doc.apply_update(update)
        heard.clear()
        romeo.replica.set_local(dirty=False)
    browser.unobserve(subscription)
    for update in romeo.sent:
        lacking = missing(read_update(update), read_state_vector(juliet.replica.state_vector()))
        assert not lacking
        juliet.replica.arrive(update)
    assert str(juliet.text) == str(romeo.text)
    assert romeo.said == [True, True, False, True, False, True, False]
    assert read_local(juliet.doc).get("dirty") is None

    nurse = Stage()
    nurse.replica.arrive(romeo.replica.whole())
    assert str(nurse.text) == str(romeo.text)
    assert nurse.replica.state_vector() != b"\x00"
    assert not missing(
        read_update(romeo.replica.whole()), read_state_vector(romeo.replica.state_vector())
    )
    nurse.replica.close()


def test_nobody_else_renames_our_file(romeo: Stage, juliet: Stage) -> None:
    romeo.replica.set_local(path="orchard.ipynb")
    juliet.doc.get("state", type=Map)["path"] = "tomb.ipynb"
    for update in juliet.sent:
        romeo.replica.arrive(update)
    assert read_local(romeo.doc).get("path") == "orchard.ipynb"
    assert romeo.sent == []


def test_local_state_of_an_earlier_life_that_a_browser_brings_back_is_not_sent() -> None:
    first = Stage()
    first.text += "But soft"
    first.replica.set_local(path="orchard.ipynb")
    browser: Doc[Any] = Doc()
    browser.apply_update(first.doc.get_update())
    first.replica.close()

    later = Stage(Memory(LOCAL))
    later.memory.local_clients = frozenset({LOCAL, LOCAL + 1})
    later.doc.apply_update(browser.get_update())
    assert all(LOCAL not in read_update(update).clients for update in later.sent)
    later.replica.close()


def test_only_what_was_typed_here_is_given_to_the_service(romeo: Stage, juliet: Stage) -> None:
    juliet.text += "Ay me"
    romeo.replica.arrive(juliet.sent[0])
    romeo.text += " She speaks"
    given = read_update(romeo.replica.own_missing({}))
    assert given.clients == {romeo.doc.client_id}


def test_a_viewers_typing_is_neither_kept_nor_sent(romeo: Stage) -> None:
    romeo.replica.read_only = True
    romeo.text += "I am no pilot"
    assert romeo.sent == romeo.memory.kept == []


def test_an_update_waits_while_somebody_holds_a_transaction(romeo: Stage, juliet: Stage) -> None:
    juliet.text += "Ay me"
    with romeo.doc.transaction(), pytest.raises(BusyError):
        romeo.replica.arrive(juliet.sent[0])
    romeo.replica.arrive(juliet.sent[0])
    assert str(romeo.text) == "Ay me"


def test_the_guard_writes_within_the_transaction_and_nothing_of_it_is_sent() -> None:
    doc: Doc[Any] = Doc()
    memory, sent = Memory(), list[bytes]()
    cell = doc.get("cell", type=Map)

    def guard(_update: bytes, _contents: UpdateContents) -> None:
        if "trusted" in cell:
            del cell["trusted"]

    replica = Replica(doc, LOCAL, memory, lambda update, _says: sent.append(update), guard)
    seen: list[dict[str, Any]] = []
    subscription = cell.observe(lambda _event: seen.append(cell.to_py() or {}))
    mercutio = Stage()
    mercutio.doc.get("cell", type=Map)["trusted"] = True
    replica.arrive(mercutio.sent[0])
    assert cell.to_py() == {}
    assert all("trusted" not in state for state in seen)
    assert sent == []
    cell.unobserve(subscription)
    replica.close()
    mercutio.replica.close()


def test_what_the_guard_writes_is_sent_or_nobody_could_read_on() -> None:
    doc: Doc[Any] = Doc()
    memory, sent = Memory(), list[bytes]()

    def guard(_update: bytes, _contents: UpdateContents) -> None:
        doc.get("cell", type=Map)["seen"] = True

    replica = Replica(doc, LOCAL, memory, lambda update, _says: sent.append(update), guard)
    mercutio = Stage()
    mercutio.text += "A plague o' both your houses"
    replica.arrive(mercutio.sent[0])
    assert [read_update(update).clients for update in sent] == [{doc.client_id}]
    assert memory.own_clients == {doc.client_id}
    mercutio.replica.arrive(sent[0])
    assert mercutio.doc.get("cell", type=Map).to_py() == {"seen": True}
    replica.close()
    mercutio.replica.close()


def test_loading_the_journal_sends_nothing(romeo: Stage) -> None:
    romeo.text += "But soft"
    later = Stage()
    later.replica.load(romeo.memory.kept)
    assert str(later.text) == "But soft"
    assert later.sent == later.memory.kept == []
    later.text += ", what light"
    assert len(later.sent) == 1
    later.replica.close()


def test_what_is_typed_is_kept_even_if_it_cannot_be_sent() -> None:
    def cannot(_update: bytes, _says: bool) -> None:  # noqa: FBT001 - the replica's
        raise OSError("the line went dead")

    doc: Doc[Any] = Doc()
    memory = Memory()
    replica = Replica(doc, LOCAL, memory, cannot)
    text = doc.get("source", type=Text)
    text += "But soft"
    assert len(memory.kept) == 1
    replica.close()


def test_what_was_typed_goes_out_before_it_is_kept_and_shown() -> None:
    order: list[str] = []

    class Watched(Memory):
        def append(self, _update: bytes) -> None:
            order.append("kept")

    doc: Doc[Any] = Doc()
    replica = Replica(doc, LOCAL, Watched(), lambda _update, _says: order.append("sent"))
    replica.show = lambda _update: order.append("shown")
    text = doc.get("source", type=Text)
    text += "But soft"
    assert order == ["sent", "kept", "shown"]
    replica.close()


def test_what_arrives_is_shown_and_kept_and_so_is_what_a_viewer_types(
    romeo: Stage, juliet: Stage
) -> None:
    shown: list[bytes] = []
    romeo.replica.show = shown.append
    juliet.text += "Ay me"
    romeo.replica.arrive(juliet.sent[0])
    assert shown == romeo.memory.kept == juliet.sent
    romeo.replica.set_local(path="orchard.ipynb")
    romeo.replica.read_only = True
    romeo.text += "I am no pilot"
    assert len(shown) == 3


def test_what_is_known_is_what_the_doc_holds(romeo: Stage, juliet: Stage) -> None:
    romeo.replica.set_local(path="orchard.ipynb")
    for line in ("Ay me", "O Romeo", "wherefore art thou"):
        juliet.text += line
    romeo.text += "She speaks"
    for update in (juliet.sent[0], juliet.sent[2], juliet.sent[1]):  # the last one waits in yrs
        romeo.replica.arrive(update)
        held = read_state_vector(romeo.doc.get_state())
        del held[LOCAL]
        assert read_state_vector(romeo.replica.state_vector()) == held


def test_what_a_browser_brings_back_of_others_is_kept_but_never_sent_as_ours(juliet: Stage) -> None:
    """This server lost what had arrived; the browser that was open meanwhile did not."""
    browser: Doc[Any] = Doc()
    juliet.text += "Ay me"
    browser.apply_update(juliet.sent[0])
    browser.get("source", type=Text).insert(0, "She speaks: ")

    restarted = Stage()
    restarted.replica.learn_others([juliet.doc.client_id])
    restarted.doc.apply_update(browser.get_update())
    assert str(restarted.text) == "She speaks: Ay me"
    assert [read_update(update).clients for update in restarted.sent] == [{browser.client_id}]
    assert restarted.memory.own_clients == {browser.client_id}
    later: Doc[Any] = Doc()
    for update in restarted.memory.kept:
        later.apply_update(update)
    assert str(later.get("source", type=Text)) == "She speaks: Ay me"
    restarted.replica.close()


def test_what_turns_out_to_be_somebody_elses_is_not_given_to_the_service(juliet: Stage) -> None:
    """As before, but nobody could be asked whose it is when the browser came."""
    juliet.text += "Ay me"
    restarted = Stage()
    restarted.doc.apply_update(juliet.doc.get_update())
    restarted.text += " She speaks"
    restarted.replica.learn_others([juliet.doc.client_id])
    assert read_update(restarted.replica.own_missing({})).clients == {restarted.doc.client_id}
    restarted.replica.close()


def test_what_a_browser_deletes_while_it_brings_back_what_is_others_is_sent(
    romeo: Stage, juliet: Stage
) -> None:
    romeo.text += "But soft"
    browser: Doc[Any] = Doc()
    juliet.text += "Ay me"
    browser.apply_update(juliet.sent[0])
    browser.apply_update(romeo.sent[0])
    text = browser.get("source", type=Text)
    start = str(text).index("Ay me")
    del text[start : start + len("Ay me")]
    romeo.replica.learn_others([juliet.doc.client_id])
    romeo.doc.apply_update(browser.get_update())
    assert str(romeo.text) == "But soft"
    assert [delete.client for delete in read_update(romeo.sent[-1]).deletes] == [
        juliet.doc.client_id
    ]
    assert not read_update(romeo.sent[-1]).structs
