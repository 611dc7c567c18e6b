"""A Jupyter server comes back with a journal that is gone, cut short or broken, and a tab that never went away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demo import edits
from tests.e2e.stage import Person, Stage, agree, on_disk, tabs

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


def delete(log: Path) -> None:
    log.unlink()


def cut_short(log: Path) -> None:
    """As after a loss of power: the last half was never written."""
    with log.open("r+b") as file:
        file.truncate(log.stat().st_size // 2)


def flip_a_bit(log: Path) -> None:
    data = bytearray(log.read_bytes())
    data[len(data) // 2] ^= 1
    log.write_bytes(data)


def begin_anew(log: Path) -> None:
    """All but the first line is gone."""
    with log.open("r+b") as file:
        file.truncate(log.read_bytes().index(b"\n") + 1)


def log_of(person: Person, document: str) -> Path:
    (log,) = person.home.rglob(f"{document}/journal/updates.log")
    return log


@pytest.mark.parametrize("damage", [delete, cut_short, flip_a_bit, begin_anew])
async def test_a_journal_is_damaged_while_its_server_is_down_and_a_tab_stays_open(
    stage: Stage,
    alice: Person,
    bob: Person,
    damage: Callable[[Path], None],
    record_property: Any,
) -> None:
    path = f"{damage.__name__}.ipynb"
    document, _ = await stage.shared(alice, path, "x = 1", "y = 2", bob="editor")
    async with tabs(path, alice, bob) as (hers, his):
        edits.append_text(hers.notebook, 0, " # hers")
        edits.append_text(his.notebook, 1, " # his")
        await agree([hers, his])
        await alice.live(document)
        await bob.live(document)
        await stage.stack.kill_server("alice")
        edits.append_text(hers.notebook, 0, " without a server")
        edits.append_text(his.notebook, 1, " meanwhile")
        await bob.live(document)
        damage(log_of(alice, document))
        await stage.enter("alice")
        await hers.acknowledged()
        edits.append_text(hers.notebook, 0, " and again")
        edits.append_text(his.notebook, 1, " and more")
        await agree([hers, his])
        expected = ["x = 1 # hers without a server and again", "y = 2 # his meanwhile and more"]
        assert edits.sources(hers.notebook) == expected
        await alice.live(document)
        await bob.live(document)
    await on_disk([alice, bob], path, expected)
    record_property("figure", "0 lost, 0 doubled")
