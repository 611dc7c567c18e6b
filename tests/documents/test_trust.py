"""`trusted` never stays in what people share, however it gets there."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jupyter_ydoc import YNotebook
from pycrdt import Array, Doc, Map

from tests.depth import DEPTH
from xmpp_bridge.documents.struct import Struct, read_structs
from xmpp_bridge.documents.trust import may_contain_trust, strip_content, strip_trusted
from xmpp_bridge.documents.trust_watch import TrustWatch
from xmpp_bridge.documents.update import read_update
from xmpp_bridge.lib0 import Reader, write_blob, write_uint

TYBALT = 666


def cell(name: str, **metadata: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": name,
        "metadata": metadata,
        "source": name,
        "outputs": [],
        "execution_count": None,
    }


def notebook(*cells: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    names = {"language_info": {"name": ""}, "kernelspec": {"name": "", "display_name": ""}}
    return {
        "cells": list(cells),
        "metadata": {**names, **metadata},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


class Watched:
    """A notebook with a watch that sees each of its updates."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.doc: Doc[Any] = Doc()
        self.watch = TrustWatch()
        self.suspected: list[bool] = []
        self.updates: list[bytes] = []
        self._subscription = self.doc.observe(self._see)
        self.notebook = YNotebook(self.doc)
        self.notebook.set(content)

    def _see(self, event: Any) -> None:
        self.updates.append(event.update)
        self.suspected.append(self.watch.suspects(event.update))

    def metadata(self, index: int = 0) -> Any:
        return self.notebook.ycells[index]["metadata"]

    def says_trusted(self) -> bool:
        return "trusted" in json.dumps(self.notebook.get())


def test_trust_is_taken_out_and_everything_else_stays() -> None:
    watched = Watched(notebook(cell("a", trusted=True, tags=["x"]), cell("b"), trusted=True))

    assert strip_trusted(watched.doc)
    assert watched.notebook.get() == notebook(cell("a", tags=["x"]), cell("b"))
    assert not strip_trusted(watched.doc)


def test_taking_it_out_makes_no_history_so_that_every_replica_may_do_it() -> None:
    watched = Watched(notebook(cell("a", trusted=True), trusted=1))

    strip_trusted(watched.doc)

    assert read_update(watched.updates[-1]).structs == ()


def test_it_is_taken_out_in_the_transaction_that_brought_it() -> None:
    watched = Watched(notebook(cell("a")))
    seen = len(watched.updates)
    with watched.doc.transaction(origin="arrived"):
        watched.metadata()["trusted"] = True
        assert strip_trusted(watched.doc)

    assert len(watched.updates) == seen + 1
    assert not watched.says_trusted()


def test_a_cell_or_its_metadata_as_a_plain_value_goes_as_a_whole() -> None:
    watched = Watched(notebook(cell("a"), cell("b")))
    cells = watched.doc.get("cells", type=Array)
    cells.append(cell("plain", trusted=True))
    cells.append({"metadata": "trusted"})
    cells[0]["metadata"] = {"trusted": True}

    assert strip_trusted(watched.doc)
    assert len(cells) == 3
    assert "metadata" not in cells[0]


@pytest.mark.parametrize("metadata", ["trusted", 7, None, ["trusted"], Array(["trusted"])])
def test_nonsense_instead_of_metadata_is_no_trust(metadata: Any) -> None:
    watched = Watched(notebook(cell("a")))
    watched.notebook.ycells[0]["metadata"] = metadata
    watched.doc.get("meta", type=Map)["metadata"] = "trusted"

    assert not strip_trusted(watched.doc)


def test_a_file_is_stripped_without_being_changed() -> None:
    content = notebook(cell("a", trusted=True, tags=["x"]), trusted=True)
    before = json.dumps(content)

    assert strip_content(content) == notebook(cell("a", tags=["x"]))
    assert json.dumps(content) == before
    assert strip_content({}) == {}


def test_typing_and_running_are_not_suspected() -> None:
    watched = Watched(notebook(cell("a", trusted=True), cell("b")))
    strip_trusted(watched.doc)
    watched.suspected.clear()

    source = watched.notebook.ycells[0]["source"]
    source += "print('o Romeo')"
    watched.notebook.ycells[0]["outputs"].append(Map({"output_type": "stream", "text": "o\n"}))
    watched.notebook.ycells[0]["execution_count"] = 2
    watched.metadata()["collapsed"] = True

    assert watched.suspected == [False] * 4


def test_naming_it_is_suspected_wherever_it_is() -> None:
    watched = Watched(notebook(cell("a")))
    watched.suspected.clear()

    watched.metadata()["trusted"] = True
    watched.notebook.ycells[0]["metadata"] = {"trusted": True}
    watched.notebook.append_cell(cell("b", trusted=True))

    assert watched.suspected == [True] * 3


def trusted_structs(update: bytes) -> list[Struct]:
    return [struct for struct in read_structs(Reader(update)) if struct.key == "trusted"]


def typed_after(struct: Struct, text: bytes = b"x") -> bytes:
    """What looks like one keystroke of Tybalt's; it hangs on `struct`."""
    origin = write_uint(struct.client) + write_uint(struct.clock)
    return b"\x01\x01" + write_uint(TYBALT) + b"\x00\x84" + origin + write_blob(text) + b"\x00"


def test_an_update_that_never_names_it_can_set_it_and_is_suspected() -> None:
    """The hole that a filter for the word leaves open; this is why there is a watch."""
    watched = Watched(notebook(cell("a", trusted=True)))
    strip_trusted(watched.doc)
    (tombstone,) = trusted_structs(watched.doc.get_update())
    attack = typed_after(tombstone)
    assert not may_contain_trust(attack)

    watched.doc.apply_update(attack)

    assert watched.metadata().to_py() == {"trusted": "x"}
    assert watched.suspected[-1]
    assert strip_trusted(watched.doc)
    assert not watched.says_trusted()


def test_a_watch_that_saw_only_the_whole_history_knows_as_much() -> None:
    watched = Watched(notebook(cell("a", trusted=True)))
    strip_trusted(watched.doc)
    history = watched.doc.get_update()
    watch = TrustWatch()

    assert watch.suspects(history)
    assert watch.suspects(typed_after(trusted_structs(history)[0]))


def test_a_chain_through_several_hands_in_one_update_is_followed() -> None:
    """Blocks of clients come in any order: what hangs on trust may come before what it hangs on."""
    watched = Watched(notebook(cell("a", trusted=True)))
    strip_trusted(watched.doc)
    (tombstone,) = trusted_structs(watched.doc.get_update())

    def hanging(client: int, clock: int, on: tuple[int, int]) -> bytes:
        at = write_uint(on[0]) + write_uint(on[1])
        return b"\x01" + write_uint(client) + write_uint(clock) + b"\x84" + at + write_blob(b"x")

    chain = [
        hanging(3, 0, (2, 0)),
        hanging(2, 0, (1, 0)),
        hanging(1, 0, (tombstone.client, tombstone.clock)),
    ]
    first, second = b"\x03" + b"".join(chain) + b"\x00", typed_after(Struct(3, 0, 1, 4))

    assert watched.watch.suspects(first)
    assert watched.watch.suspects(second)


def test_a_word_spelt_with_escapes_is_suspected() -> None:
    json_item = b"\x02\x01" + write_blob(b"cells") + b"\x01" + write_blob(rb'{"trus\u0074ed":1}')
    update = b"\x01\x01" + write_uint(TYBALT) + b"\x00" + json_item + b"\x00"
    read_update(update)

    assert TrustWatch().suspects(update)


@settings(max_examples=40 * DEPTH, deadline=None)
@given(st.randoms(use_true_random=False))
def test_whenever_trust_appears_the_update_was_suspected(random: Random) -> None:
    """Replicas set and delete keys at random and exchange updates; each strips only when its watch says so."""
    replicas = [Watched(notebook(cell("a"))) for _ in range(1)]
    for client in (1, 2):
        replica = Watched.__new__(Watched)
        replica.doc = Doc(client_id=client)
        replica.watch, replica.suspected, replica.updates = TrustWatch(), [], []
        replica._subscription = replica.doc.observe(replica._see)
        replica.notebook = YNotebook(replica.doc)
        replica.doc.apply_update(replicas[0].doc.get_update())
        replicas.append(replica)
    for _ in range(12):
        replica, other = random.sample(replicas, 2)
        metadata = replica.metadata()
        key = random.choice(["trusted", "tags"])
        if key in metadata and random.random() < 0.5:
            del metadata[key]
        else:
            metadata[key] = random.choice([True, 1, "x", {"y": 1}])
        if random.random() < 0.6:
            update = replica.doc.get_update(other.doc.get_state())
            had = "trusted" in other.metadata()
            read = read_update(update) if random.random() < 0.5 else None
            suspected = other.watch.suspects(update, read)
            other.doc.apply_update(update)
            assert suspected or had or "trusted" not in other.metadata()
            if suspected:
                strip_trusted(other.doc)
                assert "trusted" not in other.metadata()
